"""What is true of the demo company, computed from the plan and from what was planted, never from the warehouse.

    parameters -> plan tables -> truth
                  plan tables -> exports, and dirt on the way out

Numbers of records come from the delivery, where each record was given its fate when it was planted; everything about people
and money comes from the plan, which knows no dirt.
"""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from signalhouse.demo.definitions import UNTRACKED_ACTION
from signalhouse.demo.params import DemoParams
from signalhouse.demo.registry import domains

if TYPE_CHECKING:
    from duckdb import DuckDBPyConnection

Row = dict[str, Any]

FATES = "loaded, duplicate, quarantined, out_of_range, late_repeat"
COUNTS = ", ".join(
    f"coalesce(sum(records) filter (where fate = '{fate}'), 0)::bigint as {fate}" for fate in FATES.split(", ")
)

TABLES = """
-- the records to be exported are many and are counted once
create temp table tally as
select file, vendor, object, fate, reason, count(*) as records from delivered group by file, vendor, object, fate, reason;

create temp table told as
select event.*, coalesce(tracking_plan.action, getvariable('untracked')) as action,
    coalesce(tracking_plan.is_value_event, false) as is_value_event, tracking_plan.feature,
    coalesce('u' || event.u::varchar, actor_id) as person,
    event.source = 'segment' and list_contains(getvariable('forwarded'), event.event_name) as is_forwarded
from event
left join tracking_plan on event.source = tracking_plan.source and event.event_name = tracking_plan.event_name;

create temp table billed as
select worth.*, account.account_id from worth
inner join subscription using (subscription_key)
inner join account on worth.i = account.i
where list_contains(getvariable('sources'), case when is_generic then 'generic' else 'stripe' end);

create temp table mrr as
select account_id, currency, day as month_end, sum(mrr_minor)::bigint as mrr_minor
from billed
inner join month_end on worth_from < day + interval 1 day and worth_to >= day + interval 1 day
group by account_id, currency, day;

create temp table account_movement as
with grid as (

    select account_id, currency, day as month_end, date_trunc('month', day)::date as month, min(worth_from) as first_paid_at
    from billed cross join month_end
    group by account_id, currency, day

),

balances as (

    select grid.*, coalesce(mrr_minor, 0) as closing, lag(coalesce(mrr_minor, 0), 1, 0) over (partition by grid.account_id,
        grid.currency order by grid.month_end) as opening
    from grid
    left join mrr on grid.account_id = mrr.account_id and grid.currency = mrr.currency and grid.month_end = mrr.month_end

)

select *, closing - opening as change,
    case
        when opening = 0 and first_paid_at >= month then 'new'
        when opening = 0 then 'reactivation'
        when closing = 0 then 'churn'
        when closing > opening then 'expansion'
        else 'contraction'
    end as movement
from balances
where opening != closing;

-- Nobody lives in two currencies here, so an account's churn is that of its one currency.
create temp table churned as
select month, account_id, currency, -change as lost_minor,
    case when grace_over then 'involuntary' else 'voluntary' end as kind, case when grace_over then 'payment' when paused then 'paused'
        else 'cancelled' end as cause
from (
    select account_movement.*,
        exists (
            select 1 from phase inner join account using (i)
            where account.account_id = account_movement.account_id and phase.status = 'past_due'
                and date_trunc('month', phase.from_at + getvariable('grace_days') * interval 1 day) = account_movement.month
                and (phase.to_at is null or phase.to_at > phase.from_at + getvariable('grace_days') * interval 1 day)
        ) as grace_over,
        exists (
            select 1 from phase inner join account using (i)
            where account.account_id = account_movement.account_id and phase.paused
                and date_trunc('month', phase.from_at) = account_movement.month
        ) as paused
    from account_movement
    where movement = 'churn'
);

-- Sessions of the exposed, as a tool sees them: acts of one actor with gaps of at most half an hour, on the day they began.
create temp table visit as
select i, occurred_at::date as day, coalesce(session_key like 'vain|%', false) as is_in_vain
from (
    select *, coalesce(occurred_at - lag(occurred_at) over (partition by source, actor_id order by occurred_at, event_key) > interval 30 minute,
        true) as is_first
    from event where i in (select i from exposed)
)
where is_first;

create temp table used_after as
select i, feature, occurred_at::date as day
from told where feature != '' and not is_internal and account_id is not null;

-- An account signs up with the first of its people, and what any of them does counts for it.
create temp table activation as
with unit as (

    select 'person' as unit, u, u::varchar as unit_id, signed_up_at from person where not is_internal
    union all
    select 'account', u, account_id, min(signed_up_at) over (partition by account_id) from person where not is_internal

),

met as (

    select unit.unit, unit_id, unit.signed_up_at, criterion, count(told.event_key) >= any_value(min_count) as is_met
    from unit
    cross join activation_criteria
    left join told on told.u = unit.u and told.action = activation_criteria.action
        and told.occurred_at >= unit.signed_up_at and told.occurred_at < unit.signed_up_at + within_days * interval 1 day
        and told.occurred_at < getvariable('end_at')
    group by unit.unit, unit_id, unit.signed_up_at, criterion

)

select unit, date_trunc('week', signed_up_at)::date as cohort_week, count(*) as signups, count(*) filter (where is_activated) as activated
from (select unit, unit_id, signed_up_at, bool_and(is_met) as is_activated from met group by unit, unit_id, signed_up_at)
group by unit, cohort_week;
"""

