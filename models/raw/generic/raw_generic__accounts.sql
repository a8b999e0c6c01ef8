with landed as (

    select
        {{ field('account_id') }} as account_id,
        {{ field('name') }} as name,
        {{ field('created_at') }} as created_at,
        {{ field('updated_at') }} as updated_at,
        {{ field('industry') }} as industry,
        {{ field('size') }} as size,
        {{ field('country') }} as country,
        {{ field('region') }} as region,
        {{ field('channel') }} as channel,
        {{ field('traits') }} as traits,
        {{ field('payload') }} as payload,
        {{ landing_columns() }}
    from {{ landing('generic', 'accounts') }}

),

final as (

    {{ with_versions('landed', key=['account_id'], version=['updated_at']) }}

)

select
    account_id,
    name,
    created_at,
    updated_at,
    industry,
    size,
    country,
    region,
    channel,
    traits,
    payload,
    record_status,
    is_current,
    {{ landing_columns() }}
from final
