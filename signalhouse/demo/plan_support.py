"""Who asks the demo company for help, and what happens then.

Accounts with an even number use Zendesk, the others Intercom; both tell the same kinds of story, act by act. The true times are
told from the acts by a stopwatch and, for business hours, by the clock on the wall in New York.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from itertools import accumulate, groupby
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

if TYPE_CHECKING:
    from duckdb import DuckDBPyConnection

# Support is there from Monday to Friday, nine to five in New York, and not on these days.
OFFICE = ZoneInfo("America/New_York")
OPENS, CLOSES = time(9), time(17)
HOLIDAYS = (date(2026, 4, 3), date(2026, 5, 1), date(2026, 5, 25))
# First replies are promised within so many business minutes.
PROMISED = {"low": 960, "normal": 480, "high": 120}

# (story, act, who, says something, status, note)
ACTS = (
    ("quick", 0, "requester", True, "new", False),
    ("quick", 1, "agent", True, "solved", False),
    ("talk", 0, "requester", True, "new", False),
    ("talk", 1, "agent", True, "pending", False),
    ("talk", 2, "requester", True, "open", False),
    ("talk", 3, "agent", True, "solved", False),
    ("reopened", 0, "requester", True, "new", False),
    ("reopened", 1, "agent", True, "solved", False),
    ("reopened", 2, "requester", True, "open", False),
    ("reopened", 3, "agent", True, "solved", False),
    ("noted", 0, "requester", True, "new", False),
    ("noted", 1, "system", True, None, False),
    ("noted", 2, "agent", False, None, True),
    ("noted", 3, "agent", True, "pending", False),
    ("noted", 4, "agent", False, "solved", False),
    ("waiting", 0, "requester", True, "new", False),
    ("waiting", 1, "agent", True, "pending", False),
    ("silent", 0, "requester", True, "new", False),
    ("deleted", 0, "requester", True, "new", False),
    ("deleted", 1, "agent", True, "solved", False),
    ("deleted", 2, "agent", False, "deleted", False),
)
# One ticket of each tool meets the night of 8 March 2026, when the clocks go forward: Friday afternoon to Wednesday morning.
OVER_THE_CLOCKS = (
    (0, datetime(2026, 3, 6, 21, 30), "requester", True, "new", False),
    (1, datetime(2026, 3, 9, 13, 10), "agent", True, "pending", False),
    (2, datetime(2026, 3, 9, 13, 40), "agent", False, "solved", False),
    (3, datetime(2026, 3, 10, 20, 50), "requester", True, "open", False),
    (4, datetime(2026, 3, 11, 13, 20), "agent", True, "solved", False),
)

TICKETS = """
create table support_ticket as
with raised as (

    select
        person.*, n, concat(u, '|', n) as key, case when i % 2 = 0 then 'zendesk' else 'intercom' end as tool,
        signed_up_at + pick('help_day', concat(u, '|', n), 60) * interval 1 day + pick('help_second', concat(u, '|', n), 72000) *
            interval 1 second
            as opened_at,
        pick('help_story', concat(u, '|', n), 100) as story_draw
    from person, range(0, 2) as tickets(n)
    where not is_internal and pick('help', concat(u, '|', n), 100) < 35

),

over_the_clocks as (

    -- the first person of each tool who is there by then
    select person.*, 9 as n, concat(u, '|9') as key, case when i % 2 = 0 then 'zendesk' else 'intercom' end as tool,
        timestamp '2026-03-06 21:30:00' as opened_at, 100 as story_draw
    from person
    where not is_internal and signed_up_at < timestamp '2026-03-06 21:00:00'
    qualify row_number() over (partition by i % 2 order by u) = 1

),

told as (

    select * from raised where opened_at < getvariable('end_at')
    union all
    select * from over_the_clocks where opened_at < getvariable('end_at')

)

