{{ config(
    materialized='incremental',
    incremental_strategy=replaced_by_day(),
    partition_by=by_day('period_start'),
    post_hook="{{ log_rebuilt() }}",
    meta={'day': 'period_start', 'days': 'actor_periods', 'sorted': true},
) }}
-- Exact because a row follows from the days of its own four weeks. A whole life is a tenth of the rows so, and a first day that a
-- withdrawn repeat takes away is missed within these four weeks alone.

with final as (

    select
        actor_id,
        source,
        account_id,
        user_id,
        {{ period_start('event_date') }} as period_start,
        min(first_event_at) as first_event_at,
        max(last_event_at) as last_event_at,
        cast(sum(event_count) as {{ type_bigint() }}) as event_count,
        min(signed_up_at) as signed_up_at
    from {{ ref('fct_actor_day') }}
    where {{ on_days_of_periods('event_date', actor_periods) }}
    group by actor_id, source, account_id, user_id, {{ period_start('event_date') }}

)

select
    actor_id,
    source,
    account_id,
    user_id,
    period_start,
    first_event_at,
    last_event_at,
    event_count,
    signed_up_at
from final
