{{ config(
    materialized='incremental',
    incremental_strategy=replaced_by_day(),
    partition_by=by_day('event_date'),
    post_hook="{{ log_rebuilt() }}",
    meta={'day': 'event_date', 'days': 'event_days'},
) }}
-- Exact because a row follows from the events of its own day alone, and every touched day is replaced whole.

with delivered as (

    {{ delivered_events() }}

),

more_links as (

    {{ mapped('identity_link', {
        'source': type_string(), 'actor_id': type_string(), 'linked_actor_id': type_string(), 'occurred_at': type_timestamp(),
        'event_date': type_date(),
    }) }}

),

links as (

    -- What is set aside counts as no event, but the ids it names are evidence like any other. The user id of what counts stands in
    -- fct_actor_day.
    select
        event_date,
        actor_id,
        linked_actor_id,
        case when is_set_aside then user_id end as user_id,
        source,
        occurred_at,
        case when linked_actor_id is not null and not is_set_aside then 1 else 0 end as counted
    from delivered
    where linked_actor_id is not null or (is_set_aside and user_id is not null)
    union all
    select
        event_date,
        actor_id,
        linked_actor_id,
        cast(null as {{ type_string() }}) as user_id,
        source,
        occurred_at,
        0 as counted
    from more_links

),

final as (

    select
        event_date,
        actor_id,
        linked_actor_id,
        user_id,
        source,
        min(occurred_at) as first_seen_at,
        max(occurred_at) as last_seen_at,
        cast(sum(counted) as {{ type_bigint() }}) as event_count
    from links
    where {{ on_days('event_date', event_days) }}
    group by event_date, actor_id, linked_actor_id, user_id, source

)

select
    event_date,
    actor_id,
    linked_actor_id,
    user_id,
    source,
    first_seen_at,
    last_seen_at,
    event_count
from final
