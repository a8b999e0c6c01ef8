"""Who is asked whether they would recommend the product, and what they say.

Each person is asked every third month, two weeks after signing up at the earliest; one in fifty letters comes back, about four in ten
are answered, and a few answers are late, changed afterwards or given twice. People of accounts that will leave or pay less are less happy. Some
answer a link without saying who they are, and the staff tries the survey out.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from duckdb import DuckDBPyConnection

ASKED = """
create table survey_sent as
with planned as (

    select
        u, i, is_internal, printf('%d', 1040000000 + u) as delighted_id, date_trunc('month', day)::date as wave,
        date_trunc('month', day) + (4 + pick('ask_day', concat(u, '|', day), 20)) * interval 1 day + interval 8 hour
        + pick('ask_minute', concat(u, '|', day), 300) * interval 1 minute as sent_at,
        concat(u, '|', date_trunc('month', day)::date) as ask_key, signed_up_at
    from person
    cross join month_end
    where (u + month(day)) % 3 = 0

),

wanted as (

    select *, pick('unsubscribes', ask_key, 100) = 0 as leaves
    from planned
    where sent_at > signed_up_at + interval 14 day and sent_at < getvariable('end_at')

)

select *, pick('bounces', ask_key, 50) = 0 as is_bounced
from wanted
-- who has unsubscribed is not asked again
qualify coalesce(max(leaves) over (partition by u order by sent_at rows between unbounded preceding and 1 preceding), false) = false;

-- One row per answer, with the score as it was given and as it is after an edit.
create table survey_given as
with answers as (

    select
        ask_key, u, i, is_internal, delighted_id, wave, sent_at, 1 as turn,
        -- one answer in twelve comes after more than a month
        sent_at + case when pick('dawdles', ask_key, 12) = 0 then interval 33 day else interval 0 day end
        + (20 + pick('answer_minute', ask_key, 20000)) * interval 1 minute as responded_at
    from survey_sent
    where not is_bounced and not leaves and pick('answers', ask_key, 100) < 40
    union all
    -- somebody answers the same letter again
    select
        ask_key, u, i, is_internal, delighted_id, wave, sent_at, 2 as turn,
        sent_at + (20200 + pick('answer_again', ask_key, 5000)) * interval 1 minute as responded_at
    from survey_sent
    where not is_bounced and not leaves and pick('answers', ask_key, 100) < 2 and pick('dawdles', ask_key, 12) > 0

),

strangers as (

    select
        concat('stranger|', day, '|', n) as ask_key, null::bigint as u, null::bigint as i, false as is_internal,
        printf('%d', 1090000000 + 1000 * row_number() over (order by day, n)) as delighted_id, date_trunc('month', day)::date as wave,
        null::timestamp as sent_at, 1 as turn,
        date_trunc('month', day) + pick('stranger', concat(day, '|', n), 35000) * interval 1 minute as responded_at
    from month_end, range(0, 2 + getvariable('accounts') // 20) as strangers(n)

),

scored as (

    select
        *, concat(ask_key, '|', turn) as answer_key,
        case when story in ('cancels', 'returns', 'downgrade', 'seats_down', 'pause', 'past_due_lost') then 5 else 8 end as mood
    from (select * from answers union all select * from strangers) as all_answers
    left join (select i, story from account) as account using (i)
    where responded_at >= getvariable('first_day') and responded_at < getvariable('end_at')

)

select
    * exclude (mood),
    printf('%d', 210000000 + row_number() over (order by responded_at, answer_key)) as response_id,
    greatest(0, least(10, mood - 3 + pick('score', answer_key, 8)))::int as first_score,
    -- one in twelve thinks again later
    case when pick('edits', answer_key, 12) = 0 then responded_at + (1 + pick('edit_day', answer_key, 30)) * interval 1 day end as edited_at,
    greatest(0, least(10, mood - 2 + pick('edited_score', answer_key, 5)))::int as edited_score
from scored;

create table survey_truth as
with final_score as (

    select
        *, responded_at::date as day,
        case when edited_at < getvariable('end_at') then edited_score else first_score end as score
    from survey_given

),

-- the last answer of a person in a wave; a late one is of its letter's month
counted as (

    select * from final_score
    qualify row_number() over (partition by coalesce(u::varchar, delighted_id), wave order by responded_at desc, response_id desc) = 1

),

happened as (

    select i, day, (not is_internal and score >= 9)::int as promoters, (not is_internal and score between 7 and 8)::int as passives,
        (not is_internal and score <= 6)::int as detractors, 0 as excluded_responses, 0 as invitations, 0 as answered_invitations
    from counted
    union all
    select i, day, 0, 0, 0, 1, 0, 0 from final_score where is_internal
    union all
    -- the staff's tests
    select null, day, 0, 0, 0, 1, 0, 0 from month_end
    union all
    select survey_sent.i, sent_at::date, 0, 0, 0, 0, 1, exists (
        select 1 from survey_given
        where survey_given.ask_key = survey_sent.ask_key and survey_given.responded_at < survey_sent.sent_at + interval 30 day
    )::int
    from survey_sent
    where not is_bounced and not is_internal

),

-- what the account had at the end of the day; a trial counts, a pause and an unpaid bill beyond its grace do not
plan as (

    select phase.i, price.tier, from_at, case price.tier when 'starter' then 1 when 'team' then 2 when 'business' then 3 end as rank,
        case
            when status = 'past_due' then least(coalesce(to_at, timestamp '9999-01-01'), from_at + getvariable('grace_days') * interval 1 day)
            else coalesce(to_at, timestamp '9999-01-01')
        end as to_at
    from phase
    inner join price on phase.price = price.price
    where status in ('trialing', 'active', 'past_due') and not paused

),

placed as (

    select happened.*, coalesce((
        select arg_max(tier, rank) from plan
        where plan.i = happened.i and from_at < day + interval 1 day and to_at >= day + interval 1 day
    ), 'none') as plan_tier
    from happened

)

select date_trunc('month', day)::date as month, plan_tier, promoters, passives, detractors, excluded_responses, invitations,
    answered_invitations
from placed;
"""

NPS_TRUTH = """
select month, coalesce(plan_tier, 'all') as plan_tier, sum(promoters)::bigint as promoters, sum(passives)::bigint as passives,
    sum(detractors)::bigint as detractors, sum(excluded_responses)::bigint as excluded_responses, sum(invitations)::bigint as invitations,
    sum(answered_invitations)::bigint as answered_invitations
from survey_truth
where list_contains(getvariable('sources'), 'delighted')
group by grouping sets ((month, plan_tier), (month))
order by month, plan_tier
"""

# Delighted knows everybody who signed up by an address of theirs, and whoever answered the link by nothing at all.
IDS = """
select 'delighted', 'u' || u, printf('delighted:person:%d', 1040000000 + u) from person
"""


def make_feedback(con: DuckDBPyConnection) -> None:
    """Make the tables survey_sent (letters), survey_given (answers) and survey_truth from the plan's person, phase and month_end."""
    con.execute(ASKED)
