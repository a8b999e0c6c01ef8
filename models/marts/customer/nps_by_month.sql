-- An answer belongs to the month in which it was given, an invitation to the month in which it was sent: so a score never changes because
-- somebody else has not answered yet, and a response rate is of those who were asked.

with as_of as (

    select
        as_of,
        {{ month_start('as_of') }} as running_month
    from {{ ref('dim_as_of') }}

),

answer as (

    select
        answer.source,
        answer.survey,
        answer.plan_tier,
        answer.response_date as day,
        answer.nps_class,
        answer.counts,
        answer.excluded_reason
    from {{ ref('fct_survey_answer') }} as answer
    inner join as_of on answer.response_date <= as_of.as_of
    where answer.kind = 'nps'

),

invitation as (

    select
        invitation.source,
        invitation.survey,
        invitation.plan_tier,
        invitation.sent_date as day,
        invitation.is_answered
    from {{ ref('fct_survey_invitation') }} as invitation
    inner join as_of on invitation.sent_date <= as_of.as_of
    where invitation.kind = 'nps' and invitation.counts

),

happened as (

    select
        source,
        survey,
        plan_tier,
        day,
        case when counts and nps_class = 'promoter' then 1 else 0 end as promoters,
        case when counts and nps_class = 'passive' then 1 else 0 end as passives,
        case when counts and nps_class = 'detractor' then 1 else 0 end as detractors,
        case when excluded_reason is not null then 1 else 0 end as excluded_responses,
        0 as invitations,
        0 as answered_invitations
    from answer
    union all
    select
        source,
        survey,
        plan_tier,
        day,
        0 as promoters,
        0 as passives,
        0 as detractors,
        0 as excluded_responses,
        1 as invitations,
        case when is_answered then 1 else 0 end as answered_invitations
    from invitation

),

by_tier_and_all as (

    select source, survey, plan_tier, day, promoters, passives, detractors, excluded_responses, invitations, answered_invitations
    from happened
    union all
    select source, survey, 'all' as plan_tier, day, promoters, passives, detractors, excluded_responses, invitations, answered_invitations
    from happened

),

by_day as (

    select
        source,
        survey,
        plan_tier,
        day,
        sum(promoters) as promoters,
        sum(passives) as passives,
        sum(detractors) as detractors,
        sum(excluded_responses) as excluded_responses,
        sum(invitations) as invitations,
        sum(answered_invitations) as answered_invitations
    from by_tier_and_all
    group by source, survey, plan_tier, day

),

tier_since as (

    select
        source,
        survey,
        plan_tier,
        {{ month_start('min(day)') }} as first_month
    from by_day
    group by source, survey, plan_tier

),

spine as (

    select
        tier_since.source,
        tier_since.survey,
        tier_since.plan_tier,
        month,
        {{ month_end('month', 'as_of.as_of') }} as month_end,
        {{ add_days(add_months('month', 1), -1) }} <= as_of.as_of as is_complete,
        {{ add_days(add_months('month', 1), -1 + var('survey_response_days')) }} <= as_of.as_of as is_mature
    from tier_since
    cross join as_of
    {{ cross_join_months('tier_since.first_month', 'as_of.running_month', 'month') }}

),

counted as (

    select
        spine.source,
        spine.survey,
        spine.plan_tier,
        spine.month,
        spine.month_end,
        spine.is_complete,
        spine.is_mature,
        {%- for figure in ['promoters', 'passives', 'detractors', 'excluded_responses', 'invitations', 'answered_invitations'] %}
        cast(coalesce(sum(case when by_day.day >= spine.month then by_day.{{ figure }} end), 0) as {{ type_bigint() }}) as {{ figure }},
        {%- endfor %}
        {%- for figure in ['promoters', 'passives', 'detractors'] %}
        cast(coalesce(sum(by_day.{{ figure }}), 0) as {{ type_bigint() }}) as {{ figure }}_90d{% if not loop.last %},{% endif %}
        {%- endfor %}
    from spine
    left join by_day
        on spine.source = by_day.source
        and spine.survey = by_day.survey
        and spine.plan_tier = by_day.plan_tier
        and spine.month_end >= by_day.day
        and {{ add_days('spine.month_end', -90) }} < by_day.day
    group by
        spine.source, spine.survey, spine.plan_tier, spine.month, spine.month_end, spine.is_complete, spine.is_mature

),

with_responses as (

    select
        counted.*,
        promoters + passives + detractors as responses,
        promoters_90d + passives_90d + detractors_90d as responses_90d
    from counted

),

final as (

    select
        with_responses.*,
        {{ nps('promoters', 'detractors', 'responses') }} as nps,
        {{ nps_bound('promoters', 'detractors', 'responses', -1) }} as nps_low,
        {{ nps_bound('promoters', 'detractors', 'responses', 1) }} as nps_high,
        responses >= {{ var('nps_min_responses') }} as is_enough,
        {{ nps('promoters_90d', 'detractors_90d', 'responses_90d') }} as nps_90d,
        {{ nps_bound('promoters_90d', 'detractors_90d', 'responses_90d', -1) }} as nps_90d_low,
        {{ nps_bound('promoters_90d', 'detractors_90d', 'responses_90d', 1) }} as nps_90d_high,
        responses_90d >= {{ var('nps_min_responses') }} as is_enough_90d,
        {{ rate('answered_invitations', 'invitations') }} as response_rate,
        {{ wilson_bound('answered_invitations', 'invitations', -1) }} as response_rate_low,
        {{ wilson_bound('answered_invitations', 'invitations', 1) }} as response_rate_high
    from with_responses

)

select
    source,
    survey,
    month,
    plan_tier,
    month_end,
    is_complete,
    promoters,
    passives,
    detractors,
    responses,
    nps,
    nps_low,
    nps_high,
    is_enough,
    excluded_responses,
    promoters_90d,
    passives_90d,
    detractors_90d,
    responses_90d,
    nps_90d,
    nps_90d_low,
    nps_90d_high,
    is_enough_90d,
    invitations,
    answered_invitations,
    response_rate,
    response_rate_low,
    response_rate_high,
    is_mature
from final
