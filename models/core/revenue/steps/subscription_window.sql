with final as (

    {{ mapped('subscription_window', {
        'source': type_string(), 'subscription_id': type_string(), 'item_id': type_string(), 'kind': type_string(),
        'window_from': type_timestamp(), 'window_to': type_timestamp(), 'percent': type_decimal(), 'amount_minor': type_bigint(),
    }) }}

)

select
    source,
    subscription_id,
    item_id,
    kind,
    window_from,
    window_to,
    percent,
    amount_minor
from final
