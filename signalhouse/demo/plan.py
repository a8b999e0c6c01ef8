"""The plan: who the company's customers are, what they do and what they pay.

Everything is a table in an in-memory DuckDB, drawn from md5 of (seed, name of the draw, key), so the same
parameters give the same rows on any number of threads. The exports and the truth both read these tables
and nothing else; dirt is added later, on the way out, and never changes them.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

from signalhouse.demo.definitions import ACTIVATION_CRITERIA, FORWARDED, TRACKING_PLAN
from signalhouse.demo.params import FIRST_OF_EACH_STORY, PAST_DUE_GRACE_DAYS, DemoParams
from signalhouse.demo.plan_impact import PLANTED

if TYPE_CHECKING:
    from duckdb import DuckDBPyConnection

# One story per account, by turns: the first twenty accounts hold each of them once.
STORIES = (
    "steady", "annual", "upgrade", "downgrade", "seats_up",
    "seats_down", "past_due_lost", "past_due_recovers", "jpy", "discount",
    "trial_converts", "trial_lapses", "pause", "returns", "metered",
    "two_subscriptions", "cancels", "free", "generic_monthly", "generic_weekly",
)  # fmt: skip

# (price, product, plan_tier, interval, currency, amount in minor units, usage)
PRICES = (
    ("price_solo_usd_month", "prod_solo", "starter", "month", "usd", 2950, "licensed"),
    ("price_starter_usd_month", "prod_starter", "starter", "month", "usd", 2900, "licensed"),
    ("price_team_usd_month", "prod_team", "team", "month", "usd", 9900, "licensed"),
    ("price_business_usd_year", "prod_business", "business", "year", "usd", 100000, "licensed"),
    ("price_team_jpy_month", "prod_team", "team", "month", "jpy", 15000, "licensed"),
    ("price_base_usd_month", "prod_usage", "team", "month", "usd", 4900, "licensed"),
    ("price_calls_usd_month", "prod_usage", "team", "month", "usd", 5, "metered"),
    ("team_eur_month", "team", "team", "month", "eur", 8900, "licensed"),
    ("starter_eur_week", "starter", "starter", "week", "eur", 2555, "licensed"),
)

# What happens to a subscription, told from the day the account starts:
# (story, subscription, step, months after, days after, status, price, quantity, discount %, discount months, paused, cause)
STEPS = (
    ("steady", 1, 1, 0, 0, "active", "price_team_usd_month", 3, 0, 0, False, None),
    ("annual", 1, 1, 0, 0, "active", "price_business_usd_year", 2, 0, 0, False, None),
    ("upgrade", 1, 1, 0, 0, "active", "price_starter_usd_month", 1, 0, 0, False, None),
    ("upgrade", 1, 2, 1, 12, "active", "price_team_usd_month", 1, 0, 0, False, None),
    ("downgrade", 1, 1, 0, 0, "active", "price_team_usd_month", 2, 0, 0, False, None),
    ("downgrade", 1, 2, 1, 10, "active", "price_starter_usd_month", 2, 0, 0, False, None),
    ("seats_up", 1, 1, 0, 0, "active", "price_team_usd_month", 2, 0, 0, False, None),
    ("seats_up", 1, 2, 1, 8, "active", "price_team_usd_month", 5, 0, 0, False, None),
    ("seats_down", 1, 1, 0, 0, "active", "price_team_usd_month", 6, 0, 0, False, None),
    ("seats_down", 1, 2, 1, 15, "active", "price_team_usd_month", 4, 0, 0, False, None),
    ("past_due_lost", 1, 1, 0, 0, "active", "price_starter_usd_month", 4, 0, 0, False, None),
    ("past_due_lost", 1, 2, 1, 0, "past_due", "price_starter_usd_month", 4, 0, 0, False, None),
    ("past_due_lost", 1, 3, 1, 21, "canceled", "price_starter_usd_month", 4, 0, 0, False, "payment_failed"),
    ("past_due_recovers", 1, 1, 0, 0, "active", "price_team_usd_month", 1, 0, 0, False, None),
    ("past_due_recovers", 1, 2, 1, 0, "past_due", "price_team_usd_month", 1, 0, 0, False, None),
    ("past_due_recovers", 1, 3, 1, 9, "active", "price_team_usd_month", 1, 0, 0, False, None),
    ("jpy", 1, 1, 0, 0, "active", "price_team_jpy_month", 2, 0, 0, False, None),
    ("jpy", 1, 2, 2, 5, "active", "price_team_jpy_month", 3, 0, 0, False, None),
    ("discount", 1, 1, 0, 0, "active", "price_solo_usd_month", 1, 15, 2, False, None),
    ("trial_converts", 1, 1, 0, 0, "trialing", "price_team_usd_month", 2, 0, 0, False, None),
    ("trial_converts", 1, 2, 0, 14, "active", "price_team_usd_month", 2, 0, 0, False, None),
    ("trial_lapses", 1, 1, 0, 0, "trialing", "price_team_usd_month", 1, 0, 0, False, None),
    ("trial_lapses", 1, 2, 0, 14, "canceled", "price_team_usd_month", 1, 0, 0, False, "cancellation_requested"),
    ("pause", 1, 1, 0, 0, "active", "price_team_usd_month", 2, 0, 0, False, None),
    ("pause", 1, 2, 1, 8, "active", "price_team_usd_month", 2, 0, 0, True, None),
    ("pause", 1, 3, 2, 20, "active", "price_team_usd_month", 2, 0, 0, False, None),
    ("returns", 1, 1, 0, 0, "active", "price_starter_usd_month", 2, 0, 0, False, None),
    ("returns", 1, 2, 1, 5, "canceled", "price_starter_usd_month", 2, 0, 0, False, "cancellation_requested"),
    ("returns", 2, 1, 3, 2, "active", "price_team_usd_month", 1, 0, 0, False, None),
    ("metered", 1, 1, 0, 0, "active", "price_base_usd_month", 1, 0, 0, False, None),
    ("two_subscriptions", 1, 1, 0, 0, "active", "price_team_usd_month", 1, 0, 0, False, None),
    ("two_subscriptions", 2, 1, 1, 3, "active", "price_starter_usd_month", 1, 0, 0, False, None),
    ("cancels", 1, 1, 0, 0, "active", "price_team_usd_month", 3, 0, 0, False, None),
    ("cancels", 1, 2, 1, 20, "active", "price_team_usd_month", 3, 0, 0, False, "cancel_at_period_end"),
    ("cancels", 1, 3, 2, 0, "canceled", "price_team_usd_month", 3, 0, 0, False, "cancellation_requested"),
    ("generic_monthly", 1, 1, 0, 0, "active", "team_eur_month", 2, 0, 0, False, None),
    ("generic_monthly", 1, 2, 2, 3, "canceled", "team_eur_month", 2, 0, 0, False, "cancellation_requested"),
    ("generic_weekly", 1, 1, 0, 0, "active", "starter_eur_week", 2, 0, 0, False, None),
)

# What somebody does next inside a session: up to this draw of 100, this act. On the web Mixpanel sees it, on the phone Amplitude;
# what goes through Segment is in `definitions`, and both of them get it too.
WEB_MIX = (
    (14, "Page Viewed"),
    (33, "Report Run"),
    (38, "Dashboard Shared"),
    (43, "Project Created"),
    (60, "Alert Checked"),
    (63, "Alert Configured"),
    (81, "Invoice Viewed"),
    (98, "API Called"),
    (99, "Milestone Reached"),
    (100, "Beta Widget Used"),  # in no tracking plan, on purpose
)
PHONE_MIX = (
    (14, "Screen Viewed"),
    (36, "Report Opened"),
    (56, "Alert Acknowledged"),
    (76, "Invoice Opened"),
    (93, "API Called"),
    (100, "Project Opened"),
)
# What a session holds that leads nowhere, by the tool that sees it.
IDLE = (("mixpanel", "Page Viewed"), ("amplitude", "Screen Viewed"), ("segment", "Help Opened"))
# The back office, through Segment or, where the company writes the generic contract, through that: (up to, act, its generic name).
OFFICE_MIX = (
    (30, "Invoice Downloaded", "invoice_downloaded"),
    (50, "API Key Created", "api_key_created"),
    (70, "Seat Added", "seat_added"),
    (100, "Email Opened", "email_opened"),
)
OFFICE_NAMES = {
    "Plan Purchased": "plan_purchased", "Subscription Cancelled": "subscription_cancelled", "Email Opened": "email_opened",
    **{act: name for _, act, name in OFFICE_MIX},
}  # fmt: skip
# The hour (UTC) at which eight hours of work begin, and the countries that keep them.
ZONES = ((0, "APAC", ("JP", "AU", "SG", "JP")), (8, "EMEA", ("DE", "GB", "FR", "DE")), (16, "AMER", ("US", "CA", "US", "US")))


def _mix(draw: str, mix: Sequence[tuple[int, str]]) -> str:
    arms = " ".join(f"when {draw} < {upto} then '{name}'" for upto, name in mix)
    return f"case {arms} end"


def _names(column: str, names: Mapping[str, str]) -> str:
    arms = " ".join(f"when '{one}' then '{other}'" for one, other in names.items())
    return f"case {column} {arms} else {column} end"


MACROS = """
-- a whole number in 0 .. n - 1
create macro pick(draw, key, n) as (md5_number_lower(concat(getvariable('seed'), '|', draw, '|', key)) % n)::bigint;
-- 64 bits for all that is drawn about one act; a hash that is the same on every version of the engine
create macro bits(draw, key) as md5_number_lower(concat(getvariable('seed'), '|', draw, '|', key));
-- Amplitude's own id of a person: of a user, of a phone or a browser before anybody logged in, of a monitor.
create macro amplitude_id(u, actor_kind, device_id) as case
    when u is null then 4000000000 + (md5_number_lower(coalesce(device_id, '')) % 1000000)::bigint
    when actor_kind = 'user' then 5000000000 + u
    when device_id like 'p-%' then case when u % 3 = 0 then 7000000000 else 6000000000 end + u
    else 8000000000 + u