QUERIES = {
    "files": f"select file, vendor, object, sum(records)::bigint as read, {COUNTS} from tally group by file, vendor, object order by file",
    "objects": f"""
        select vendor, object, count(distinct file) as files, sum(records)::bigint as read, {COUNTS}
        from tally group by vendor, object order by vendor, object
    """,
    "dirt": """
        select vendor, object, fate, reason, sum(records)::bigint as records from tally where fate != 'loaded' group by all order by all
    """,
    # ids under which somebody acted or was told of; one that only ever stood beside another leads nowhere else
    "persons": """
        with ids as (
            select person, source || ':' || actor_kind || ':' || actor_id as id from told where source != 'amplitude' or actor_kind = 'user'
            union
            select person, 'mixpanel:device:' || device_id from told where source = 'mixpanel' and device_id is not null
            union
            select person, 'amplitude:id:' || amplitude_id(u, actor_kind, device_id)
            from told where source = 'amplitude' and actor_kind != 'user'
            union
            -- what is set aside still says who is who, if it speaks of two ids
            select person, 'mixpanel:user:' || actor_id
            from told where is_forwarded and actor_kind = 'user' and device_id is not null and list_contains(getvariable('sources'), 'mixpanel')
            union
            select person, 'amplitude:user:' || actor_id
            from told where is_forwarded and actor_kind = 'user' and list_contains(getvariable('sources'), 'amplitude')
            union
            select 'u' || u, 'generic:user:' || back_office_id from person where list_contains(getvariable('sources'), 'generic')
            union
            select 'u' || u, 'mixpanel:user:' || user_id from person where list_contains(getvariable('sources'), 'mixpanel')
            union
            select person, id from known where list_contains(getvariable('sources'), source)
        )
        select ids.person, any_value(member.account_id) as account_id, coalesce(any_value(member.is_internal), ids.person like 'bot%')
            as is_excluded, list(id order by id) as ids
        from ids
        left join person as member on ids.person = 'u' || member.u
        group by ids.person
        order by ids.person
    """,
    "events": """
        select source, event_name, action, count(*) as events,
            count(*) filter (where occurred_at < getvariable('end_at')) as events_to_as_of
        from told group by source, event_name, action order by source, event_name
    """,
    # A person is among those of 28 days from each active day on until the next one, or for 28 days: begun less over, summed up.
    "dau": """
        with active as (

            select occurred_at::date as day, person, lead(occurred_at::date) over (partition by person order by occurred_at::date) as next_day
            from told where is_value_event and not is_internal
            group by occurred_at::date, person

        ),

        moved as (

            select day, 0 as seven, 0 as twenty_eight, 1 as persons from active
            union all
            select day, 1, 1, 0 from active
            union all
            select least(day + 7, coalesce(next_day, day + 7)), -1, 0, 0 from active
            union all
            select least(day + 28, coalesce(next_day, day + 28)), 0, -1, 0 from active

        ),

        moved_by_day as (select day, sum(seven) as seven, sum(twenty_eight) as twenty_eight, sum(persons) as persons from moved group by day),

        accounts_by_day as (

            select occurred_at::date as day, count(distinct account_id) as accounts
            from told where is_value_event and not is_internal
            group by occurred_at::date

        )

        select days.day, coalesce(persons, 0)::bigint as persons, coalesce(accounts, 0) as accounts,
            coalesce(sum(seven) over (order by days.day), 0)::bigint as persons_7_days,
            coalesce(sum(twenty_eight) over (order by days.day), 0)::bigint as persons_28_days
        from (select getvariable('first_day') + d::int as day from range(0, getvariable('days')) as days(d)) as days
        left join moved_by_day on days.day = moved_by_day.day
        left join accounts_by_day on days.day = accounts_by_day.day
        order by days.day
    """,
    "mrr": "select account_id, currency, month_end, mrr_minor from mrr order by account_id, currency, month_end",
    "movements": """
        with balances as (
            select month, currency, movement, sum(change)::bigint as change_minor, count(*) as accounts from account_movement
                group by month, currency, movement
        )
        select month, currency, movement, change_minor, accounts from balances order by month, currency, movement
    """,
    "account_movements": """
        select month, account_id, currency, movement, opening, closing from account_movement order by month, account_id, currency
    """,
    "churn": "select month, account_id, currency, kind, cause, lost_minor from churned order by month, account_id",
    # Of one act through Segment, Mixpanel and Amplitude have a record each that does not count.
    "set_aside": """
        select copies.source, event_name, count(*) as events
        from told cross join (values ('mixpanel'), ('amplitude')) as copies(source)
        where is_forwarded and list_contains(getvariable('sources'), copies.source)
        group by copies.source, event_name order by copies.source, event_name
    """,
    # What the exposed did on the days after, and what they would have done: uses, and the mean over accounts of uses per session.
    "effects": """
        with days as (

            select incident, feature, kind, effect, started_at, days as lasts, h as horizon, started_at::date + n::int as day
            from planted cross join (values (1), (7), (14), (30)) as horizons(h), range(1, h + 1) as after(n)

        ),

        did as (

            select days.incident, horizon, i, count(*) as uses_without, 0 as uses, 0 as sessions_without, 0 as sessions
            from days inner join feature_use using (feature, day) inner join exposed using (incident, i)
            group by days.incident, horizon, i
            union all
            select days.incident, horizon, i, 0, count(*), 0, 0
            from days
            inner join used_after using (feature, day)
            inner join exposed using (incident, i)
            group by days.incident, horizon, i
            union all
            select days.incident, horizon, i, 0, 0, count(*) filter (where not is_in_vain), count(*)
            from days inner join visit using (day) inner join exposed using (incident, i)
            group by days.incident, horizon, i

        ),

        account_totals as (

            select incident, horizon, i, sum(uses_without) as uses_without, sum(uses) as uses, sum(sessions_without) as sessions_without,
                sum(sessions) as sessions
            from did group by incident, horizon, i

        )

        select distinct days.incident, feature, kind, started_at, lasts, horizon,
            (select count(*) from exposed where exposed.incident = days.incident) as exposed_accounts,
            (select sum(uses_without)::bigint from account_totals as a where a.incident = days.incident and a.horizon = days.horizon) as uses_without,
            (select sum(uses)::bigint from account_totals as a where a.incident = days.incident and a.horizon = days.horizon) as uses,
            (select round(avg(uses_without / sessions_without), 6)::varchar from account_totals as a
                where a.incident = days.incident and a.horizon = days.horizon and sessions > 0) as uses_per_session_without,
            (select round(avg(uses / sessions), 6)::varchar from account_totals as a
                where a.incident = days.incident and a.horizon = days.horizon and sessions > 0) as uses_per_session
        from days
        order by started_at, horizon
    """,
    "exposed": "select incident, account_id from exposed order by incident, account_id",
    "activation": "select unit, cohort_week, signups, activated from activation order by unit, cohort_week",
}

