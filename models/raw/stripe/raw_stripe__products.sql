with landed as (

    select
        {{ field('product_id') }} as product_id,
        {{ field('name') }} as name,
        {{ field('active') }} as is_active,
        {{ from_epoch_s(field('created')) }} as created_at,
        {{ from_epoch_s(field('updated')) }} as updated_at,
        coalesce({{ field('livemode') }}, true) as is_live,
        {{ field('payload') }} as payload,
        {{ landing_columns() }}
    from {{ landing('stripe', 'products') }}

),

final as (

    {{ with_versions('landed', key=['product_id'], version=['updated_at']) }}

)

select
    product_id,
    name,
    is_active,
    created_at,
    updated_at,
    is_live,
    payload,
    record_status,
    is_current,
    {{ landing_columns() }}
from final
