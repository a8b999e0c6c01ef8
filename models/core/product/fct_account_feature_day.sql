{{ config(
    materialized='incremental',
    incremental_strategy=replaced_by_day(),
    partition_by=by_day('event_date'),
    post_hook="{{ log_rebuilt() }}",
    meta={'day': 'event_date', 'days': 'person_days', 'sorted': true},
) }}
-- Exact because a row follows from the hours of its own day and from who these actors are. A person who acts for two accounts on one day
-- counts in both; a use that names no account counts for the person's.

with uses as (

    select
        coalesce(uses.account_id, actor.account_id) as account_id,
        uses.feature,
        uses.event_date,
        actor.person_id,
        uses.use_count
    from {{ ref('fct_actor_feature_hour') }} as uses
    inner join {{ ref('dim_actor') }} as actor on uses.actor_id = actor.actor_id
    where not actor.is_excluded
        and {{ on_days('uses.event_date', person_days) }}

),

final as (

    select
        account_id,
        feature,
        event_date,
        cast(sum(use_count) as {{ type_bigint() }}) as use_count,
        count(distinct person_id) as active_persons
    from uses
    where account_id is not null
    group by account_id, feature, event_date

)

select
    account_id,
    feature,
    event_date,
    use_count,
    active_persons
from final
