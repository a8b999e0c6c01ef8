{{ config(
    materialized='incremental',
    incremental_strategy=replaced_by_day(),
    partition_by=by_day('session_date'),
    post_hook="{{ log_rebuilt() }}",
    meta={'day': 'session_date', 'days': 'session_days', 'sorted': true},
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
    where {{ on_any_day('event_date') }}

),
{%- endif %}

in_order as (

    -- All that is asked of an actor's row of events is asked at once: each window over events sorts them anew.
    select
        resessioned.*,
        lag(occurred_at) over (partition by actor_id order by occurred_at, event_id) as previous_at,
        lead(occurred_at) over (partition by actor_id order by occurred_at, event_id) as next_at,
        row_number() over (partition by actor_id order by occurred_at, event_id) as event_number,
        count(case when is_value_event then 1 end) over (
            partition by actor_id
            order by occurred_at, event_id
            rows between unbounded preceding and current row
        ) as value_events_so_far
    from resessioned

),

marked as (

    select
        in_order.*,
        coalesce({{ microseconds_between('previous_at', 'occurred_at') }} > {{ session_timeout() * 1000000 }}, true) as is_start,
        coalesce({{ microseconds_between('occurred_at', 'next_at') }} > {{ session_timeout() * 1000000 }}, true) as is_end
    from in_order

),

edge as (

    -- A session is told by its first event and its last, of which the one follows the other when no event is left between.
    select
        marked.*,
        lead(occurred_at) over (partition by actor_id order by event_number) as last_event_at,
        lead(event_number) over (partition by actor_id order by event_number) as last_event_number,
        lead(value_events_so_far) over (partition by actor_id order by event_number) as value_events_by_last
    from marked
    where is_start or is_end

),

session as (

    -- What a session says of itself its first event says.
    select
        actor_id,
        source,
        occurred_at as started_at,
        case when is_end then occurred_at else last_event_at end as ended_at,
        case when is_end then 1 else last_event_number - event_number + 1 end as event_count,
        case when is_end then value_events_so_far else value_events_by_last end
        - value_events_so_far + case when is_value_event then 1 else 0 end as value_event_count,
        account_id,
        platform,
        device_type,
        country,
        event_id as first_event_id
    from edge
    where is_start

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
