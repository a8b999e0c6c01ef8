"""How long support takes, from the history of tickets: Zendesk and Intercom tell the same stories and must give the same times.

Three stories are worked by hand. Hundreds more are drawn, and what they must give is counted another way than the warehouse does it:
minute by minute, asking the time zone what its clocks show.
"""

from __future__ import annotations

import json
import random
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from functools import cache
from itertools import accumulate
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import duckdb
import pytest
from project_copy import copy_of_the_project

from signalhouse import ops
from signalhouse.build import build
from signalhouse.landing import land
from signalhouse.progress import silent
from signalhouse.settings import Settings

Record = dict[str, Any]
AS_OF = date(2026, 4, 30)
NOW = datetime(2026, 5, 1)  # the end of as_of
FIRST = datetime(2026, 2, 16)
HOLIDAYS = (date(2026, 3, 17), date(2026, 4, 3))
MINUTE = timedelta(minutes=1)

# Weekday (Monday is 0), from and to in minutes of the day.
OFFICE = tuple((day, 540, 1020) for day in range(5))
NIGHTS = tuple((day, start, end) for day in range(7) for start, end in ((0, 360), (1320, 1440)))
SCHEDULES = {"office": (ZoneInfo("America/New_York"), OFFICE), "nights": (ZoneInfo("Europe/Berlin"), NIGHTS)}


@dataclass
class Act:
    """At `at` (UTC) somebody says something (`says`) and the ticket takes a status, or only one of both."""

    at: datetime
    who: str
    says: bool = False
    status: str | None = None
    note: bool = False


@dataclass
class Story:
    number: int
    acts: list[Act]
    schedule: str = "office"
    priority: str = "normal"
    extra: Record = field(default_factory=dict)

    @property
    def state(self) -> str:
        return [act.status for act in self.acts if act.status][-1]


def at(text: str) -> datetime:
    return datetime.fromisoformat(text)


BY_HAND = [
    # Opened on Friday at 16:30 in New York, answered on Monday at 9:10, after the clocks went forward; closed at 9:40, opened again on
    # Tuesday at 16:50, answered and closed on Wednesday at 9:20.
    Story(
        1,
        [
            Act(at("2026-03-06 21:30:00"), "requester", True, "new"),
            Act(at("2026-03-09 13:10:00"), "agent", True, "pending"),
            Act(at("2026-03-09 13:40:00"), "agent", status="solved"),
            Act(at("2026-03-10 20:50:00"), "requester", True, "open"),
            Act(at("2026-03-11 13:20:00"), "agent", True, "solved"),
        ],
    ),
    # Monday 16:00 to Wednesday 10:00 with a holiday between.
    Story(
        2,
        [
            Act(at("2026-03-16 20:00:00"), "requester", True, "new"),
            Act(at("2026-03-18 14:00:00"), "agent", True, "solved"),
        ],
    ),
    # Saturday, 7 seconds past noon, to half a minute past opening on Monday.
    Story(
        3,
        [
            Act(at("2026-03-14 12:00:07"), "requester", True, "new"),
            Act(at("2026-03-14 12:00:09"), "system", True),
            Act(at("2026-03-14 13:00:00"), "agent", note=True),
            Act(at("2026-03-16 13:00:30"), "agent", True, "solved"),
        ],
    ),
]
# first reply, next replies, resolution, requester wait: calendar and business seconds, by hand from the clocks on the wall.
WORKED = {
    1: (229200, 2400, 1, 59400, 1800, 402600, 60600, 288600, 4200, 1),
    2: (151200, 7200, 0, None, None, 151200, 7200, 151200, 7200, 0),
    3: (176423, 30, 0, None, None, 176423, 30, 176423, 30, 0),
}
COLUMNS = """first_reply_seconds, first_reply_business_seconds, next_reply_count, next_reply_seconds_total,
    next_reply_business_seconds_total, resolution_seconds, resolution_business_seconds, requester_wait_seconds,
    requester_wait_business_seconds, reopen_count"""


