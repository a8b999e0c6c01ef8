{{ config(
    schema='contact',
    pre_hook="{{ remember_patterns(ref('excluded_actors'), 'pattern') }}",
    post_hook="{{ forget_patterns() }}",
) }}
-- The one place outside raw where personal data is. Everything else carries email_hash.

{%- set traits = ['email', 'name', 'account_id', 'signed_up_at'] %}

with held as (

    {{ mapped('person_profile', {
        'source': type_string(), 'actor_id': type_string(), 'user_id': type_string(), 'email': type_string(), 'name': type_string(),
        'account_id': type_string(), 'signed_up_at': type_timestamp(), 'is_internal': type_boolean(), 'updated_at': type_timestamp(),
    }) }}

),

said as (

    -- What event tools were told: the last word on each trait.
    select
        source,
        actor_id,
        min(user_id) as user_id,
        {% for trait in traits -%}
        {{ value_at_max(trait, 'case when ' ~ trait ~ ' is not null then event_date end') }} as {{ trait }},
        {% endfor -%}
        max(last_said_at) as updated_at
    from {{ ref('person_contact_day') }}
    group by source, actor_id

),

said_alone as (

    -- Who has a profile is known from it: what is said beside it is at most the address that the user id is.
    select said.*
    from said
    left join held on said.source = held.source and said.actor_id = held.actor_id
    where held.actor_id is null

),

profiles as (

    select
        source,
        actor_id,
        user_id,
        email,
        name,
        account_id,
        signed_up_at,
        is_internal,
        updated_at
    from held
    union all
    select
        source,
        actor_id,
        user_id,
        email,
        name,
        account_id,
        signed_up_at,
        false as is_internal,
        updated_at
    from said_alone

),

excluded_actors as (

    select
        pattern,
        reason
    from {{ ref('excluded_actors') }}

),

suspects as (

    select
        source,
        actor_id,
        coalesce(email, '') || ' ' || actor_id as address_and_id
    from profiles
    where {{ may_match("coalesce(email, '') || ' ' || actor_id") }}

),

excluded as (

    select
        suspects.source,
        suspects.actor_id,
        min(excluded_actors.reason) as excluded_reason
    from suspects
    inner join excluded_actors on {{ matches('suspects.address_and_id', 'excluded_actors.pattern') }}
    group by suspects.source, suspects.actor_id

),

final as (

    select
        profiles.source,
        profiles.actor_id,
        profiles.user_id,
        profiles.email,
        case when profiles.email is not null then {{ keyed_hash('profiles.email') }} end as email_hash,
        {{ is_role_address('profiles.email') }} as is_role_address,
        profiles.name,
        profiles.account_id,
        profiles.signed_up_at,
        coalesce(excluded.excluded_reason, case when profiles.is_internal then 'marked internal at the source' end) as excluded_reason,
        profiles.updated_at
    from profiles
    left join excluded
        on profiles.source = excluded.source and profiles.actor_id = excluded.actor_id

)

select
    source,
    actor_id,
    user_id,
    email,
    email_hash,
    is_role_address,
    name,
    account_id,
    signed_up_at,
    excluded_reason,
    updated_at
from final
