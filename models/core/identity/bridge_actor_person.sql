-- Rebuilt from the edges, which are compact, at every refresh: a late identify merges two persons from the first day of both.
-- A person is named after a user id: the next device they sign in with has another least node, and would rename all their days.

with evidence as (

    select
        node_a,
        node_b,
        cut_reason
    from {{ ref('fct_identity_edge') }}

),

edges as (

    select
        node_a,
        node_b
    from evidence
    where cut_reason is null

),

{{ connected_components('edges', 'node_a', 'node_b') }},

actors as (

    select actor_id
    from {{ ref('fct_actor_span') }}
    union distinct
    select actor_id
    from {{ ref('person_contact') }}
    union distinct
    -- of whom only events that are set aside or merges speak
    select node_a as actor_id
    from evidence

),

users as (

    select
        label,
        min(node) as least_user
    from component
    where node like 'user:%'
    group by label

),

named as (

    select
        actors.actor_id,
        coalesce(users.least_user, component.label, actors.actor_id) as named_after
    from actors
    left join component on actors.actor_id = component.node
    left join users on component.label = users.label

),

final as (

    select
        actor_id,
        {{ stable_id(["named_after"]) }} as person_id,
        named_after
    from named

)

select
    actor_id,
    person_id,
    named_after
from final