# In the vendors' own terms: what was billed, collected and given back.
STRIPE_MONEY = """
select upper(currency) as currency, count(*) as invoices, sum(total)::bigint as billed_minor,
    sum(total) filter (where paid_at < getvariable('end_at'))::bigint as paid_minor,
    coalesce(sum(total // 2) filter (where refunded_at < getvariable('end_at')), 0)::bigint as refunded_minor
from bill where billed_at < getvariable('end_at') group by currency order by currency
"""
GENERIC_MONEY = """
select upper(currency) as currency, count(*) as invoices, sum(net + half_up(net * 19, 100))::bigint as billed_minor,
    sum(net + half_up(net * 19, 100)) filter (where paid < getvariable('end_at'))::bigint as paid_minor, 0 as refunded_minor
from generic_invoice group by currency order by currency
"""
# What was done to the records of a log on their way, whether or not it shows in their fate.
LOGS = {"segment": "segment_call", "mixpanel": "mixpanel_event", "amplitude": "amplitude_event"}
KINDS = "select kind, count(*) as events from {} where kind is not null group by kind order by kind"


@dataclass(frozen=True)
class DemoTruth:
    """Everything that is true of one demo company; `truth.json` holds the same under the same names.

    Days are ISO dates, money is in minor units, months are named by their first day. `late_repeat` counts repeats that came more
    than 30 days later: nobody can know them as repeats, so they are a fate of their own. `domains` holds what support, reliability
    and feedback say of themselves.
    """

    parameters: Row
    as_of: str
    files: list[Row]
    objects: list[Row]
    dirt: list[Row]
    persons: list[Row]
    events: list[Row]
    dau: list[Row]
    mrr: list[Row]
    movements: list[Row]
    account_movements: list[Row]
    churn: list[Row]
    activation: list[Row]
    set_aside: list[Row]
    effects: list[Row]
    exposed: list[Row]
    invoices: dict[str, list[Row]]
    kinds: dict[str, dict[str, int]]
    domains: dict[str, list[Row]]

    def write(self, path: Path) -> None:
        """Write the truth as JSON, one top-level key per field."""
        path.write_text(json.dumps(asdict(self), indent=1) + "\n", encoding="utf-8")

    @classmethod
    def read(cls, path: Path) -> DemoTruth:
        """The truth written by `write`."""
        return cls(**json.loads(path.read_text(encoding="utf-8")))


