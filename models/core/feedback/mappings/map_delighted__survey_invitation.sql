{{ config(materialized='ephemeral', enabled='delighted' in var('sources')) }}
-- Delighted lists no invitations. A person's record says when it was last sent a survey, and every version of it that was landed says
-- it anew: each such moment is one invitation. What was sent and sent again between two exports is not seen. Nor does the record
-- say what was asked: a Delighted project asks one kind of question, so its answers tell.

with sent as (

    -- Many versions of a person tell of the same invitation.
    select
        person_id,
        last_sent_at as sent_at
    from {{ ref('raw_delighted__people') }}
    where last_sent_at is not null
    group by person_id, last_sent_at

),

ordered as (

    select
        person_id,
        sent_at,
        lead(sent_at) over (partition by person_id order by sent_at) as next_sent_at
    from sent

),

bounced as (

    select
        ordered.person_id,
        ordered.sent_at,
        min(bounce.bounced_at) as bounced_at
    from ordered
    inner join {{ ref('raw_delighted__bounces') }} as bounce
        on ordered.person_id = bounce.person_id
        and bounce.is_current
        and ordered.sent_at <= bounce.bounced_at
        and (ordered.next_sent_at is null or ordered.next_sent_at > bounce.bounced_at)
    group by ordered.person_id, ordered.sent_at

),

person as (

    select
        person_id,
        email
    from {{ ref('raw_delighted__people') }}
    where is_current

)

select
    'delighted' as source,
    ordered.person_id || ':' || cast({{ seconds_between("timestamp '1970-01-01 00:00:00'", 'ordered.sent_at') }} as {{ type_string() }}) as invitation_id,
    'delighted' as survey,
    cast(null as {{ type_string() }}) as vendor_wave,
    cast(null as {{ type_string() }}) as kind,
    ordered.sent_at,
    ordered.next_sent_at,
    cast(null as {{ type_string() }}) as account_id,
    cast(null as {{ type_string() }}) as user_id,
    'delighted:person:' || ordered.person_id as actor_id,
    {{ keyed_hash('person.email') }} as email_hash,
    bounced.bounced_at
from ordered
left join bounced on ordered.person_id = bounced.person_id and ordered.sent_at = bounced.sent_at
left join person on ordered.person_id = person.person_id
