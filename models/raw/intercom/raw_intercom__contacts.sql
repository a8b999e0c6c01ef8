with landed as (

    select
        {{ field('contact_id') }} as contact_id,
        {{ field('external_id') }} as external_id,
        {{ field('role') }} as role,
        {{ field('email') }} as email,
        {{ field('name') }} as name,
        {{ from_epoch_s(field('created_at')) }} as created_at,
        {{ from_epoch_s(field('updated_at')) }} as updated_at,
        {{ from_epoch_s(field('signed_up_at')) }} as signed_up_at,
        {{ field('companies') }} as companies,
        {{ field('payload') }} as payload,
        {{ landing_columns() }}
    from {{ landing('intercom', 'contacts') }}

),

final as (

    {{ with_versions('landed', key=['contact_id'], version=['updated_at']) }}

)

select
    contact_id,
    external_id,
    role,
    email,
    name,
    created_at,
    updated_at,
    signed_up_at,
    companies,
    payload,
    record_status,
    is_current,
    {{ landing_columns() }}
from final
