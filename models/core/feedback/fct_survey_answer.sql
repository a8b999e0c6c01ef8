with as_of as (

    select as_of
    from {{ ref('dim_as_of') }}

),

answers as (

    {{ mapped('survey_answer', {
        'source': type_string(), 'response_id': type_string(), 'survey': type_string(), 'vendor_wave': type_string(),
        'kind': type_string(), 'score': type_double(), 'responded_at': type_timestamp(), 'sent_at': type_timestamp(),
        'account_id': type_string(), 'user_id': type_string(), 'actor_id': type_string(), 'email_hash': type_string(),
        'touchpoint': type_string(), 'is_test': type_boolean(),
    }) }}

),

person as (

    select
        person_id,
        account_id,
        excluded_reason
    from {{ ref('dim_person') }}

),

known as (

    -- By the tool's own id of the person, else by the address.
    select
        answers.*,
        coalesce(bridge.person_id, person_of_email.person_id) as person_id
    from answers
    left join {{ ref('bridge_actor_person') }} as bridge on answers.actor_id = bridge.actor_id
    left join {{ ref('person_of_email') }} as person_of_email on answers.email_hash = person_of_email.email_hash

),

placed as (

    -- Whoever left neither an id nor an address is somebody else in every answer.
    select
        known.source,
        known.response_id,
        known.survey,
        coalesce(
            known.vendor_wave,
            cast({{ month_start(reporting_day('coalesce(known.sent_at, known.responded_at)')) }} as {{ type_string() }})
        ) as wave,
        known.kind,
        known.score,
        {{ is_on_scale('known.kind', 'known.score') }} as is_on_scale,
        case when known.is_test then 'test answer' else person.excluded_reason end as excluded_reason,
        known.responded_at,
        {{ reporting_day('known.responded_at') }} as response_date,
        known.sent_at,
        coalesce(
            'person:' || known.person_id, 'user:' || known.user_id, 'email:' || known.email_hash, 'actor:' || known.actor_id,
            'answer:' || known.response_id
        ) as respondent_id,
        known.person_id,
        coalesce(known.account_id, person.account_id) as account_id,
        known.user_id,
        known.actor_id,
        known.email_hash,
        known.touchpoint
    from known
    left join person on known.person_id = person.person_id

),

plan_of_day as (

    {{ plan_of_day('placed', 'response_date') }}

),

dated as (

    select
        placed.*,
        coalesce(placed.response_date > as_of.as_of, false) as is_to_come
    from placed
    cross join as_of

),

final as (

    -- An answer after as_of counts tomorrow, and displaces none before it.
    select
        dated.*,
        case when dated.kind = 'nps' then {{ nps_class('dated.score') }} end as nps_class,
        {{ is_top_two('dated.kind', 'dated.score') }} as is_top_two,
        dated.is_on_scale and dated.excluded_reason is null and not dated.is_to_come and row_number() over (
            partition by
                dated.source, dated.survey, dated.wave, dated.kind, dated.respondent_id, dated.is_on_scale,
                dated.excluded_reason is null, dated.is_to_come
            order by dated.responded_at desc, dated.response_id desc
        ) = 1 as counts,
        coalesce(plan_of_day.plan_tier, 'none') as plan_tier
    from dated
    left join plan_of_day
        on dated.account_id = plan_of_day.account_id and dated.response_date = plan_of_day.response_date

)

select
    source,
    response_id,
    survey,
    wave,
    kind,
    score,
    is_on_scale,
    nps_class,
    is_top_two,
    counts,
    excluded_reason,
    responded_at,
    response_date,
    sent_at,
    respondent_id,
    person_id,
    account_id,
    plan_tier,
    user_id,
    actor_id,
    email_hash,
    touchpoint
from final