end;
create macro made_id(prefix, key) as concat(prefix, substr(md5(concat(getvariable('seed'), '|', prefix, '|', key)), 1, 16));
-- the first day of the file that holds what was received at a moment
create macro chunk(moment) as strftime(getvariable('first_day')
    + ((moment::date - getvariable('first_day')) // getvariable('chunk') * getvariable('chunk'))::int, '%Y-%m-%d');
-- What nobody can read comes in bad weeks: a file with one such record lands the slow way, and not every file should.
create macro is_bad_week(moment) as (moment::date - getvariable('first_day')) % 56 between 28 and 34;
create macro iso(moment) as strftime(moment, '%Y-%m-%dT%H:%M:%SZ');
create macro seconds(moment) as epoch(moment)::bigint;
-- integers only: num / den, half up
create macro half_up(num, den) as ((2 * num + den) // (2 * den))::bigint;
create macro quoted(cell) as case when cell is null then '' when regexp_matches(cell, '[",\\n]') then '"' || replace(cell, '"', '""')
    || '"' else cell end;
"""

ACCOUNTS = """
create table account as
with numbered as (

    select
        i,
        case when i = 0 then 'internal' else getvariable('stories')[(i - 1) % len(getvariable('stories')) + 1] end as story,
        -- the first account of each story starts early enough for the whole story to be told
        -- half of the others are there by the end of the first third
        pick('start', i, case when i <= getvariable('early') then 12 when pick('old', i, 2) = 0 then (getvariable('days') - 20) // 3
            else getvariable('days') - 20 end) as start_offset,
        getvariable('zones')[case when i > 0 and getvariable('stories')[(i - 1) % len(getvariable('stories')) + 1] = 'jpy' then 1
            when i > 0 and getvariable('stories')[(i - 1) % len(getvariable('stories')) + 1] like 'generic%' then 2
            else pick('zone', i, 3) + 1 end] as zone
    from range(0, getvariable('accounts') + 1) as accounts(i)

),

dated as (

    select
        *,
        getvariable('first_day') + start_offset::int as any_day,
        -- a payment falls due on the 3rd to 12th, so that its 14 days of grace end in the same month
        date_trunc('month', getvariable('first_day') + start_offset::int)::date + 2 + pick('due', i, 10)::int as early_day
    from numbered

),

started as (

    select
        *,
        case
            when i = 0 then getvariable('first_day')
            when story not in ('past_due_lost', 'past_due_recovers') then any_day
            when early_day >= getvariable('first_day') then early_day
            else (early_day + interval 1 month)::date
        end as start_date
    from dated

)

select
    i,
    story,
    printf('acct-%04d', i) as account_id,
    case when i = 0 then 'Lumen (ourselves)' else printf('Customer %04d', i) end as name,
    start_date::timestamp + (zone.hour + 1) * interval 1 hour + pick('minute', i, 240) * interval 1 minute as created_at,
    ['software', 'retail', 'health', 'finance', 'logistics'][pick('industry', i, 5) + 1] as industry,
    ['1-10', '11-50', '51-200', '201-1000'][pick('size', i, 4) + 1] as size,
    case when story = 'jpy' then 'JP' when story like 'generic%' then 'DE' else zone.countries[pick('country', i, 4) + 1] end as country,
    zone.region, zone.hour as zone_hour,
    ['search', 'partner', 'outbound', 'referral'][pick('channel', i, 4) + 1] as channel,
    case when i = 0 then 3 else 2 + pick('users', i, 9) end as users
from started;

create table month_end as select unnest(getvariable('month_ends')) as day;
"""

MONEY = """
-- What each subscription is, from when to when. A step after the window has not happened.
create table phase as
with steps as (

    select
        account.i, account.story, step.*,
        account.created_at + interval 1 hour + step.months * interval 1 month + step.days * interval 1 day as from_at
    from account
    inner join step on account.story = step.story

),

happened as (

    select *, printf('%s-%d', printf('acct-%04d', i), subscription) as subscription_key
    from steps
    where from_at < getvariable('end_at')

)

select
    i, story, subscription, subscription_key, step, from_at,
    lead(from_at) over (partition by subscription_key order by step) as to_at,
    status, price, quantity, paused, cause,
    discount_percent,
    case when discount_percent > 0 then from_at + discount_months * interval 1 month end as discount_end_at,
    min(from_at) over (partition by subscription_key) as started_at,
    story like 'generic%' as is_generic
from happened;

create table subscription as
select
    i, story, subscription, subscription_key, is_generic, min(from_at) as started_at,
    max(case when status = 'trialing' then from_at + interval 14 day end) as trial_end_at,
    -- billing runs from the end of the trial
    coalesce(max(case when status = 'trialing' then from_at + interval 14 day end), min(from_at)) as anchor_at,
    max(case when status = 'canceled' then from_at end) as ended_at,
    max(case when cause in ('payment_failed', 'cancellation_requested') then cause end) as end_cause,
    max(case when cause = 'cancel_at_period_end' then from_at end) as cancel_asked_at,
    first(price order by step) as first_price
from phase
group by i, story, subscription, subscription_key, is_generic;

-- What each subscription is worth a month, from when to when: in trial, paused, lapsed or ended it is worth nothing.
create table worth as
with paying as (

    select
        phase.i, phase.subscription_key, phase.step, phase.from_at as worth_from, phase.discount_end_at, phase.discount_percent,
        case
            when status = 'past_due'
                then least(coalesce(to_at, timestamp '9999-01-01'), from_at + getvariable('grace_days') * interval 1 day)
            else coalesce(to_at, timestamp '9999-01-01')
        end as worth_to,
        price.currency,
        price.amount * quantity * case price.interval when 'week' then 52 else 1 end as amount_of_periods,
        case price.interval when 'month' then 1 else 12 end as months
    from phase
    inner join price on phase.price = price.price
    where status in ('active', 'past_due') and not paused

),

discounted as (

    select i, subscription_key, currency, worth_from, least(worth_to, discount_end_at) as worth_to,
        half_up(amount_of_periods * (100 - discount_percent), 100 * months) as mrr_minor
    from paying
    where discount_percent > 0

),

undiscounted as (

    select i, subscription_key, currency, greatest(worth_from, coalesce(discount_end_at, worth_from)) as worth_from, worth_to,
        half_up(amount_of_periods, months) as mrr_minor
    from paying

)

select i, subscription_key, upper(currency) as currency, worth_from, worth_to, mrr_minor from discounted where worth_from < worth_to
union all
select i, subscription_key, upper(currency) as currency, worth_from, worth_to, mrr_minor from undiscounted where worth_from < worth_to;
"""

PEOPLE = """
create table person as
with members as (

    select
        i, account_id, country, zone_hour, story = 'internal' as is_internal, k,
        case when k = 0 then created_at
            else created_at + (pick('join_day', concat(i, '|', k), 40)) * interval 1 day + pick('join_minute', concat(i, '|', k),
            140) * interval 1 minute end as signed_up_at
    from account, range(0, users) as members(k)

),

numbered as (

    select *, row_number() over (order by i, k) as u
    from members
    where signed_up_at < getvariable('end_at') - interval 12 hour

)

select
    u, i, k as place, account_id, country, zone_hour, is_internal, signed_up_at,
    printf('u-%05d', u) as user_id,
    -- the back office gave some people an id of its own: only the e-mail says who they are
    case when u % 7 = 0 then printf('bo-%05d', u) else printf('u-%05d', u) end as back_office_id,
    printf('d-%05d-a', u) as first_device,
    -- what Segment calls the browser; two in five have the app on a phone
    printf('b-%05d', u) as browser, case when u % 5 < 2 then printf('p-%05d', u) end as phone,
    case when u % 3 = 0 and signed_up_at + interval 10 day < getvariable('end_at') then printf('d-%05d-b', u) end as second_device,
    case when is_internal then printf('staff%d@lumen.example', u) else printf('person%d@customer%d.example', u, i) end as email,
    -- one in four tries the product and hardly comes back
    case when pick('keen', u, 4) = 0 then 4 else 20 + pick('habit', u, 45) end as habit
from numbered;

-- Days on which a whole account is silent, because it has left or paused.
create table silence as
select i, ended_at + interval 2 day as from_at, coalesce(lead(started_at) over (partition by i order by subscription),
    timestamp '9999-01-01') as to_at
from subscription
qualify ended_at is not null;
"""

ACTIVITY = f"""
create table active_day as
select u, i, (getvariable('first_day') + d::int) as day, d
from person, range(0, getvariable('days') + 1) as days(d)
where getvariable('first_day') + d::int > person.signed_up_at::date
    -- nobody acts on the 7th and 14th day after signing up, so 'within 7 days' cannot be read in two ways
    and (getvariable('first_day') + d::int) - person.signed_up_at::date not in (7, 14)
    and pick('active', concat(u, '|', d), 100) < person.habit * case when isodow(getvariable('first_day') + d::int) > 5 then 0.3 else 1 end
    and not exists (
        select 1 from silence
        where silence.i = person.i and (getvariable('first_day') + d::int) > silence.from_at::date
            and (getvariable('first_day') + d::int) <= silence.to_at::date
    );

create table session as
with drawn as (

    select u, i, day, d, s, concat(u, '|', d, '|', s) as session_key, bits('session', concat(u, '|', d, '|', s)) as b
    from active_day, range(0, 2) as sessions(s)
    where s = 0 or pick('second_session', concat(u, '|', d), 100) < 25

)

select
    drawn.* exclude (b), person.account_id, person.is_internal, person.country, person.user_id, person.browser,
    phone is not null and list_contains(getvariable('sources'), 'amplitude') and b % 100 < 60 as is_phone,
    case
        when phone is not null and list_contains(getvariable('sources'), 'amplitude') and b % 100 < 60 then phone
        when second_device is not null and day > (signed_up_at + interval 10 day)::date and (b // 100) % 2 = 1 then second_device
        else first_device
    end as device_id,
    3 + (b // 1000) % 5 as length,
    -- the day after the last one has only begun; elsewhere the last session of an American day may cross midnight
    case when d = getvariable('days') then day::timestamp + (10 + (b // 100000) % 100) * interval 1 minute
        else day::timestamp + (zone_hour + s * 4) * interval 1 hour + (b // 100000) % 235 * interval 1 minute end as begun_at
from drawn
inner join person using (u);

-- What everybody does, once, in the tool that is the record of it.
create table event as
with session_acts as (

    select
        concat(session_key, '|', k) as event_key, bits('act', concat(session_key, '|', k)) as b, session_key, u, i, account_id, is_internal,
        user_id, device_id, browser, is_phone, k, country, begun_at
    from session, range(0, 7) as steps(k)
    where k < length

),

named as (

    select *, begun_at + k * interval 40 second + (b // 100) % 40 * interval 1 second as occurred_at,
        case when k = 0 then case when is_phone then 'App Opened' else 'Logged In' end
            when is_phone then {_mix("b % 100", PHONE_MIX)} else {_mix("b % 100", WEB_MIX)} end as event_name
    from session_acts

),

routed as (

    select
        case when list_contains(getvariable('forwarded'), event_name) then 'segment' when is_phone then 'amplitude' else 'mixpanel' end as source,
        event_key, session_key, u, i, account_id, is_internal, user_id as actor_id, 'user' as actor_kind,
        case when list_contains(getvariable('forwarded'), event_name) and not is_phone then browser else device_id end as device_id,
        event_name, occurred_at, country
    from named

),

-- as whom somebody is seen before signing up: by a device in Mixpanel, by a browser in Segment
visits_before as (

    select 'mixpanel' as source, concat('before|', u, '|', k) as event_key, null as session_key, u, i, null as account_id, is_internal,
        first_device as actor_id, 'device' as actor_kind, first_device as device_id, 'Page Viewed' as event_name,
        signed_up_at - (10 - 3 * k) * interval 1 minute as occurred_at, country
    from person, range(0, 2) as visits(k)

),

pricing as (

    select 'segment', concat('pricing|', u), null, u, i, null, is_internal, browser, 'anonymous', browser, 'Pricing Viewed',
        signed_up_at - interval 2 minute, country
    from person

),

-- half the people sign up before they are told apart from their device, half after
signups as (

    select 'mixpanel', concat('signup|', u), null, u, i, account_id, is_internal,
        case when u % 2 = 0 then first_device else user_id end, case when u % 2 = 0 then 'device' else 'user' end,
        first_device, 'Signed Up', signed_up_at, country
    from person

),

identifies as (

    select 'mixpanel', concat('identify|', u), null, u, i, account_id, is_internal, user_id, 'user', first_device, '$identify',
        signed_up_at + case when u % 2 = 0 then 60 else -5 end * interval 1 second, country
    from person

),

first_steps as (

    select 'mixpanel', concat('first|', u, '|', k), null, u, i, account_id, is_internal, user_id, 'user', first_device,
        case when k = 0 then 'Project Created' else 'Report Run' end, signed_up_at + (3 + k) * interval 1 minute, country
    from person, range(0, 4) as steps(k)
    where k < pick('eager', u, 5)

),

second_devices as (

    select 'mixpanel', concat('second|', u, '|', k), null, u, i, case when k = 0 then null else account_id end, is_internal,
        case when k = 0 then second_device else user_id end, case when k = 0 then 'device' else 'user' end, second_device,
        case when k = 0 then 'Page Viewed' else '$identify' end, signed_up_at + interval 10 day + k * interval 90 second, country
    from person, range(0, 2) as steps(k)
    where second_device is not null

),

-- on the phone somebody looks around before logging in
phones as (

    select 'amplitude', concat('phone|', u, '|', k), null, u, i, case when k = 0 then null else account_id end, is_internal,
        case when k = 0 then phone else user_id end, case when k = 0 then 'device' else 'user' end, phone,
        case when k = 0 then 'Screen Viewed' else 'App Opened' end, signed_up_at + interval 40 minute + k * interval 75 second, country
    from person, range(0, 2) as steps(k)
    where phone is not null

),

-- visitors who never say who they are: each is a person of its own
visitors as (

    select 'mixpanel', concat('visitor|', v, '|', k), null, null::bigint, null::bigint, null, false, printf('d-visitor-%05d', v), 'device',
        printf('d-visitor-%05d', v), 'Page Viewed',
        getvariable('first_day')::timestamp + pick('visit_day', v, getvariable('days')) * interval 1 day
        + (300 + pick('visit_minute', v, 1000)) * interval 1 minute + k * interval 45 second, 'US'
    from range(0, 3 * getvariable('accounts')) as visitors(v), range(0, 3) as steps(k)
    where k <= pick('visits', v, 3)

),

-- monitors are no people: one runs a report every six hours, one opens one on a phone every night
bots as (

    select 'mixpanel', concat('bot|', d, '|', k), null, null::bigint, null::bigint, null, true, 'bot-monitor', 'user', null, 'Report Run',
        getvariable('first_day')::timestamp + d * interval 1 day + (210 + 360 * k) * interval 1 minute, 'US'
    from range(0, getvariable('days') + 1) as days(d), range(0, 4) as steps(k)
    where d < getvariable('days') or k = 0
    union all
    select 'amplitude', concat('probe|', d), null, null::bigint, null::bigint, null, true, 'bot-probe', 'user', 'bot-phone', 'Report Opened',
        getvariable('first_day')::timestamp + d * interval 1 day + interval 212 minute, 'US'
    from range(0, getvariable('days') + 1) as days(d)

),

office_acts as (

    select concat('office|', u, '|', d) as event_key, u, {_mix("pick('office_what', concat(u, '|', d), 100)", [row[:2] for row in OFFICE_MIX])} as act,
        day::timestamp + case when d = getvariable('days') then interval 50 minute else interval 7 hour end
        + pick('office_second', concat(u, '|', d), case when d = getvariable('days') then 3000 else 43000 end) * interval 1 second
            as occurred_at
    from active_day
    where pick('office', concat(u, '|', d), 100) < case when list_contains(getvariable('sources'), 'generic') then 30 else 6 end
    union all
    select concat('purchase|', subscription_key), u, 'Plan Purchased', anchor_at
    from subscription
    inner join person on subscription.i = person.i and person.place = 0
    where anchor_at < getvariable('end_at') and (ended_at is null or ended_at > anchor_at)
    union all
    select concat('cancel|', subscription_key), u, 'Subscription Cancelled', coalesce(cancel_asked_at, ended_at)
    from subscription
    inner join person on subscription.i = person.i and person.place = 0
    where end_cause = 'cancellation_requested' or cancel_asked_at is not null
    union all
    select concat('letter|', d), null, 'Email Opened', getvariable('first_day')::timestamp + d * interval 1 day + interval 215 minute
    from range(0, getvariable('days') + 1) as days(d)

),

-- through the generic contract the back office knows people by its own ids and has names of its own
office as (

    select
        case when list_contains(getvariable('sources'), 'generic') then 'generic' else 'segment' end, event_key, null, u, i, account_id,
        coalesce(is_internal, false),
        case when u is null then printf('mail-%s', substr(event_key, 8)) when list_contains(getvariable('sources'), 'generic')
            then back_office_id else user_id end,
        case when u is null then 'anonymous' else 'user' end, null,
        case when list_contains(getvariable('sources'), 'generic') then {_names("act", OFFICE_NAMES)} else act end,
        occurred_at, coalesce(country, 'US')
    from office_acts
    left join person using (u)

),

-- two calls of Segment's own, which say who somebody is
calls as (

    select 'segment', concat(call, '|', u), null, u, i, account_id, is_internal, user_id, 'user', browser, call,
        signed_up_at + case call when 'identify' then 2 else 4 end * interval 1 second, country
    from person cross join (values ('identify'), ('group')) as calls(call)

),

everything as (

    select * from routed union all select * from visits_before union all select * from pricing union all select * from signups
    union all select * from identifies union all select * from first_steps union all select * from second_devices
    union all select * from phones union all select * from calls union all select * from visitors union all select * from bots union all select * from office

)

select *, bits('deliver', event_key) as b from everything where list_contains(getvariable('sources'), source);
"""

# An account is exposed by habit, which shows before the days that are compared.
IMPACT = f"""
create table feature_use as
select event_key, session_key, b, i, account_id, feature, occurred_at::date as day, occurred_at::time as moment
from event
inner join tracking_plan using (source, event_name)
where feature != '' and not is_internal and account_id is not null;

create table exposed as
select planted.incident, i, account_id
from planted
inner join feature_use using (feature)
group by planted.incident, i, account_id, started_at
having count(distinct feature_use.day) filter (
        where started_at::date - feature_use.day in (35, 42, 49, 56) and moment >= started_at::time and moment < ended_at::time
    ) >= 2
    and count(*) filter (where started_at::date - feature_use.day between 29 and 56) > 0;

create table planted_day as
select planted.*, started_at::date + n::int as day
from planted, range(1, planted.days + 1) as after(n);

create table lost as
select planted_day.incident, event_key, feature_use.day
from feature_use
inner join planted_day using (feature, day)
inner join exposed on planted_day.incident = exposed.incident and feature_use.i = exposed.i
where kind = 'loss' and (b // 1000003) % 1000 < -1000 * effect;

delete from event where event_key in (select event_key from lost);

create table gained as
select planted_day.incident, event_key, feature_use.day
from feature_use
inner join planted_day using (feature, day)
inner join exposed on planted_day.incident = exposed.incident and feature_use.i = exposed.i
where kind = 'release' and (b // 1000003) % 1000 < 1000 * effect;

insert into event
select * replace (concat('more|', event_key) as event_key, occurred_at + 3 * interval 1 second as occurred_at,
    bits('deliver', concat('more|', event_key)) as b)
from event
where event_key in (select event_key from gained);

-- Whoever comes back in vain does what leads nowhere, earlier the same day: before office hours, half an hour from everything else.
create table in_vain as
select planted_day.incident, session_key, session.i, session.day, session.begun_at,
    case when s = 0 then -160 else -70 end * interval 1 minute + session.day::timestamp + zone_hour * interval 1 hour
        + pick('vain', session_key, 30) * interval 1 minute as again_at
from session
inner join person using (u)
inner join planted_day using (day)
inner join exposed on planted_day.incident = exposed.incident and session.i = exposed.i
where kind = 'conversion' and pick('in_vain', session_key, 7) < 3;

insert into event
select event.* replace (
    concat('vain|', event_key) as event_key, concat('vain|', session_key) as session_key, again_at + (occurred_at - begun_at) as occurred_at,
    case source {" ".join(f"when '{source}' then '{name}'" for source, name in IDLE)} end as event_name,
    bits('deliver', concat('vain|', event_key)) as b
)
from event
inner join in_vain using (session_key);
"""


def make_plan(con: DuckDBPyConnection, params: DemoParams) -> None:
    """Fill `con` with the plan tables of `params`: account, person, phase, subscription, worth, session, event, and what is planted."""
    stories = [story for story in STORIES if "generic" in params.sources or not story.startswith("generic")]
    variables = {
        "seed": params.seed, "accounts": params.accounts, "days": params.days, "early": FIRST_OF_EACH_STORY,
        "grace_days": PAST_DUE_GRACE_DAYS, "first_day": params.first_day, "last_day": params.last_day, "end_at": params.end,
        "month_ends": params.month_ends, "stories": stories, "sources": list(params.sources), "forwarded": list(FORWARDED),
        "chunk": params.days_in_a_file,
        "zones": [{"hour": hour, "region": region, "countries": list(countries)} for hour, region, countries in ZONES],
    }  # fmt: skip
    for name, value in variables.items():
        con.execute(f"set variable {name} = $1", [value])
    con.execute(MACROS)
    for name, (columns, rows) in CONSTANTS.items():
        _make(con, name, columns, rows)
    started = [(p, p.started_at(params.last_day), p.ended_at(params.last_day)) for p in PLANTED]
    _make(
        con, "planted",
        "incident varchar, service varchar, feature varchar, kind varchar, effect double, days int, started_at timestamp, ended_at timestamp",
        [(p.incident, p.service, p.feature, p.kind, p.effect, p.days, begun, over) for p, begun, over in started],
    )  # fmt: skip
    for sql in (ACCOUNTS, MONEY, PEOPLE, ACTIVITY, IMPACT):
        con.execute(sql)


CONSTANTS: dict[str, tuple[str, Sequence[tuple[object, ...]]]] = {
    "price": (
        "price varchar, product varchar, tier varchar, interval varchar, currency varchar, amount bigint, usage varchar",
        PRICES,
    ),
    "step": (
        "story varchar, subscription int, step int, months int, days int, status varchar, price varchar, quantity bigint, "
        "discount_percent bigint, discount_months int, paused boolean, cause varchar",
        STEPS,
    ),
    "tracking_plan": (
        "source varchar, event_name varchar, action varchar, is_value_event boolean, feature varchar",
        TRACKING_PLAN,
    ),
    "activation_criteria": (
        "criterion varchar, action varchar, min_count bigint, within_days int",
        ACTIVATION_CRITERIA,
    ),
}


def _make(con: DuckDBPyConnection, name: str, columns: str, rows: Sequence[tuple[object, ...]]) -> None:
    con.execute(f"create table {name} ({columns})")
    places = ", ".join(f"${n + 1}" for n in range(len(rows[0])))
    con.executemany(f"insert into {name} values ({places})", [list(row) for row in rows])
