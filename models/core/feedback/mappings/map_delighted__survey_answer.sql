{{ config(materialized='ephemeral', enabled='delighted' in var('sources')) }}
-- A project of Delighted asks one question again and again, so the export is one survey, and an answer belongs to the last invitation
-- before it. An address is the one that came with the answer, else that of the person's record.

with answer as (

    select
        response_id,
        person_id,
        person_email,
        survey_type,
        score,
        responded_at,
        is_test or coalesce(lower({{ as_text('tags') }}) like '%"test"%', false) as is_test
    from {{ ref('raw_delighted__survey_responses') }}
    where is_current

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
    answer.response_id,
    'delighted' as survey,
    cast(null as {{ type_string() }}) as vendor_wave,
    case answer.survey_type
        when 'nps' then 'nps'
        when 'csat' then 'csat'
        when 'ces7' then 'ces'
        when 'ces' then 'ces5'
        when 'stars5' then 'stars'
        when 'stars' then 'stars'
        when 'smileys' then 'smileys'
        when 'thumbs' then 'thumbs'
        else 'other'
    end as kind,
    answer.score,
    answer.responded_at,
    invitation.sent_at,
    cast(null as {{ type_string() }}) as account_id,
    cast(null as {{ type_string() }}) as user_id,
    'delighted:person:' || answer.person_id as actor_id,
    {{ keyed_hash('coalesce(answer.person_email, person.email)') }} as email_hash,
    cast(null as {{ type_string() }}) as touchpoint,
    answer.is_test
from answer
left join person on answer.person_id = person.person_id
left join {{ ref('map_delighted__survey_invitation') }} as invitation
    on invitation.actor_id = 'delighted:person:' || answer.person_id
    and answer.responded_at >= invitation.sent_at
    -- no `or`: with one in a left join DuckDB compares every answer with every invitation
    and answer.responded_at < coalesce(invitation.next_sent_at, {{ far_future() }})
