-- Why two ids are one person: the evidence, its source and its time, so that a merge can be explained and undone.

with links as (

    select
        actor_id,
        linked_actor_id,
        user_id,
        source,
        min(first_seen_at) as first_seen_at,
        max(last_seen_at) as last_seen_at
    from {{ ref('identity_link_period') }}
    group by actor_id, linked_actor_id, user_id, source

),

merged as (

    {{ mapped('identity_merge', {
        'source': type_string(), 'actor_id': type_string(), 'linked_actor_id': type_string(), 'merged_at': type_timestamp(),
    }) }}

),

profiles as (

    select
        source,
        actor_id,
        user_id,
        email_hash,
        is_role_address,
        coalesce(signed_up_at, updated_at) as seen_at
    from {{ ref('person_contact') }}

),

actors as (

    select
        actor_id,
        source,
        min(user_id) as user_id,
        min(first_event_at) as first_seen_at,
        max(last_event_at) as last_seen_at
    from {{ ref('fct_actor_span') }}
    where user_id is not null
    group by actor_id, source

),

identified as (

    select
        actor_id as node_a,
        linked_actor_id as node_b,
        'identify' as evidence,
        source,
        first_seen_at,
        last_seen_at
    from links
    where linked_actor_id is not null

),

explicit_ids as (

    -- The product's own user id is the same id in every tool.
    select
        actor_id as node_a,
        'user:' || user_id as node_b,
        'user id' as evidence,
        source,
        first_seen_at,
        last_seen_at
    from actors
    union all
    select
        actor_id as node_a,
        'user:' || user_id as node_b,
        'user id' as evidence,
        source,
        first_seen_at,
        last_seen_at
    from links
    where user_id is not null
    union all
    select
        actor_id as node_a,
        'user:' || user_id as node_b,
        'user id' as evidence,
        source,
        seen_at as first_seen_at,
        seen_at as last_seen_at
    from profiles
    where user_id is not null

),

emails as (

    select
        actor_id as node_a,
        'email:' || email_hash as node_b,
        'e-mail' as evidence,
        source,
        seen_at as first_seen_at,
        seen_at as last_seen_at
    from profiles
    where email_hash is not null

),

all_edges as (

    select * from identified
    union all
    select * from explicit_ids
    union all
    select * from emails
    union all
    select
        actor_id as node_a,
        linked_actor_id as node_b,
        'merge' as evidence,
        source,
        merged_at as first_seen_at,
        merged_at as last_seen_at
    from merged

),

edge as (

    select
        node_a,
        node_b,
        evidence,
        source,
        min(first_seen_at) as first_seen_at,
        max(last_seen_at) as last_seen_at
    from all_edges
    group by node_a, node_b, evidence, source

),

counted as (

    -- Somebody has one profile or a few in each tool, so partners are counted tool by tool.
    select
        node_b,
        evidence,
        source,
        count(*) as partners
    from edge
    where evidence in {{ shareable_evidence() }}
    group by node_b, evidence, source

),

shared_id as (

    select node_b
    from counted
    where partners > {{ var('identity_max_partners') }}
    group by node_b

),

role_address as (

    select 'email:' || email_hash as node_b
    from profiles
    where is_role_address
    group by email_hash

),

final as (

    select
        edge.node_a,
        edge.node_b,
        edge.evidence,
        edge.source,
        edge.first_seen_at,
        edge.last_seen_at,
        case
            when role_address.node_b is not null then 'role address'
            when shared_id.node_b is not null then 'shared id'
        end as cut_reason
    from edge
    left join role_address on edge.node_b = role_address.node_b
    left join shared_id
        on edge.node_b = shared_id.node_b
        and edge.evidence in {{ shareable_evidence() }}

)

select
    node_a,
    node_b,
    evidence,
    source,
    first_seen_at,
    last_seen_at,
    cut_reason
from final
