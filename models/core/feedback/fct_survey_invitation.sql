-- Two different facts meet here: what was sent, and what came of it. An answer is found by the moment of sending that it carries.

with as_of as (

    select as_of
    from {{ ref('dim_as_of') }}

),

invitations as (

    {{ mapped('survey_invitation', {
        'source': type_string(), 'invitation_id': type_string(), 'survey': type_string(), 'vendor_wave': type_string(),
        'kind': type_string(), 'sent_at': type_timestamp(), 'account_id': type_string(), 'user_id': type_string(),
        'actor_id': type_string(), 'email_hash': type_string(), 'bounced_at': type_timestamp(),
    }) }}

),

answer as (

    select
        source,
        survey,
        kind,
        actor_id,
        sent_at,
        responded_at,
        response_date,
        is_on_scale,
        excluded_reason
    from {{ ref('fct_survey_answer') }}

),

only_kind as (

    -- A survey that asks one kind of question asked it of those who did not answer too.
    select
        source,
        survey,
        case when min(kind) = max(kind) then min(kind) end as kind
    from answer
    group by source, survey

),

answered as (

    -- To the end of as_of, as all that is counted.
    select
        answer.source,
        answer.survey,
        answer.actor_id,
        answer.sent_at,
        min(answer.responded_at) as answered_at
    from answer
    inner join as_of on answer.response_date <= as_of.as_of
    where answer.is_on_scale and coalesce(answer.excluded_reason, '') <> 'test answer'
    group by answer.source, answer.survey, answer.actor_id, answer.sent_at

),

person as (

    select
        person_id,
        account_id,
        excluded_reason
    from {{ ref('dim_person') }}

),

placed as (

    select
        invitations.source,
        invitations.invitation_id,
        invitations.survey,
        coalesce(
            invitations.vendor_wave,
            cast({{ month_start(reporting_day('invitations.sent_at')) }} as {{ type_string() }})
        ) as wave,
        coalesce(invitations.kind, only_kind.kind) as kind,
        invitations.sent_at,
        {{ reporting_day('invitations.sent_at') }} as sent_date,
        coalesce({{ reporting_day('invitations.bounced_at') }} <= as_of.as_of, false) as is_bounced,
        answered.answered_at,
        person.excluded_reason,
        person.person_id,
        coalesce(invitations.account_id, person.account_id) as account_id,
        invitations.user_id,
        invitations.actor_id,
        invitations.email_hash
    from invitations
    cross join as_of
    left join only_kind on invitations.source = only_kind.source and invitations.survey = only_kind.survey
    left join answered
        on invitations.source = answered.source
        and invitations.survey = answered.survey
        and invitations.actor_id = answered.actor_id
        and invitations.sent_at = answered.sent_at
    left join {{ ref('bridge_actor_person') }} as bridge on invitations.actor_id = bridge.actor_id
    left join {{ ref('person_of_email') }} as person_of_email on invitations.email_hash = person_of_email.email_hash
    left join person on coalesce(bridge.person_id, person_of_email.person_id) = person.person_id

),

plan_of_day as (

    {{ plan_of_day('placed', 'sent_date') }}

),

final as (

    select
        placed.*,
        coalesce(
            {{ seconds_between('placed.sent_at', 'placed.answered_at') }} < {{ var('survey_response_days') * 86400 }}, false
        ) as is_answered,
        coalesce(plan_of_day.plan_tier, 'none') as plan_tier,
        not placed.is_bounced and placed.excluded_reason is null as counts
    from placed
    left join plan_of_day on placed.account_id = plan_of_day.account_id and placed.sent_date = plan_of_day.sent_date

)

select
    source,
    invitation_id,
    survey,
    wave,
    kind,
    sent_at,
    sent_date,
    is_bounced,
    is_answered,
    answered_at,
    counts,
    excluded_reason,
    person_id,
    account_id,
    plan_tier,
    user_id,
    actor_id,
    email_hash
from final