def _rows(con: DuckDBPyConnection, query: str) -> list[Row]:
    result = con.execute(query)
    names = [column[0] for column in result.description or []]
    return [
        {
            name: value if isinstance(value, (int, str, list)) or value is None else str(value)
            for name, value in zip(names, row, strict=True)
        }
        for row in result.fetchall()
    ]


def find_truth(con: DuckDBPyConnection, params: DemoParams) -> DemoTruth:
    """The truth of the plan and the delivery in `con`."""
    con.execute("set variable untracked = $1", [UNTRACKED_ACTION])
    con.execute(TABLES)
    con.execute("create temp table known (source varchar, person varchar, id varchar)")
    if "amplitude" in params.sources:
        con.execute("insert into known select 'amplitude', 'u' || u, 'amplitude:id:' || gone from amplitude_merge")
    for domain in domains():
        if domain.ids:
            con.execute(f"insert into known {domain.ids}")
    lists = {name: _rows(con, query) for name, query in QUERIES.items()}
    money = {"stripe": STRIPE_MONEY, "generic": GENERIC_MONEY}
    return DemoTruth(
        parameters={
            "accounts": params.accounts, "days": params.days, "seed": params.seed, "sources": list(params.sources),
            "first_day": str(params.first_day), "last_day": str(params.last_day),
        },
        as_of=str(params.last_day),
        invoices={vendor: _rows(con, query) for vendor, query in money.items() if vendor in params.sources},
        kinds={
            log: dict(con.execute(KINDS.format(table)).fetchall()) for log, table in LOGS.items() if log in params.sources
        },
        domains={name: _rows(con, query) for domain in domains() for name, query in domain.truth.items()},
        **lists,
    )  # fmt: skip
