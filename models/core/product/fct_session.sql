{{ config(
    materialized='incremental',
    incremental_strategy=replaced_by_day(),
    partition_by=by_day('session_date'),
    post_hook="{{ log_rebuilt() }}",
    meta={'day': 'session_date', 'days': 'session_days'},
) }}
-- Exact because the slice is closed: it takes every event of the touched days and of each old session that reaches into one of
-- them or comes within the timeout of it. All other sessions of the replaced days are kept as they stand.
{%- set touched = event_days() %}
{%- set replaced = session_days() if is_incremental() else [] %}

with events as (

    select
        actor_id,
        source,
        occurred_at,
        event_id,
        event_date,
        account_id,
        platform,
        device_type,
        country,
        is_value_event
    from {{ ref('fct_event') }}

),

{% if is_incremental() -%}
standing as (

    select
        session_id,
        actor_id,
        source,
        session_date,
        started_at,
        ended_at,
        event_count,
        value_event_count,
        account_id,
        platform,
        device_type,
        country,
        {{ reaches_into(touched) }} as is_touched
    from {{ this }}
    where {{ in_days('session_date', replaced) }}

),

resessioned as (

    -- The events of touched days, and those of old sessions that reach into them.
    select events.*
    from events
    where {{ in_days('event_date', touched) }}
    union all
    select events.*
    from events
    inner join standing
        on events.actor_id = standing.actor_id
        and events.occurred_at between standing.started_at and standing.ended_at
    where standing.is_touched
        and {{ in_days('events.event_date', replaced | reject('in', touched) | list) }}

),
{%- else -%}
resessioned as (

    select *
    from events

),
{%- endif %}

with_previous as (

    select
        resessioned.*,
        lag(occurred_at) over (partition by actor_id order by occurred_at, event_id) as previous_at
    from resessioned

),

marked as (

    select
        with_previous.*,
        case
            when previous_at is null then true
            else {{ microseconds_between('previous_at', 'occurred_at') }} > {{ session_timeout() * 1000000 }}
        end as is_start
    from with_previous

),

numbered as (

    select
        marked.*,
        sum(case when is_start then 1 else 0 end) over (
            partition by actor_id
            order by occurred_at, event_id
            rows between unbounded preceding and current row
        ) as session_number
    from marked

),

session as (

    -- What a session says of itself its first event says, of which each has one.
    select
        actor_id,
        min(source) as source,
        min(occurred_at) as started_at,
        max(occurred_at) as ended_at,
        count(*) as event_count,
        {{ count_where('is_value_event') }} as value_event_count,
        max(case when is_start then account_id end) as account_id,
        max(case when is_start then platform end) as platform,
        max(case when is_start then device_type end) as device_type,
        max(case when is_start then country end) as country,
        max(case when is_start then event_id end) as first_event_id
    from numbered
    group by actor_id, session_number

),

dated as (

    select
        first_event_id as session_id,
        actor_id,
        source,
        {{ reporting_day('started_at') }} as session_date,
        started_at,
        ended_at,
        event_count,
        value_event_count,
        account_id,
        platform,
        device_type,
        country
    from session

),

final as (

    select *
    from dated
    {%- if is_incremental() %}
    union all
    select
        session_id,
        actor_id,
        source,
        session_date,
        started_at,
        ended_at,
        event_count,
        value_event_count,
        account_id,
        platform,
        device_type,
        country
    from standing
    where not is_touched
    {%- endif %}

)

select
    session_id,
    actor_id,
    source,
    session_date,
    started_at,
    ended_at,
    {{ seconds_between('started_at', 'ended_at') }} as duration_seconds,
    event_count,
    value_event_count,
    account_id,
    platform,
    device_type,
    country
from final
