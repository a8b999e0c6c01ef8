with landed as (

    select
        {{ field('person_id') }} as person_id,
        {{ field('email') }} as email,
        {{ field('name') }} as name,
        {{ from_epoch_s(field('bounced_at')) }} as bounced_at,
        {{ field('payload') }} as payload,
        {{ landing_columns() }}
    from {{ landing('delighted', 'bounces') }}

),

final as (

    {{ with_versions('landed', key=['person_id', 'bounced_at']) }}

)

select
    person_id,
    email,
    name,
    bounced_at,
    payload,
    record_status,
    is_current,
    {{ landing_columns() }}
from final
