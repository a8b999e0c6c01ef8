with answers as (

    {{ mapped('survey_answer', {
        'source': type_string(), 'response_id': type_string(), 'survey': type_string(), 'vendor_wave': type_string(),
        'kind': type_string(), 'score': type_double(), 'responded_at': type_timestamp(), 'sent_at': type_timestamp(),
        'account_id': type_string(), 'user_id': type_string(), 'actor_id': type_string(), 'email_hash': type_string(),
        'touchpoint': type_string(),
    }) }}

),

placed as (

    -- Whoever left neither a user id nor an address is somebody else in every answer.
    select
        answers.*,
        coalesce(vendor_wave, cast({{ month_start(reporting_day('coalesce(sent_at, responded_at)')) }} as {{ type_string() }})) as wave,
        coalesce('user:' || user_id, 'email:' || email_hash, 'answer:' || response_id) as respondent_id,
        {{ is_on_scale('kind', 'score') }} as is_on_scale
    from answers

),

final as (

    select
        source,
        response_id,
        survey,
        wave,
        kind,
        score,
        is_on_scale,
        case when kind = 'nps' then {{ nps_class('score') }} end as nps_class,
        {{ is_top_two('kind', 'score') }} as is_top_two,
        is_on_scale and row_number() over (
            partition by source, survey, wave, kind, respondent_id, is_on_scale
            order by responded_at desc, response_id desc
        ) = 1 as counts,
        responded_at,
        {{ reporting_day('responded_at') }} as response_date,
        sent_at,
        respondent_id,
        account_id,
        user_id,
        actor_id,
        email_hash,
        touchpoint
    from placed

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
    responded_at,
    response_date,
    sent_at,
    respondent_id,
    account_id,
    user_id,
    actor_id,
    email_hash,
    touchpoint
from final
