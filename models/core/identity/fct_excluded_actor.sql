{{ config(
    pre_hook="{{ remember_patterns(ref('excluded_actors'), 'pattern') }}",
    post_hook="{{ forget_patterns() }}",
) }}
-- Internal, test and bot activity: left out of every metric, and countable here.

with contacts as (

    select
        actor_id,
        min(excluded_reason) as excluded_reason
    from {{ ref('person_contact') }}
    where excluded_reason is not null
    group by actor_id

),

excluded_actors as (

    select
        pattern,
        reason
    from {{ ref('excluded_actors') }}

),

actor_activity as (

    select
        actor_id,
        cast(sum(event_count) as {{ type_bigint() }}) as event_count
    from {{ ref('fct_actor_span') }}
    group by actor_id

),

suspects as (

    select actor_id
    from actor_activity
    where {{ may_match('actor_id') }}

),

patterns as (

    select
        suspects.actor_id,
        min(excluded_actors.reason) as excluded_reason
    from suspects
    inner join excluded_actors on {{ matches('suspects.actor_id', 'excluded_actors.pattern') }}
    group by suspects.actor_id

),

reasons as (

    select
        actor_id,
        excluded_reason
    from contacts
    union all
    select
        actor_id,
        excluded_reason
    from patterns

),

final as (

    select
        reasons.actor_id,
        min(reasons.excluded_reason) as excluded_reason,
        coalesce(max(actor_activity.event_count), 0) as event_count
    from reasons
    left join actor_activity on reasons.actor_id = actor_activity.actor_id
    group by reasons.actor_id

)

select
    actor_id,
    excluded_reason,
    event_count
from final
