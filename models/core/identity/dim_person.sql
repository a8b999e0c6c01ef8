with bridge as (

    select
        actor_id,
        person_id
    from {{ ref('bridge_actor_person') }}

),

activity as (

    select
        bridge.person_id,
        min(span.first_event_at) as first_seen_at,
        max(span.last_event_at) as last_seen_at,
        min(span.signed_up_at) as signed_up_at,
        cast(sum(span.event_count) as {{ type_bigint() }}) as event_count
    from {{ ref('fct_actor_span') }} as span
    inner join bridge on span.actor_id = bridge.actor_id
    group by bridge.person_id

),

delivered_accounts as (

    select
        bridge.person_id,
        span.account_id,
        row_number() over (
            partition by bridge.person_id
            order by span.last_event_at desc, span.account_id
        ) as recency
    from {{ ref('fct_actor_span') }} as span
    inner join bridge on span.actor_id = bridge.actor_id
    where span.account_id is not null

),

profiles as (

    select
        bridge.person_id,
        contact.account_id,
        contact.signed_up_at,
        contact.user_id,
        row_number() over (
            partition by bridge.person_id
            order by case when contact.account_id is null then 1 else 0 end, contact.updated_at desc nulls last, contact.source, contact.actor_id
        ) as recency
    from {{ ref('person_contact') }} as contact
    inner join bridge on contact.actor_id = bridge.actor_id

),

known as (

    select
        person_id,
        min(signed_up_at) as signed_up_at,
        min(user_id) as user_id,
        min(case when recency = 1 then account_id end) as account_id
    from profiles
    group by person_id

),

excluded as (

    select
        bridge.person_id,
        min(excluded_actor.excluded_reason) as excluded_reason
    from {{ ref('fct_excluded_actor') }} as excluded_actor
    inner join bridge on excluded_actor.actor_id = bridge.actor_id
    group by bridge.person_id

),

actor_counts as (

    select
        person_id,
        count(*) as actor_count
    from bridge
    group by person_id

),

final as (

    -- The sign_up event says when the product saw it; a profile's creation time stands in where there is none.
    select
        actor_counts.person_id,
        actor_counts.actor_count,
        known.user_id,
        coalesce(known.account_id, delivered_accounts.account_id) as account_id,
        coalesce(activity.signed_up_at, known.signed_up_at) as signed_up_at,
        activity.first_seen_at,
        activity.last_seen_at,
        coalesce(activity.event_count, 0) as event_count,
        excluded.excluded_reason,
        excluded.excluded_reason is not null as is_excluded
    from actor_counts
    left join activity on actor_counts.person_id = activity.person_id
    left join delivered_accounts on actor_counts.person_id = delivered_accounts.person_id and delivered_accounts.recency = 1
    left join known on actor_counts.person_id = known.person_id
    left join excluded on actor_counts.person_id = excluded.person_id

)

select
    person_id,
    actor_count,
    user_id,
    account_id,
    signed_up_at,
    first_seen_at,
    last_seen_at,
    event_count,
    excluded_reason,
    is_excluded
from final
