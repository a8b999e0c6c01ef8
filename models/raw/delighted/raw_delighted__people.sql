with landed as (

    select
        {{ field('person_id') }} as person_id,
        {{ field('email') }} as email,
        {{ field('name') }} as name,
        {{ from_epoch_s(field('created_at')) }} as created_at,
        {{ from_epoch_s(field('last_sent_at')) }} as last_sent_at,
        {{ from_epoch_s(field('last_responded_at')) }} as last_responded_at,
        {{ from_epoch_s(field('next_survey_scheduled_at')) }} as next_survey_at,
        {{ field('payload') }} as payload,
        {{ landing_columns() }}
    from {{ landing('delighted', 'people') }}

),

final as (

    {{ with_versions('landed', key=['person_id'], version=['last_sent_at', 'last_responded_at']) }}

)

select
    person_id,
    email,
    name,
    created_at,
    last_sent_at,
    last_responded_at,
    next_survey_at,
    payload,
    record_status,
    is_current,
    {{ landing_columns() }}
from final