def drawn(chance: random.Random, number: int) -> Story:
    """A story of whole minutes; Intercom knows no schedule of its own, so every third is on nights and Zendesk's alone."""
    moment = FIRST + chance.randrange(50 * 1440) * MINUTE
    acts = [Act(moment, "requester", True, "new" if chance.random() < 0.7 else "open")]
    state = acts[0].status
    for _ in range(chance.randrange(2, 10)):
        moment += chance.choice((1, 7, 60, 300, 1000, 2000)) * chance.randrange(1, 3) * MINUTE
        match chance.choice(("ask", "ask", "reply", "reply", "status", "note", "bot")):
            case "ask":
                state = "open" if state in ("pending", "solved") else state
                acts.append(Act(moment, "requester", True, state if state != acts[-1].status else None))
            case "reply":
                state = chance.choice(("open", "pending", "solved"))
                acts.append(Act(moment, "agent", True, state))
            case "status":
                state = chance.choice(("open", "pending", "solved"))
                acts.append(Act(moment, "agent", status=state))
            case "note":
                acts.append(Act(moment, "agent", note=True))
            case "bot":
                acts.append(Act(moment, "system", True))
    return Story(number, acts, "nights" if number % 3 == 0 else "office")


@cache
def open_minutes(schedule: str) -> list[int]:
    """Open minutes before each minute since FIRST: every minute is asked what the clock on the wall shows."""
    zone, hours = SCHEDULES[schedule]
    weekly = {(day, minute) for day, start, end in hours for minute in range(start, end)}
    opened = []
    for n in range(int((NOW - FIRST) / MINUTE)):
        wall = (FIRST + n * MINUTE).replace(tzinfo=UTC).astimezone(zone)
        off = schedule == "office" and wall.date() in HOLIDAYS
        opened.append(not off and (wall.weekday(), wall.hour * 60 + wall.minute) in weekly)
    return [0, *accumulate(opened)]


def worked_minutes(schedule: str, start: datetime, end: datetime) -> int:
    counted = open_minutes(schedule)
    return 60 * (counted[int((end - FIRST) / MINUTE)] - counted[int((start - FIRST) / MINUTE)])


def expected(story: Story) -> tuple[int | None, ...]:
    """The times of a story, told from its beginning by somebody with a stopwatch."""
    waits: list[tuple[datetime, datetime]] = []
    answers: list[tuple[datetime, datetime]] = []
    asked: datetime | None = None
    state, since, reopened, solved_at = "", story.acts[0].at, 0, None
    for act in story.acts:
        if act.says and act.who == "requester" and asked is None:
            asked = act.at
        if act.says and act.who == "agent" and asked is not None:
            answers.append((asked, act.at))
            asked = None
        if act.status and act.status != state:
            if state in ("new", "open"):
                waits.append((since, act.at))
            reopened += state == "solved"
            if act.status == "solved":
                solved_at = act.at
            state, since = act.status, act.at

    def both(spans: list[tuple[datetime, datetime]]) -> tuple[int | None, int | None]:
        if not spans:
            return None, None
        calendar = sum(int((end - start).total_seconds()) for start, end in spans)
        return calendar, sum(worked_minutes(story.schedule, start, end) for start, end in spans)

    first_is_answered = bool(answers) and answers[0][0] == story.acts[0].at
    assert first_is_answered or not answers
    solved = state == "solved"
    resolution = [(story.acts[0].at, solved_at)] if solved and solved_at else []
    return (
        *both(answers[:1]),
        len(answers[1:]),
        *both(answers[1:]),
        *both(resolution),
        *(both(waits) if solved else (None, None)),
        reopened,
    )


def iso(moment: datetime) -> str:
    return moment.isoformat() + "Z"


def epoch(moment: datetime) -> int:
    return int(moment.replace(tzinfo=UTC).timestamp())


