{{ config(
    materialized='incremental',
    incremental_strategy=replaced_by_day(),
    partition_by=by_day('event_date'),
    post_hook="{{ log_rebuilt() }}",
    meta={'day': 'event_date', 'days': 'event_days', 'sorted': true},
) }}
-- Exact because a row follows from the events of its own day alone, and every touched day is replaced whole. The compact state of
-- what was used: adoption, retention and the effect of incidents read it and never events.

with uses as (

    select
        actor_id,
        coalesce(account_id, '') as account_key,
        account_id,
        feature,
        event_date,
        {{ hour_start('occurred_at') }} as hour_start
    from {{ ref('fct_event') }}
    where feature is not null
        and {{ on_days('event_date', event_days) }}

),

final as (

    select
        actor_id,
        account_key,
        min(account_id) as account_id,
        feature,
        event_date,
        hour_start,
        count(*) as use_count
    from uses
    group by actor_id, account_key, feature, event_date, hour_start

)

select
    actor_id,
    account_id,
    feature,
    event_date,
    hour_start,
    use_count
from final
