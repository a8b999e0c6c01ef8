{{ config(
    materialized='incremental',
    incremental_strategy=replaced_by_day(),
    partition_by=by_day('event_date'),
    post_hook="{{ log_rebuilt() }}",
    meta={'day': 'event_date', 'days': 'event_days'},
) }}
-- Exact because a row follows from the events of its own day alone, and every touched day is replaced whole. Lateness reads this
-- and never the events again.

with events as (

    select
        source,
        event_date,
        {{ reporting_day('received_at') }} as received_date,
        received_at,
        {{ seconds_between('occurred_at', 'received_at') }} as delay_seconds
    from {{ ref('fct_event') }}
    where {{ on_days('event_date', event_days) }}

),

stepped as (

    select
        events.*,
        {{ delay_step('delay_seconds') }} as delay_up_to_seconds
    from events

),

final as (

    select
        source,
        event_date,
        received_date,
        cast(delay_up_to_seconds as {{ type_bigint() }}) as delay_up_to_seconds,
        count(*) as event_count,
        max(delay_seconds) as longest_delay_seconds,
        max(received_at) as last_received_at
    from stepped
    group by source, event_date, received_date, delay_up_to_seconds

)

select
    source,
    event_date,
    received_date,
    delay_up_to_seconds,
    event_count,
    longest_delay_seconds,
    last_received_at
from final
