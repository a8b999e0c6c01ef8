{{ config(
    materialized='incremental',
    incremental_strategy=replaced_by_day(),
    partition_by=by_day('event_date'),
    meta={'day': 'event_date', 'days': 'event_days'},
) }}
-- Exact because a row follows from the events of its own day alone, and every touched day is replaced whole.

with final as (

    select
        event_date,
        actor_id,
        linked_actor_id,
        source,
        min(occurred_at) as first_seen_at,
        max(occurred_at) as last_seen_at,
        count(*) as event_count
    from {{ ref('fct_event') }}
    where linked_actor_id is not null
    {%- if is_incremental() %}
        and {{ in_days('event_date', event_days()) }}
    {%- endif %}
    group by event_date, actor_id, linked_actor_id, source

)

select
    event_date,
    actor_id,
    linked_actor_id,
    source,
    first_seen_at,
    last_seen_at,
    event_count
from final
