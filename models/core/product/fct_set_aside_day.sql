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

final as (

    select
        event_date,
        source,
        event_name,
        authority,
        count(*) as event_count,
        max(received_at) as last_received_at
    from delivered
    where is_set_aside
        and {{ on_days('event_date', event_days) }}
    group by event_date, source, event_name, authority

)

select
    event_date,
    source,
    event_name,
    authority,
    event_count,
    last_received_at
from final
