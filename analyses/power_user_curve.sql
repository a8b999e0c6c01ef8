-- How many of the last 28 days is an active person active? A hump at the right end is a product people live in.
with as_of as (

    select as_of
    from {{ ref('dim_as_of') }}

),

active_days as (

    select
        person_day.person_id,
        count(*) as days_active
    from {{ ref('fct_person_day') }} as person_day
    cross join as_of
    where person_day.is_active
        and not person_day.is_excluded
        and person_day.event_date > {{ add_days('as_of.as_of', -28) }}
        and person_day.event_date <= as_of.as_of
    group by person_day.person_id

),

final as (

    select
        days_active,
        count(*) as persons
    from active_days
    group by days_active

)

select
    days_active,
    persons
from final
order by days_active