def zendesk(stories: list[Story]) -> dict[str, list[Record]]:
    tickets, audits = [], []
    people = {"requester": 11, "agent": 21, "system": -1}
    for story in stories:
        state: str | None = None
        for n, act in enumerate(story.acts):
            number = story.number * 1000 + n * 10
            events: list[Record] = []
            if act.says or act.note:
                comment = {"id": number + 1, "type": "Comment", "public": not act.note, "body": "x"}
                events.append({**comment, "author_id": people[act.who]})
            if act.status and act.status != state:
                change: Record = {"id": number + 2, "type": "Change" if n else "Create", "field_name": "status"}
                events.append({**change, "value": act.status, "previous_value": state})
                state = act.status
            if n == 0 and story.schedule == "nights":
                events.append({"id": number + 3, "type": "ScheduleAssignment", "new_schedule_id": 32})
            audit = {"id": number, "ticket_id": story.number, "created_at": iso(act.at), "author_id": people[act.who]}
            audits.append({**audit, "events": events})
        tickets.append(
            {
                "id": story.number,
                "status": state,
                "created_at": iso(story.acts[0].at),
                "updated_at": iso(story.acts[-1].at),
                "generated_timestamp": epoch(story.acts[-1].at) + 5,
                "requester_id": 11,
                "priority": story.priority,
                "via": {"channel": "web"},
                "tags": [],
                **story.extra,
            }
        )
    office = [{"start_time": (day + 1) * 1440 + 540, "end_time": (day + 1) * 1440 + 1020} for day in range(5)]
    # Each night is one interval that runs over midnight, and the last one ends with the week.
    nights = [{"start_time": day * 1440 + 1320, "end_time": (day + 1) * 1440 + 360} for day in range(6)]
    nights += [{"start_time": 0, "end_time": 360}, {"start_time": 6 * 1440 + 1320, "end_time": 7 * 1440}]
    return {
        "tickets": tickets,
        "ticket_audits": audits,
        "users": [{"id": 11, "role": "end-user", "active": True}, {"id": 21, "role": "agent", "active": True}],
        "schedules": [
            {"id": 31, "name": "Office", "time_zone": "Eastern Time (US & Canada)", "intervals": office, "created_at": "2020-01-01T00:00:00Z"},
            {"id": 32, "name": "Nights", "time_zone": "Berlin", "intervals": nights, "created_at": "2021-01-01T00:00:00Z"},
        ],
        "schedule_holidays": [
            {"id": n, "schedule_id": 31, "name": "Off", "start_date": str(day), "end_date": str(day)} for n, day in enumerate(HOLIDAYS)
        ],
    }  # fmt: skip


def intercom(stories: list[Story]) -> dict[str, list[Record]]:
    """Half of the conversations hold their parts, half have them listed apart."""
    conversations, parts = [], []
    people = {"requester": ("user", "c1"), "agent": ("admin", "a1"), "system": ("bot", "b1")}
    kinds = {"open": "open", "pending": "snoozed", "solved": "close"}
    for story in stories:
        found: list[Record] = []
        state = "open"
        for n, act in enumerate(story.acts[1:]):
            kind, who = people[act.who]
            author = {"type": kind, "id": who}
            part = {
                "type": "conversation_part",
                "created_at": epoch(act.at),
                "updated_at": epoch(act.at),
                "author": author,
            }
            number = story.number * 1000 + n * 10
            if act.says or act.note:
                found.append(
                    part | {"id": str(number), "part_type": "note" if act.note else "comment", "body": "<p>x</p>"}
                )
            new = {"new": "open", None: state}.get(act.status, act.status)
            # that a customer opens it again goes without saying
            if new != state and act.who != "requester":
                found.append(part | {"id": str(number + 1), "part_type": kinds[str(new)], "body": None})
            state = str(new)
        conversation: Record = {
            "type": "conversation",
            "id": str(story.number),
            "created_at": epoch(story.acts[0].at),
            "updated_at": epoch(story.acts[-1].at),
            "state": {"solved": "closed", "pending": "snoozed"}.get(state, "open"),
            "source": {"type": "conversation", "id": f"7{story.number}", "delivered_as": "customer_initiated", "author": {"type": "user", "id": "c1"}},
            "contacts": {"contacts": [{"type": "contact", "id": "c1"}]},
            "statistics": {"count_conversation_parts": len(found) + 1},
        }  # fmt: skip
        if story.number % 2:
            conversation["conversation_parts"] = {"conversation_parts": found}
        else:
            parts += [{**part, "conversation_id": str(story.number)} for part in found]
        conversations.append(conversation)
    return {"conversations": conversations, "conversation_parts": parts}


