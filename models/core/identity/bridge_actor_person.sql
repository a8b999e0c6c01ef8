-- Rebuilt from the edges, which are compact, at every refresh: a late identify merges two persons from the first day of both.

with edges as (

    select
        node_a,
        node_b
    from {{ ref('fct_identity_edge') }}

),

{{ connected_components('edges', 'node_a', 'node_b') }},

actors as (

    select actor_id
    from {{ ref('fct_actor_day') }}
    union distinct
    select actor_id
    from {{ ref('person_contact') }}
    union distinct
    -- of whom only events that are set aside or merges speak
    select node_a as actor_id
    from edges

),

final as (

    select
        actors.actor_id,
        {{ stable_id(["coalesce(component.label, actors.actor_id)"]) }} as person_id,
        coalesce(component.label, actors.actor_id) as least_node
    from actors
    left join component on actors.actor_id = component.node

)

select
    actor_id,
    person_id,
    least_node
from final
