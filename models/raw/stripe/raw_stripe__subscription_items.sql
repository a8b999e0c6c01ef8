with landed as (

    select
        {{ field('item_id') }} as item_id,
        {{ field('subscription_id') }} as subscription_id,
        coalesce({{ field('price_id') }}, {{ field('plan_id') }}) as price_id,
        {{ field('quantity') }} as quantity,
        {{ from_epoch_s(field('created')) }} as created_at,
        {{ field('payload') }} as payload,
        {{ landing_columns() }}
    from {{ landing('stripe', 'subscription_items') }}

),

final as (

    {{ with_versions('landed', key=['item_id']) }}

)

select
    item_id,
    subscription_id,
    price_id,
    quantity,
    created_at,
    payload,
    record_status,
    is_current,
    {{ landing_columns() }}
from final