STORIES = BY_HAND + [drawn(random.Random(number), number) for number in range(10, 310)]

# One thing each that only one of the tools can be wrong about.
ODD = [
    Story(900, BY_HAND[1].acts, extra={"status": "deleted"}),
    # the history lacks how it ended
    Story(901, BY_HAND[1].acts[:1], extra={"status": "solved"}),
]


def write(folder: Path, vendor: str, objects: dict[str, list[Record]]) -> None:
    for name, records in objects.items():
        (folder / vendor / name).mkdir(parents=True)
        text = "".join(json.dumps(record) + "\n" for record in records)
        (folder / vendor / name / "all.ndjson").write_text(text)


@pytest.fixture(scope="module")
def core(tmp_path_factory: pytest.TempPathFactory) -> Iterator[duckdb.DuckDBPyConnection]:
    """The warehouse built from the stories as both tools tell them, read only."""
    folder = tmp_path_factory.mktemp("support")
    write(folder / "landing", "zendesk", zendesk(STORIES + ODD))
    write(folder / "landing", "intercom", intercom([story for story in STORIES if story.schedule == "office"]))
    write(
        folder / "landing",
        "generic",
        {"holidays": [{"day": str(day), "calendar": "Support", "name": "Off"} for day in HOLIDAYS]},
    )
    project = copy_of_the_project(folder / "project", ["generic", "zendesk", "intercom"])
    settings = Settings.resolve(
        landing=str(folder / "landing"), work=folder / "work", serve=folder / "serve", as_of=AS_OF, project=project
    )
    assert land(settings, silent).refusals == []
    ops.set_as_of(settings)
    build(settings, select=["+fct_ticket"], data_tests=False, progress=silent)
    with duckdb.connect(str(settings.warehouse_db), read_only=True) as connection:
        yield connection


def times(core: duckdb.DuckDBPyConnection, source: str) -> dict[int, tuple[Any, ...]]:
    rows = core.execute(f"select ticket_id::int, {COLUMNS} from core.fct_ticket where source = $1", [source]).fetchall()
    return {row[0]: row[1:] for row in rows}


@pytest.mark.parametrize("source", ["zendesk", "intercom"])
def test_stories_worked_by_hand(core: duckdb.DuckDBPyConnection, source: str) -> None:
    found = times(core, source)
    assert {number: found[number] for number in WORKED} == WORKED


@pytest.mark.parametrize("source", ["zendesk", "intercom"])
def test_drawn_stories_take_what_the_clock_on_the_wall_says(core: duckdb.DuckDBPyConnection, source: str) -> None:
    found = times(core, source)
    told = [story for story in STORIES[3:] if source == "zendesk" or story.schedule == "office"]
    assert {story.number: found[story.number] for story in told} == {story.number: expected(story) for story in told}
    assert sum(expected(story)[4] is not None for story in told) > 30, "stories with a later reply"
    assert sum(expected(story)[9] != 0 for story in told) > 20, "stories that were opened again"


def test_a_deleted_ticket_stays_findable(core: duckdb.DuckDBPyConnection) -> None:
    assert core.execute(
        "select is_deleted, is_solved, first_reply_seconds from core.fct_ticket where ticket_id = '900'"
    ).fetchall() == [(True, False, 151200)]


def test_a_history_without_its_end_tells_nothing(core: duckdb.DuckDBPyConnection) -> None:
    assert core.execute(
        "select is_history_complete, first_reply_seconds, resolution_seconds, reopen_count from core.fct_ticket where ticket_id = '901'"
    ).fetchall() == [(False, None, None, None)]
