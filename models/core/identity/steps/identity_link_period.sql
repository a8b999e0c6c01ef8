{{ config(
    materialized='incremental',
    incremental_strategy=replaced_by_day(),
    partition_by=by_day('period_start'),
    post_hook="{{ log_rebuilt() }}",
    meta={'day': 'period_start', 'days': 'identity_link_periods', 'sorted': true},
) }}
-- Exact because a row follows from the days of its own four weeks. Who signs in every day names the same link every day: evidence of
-- any age is read from a tenth of the rows.

with final as (

    select
        actor_id,
        linked_actor_id,
        user_id,
        source,
        {{ period_start('event_date') }} as period_start,
        min(first_seen_at) as first_seen_at,
        max(last_seen_at) as last_seen_at
    from {{ ref('fct_identity_link_day') }}
    where {{ on_days_of_periods('event_date', identity_link_periods) }}
    group by actor_id, linked_actor_id, user_id, source, {{ period_start('event_date') }}

)

select
    actor_id,
    linked_actor_id,
    user_id,
    source,
    period_start,
    first_seen_at,
    last_seen_at
from final