select
    100000 + row_number() over (order by u, n) as ticket, u, i, account_id, user_id, email, tool, opened_at, key,
    case
        when story_draw = 100 then 'clocks'
        when story_draw < 40 then 'quick'
        when story_draw < 60 then 'talk'
        when story_draw < 72 then 'reopened'
        when story_draw < 82 then 'noted'
        when story_draw < 89 then 'waiting'
        when story_draw < 95 then 'silent'
        -- what is deleted in Intercom is gone from its exports
        when tool = 'zendesk' then 'deleted'
        else 'quick'
    end as story,
    ['low', 'normal', 'normal', 'high'][pick('help_priority', key, 4) + 1] as priority,
    ['billing', 'reports', 'login'][pick('help_tag', key, 3) + 1] as tag,
    pick('help_retagged', key, 10) = 0 as is_retagged,
    case when pick('help_rated', key, 3) = 0 then 1 + pick('help_score', key, 5) end as rating,
    false as is_cut
from told;

-- One conversation is longer than Intercom gives out: its middle is missing.
update support_ticket set is_cut = true
where ticket = (select min(ticket) from support_ticket where tool = 'intercom' and story = 'talk');

create table support_told as
select ticket, tool, key, story, act, who, says, status, note, opened_at as moment
from support_ticket
inner join support_story using (story)
where act = 0
union all
select ticket, tool, key, story, act, who, says, status, note, moment
from support_ticket
cross join support_clocks
where story = 'clocks';
"""

# One act after the other, since each waits for the one before. Who answers outside office hours does so when the office opens.
NEXT_ACT = """
insert into support_told
with waits as (

    select before.ticket, before.tool, before.key, before.story, story.act, story.who, story.says, story.status, story.note, before.moment,
        case when pick(concat('help_slow', story.act), key, 4) = 0 then 300 + pick(concat('help_gap', story.act), key, 160000)
            else 120 + pick(concat('help_gap', story.act), key, 16000) end as gap
    from support_told as before
    inner join support_story as story on before.story = story.story and before.act + 1 = story.act
    where story.act = $1

),

reached as (

    select *, moment + gap * interval 1 second as reached_at from waits

)

select ticket, tool, key, reached.story, act, who, says, status, note,
    case when who = 'agent' and reached_at < opens then opens + gap % 5400 * interval 1 second else reached_at end
from reached
asof left join support_open on reached_at < closes;
"""

ACTS_TOLD = """
create table support_act as
with closed as (

    -- Zendesk closes for good what has been solved for four days.
    select ticket, tool, max(act) + 1 as act, 'system' as who, false as says, 'closed' as status, false as note,
        max(moment) + interval 4 day as moment
    from support_told
    where tool = 'zendesk'
    group by ticket, tool
    having arg_max(status, act) = 'solved'

)

select ticket, tool, act, who, says, status, note, moment
from (select * exclude (key, story) from support_told union all by name select * from closed)
where moment < getvariable('end_at');
"""

STATE = """
create table support_state as
select
    ticket, arg_max(status, act) filter (where status is not null) as status
