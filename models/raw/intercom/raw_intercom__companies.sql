with landed as (

    select
        {{ field('intercom_id') }} as intercom_id,
        {{ field('company_id') }} as company_id,
        {{ field('name') }} as name,
        {{ field('industry') }} as industry,
        {{ field('size') }} as size,
        {{ from_epoch_s(field('created_at')) }} as created_at,
        {{ from_epoch_s(field('updated_at')) }} as updated_at,
        {{ field('payload') }} as payload,
        {{ landing_columns() }}
    from {{ landing('intercom', 'companies') }}

),

final as (

    {{ with_versions('landed', key=['intercom_id'], version=['updated_at']) }}

)

select
    intercom_id,
    company_id,
    name,
    industry,
    size,
    created_at,
    updated_at,
    payload,
    record_status,
    is_current,
    {{ landing_columns() }}
from final
