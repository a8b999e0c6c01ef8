{{ config(
    materialized='incremental',
    incremental_strategy=replaced_by_day(),
    partition_by=by_day('event_date'),
    post_hook="{{ log_rebuilt() }}",
    meta={'day': 'event_date', 'days': 'person_days', 'sorted': true},
) }}
-- Exact because a row follows from the hours of its own day and from who these actors are.

with final as (

    select
        actor.person_id,
        uses.feature,
        uses.event_date,
        cast(sum(uses.use_count) as {{ type_bigint() }}) as use_count
    from {{ ref('fct_actor_feature_hour') }} as uses
    inner join {{ ref('dim_actor') }} as actor on uses.actor_id = actor.actor_id
    where not actor.is_excluded
        and {{ on_days('uses.event_date', person_days) }}
    group by actor.person_id, uses.feature, uses.event_date

)

select
    person_id,
    feature,
    event_date,
    use_count
from final
