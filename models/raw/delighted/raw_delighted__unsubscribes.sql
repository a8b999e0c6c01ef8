with landed as (

    select
        {{ field('person_id') }} as person_id,
        {{ field('email') }} as email,
        {{ field('name') }} as name,
        {{ from_epoch_s(field('unsubscribed_at')) }} as unsubscribed_at,
        {{ field('payload') }} as payload,
        {{ landing_columns() }}
    from {{ landing('delighted', 'unsubscribes') }}

),

final as (

    {{ with_versions('landed', key=['person_id', 'unsubscribed_at']) }}

)

select
    person_id,
    email,
    name,
    unsubscribed_at,
    payload,
    record_status,
    is_current,
    {{ landing_columns() }}
from final
