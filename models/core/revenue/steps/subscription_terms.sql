with final as (

    {{ mapped('subscription_period', {
        'source': type_string(), 'subscription_id': type_string(), 'item_id': type_string(), 'customer_id': type_string(),
        'plan': type_string(), 'price_id': type_string(), 'currency': type_string(), 'unit_amount': type_decimal(),
        'quantity': type_decimal(), 'billing_interval': type_string(), 'interval_count': type_bigint(), 'is_metered': type_boolean(),
        'terms_from': type_timestamp(), 'terms_to': type_timestamp(), 'end_kind': type_string(),
        'cancel_reason': type_string(),
    }) }}

)

select
    source,
    subscription_id,
    item_id,
    customer_id,
    plan,
    price_id,
    currency,
    unit_amount,
    quantity,
    billing_interval,
    interval_count,
    is_metered,
    terms_from,
    terms_to,
    end_kind,
    cancel_reason
from final
