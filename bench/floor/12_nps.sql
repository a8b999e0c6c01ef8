-- An answer belongs to the month in which it was given, an invitation to that in which it was sent.

create or replace table mart.nps_by_month as
with answered as (
    select person_id, sent_at, min(responded_at) as answered_at
    from placed_answer
    where is_on_scale and not is_test
    group by all
),
happened as (
    select
        coalesce(plan_tier, 'none') as plan_tier,
        responded_at::date as day,
        is_on_scale and not is_excluded and age = 1 as counts,
        score,
        is_excluded::int as excluded,
        0 as invited,
        0 as answered
    from placed_answer
    left join plan_of_day on placed_answer.account_id = plan_of_day.account_id and placed_answer.responded_at::date = plan_of_day.event_date
    where kind = 'nps'
    union all
    select
        coalesce(plan_tier, 'none'),
        invitation.sent_at::date,
        false,
        null,
        0,
        1,
        coalesce(floor((epoch_us(answered_at) - epoch_us(invitation.sent_at)) / 1000000) < 30 * 86400, false)::int
    from invitation
    left join answered using (person_id, sent_at)
    left join plan_of_day on invitation.account_id = plan_of_day.account_id and invitation.sent_at::date = plan_of_day.event_date
    where not is_bounced and not is_excluded and (select min(kind) = 'nps' and max(kind) = 'nps' from answer)
),
by_day as (
    select
        unnest([plan_tier, 'all']) as plan_tier,
        day,
        (counts and score >= 9)::int as promoters,
        (counts and score >= 7 and score < 9)::int as passives,
        (counts and score < 7)::int as detractors,
        excluded,
        invited,
        answered
    from happened
    where day <= getvariable('as_of')
),
month_of_tier as (
    select
        plan_tier,
        month,
        least(last_day(month), getvariable('as_of')) as month_end,
        last_day(month) <= getvariable('as_of') as is_complete,
        last_day(month) + 30 <= getvariable('as_of') as is_mature
    from (
        select plan_tier, unnest(generate_series(date_trunc('month', min(day))::timestamp, getvariable('as_of')::timestamp, interval 1 month))::date as month
        from by_day
        group by plan_tier
    )
),
counted as (
    select
        month_of_tier.*,
        coalesce(sum(promoters) filter (day >= month), 0)::bigint as promoters,
        coalesce(sum(passives) filter (day >= month), 0)::bigint as passives,
        coalesce(sum(detractors) filter (day >= month), 0)::bigint as detractors,
        coalesce(sum(excluded) filter (day >= month), 0)::bigint as excluded_responses,
        coalesce(sum(invited) filter (day >= month), 0)::bigint as invitations,
        coalesce(sum(answered) filter (day >= month), 0)::bigint as answered_invitations,
        coalesce(sum(promoters), 0)::bigint as promoters_90d,
        coalesce(sum(passives), 0)::bigint as passives_90d,
        coalesce(sum(detractors), 0)::bigint as detractors_90d
    from month_of_tier
    left join by_day on month_of_tier.plan_tier = by_day.plan_tier and day <= month_end and day > month_end - 90
    group by all
),
with_responses as (
    select *, promoters + passives + detractors as responses, promoters_90d + passives_90d + detractors_90d as responses_90d from counted
)
select
    'delighted' as source,
    'delighted' as survey,
    month,
    plan_tier,
    month_end,
    is_complete,
    promoters,
    passives,
    detractors,
    responses,
    100 * (promoters - detractors)::double / nullif(responses::double, 0) as nps,
    nps_bound(promoters, detractors, responses, -1) as nps_low,
    nps_bound(promoters, detractors, responses, 1) as nps_high,
    responses >= 30 as is_enough,
    excluded_responses,
    promoters_90d,
    passives_90d,
    detractors_90d,
    responses_90d,
    100 * (promoters_90d - detractors_90d)::double / nullif(responses_90d::double, 0) as nps_90d,
    nps_bound(promoters_90d, detractors_90d, responses_90d, -1) as nps_90d_low,
    nps_bound(promoters_90d, detractors_90d, responses_90d, 1) as nps_90d_high,
    responses_90d >= 30 as is_enough_90d,
    invitations,
    answered_invitations,
    answered_invitations / nullif(invitations::double, 0) as response_rate,
    wilson(answered_invitations, invitations, -1) as response_rate_low,
    wilson(answered_invitations, invitations, 1) as response_rate_high,
    is_mature
from with_responses;