from support_act group by ticket;
"""


@dataclass(frozen=True)
class Act:
    """One row of `support_act`."""

    at: datetime
    who: str
    says: bool
    status: str | None


class Office:
    """Open time of support, from interval to interval."""

    def __init__(self, first: date, last: date) -> None:
        days = [first + timedelta(days=n) for n in range((last - first).days + 3)]
        opened = [day for day in days if day.weekday() < 5 and day not in HOLIDAYS]
        self.opens = [_utc(day, OPENS) for day in opened]
        self.closes = [_utc(day, CLOSES) for day in opened]
        lengths = ((end - start).total_seconds() for start, end in zip(self.opens, self.closes, strict=True))
        self.before = [0, *accumulate(int(length) for length in lengths)]

    def until(self, moment: datetime) -> int:
        """Open seconds until a moment (UTC, no zone)."""
        n = bisect_right(self.opens, moment)
        if not n:
            return 0
        return self.before[n - 1] + int((min(moment, self.closes[n - 1]) - self.opens[n - 1]).total_seconds())

    def between(self, start: datetime, end: datetime) -> int:
        """Open seconds between two moments."""
        return self.until(end) - self.until(start)


def _utc(day: date, clock: time) -> datetime:
    return datetime.combine(day, clock, OFFICE).astimezone(UTC).replace(tzinfo=None)


def tell(acts: Sequence[Act], office: Office) -> tuple[int | None, ...]:
    """The true times of a ticket: first reply, later replies (their number and sum), resolution, waiting; calendar and business.

    Then how often it was opened again, and how often an agent replied. None where it has not come to that.
    """
    answers: list[tuple[datetime, datetime]] = []
    waits: list[tuple[datetime, datetime]] = []
    asked: datetime | None = None
    solved_at: datetime | None = None
    state, since, reopened, replies = "", acts[0].at, 0, 0
    for act in acts:
        if act.says and act.who == "requester" and asked is None:
            asked = act.at
        if act.says and act.who == "agent":
            replies += 1
            if asked is not None:
                answers.append((asked, act.at))
                asked = None
        if act.status in (None, state, "deleted"):
            continue
        if state in ("new", "open"):
            waits.append((since, act.at))
        if state != "solved" or act.status != "closed":
            reopened += state == "solved"
            solved_at = act.at if act.status == "solved" else None
        state, since = str(act.status), act.at
    is_solved = acts[-1].status != "deleted" and state in ("solved", "closed")

    def both(spans: Sequence[tuple[datetime, datetime]]) -> tuple[int | None, int | None]:
        if not spans:
            return None, None
        seconds = sum(int((end - start).total_seconds()) for start, end in spans)
        return seconds, sum(office.between(start, end) for start, end in spans)

    return (
        *both(answers[:1]),
        len(answers[1:]),
        *both(answers[1:]),
        *both([(acts[0].at, solved_at)] if solved_at else []),
        *(both(waits) if is_solved else (None, None)),
        reopened,
        replies,
    )


TIMES = """
create table support_time (
    ticket bigint, first_reply bigint, first_reply_business bigint, next_replies bigint, next_reply bigint, next_reply_business bigint,
    resolution bigint, resolution_business bigint, requester_wait bigint, requester_wait_business bigint, reopens bigint, replies bigint,
    solved_at timestamp, open_until_now bigint
)
"""


def make_support(con: DuckDBPyConnection) -> None:
    """Add `support_ticket`, `support_act`, what they come to in `support_state`, and the true times in `support_time`."""
    con.execute(
        "create table support_story (story varchar, act int, who varchar, says boolean, status varchar, note boolean)"
    )
    con.executemany("insert into support_story values ($1, $2, $3, $4, $5, $6)", [list(row) for row in ACTS])
    con.execute(
        "create table support_clocks (act int, moment timestamp, who varchar, says boolean, status varchar, note boolean)"
    )
    con.executemany(
        "insert into support_clocks values ($1, $2, $3, $4, $5, $6)", [list(row) for row in OVER_THE_CLOCKS]
    )
    con.execute("create table support_promise (priority varchar, minutes bigint)")
    con.executemany("insert into support_promise values ($1, $2)", [list(row) for row in PROMISED.items()])
    con.execute("create table support_holiday (day date)")
    con.executemany("insert into support_holiday values ($1)", [[day] for day in HOLIDAYS])
    first, end = con.execute("select getvariable('first_day'), getvariable('end_at')").fetchall()[0]
    # what is answered after the last day is drawn too, and cut off
    office = Office(first, end.date() + timedelta(days=60))
    con.execute(
        "create table support_open as select unnest($1::timestamp[]) as opens, unnest($2::timestamp[]) as closes",
        [office.opens, office.closes],
    )
    con.execute(TICKETS)
    for act in range(1, 1 + max(row[1] for row in ACTS)):
        con.execute(NEXT_ACT, [act])
    con.execute(ACTS_TOLD)
    con.execute(STATE)
    con.execute(TIMES)
    rows = [(ticket, *tell(acts, office), *_ends(acts, office, end)) for ticket, acts in _stories(con)]
    if rows:
        columns = ", ".join(f"unnest(${n + 1})" for n in range(len(rows[0])))
        con.execute(f"insert into support_time select {columns}", [list(column) for column in zip(*rows, strict=True)])


def _stories(con: DuckDBPyConnection) -> Iterator[tuple[int, list[Act]]]:
    rows = con.execute("select ticket, moment, who, says, status from support_act order by ticket, act").fetchall()
    for ticket, group in groupby(rows, key=lambda row: row[0]):
        yield ticket, [Act(*row[1:]) for row in group]


def _ends(acts: Sequence[Act], office: Office, end: datetime) -> tuple[datetime | None, int]:
    """When it was last solved, if it still is; and the open seconds from its opening to the end of the last complete day."""
    solved = [n for n, act in enumerate(acts) if act.status == "solved"]
    holds = bool(solved) and all(act.status in (None, "closed", "deleted") for act in acts[solved[-1] + 1 :])
    return (acts[solved[-1]].at if holds else None), office.between(acts[0].at, end)


# What the marts must say of each tool and month.
SUPPORT_TRUTH = {
    "tickets_by_month": """
        with judged as (
            select *, support_state.status = 'deleted' as is_deleted, support_state.status in ('solved', 'closed') as is_solved,
                case
                    when tool = 'intercom' then null
                    when first_reply_business is not null then first_reply_business <= minutes * 60
                    when support_state.status in ('new', 'open', 'pending') and open_until_now > minutes * 60 then false
                end as is_met
            from support_ticket
            inner join support_state using (ticket)
            inner join support_time using (ticket)
            inner join support_promise using (priority)
            where list_contains(getvariable('sources'), tool)
        ),
        created as (
            select tool, date_trunc('month', opened_at)::date as month, count(*) filter (where not is_deleted) as created,
                count(*) filter (where is_deleted) as deleted,
                count(*) filter (where not is_deleted and first_reply is not null) as replied,
                count(*) filter (where not is_deleted and is_met is not null) as promised,
                count(*) filter (where not is_deleted and is_met) as kept
            from judged group by all
        ),
        solved as (
            select tool, date_trunc('month', solved_at)::date as month, count(*) as solved, count(*) filter (where reopens > 0) as reopened,
                count(*) filter (where reopens = 0 and replies <= 1 and not is_cut) as one_touch,
                count(rating) filter (where solved_at + interval 26 hour < getvariable('end_at')) as rated,
                count(*) filter (where solved_at + interval 26 hour < getvariable('end_at')
                    and case when tool = 'zendesk' then rating >= 3 else rating >= 4 end) as satisfied
            from judged where is_solved group by all
        )
        select tool, month, coalesce(created, 0) as created, coalesce(deleted, 0) as deleted, coalesce(replied, 0) as replied,
            coalesce(promised, 0) as promised, coalesce(kept, 0) as kept, coalesce(solved, 0) as solved, coalesce(reopened, 0) as reopened,
            coalesce(one_touch, 0) as one_touch, coalesce(rated, 0) as rated, coalesce(satisfied, 0) as satisfied
        from created full join solved using (tool, month) order by tool, month
    """,
    "ticket_times": """
        select tool, ticket::varchar as ticket, support_state.status, first_reply, first_reply_business,
            case when not is_cut then next_replies end as next_replies, case when not is_cut then next_reply end as next_reply,
            case when not is_cut then next_reply_business end as next_reply_business, resolution, resolution_business,
            case when not is_cut then requester_wait end as requester_wait,
            case when not is_cut then requester_wait_business end as requester_wait_business, reopens
        from support_ticket
        inner join support_state using (ticket)
        inner join support_time using (ticket)
        where list_contains(getvariable('sources'), tool)
        order by tool, ticket
    """,
}

# Staff are agents of both tools. One person in twenty was merged in Zendesk, and the account that lost is still exported.
SUPPORT_IDS = """
select 'zendesk' as source, 'u' || u as person, 'zendesk:user:' || (900000000000 + u) as id
from person where is_internal or u in (select u from support_ticket where tool = 'zendesk')
union
select 'zendesk', 'u' || u, 'zendesk:user:' || (910000000000 + u) from support_ticket where tool = 'zendesk' and u % 20 = 4
union
select 'intercom', 'u' || u, 'intercom:contact:' || substr(md5('contact' || u), 1, 24) from support_ticket where tool = 'intercom'
union
select 'intercom', 'u' || u, 'intercom:admin:' || (7000000 + u) from person where is_internal
"""
