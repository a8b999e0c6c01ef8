{{ config(
    materialized='incremental',
    incremental_strategy=replaced_by_day(),
    partition_by=by_day('event_date'),
    post_hook="{{ log_rebuilt() }}",
    meta={'day': 'event_date', 'days': 'activity_gap_days', 'sorted': true},
) }}
-- Exact because a row follows from the days of activity on its own day and on the 27 after it: of a day that changes, no earlier one
-- can be told more than 27 days away.
{%- if is_incremental() %}
    {%- set replaced = activity_gap_days() %}
    {%- set read = days_around(replaced, 0, 27) %}
{%- endif %}

with account_day as (

    select
        account_id,
        event_date,
        plan_tier,
        is_active
    from {{ ref('fct_account_day') }}
    {%- if is_incremental() %}
    where {{ in_days('event_date', read) }}
    {%- endif %}

),

person_day as (

    select
        person_day.person_id,
        person_day.event_date,
        person_day.country,
        coalesce(account_day.plan_tier, 'none') as plan_tier
    from {{ ref('fct_person_day') }} as person_day
    left join account_day on person_day.account_id = account_day.account_id and person_day.event_date = account_day.event_date
    where person_day.is_active and not person_day.is_excluded
    {%- if is_incremental() %}
        and {{ in_days('person_day.event_date', read) }}
    {%- endif %}

),

person_platform_day as (

    select
        actor.person_id,
        actor_day.event_date,
        actor_day.platform
    from {{ ref('fct_actor_day') }} as actor_day
    inner join {{ ref('dim_actor') }} as actor on actor_day.actor_id = actor.actor_id
    where actor_day.value_event_count > 0 and not actor.is_excluded
    {%- if is_incremental() %}
        and {{ in_days('actor_day.event_date', read) }}
    {%- endif %}
    group by actor.person_id, actor_day.event_date, actor_day.platform

),

active_day as (

    -- What is counted once: a person, a person on a platform, an account. When each is active next says all its segments at once; null
    -- where it has none of a kind.
    select
        'person' as unit,
        cast(null as {{ type_string() }}) as platform,
        country,
        plan_tier,
        event_date,
        lead(event_date) over (partition by person_id order by event_date) as next_date
    from person_day
    union all
    select
        'person' as unit,
        platform,
        cast(null as {{ type_string() }}) as country,
        cast(null as {{ type_string() }}) as plan_tier,
        event_date,
        lead(event_date) over (partition by person_id, platform order by event_date) as next_date
    from person_platform_day
    union all
    select
        'account' as unit,
        cast(null as {{ type_string() }}) as platform,
        cast(null as {{ type_string() }}) as country,
        plan_tier,
        event_date,
        lead(event_date) over (partition by account_id order by event_date) as next_date
    from account_day
    where is_active

),

gap as (

    select
        unit,
        platform,
        country,
        plan_tier,
        event_date,
        least(coalesce({{ days_between('event_date', 'next_date') }}, 28), 28) as days_until_next,
        count(*) as units
    from active_day
    {%- if is_incremental() %}
    where {{ in_days('event_date', replaced) }}
    {%- endif %}
    group by unit, platform, country, plan_tier, event_date, days_until_next

),

by_segment_type as (

    select unit, 'all' as segment_type, 'all' as segment, event_date, days_until_next, units from gap where platform is null
    union all
    select unit, 'plan_tier' as segment_type, plan_tier as segment, event_date, days_until_next, units from gap where plan_tier is not null
    union all
    select unit, 'country' as segment_type, country as segment, event_date, days_until_next, units from gap where country is not null
    union all
    select unit, 'platform' as segment_type, platform as segment, event_date, days_until_next, units from gap where platform is not null

),

final as (

    select
        unit,
        segment_type,
        segment,
        event_date,
        cast(days_until_next as {{ type_bigint() }}) as days_until_next,
        cast(sum(units) as {{ type_bigint() }}) as units
    from by_segment_type
    group by unit, segment_type, segment, event_date, days_until_next

)

select
    unit,
    segment_type,
    segment,
    event_date,
    days_until_next,
    units
from final
