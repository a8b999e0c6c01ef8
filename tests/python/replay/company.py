"""A final landing folder, drawn from a seed, small and full of what makes refreshes differ from rebuilds.

It is made of `worlds`: histories of nine days that lie ten weeks apart and share nothing, so that one build tests several at once.
Each holds every class of object (append, mutable, snapshot, aggregate) and every kind of repeat (same time, shifted time, received
before the first that was seen, older than redelivery_days), sessions over midnight and one over two midnights, and devices that
turn out late to be a user's. Every second world is calm: a file there holds one day and nothing comes again, so that most
refreshes touch few of its days and what they leave alone is seen.
"""

from __future__ import annotations

import json
import random
from collections import defaultdict
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

FIRST_DAY = datetime(2026, 1, 5)
DAYS = 9
WEEKS_APART = 10
CALM = "-calm"  # in the name of a file: it never holds another day than its own
LAST = "-last"  # in the name of a file: it comes last of all
FIRST = "-first"  # in the name of a file: it comes first of all, and whole
CUT_OFF = "-cut-off"  # in the name of a file: it is replaced just before the end, by a refresh that does not reach core
MINUTE, DAY = timedelta(minutes=1), timedelta(days=1)
GENERIC_EVENTS = (
    "plan_purchased",
    "subscription_cancelled",
    "invoice_downloaded",
    "seat_added",
    "api_key_created",
    "unplanned",
)
# Segment speaks for the first two: from Mixpanel and Amplitude they are set aside.
AMPLITUDE_EVENTS = ("Alert Configured", "Seat Added", "Report Opened", "session_start", "Unplanned")
SEGMENT_CALLS = ("Alert Configured", "Seat Added", "Unplanned", "page", "identify", "group", "alias")
MIXPANEL_EVENTS = (
    "Alert Configured",
    "Signed Up",
    "Logged In",
    "Project Created",
    "Report Run",
    "Milestone Reached",
    "Unplanned",
)

Record = dict[str, Any]


@dataclass
class Company:
    """`files`: path relative to the landing folder -> the lines of the file, without their ends. `before`: what the first delivery
    of a file holds instead, where that is laid down."""

    files: dict[str, list[str]] = field(default_factory=lambda: defaultdict(list))
    before: dict[str, list[str]] = field(default_factory=dict)

    def add(self, path: str, record: Record) -> None:
        self.files[path].append(json.dumps(record, separators=(",", ":")))


def company(
    chance: random.Random, worlds: int, *, events_only: bool = False, measurements: bool = False, plans: bool = False
) -> Company:
    """The final folder. With `events_only` just what the models of events read; with `measurements` those of services too, with `plans`
    subscriptions and persons."""
    made = Company()
    for number in range(worlds):
        world = _World(made, chance, number)
        world.generic_events()
        world.mixpanel_events()
        world.amplitude_events()
        world.segment_calls()
        if not events_only:
            world.amplitude_merges()
            world.people()
            world.money()
            world.services()
            world.support()
            world.surveys()
            world.operations()
            world.spans()
        elif measurements:
            world.services()
            world.operations()
            world.spans()
        elif plans:
            world.people()
            world.money()
    _copies_under_another_name(made, chance)
    for number in range(1, worlds, 2):
        _repeat_in_the_end(made, number)
        _alone_on_their_days(made, number)
    return made


@dataclass
class _World:
    made: Company
    chance: random.Random
    number: int

    @property
    def calm(self) -> bool:
        return self.number % 2 == 1

    @property
    def start(self) -> datetime:
        return FIRST_DAY + self.number * timedelta(weeks=WEEKS_APART)

    def moments(self, count: int) -> list[datetime]:
        """Most of them in runs whose gaps lie about the session timeout, many across midnight."""
        found: list[datetime] = []
        while len(found) < count:
            at = self.start + self.chance.randrange(DAYS) * DAY
            at += self.chance.choice((0, 0, self.chance.randrange(1440))) * MINUTE
            at -= self.chance.randrange(50) * MINUTE if self.chance.random() < 0.6 else 0 * MINUTE
            for _ in range(self.chance.randrange(1, 5)):
                found.append(at)
                at += self.chance.choice((5, 20, 29, 30, 31, 45)) * MINUTE + timedelta(
                    seconds=self.chance.choice((0, 0, 1))
                )
        return found

    def generic_events(self) -> None:
        for index, at in enumerate(self.moments(45)):
            self._generic_event(f"e{self.number}-{index}", at, self.chance.randrange(4))
        # Somebody who does not stop for 30 hours: one session over two midnights, as long as no event is missing.
        for index in range(75):
            at = self.start + 2 * DAY + timedelta(hours=20) + index * 24 * MINUTE
            self._generic_event(f"r{self.number}-{index}", at, 9)
        if self.calm:
            # Two more, so that most single days of a calm world lie within a session that began before them.
            steady = _World(self.made, random.Random(self.number), self.number)
            for index in range(220):
                at = self.start + _steady(index)
                steady._generic_event(f"s{self.number}-{index}", at, 7 if index < 92 else 8)

    def _generic_event(self, event_id: str, at: datetime, who: int) -> None:
        chance = self.chance
        event: Record = {
            "event_id": event_id,
            "occurred_at": _iso(at),
            "event_name": chance.choice(GENERIC_EVENTS),
            "user_id": f"u{self.number}-{who}",
            "anonymous_id": f"a{self.number}-{who}" if chance.random() < 0.1 else None,
            "account_id": f"acct-{self.number}-{who % 2}",
            "received_at": _iso(received := at + timedelta(seconds=chance.randrange(1, 90))),
            "platform": chance.choice(("web", "ios")),
            "country": chance.choice(("US", "DE", None)),
        }
        late = not self.calm and chance.random() < 0.15
        if late:
            received += chance.randrange(1, 25) * DAY
            event["received_at"] = _iso(received)
        elif self.calm:
            pass
        elif chance.random() < 0.05:
            event["received_at"] = None
        elif chance.random() < 0.03:
            event["received_at"] = _iso(at - 2 * DAY)  # it cannot have happened two days after it was received
        self._deliver_generic(event, received)
        while not self.calm and chance.random() < 0.3:
            repeat = {**event, "country": chance.choice(("FR", "GB"))}
            match chance.choice(("same time", "shifted", "earlier", "old", "tie")):
                case "shifted":
                    repeat["occurred_at"] = _iso(at + chance.choice((-2, -1, 1, 2)) * DAY)
                    received += chance.randrange(1, 600) * MINUTE
                case "earlier":
                    repeat["occurred_at"] = _iso(at + chance.choice((-1, 0, 1)) * DAY)
                    received -= chance.randrange(1, 40) * timedelta(seconds=1)
                case "old":
                    received += chance.choice((29, 30, 31, 38)) * DAY
                case "same time":
                    received += chance.randrange(1, 30) * MINUTE
            repeat["received_at"] = _iso(received)
            self._deliver_generic(repeat, received)

    def _deliver_generic(self, event: Record, received: datetime) -> None:
        if self.calm:
            self.made.add(f"generic/events/{received:%Y-%m-%d}{CALM}.ndjson", event)
            return
        # A day's file, and some of them come from a second exporter.
        part = self.chance.choice(("", "", "-b"))
        week = (received - self.start).days
        name = f"{received:%Y-%m-%d}" if week <= DAYS else f"late-{self.number}-{week // 15}"
        self.made.add(f"generic/events/{name}{part}.ndjson", event)

    def mixpanel_events(self) -> None:
        chance = self.chance
        for index, at in enumerate(self.moments(30)):
            who = chance.randrange(3)
            # Half of the time only the device is known; that it is a user's is said later, by one event.
            user = f"m{self.number}-{who}" if chance.random() < 0.5 else None
            self._mixpanel_event(chance.choice(MIXPANEL_EVENTS), at, who, user, f"i{self.number}-{index}")
        for who in range(3):
            at = self.start + (DAYS - 1) * DAY + who * MINUTE
            self._mixpanel_event("$identify", at, who, f"m{self.number}-{who}", f"j{self.number}-{who}", "merges")

    def _mixpanel_event(
        self, name: str, at: datetime, who: int, user: str | None, insert_id: str, file: str | None = None
    ) -> None:
        chance = self.chance
        device = f"d{self.number}-{who}"
        received = at + chance.randrange(1, 60) * timedelta(seconds=1)
        if not self.calm and chance.random() < 0.1:
            received += chance.randrange(1, 40) * DAY
        properties: Record = {
            "time": _epoch(at),
            "distinct_id": user or f"$device:{device}",
            "$device_id": device,
            "$insert_id": None if chance.random() < 0.1 else insert_id,
            "mp_processing_time_ms": _epoch(received) * 1000 + chance.randrange(1000),
            "$mp_api_timestamp_ms": _epoch(received) * 1000,
            "mp_lib": chance.choice(("web", "iphone")),
            "account_id": f"acct-{self.number}-{who % 2}",
        }
        if user:
            properties["$user_id"] = user
        if name == "$identify":
            properties |= {"$identified_id": user, "$anon_id": device}
        path = f"mixpanel/export/{file or f'{at:%Y-%m-%d}'}-{self.number}{CALM if self.calm else ''}.ndjson"
        self.made.add(path, {"event": name, "properties": properties})
        while not self.calm and chance.random() < 0.25:
            again = dict(properties)
            if properties["$insert_id"] and chance.random() < 0.7:
                again["mp_processing_time_ms"] += chance.choice((-500, 0, 500, 60_000))
                again["mp_country_code"] = chance.choice(("US", "DE"))
            if chance.random() < 0.2:
                again["time"] += 1  # the same insert id at another time is another event
            elsewhere = f"mixpanel/export/again-{self.number}-{chance.randrange(2)}.ndjson"
            self.made.add(elsewhere if chance.random() < 0.6 else path, {"event": name, "properties": again})

    def amplitude_events(self) -> None:
        """By the zip and by a connector; a row comes again as it is, an event is sent again with another uuid."""
        chance = self.chance
        for index, at in enumerate(self.moments(24)):
            who = chance.randrange(3)
            user = f"u{self.number}-{who}" if chance.random() < 0.5 else None
            received = at + chance.randrange(1, 60) * timedelta(seconds=1)
            if not self.calm and chance.random() < 0.1:
                received += chance.randrange(1, 40) * DAY
            event: Record = {
                "uuid": f"a{self.number}-{index}",
                "$insert_id": None if chance.random() < 0.1 else f"i{self.number}-{index}",
                "app": 7,
                "event_type": chance.choice(AMPLITUDE_EVENTS),
                "event_time": str(at),
                "server_upload_time": str(received),
                "amplitude_id": _amplitude_id(self.number, who, user is not None),
                "user_id": user,
                "device_id": f"p{self.number}-{who}",
                "event_properties": {"account_id": f"acct-{self.number}-{who % 2}"},
                "groups": {},
                "user_properties": {"email": f"p{who % 3}@w{self.number}.example"} if user else {},
                "platform": chance.choice(("iOS", "Web")),
                "country": chance.choice(("Germany", "United States", None)),
            }
            self._deliver_amplitude(event, received)
            while not self.calm and chance.random() < 0.3:
                again = dict(event)
                match chance.choice(("as it is", "sent again", "earlier", "old")):
                    case "as it is":
                        self._deliver_amplitude(event, received + chance.randrange(2) * DAY)
                        continue
                    case "sent again":
                        again["event_time"] = str(at + chance.choice((-1, 0, 1)) * DAY)
                        received += chance.randrange(1, 600) * MINUTE
                    case "earlier":
                        received -= chance.randrange(1, 40) * timedelta(seconds=1)
                    case "old":
                        received += chance.choice((29, 30, 31, 38)) * DAY
                again |= {"uuid": f"{event['uuid']}-{chance.randrange(10**6)}", "server_upload_time": str(received)}
                self._deliver_amplitude(again, received)

    def _deliver_amplitude(self, event: Record, exported: datetime) -> None:
        if self.calm:
            self.made.add(f"amplitude/export/{exported:%Y-%m-%d}{CALM}.zip", event)
        elif self.chance.random() < 0.6:
            self.made.add(f"amplitude/export/{exported:%Y-%m-%d}.zip", event)
        else:
            self.made.add(f"amplitude/events/pulled-{self.number}-{self.chance.randrange(3)}.ndjson", event)

    def amplitude_merges(self) -> None:
        """The visitor becomes the user; some are merged elsewhere first, and the later merge counts."""
        for who in range(3):
            merged = self.start + self.chance.randrange(DAYS) * DAY
            for turn in range(self.chance.randrange(1, 3)):
                merge = {
                    "scope": 7,
                    "amplitude_id": _amplitude_id(self.number, who, False),
                    "merged_amplitude_id": _amplitude_id(self.number, self.chance.choice((who, who, 0)), True),
                    "merge_time": _epoch(merged) * 1000,
                    "merge_server_time": _epoch(merged + turn * MINUTE) * 1000,
                }
                self.made.add(
                    f"amplitude/merged_users/{merged + self.chance.randrange(2) * DAY:%Y-%m-%d}.ndjson", merge
                )

    def segment_calls(self) -> None:
        chance = self.chance
        for index, at in enumerate(self.moments(24)):
            who, kind = chance.randrange(3), chance.choice(SEGMENT_CALLS)
            received = at + chance.randrange(1, 60) * timedelta(seconds=1)
            if not self.calm and chance.random() < 0.1:
                received += chance.randrange(1, 40) * DAY
            call: Record = {
                "messageId": f"m{self.number}-{index}",
                "type": kind if kind.islower() else "track",
                "event": None if kind.islower() else kind,
                "anonymousId": f"v{self.number}-{who}",
                "userId": f"u{self.number}-{who}"
                if kind in ("identify", "group", "alias") or chance.random() < 0.4
                else None,
                "timestamp": _iso(at),
                "receivedAt": _iso(received),
                "properties": {"n": index},
                "context": {"library": {"name": "analytics.js"}},
            }
            match kind:
                case "identify":
                    call["traits"] = {
                        "email": chance.choice((f"p{who}@w{self.number}.example", None)),
                        "name": f"N{chance.randrange(3)}",
                    }
                case "group":
                    call["groupId"] = f"acct-{self.number}-{chance.randrange(2)}"
                case "alias":
                    call["previousId"] = chance.choice((f"v{self.number}-{who}", f"old{self.number}-{who}"))
            self._deliver_segment(call, received)
            while not self.calm and chance.random() < 0.3:
                received += chance.choice((1, 60, 600, 2 * 1440, 29 * 1440, 30 * 1440, 38 * 1440, -1)) * MINUTE
                again = {
                    **call,
                    "timestamp": _iso(at + chance.choice((-1, 0, 0, 1)) * DAY),
                    "receivedAt": _iso(received),
                }
                self._deliver_segment(again, received)

    def _deliver_segment(self, call: Record, received: datetime) -> None:
        part = "" if self.calm else self.chance.choice(("", "-b"))
        self.made.add(f"segment/raw_logs/{received:%Y-%m-%d}{part}{CALM if self.calm else ''}.ndjson", call)

    def people(self) -> None:
        chance = self.chance
        for who in range(4):
            created = self.start + chance.randrange(3) * DAY
            user: Record = {
                "user_id": f"u{self.number}-{who}",
                "email": f"p{who % 3}@w{self.number}.example",
                "account_id": f"acct-{self.number}-{who % 2}",
                "created_at": _iso(created),
            }
            self._versions(
                "generic/users",
                user,
                created,
                email=(f"q{who}@w{self.number}.example", f"m{who}@w{self.number}.example"),
            )
        for which in range(2):
            created = self.start + which * DAY
            account: Record = {
                "account_id": f"acct-{self.number}-{which}",
                "name": "One",
                "created_at": _iso(created),
                "country": "US",
            }
            self._versions("generic/accounts", account, created, name=("Two", "Three"), country=("DE", "JP"))
        # A snapshot says all that is true of its day: whom it leaves out is gone.
        for day in range(0, DAYS, 4):
            for who in range(3):
                if chance.random() < 0.8:
                    record = {
                        "$distinct_id": f"m{self.number}-{who}",
                        "$properties": {"$email": f"m{who}@w{self.number}.example", "$name": chance.choice(("A", "B"))},
                    }
                    self.made.add(f"mixpanel/engage/{self.start + day * DAY:%Y-%m-%d}.ndjson", record)

    def money(self) -> None:
        chance = self.chance
        for which in range(2):
            started = self.start + which * DAY
            subscription: Record = {
                "subscription_id": f"s{self.number}-{which}",
                "account_id": f"acct-{self.number}-{which}",
                "plan": "team",
                "started_at": _iso(started),
                "currency": ("USD", "EUR")[which],
                "amount": "40.00",
                "interval": "month",
                "quantity": 2,
                "status": "active",
            }
            self._versions("generic/subscriptions", subscription, started, amount=("60.00", "20.00"), quantity=(1, 5))
            invoice: Record = {
                "invoice_id": f"n{self.number}-{which}",
                "account_id": f"acct-{self.number}-{which}",
                "issued_at": _iso(started),
                "currency": "USD",
                "total": "80.00",
                "status": "open",
                "subscription_id": f"s{self.number}-{which}",
            }
            self._versions("generic/invoices", invoice, started, status=("paid", "void"), total=("80.00", "90.00"))
        for day in range(DAYS + 40):
            rate = {
                "day": f"{self.start + day * DAY:%Y-%m-%d}",
                "from_currency": "EUR",
                "to_currency": "USD",
                "rate": "1.1",
            }
            self.made.add(f"generic/fx_rates/{self.start:%Y-%m}.ndjson", rate)
            if chance.random() < 0.1:
                self.made.add(f"generic/fx_rates/{self.start:%Y-%m}-restated.ndjson", {**rate, "rate": "1.2"})
        self._stripe()

    def _stripe(self) -> None:
        """Whole objects as exported on different days: each later one may say something else of the same id."""
        at = _epoch(self.start)
        customer, subscription = f"cus_{self.number}", f"sub_{self.number}"
        for export in range(3):
            day = f"{self.start + export * 3 * DAY:%Y-%m-%d}"
            if self.chance.random() < 0.8:
                self.made.add(
                    f"stripe/customers/{day}.ndjson",
                    {
                        "id": customer,
                        "object": "customer",
                        "created": at,
                        "currency": "usd",
                        "email": self.chance.choice((f"p0@w{self.number}.example", f"b@w{self.number}.example")),
                        "metadata": {"account_id": f"acct-{self.number}-2"},
                        "name": "Customer",
                    },
                )
            price = {
                "id": "price_team",
                "object": "price",
                "created": 1769904000,
                "currency": "usd",
                "product": "prod_team",
                "recurring": {"interval": "month", "interval_count": 1, "usage_type": "licensed"},
                "type": "recurring",
                "unit_amount": 3000,
                "unit_amount_decimal": "3000",
                "billing_scheme": "per_unit",
            }
            item = {
                "id": f"si_{self.number}",
                "object": "subscription_item",
                "created": at,
                "price": price,
                "quantity": 1 + export,
                "subscription": subscription,
                "current_period_start": at,
                "current_period_end": at + 30 * 86400,
            }
            ended = at + 6 * 86400 if export == 2 and self.chance.random() < 0.5 else None
            self.made.add(
                f"stripe/subscriptions/{day}.ndjson",
                {
                    "id": subscription,
                    "object": "subscription",
                    "created": at,
                    "start_date": at,
                    "currency": "usd",
                    "customer": customer,
                    "status": "canceled" if ended else "active",
                    "ended_at": ended,
                    "canceled_at": ended,
                    "items": {"object": "list", "data": [item], "has_more": False},
                },
            )

    def surveys(self) -> None:
        """People listed three times, each time sent another letter or none; answers that are edited, with a time of it or without."""
        chance = random.Random(f"surveys of {self.number}")
        for export in range(3):
            day = self.start + export * 3 * DAY
            for who in range(4):
                person: Record = {
                    "id": f"{900 + self.number}{who}",
                    "email": f"P{who}@w{self.number}.example" if who < 3 else None,
                    "created_at": _epoch(self.start - DAY),
                    "last_sent_at": _epoch(day - (export % (who + 1)) * DAY),
                }
                self.made.add(f"delighted/people/{day:%Y-%m-%d}.ndjson", person)
                if chance.random() < 0.1:
                    bounce = {"person_id": person["id"], "bounced_at": person["last_sent_at"] + 2}
                    self.made.add(f"delighted/bounces/{day:%Y-%m-%d}.ndjson", bounce)
                if chance.random() < 0.5:
                    answer: Record = {
                        "id": f"{self.number}-{export}-{who}",
                        "person": person["id"],
                        "survey_type": "nps",
                        "score": chance.randrange(11),
                        "created_at": _epoch(day + chance.randrange(2 * 1440) * MINUTE),
                        "updated_at": None,
                        "test": chance.random() < 0.1,
                    }
                    for _ in range(chance.randrange(1, 4)):
                        seen = day + chance.randrange(3) * DAY
                        self.made.add(f"delighted/survey_responses/{seen:%Y-%m-%d}.ndjson", answer)
                        edited = answer["created_at"] + chance.choice((0, 86400))
                        answer = {**answer, "score": chance.randrange(11), "updated_at": chance.choice((None, edited))}

    def spans(self) -> None:
        """Records that speak of other days than their own, on days that nothing else touches: one that goes in the end, one that comes, one
        that stays while another touches a day of its; and errors whose verdict changes after their transactions."""
        number, start = self.number, self.start + 25 * DAY

        def put(folder: str, name: str, final: Record, before: Record | None = None, when: str = LAST) -> None:
            path = f"{folder}/{number}-{name}{when}.ndjson"
            self.made.add(path, final)
            if before is not None:
                self.made.before[path] = [json.dumps(before)]

        def bucket(service: str, day: int, hours: int) -> Record:
            at = start + day * DAY + 20 * timedelta(hours=1)
            said = {"service": f"{service}{number}", "bucket_start": _iso(at), "bucket_minutes": 60 * hours}
            return {**said, "requests": 1000 + hours, "errors": hours}

        put("generic/service_metrics", "goes", bucket("goes", 0, 1), bucket("goes", 0, 50))
        put("generic/service_metrics", "comes", bucket("comes", 5, 50))
        put("generic/service_metrics", "stays", bucket("stays", 10, 50), when=FIRST)
        put("generic/service_metrics", "beside", bucket("stays", 11, 1))

        def answer(service: str, day: int, hours: int) -> Record:
            began = _epoch(start + day * DAY)
            points = [[(began + hour * 3600) * 1000, float(day + hour + 1)] for hour in range(hours)]
            series = {"metric": "trace.http.request.hits", "tag_set": [f"service:{service}{number}"], "interval": 3600}
            window = {"from_date": began * 1000, "to_date": (began + hours * 3600) * 1000}
            return {
                "status": "ok",
                "query": f"{service}{number}",
                **window,
                "series": [{**series, "pointlist": points}],
            }

        def columns(service: str, day: int, hours: int) -> Record:
            began = _epoch(start + day * DAY)
            said = {
                "series": [{"group_tags": [f"service:{service}{number}"], "query_index": 0, "unit": None}],
                "times": [(began + hour * 3600) * 1000 for hour in range(hours)],
                "values": [[float(day + hour + 2) for hour in range(hours)]],
            }
            return {"data": {"id": "0", "type": "timeseries_response", "attributes": said}}

        put("datadog/metric_series", "goes", answer("web-goes", 15, 2), answer("web-goes", 15, 50))
        put("datadog/metric_series", "stays", answer("web-stays", 20, 72), when=FIRST)
        put("datadog/metric_series", "beside", answer("web-stays", 21, 3))
        hits = "datadog/metric_series/trace.http.request.hits"
        put(hits, "goes", columns("web-v2-goes", 25, 4), columns("web-v2-goes", 25, 50))
        put(hits, "stays", columns("web-v2-stays", 30, 72), when=FIRST)
        put(hits, "beside", columns("web-v2-stays", 31, 4))

        for which, (before, after) in enumerate(((None, True), (True, False))):
            at, trace = _epoch(start + (35 + which) * DAY), f"trace{number}-{which}"
            said = {"timestamp": at * 1000, "appName": f"shop{number}", "traceId": trace}
            put("newrelic/transaction", f"failed{which}", {**said, "duration": 0.1, "error": True}, when=FIRST)
            was = None if before is None else {**said, "error.expected": before}
            put("newrelic/transaction_error", f"judged{which}", {**said, "error.expected": after}, was)

    def operations(self) -> None:
        """Buckets in several answers, incidents and deployments in several versions, single events twice; all overlap."""
        chance = random.Random(f"operations of {self.number}")
        service, start = f"web{self.number}", _epoch(self.start)
        for pull in range(4):
            # Each answer reaches back over the one before it, says other figures, and its window cuts its last bucket.
            hours = range(6 * pull, 6 * pull + 14)
            series = [
                {
                    "metric": f"trace.http.request.{what}",
                    "scope": f"service:{service}",
                    "tag_set": [f"service:{service}"],
                    "interval": 3600,
                    "unit": None,
                    "pointlist": [
                        [(start + hour * 3600) * 1000, chance.choice((None, float(chance.randrange(900))))]
                        for hour in hours
                    ],
                }
                for what in ("hits", "errors")
            ]
            answer = {
                "status": "ok",
                "query": "q",
                "from_date": (start + hours[0] * 3600) * 1000,
                "to_date": (start + hours[-1] * 3600 + 1800) * 1000,
                "series": series,
            }
            name = chance.choice((f"{self.start + pull * DAY:%Y-%m-%d}", f"again-{self.number}"))
            self.made.add(f"datadog/metric_series/{name}.ndjson", answer)
        for which in range(3):
            began = self.start + which * 5 * timedelta(hours=1)
            for version in range(chance.randrange(1, 4)):
                seen = began + version * chance.randrange(2) * DAY + 10 * MINUTE
                incident = {
                    "type": "incidents",
                    "id": f"inc-{self.number}-{which}",
                    "attributes": {
                        "title": "Down",
                        "severity": f"SEV-{chance.randrange(1, 6)}",
                        "state": chance.choice(("active", "resolved")),
                        "created": _iso(began),
                        "modified": _iso(seen),
                        "detected": _iso(began),
                        "resolved": _iso(began + 8 * timedelta(hours=1)) if chance.random() < 0.5 else None,
                        "is_test": chance.random() < 0.2,
                        "fields": {"services": {"value": [service]}},
                    },
                }
                folder = chance.choice(("incidents", "incidents_search"))
                self.made.add(f"datadog/{folder}/{seen:%Y-%m-%d}.ndjson", incident)
            commit = f"{self.number}{which}c0ffee{which}c0ffee"
            for part in range(2):
                status = {
                    "id": f"{self.number}{which}{part}",
                    "state": ("success", "inactive")[part] if which else "failure",
                    "created_at": _iso(began + part * DAY),
                    "deployment_url": f"https://api.github.com/repos/a/b/deployments/{self.number}{which}",
                }
                self.made.add(f"github/deployment_statuses/{began + part * DAY:%Y-%m-%d}.ndjson", status)
            deployment = {
                "id": f"{self.number}{which}",
                "sha": commit,
                "ref": "main",
                "environment": "production",
                "created_at": _iso(began),
                "updated_at": _iso(began),
                "payload": {"service": service},
            }
            self.made.add(f"github/deployments/{began:%Y-%m-%d}.ndjson", deployment)
            marked = {
                "deploymentId": f"{self.number}{which}",
                "commit": commit[:12],
                "entity.name": service,
                "timestamp": (_epoch(began) + 60) * 1000,
            }
            self.made.add(f"newrelic/deployment/{began:%Y-%m-%d}.ndjson", marked)
            for event in ("Open", "Close")[: chance.randrange(1, 3)]:
                change = {
                    "event": event,
                    "incidentId": f"nr-{self.number}-{which}",
                    "priority": chance.choice(("critical", "warning")),
                    "entity.name": service,
                    "openTime": _epoch(began) * 1000,
                    "timestamp": (_epoch(began) + 3600 * (event == "Close")) * 1000,
                }
                self.made.add(f"newrelic/nrai_incident/{began:%Y-%m-%d}.ndjson", change)
        for index in range(30):
            at = start + chance.randrange(2 * 86400)
            row = {
                "timestamp": at * 1000,
                "appName": f"auth{self.number}",
                "duration": index / 10,
                "error": index % 5 == 0,
            }
            row["traceId"] = f"{self.number}-{index}"
            for _ in range(chance.randrange(1, 3)):
                self.made.add(f"newrelic/transaction/{self.number}-{chance.randrange(3)}.ndjson", row)
            if row["error"]:
                error = {
                    "timestamp": at * 1000,
                    "appName": "a",
                    "traceId": row["traceId"],
                    "error.expected": index % 2 == 0,
                }
                self.made.add(f"newrelic/transaction_error/{self.number}-{chance.randrange(3)}.ndjson", error)

    def services(self) -> None:
        for hour in range(DAYS * 6):
            bucket: Record = {
                "service": f"api{self.number}",
                "bucket_start": _iso(self.start + hour * 4 * timedelta(hours=1)),
                "bucket_minutes": 60,
                "requests": self.chance.randrange(10, 900),
                "errors": self.chance.randrange(9),
                "p95_ms": 200.5,
            }
            path = f"generic/service_metrics/{self.start + hour * timedelta(hours=4):%Y-%m-%d}"
            self.made.add(f"{path}.ndjson", bucket)
            if self.chance.random() < 0.15:
                self.made.add(f"{path}-restated.ndjson", {**bucket, "errors": self.chance.randrange(9)})
        for which in range(2):
            opened = self.start + which * DAY
            ticket: Record = {
                "ticket_id": f"t{self.number}-{which}",
                "created_at": _iso(opened),
                "status": "open",
                "account_id": f"acct-{self.number}-{which}",
                "user_id": f"u{self.number}-{which}",
                "priority": "normal",
            }
            self._versions("generic/tickets", ticket, opened, status=("solved", "open"), priority=("high", "low"))

    def support(self) -> None:
        """A ticket in each tool: versions whose clock moves or not, acts that come twice or late, parts within and apart."""
        chance, number = self.chance, self.number
        agent, customer = 5 + number * 10, 6 + number * 10
        for user, role in ((agent, "agent"), (customer, "end-user")):
            person: Record = {"id": user, "role": role, "email": f"z{user}@w{number}.example", "organization_id": 8}
            for day in range(2 if chance.random() < 0.3 else 1):
                changed = self.start + day * DAY
                record = {
                    **person,
                    "active": day == 0,
                    "updated_at": _iso(changed),
                    "external_id": f"u{number}-{user % 2}",
                }
                self.made.add(f"zendesk/users/{changed:%Y-%m-%d}.ndjson", record)
        hours = [{"start_time": day * 1440 + 540, "end_time": day * 1440 + 1020} for day in range(1, 6)]
        zone = chance.choice(("Eastern Time (US & Canada)", "Berlin", "Atlantis"))
        schedule: Record = {
            "id": 3,
            "name": "Office",
            "time_zone": zone,
            "intervals": hours,
            "updated_at": _iso(self.start),
        }
        self.made.add(f"zendesk/schedules/{self.start:%Y-%m-%d}.ndjson", schedule)
        ticket, parts = 100 + number, []
        at, state = self.start + 9 * timedelta(hours=1), "new"
        for act in range(chance.randrange(3, 7)):
            if act:
                at += chance.choice((40, 300, 1500)) * MINUTE
                state = chance.choice(("open", "pending", "solved", "hold"))
            who = customer if act % 2 == 0 else agent
            events: list[Record] = [
                {"id": ticket * 100 + act * 2, "type": "Comment", "public": chance.random() < 0.8, "body": "b"}
            ]
            change = {
                "id": ticket * 100 + act * 2 + 1,
                "type": "Change" if act else "Create",
                "field_name": "status",
                "value": state,
            }
            audit = {
                "id": ticket * 100 + act,
                "ticket_id": ticket,
                "created_at": _iso(at),
                "author_id": who,
                "events": [*events, change],
            }
            path = f"zendesk/ticket_audits/{at:%Y-%m-%d}"
            if chance.random() < 0.8:
                self.made.add(f"{path}.ndjson", audit)
            elif not self.calm:  # or it comes late, or is only listed as a comment
                self.made.add(f"{path}-late.ndjson", audit)
            if not self.calm and chance.random() < 0.3:
                self.made.add(f"{path}-page.ndjson", audit)
                comment = {**events[0], "ticket_id": ticket, "author_id": who, "created_at": _iso(at)}
                self.made.add(f"zendesk/ticket_comments/{at:%Y-%m-%d}.ndjson", comment)
            version: Record = {
                "id": ticket,
                "status": state if chance.random() < 0.9 else "deleted",
                "created_at": _iso(self.start + 9 * timedelta(hours=1)),
                "updated_at": _iso(at if chance.random() < 0.5 else self.start),
                "generated_timestamp": _epoch(at),
                "requester_id": customer,
                "organization_id": 8,
                "priority": chance.choice(("high", "low")),
            }
            self.made.add(f"zendesk/tickets/{at:%Y-%m-%d}.ndjson", version)
            kind = "comment" if act % 2 == 0 else chance.choice(("comment", "close", "snoozed", "note"))
            if act:
                author = {"type": "user" if act % 2 == 0 else "admin", "id": "x"}
                part = {
                    "id": str(ticket * 100 + act),
                    "part_type": kind,
                    "created_at": _epoch(at),
                    "author": author,
                    "body": "b",
                }
                parts.append({**part, "updated_at": _epoch(at) + chance.randrange(2)})
                if chance.random() < 0.5:
                    apart = {
                        **part,
                        "updated_at": _epoch(at),
                        "conversation_id": str(ticket),
                        "part_type": chance.choice((kind, "note")),
                    }
                    self.made.add(f"intercom/conversation_parts/{at:%Y-%m-%d}.ndjson", apart)
            conversation: Record = {
                "id": str(ticket),
                "state": {"close": "closed", "snoozed": "snoozed"}.get(kind, "open"),
                "created_at": _epoch(self.start + 9 * timedelta(hours=1)),
                "updated_at": _epoch(at if chance.random() < 0.5 else self.start),
                "source": {
                    "id": "1",
                    "type": "email",
                    "delivered_as": "customer_initiated",
                    "author": {"type": "user"},
                },
                "contacts": {"contacts": [{"id": f"c{number}"}]},
                "statistics": {"count_conversation_parts": act + chance.choice((0, 1, 2))},
            }
            if chance.random() < 0.5:
                conversation["conversation_parts"] = {"conversation_parts": list(parts)}
            self.made.add(f"intercom/conversations/{at:%Y-%m-%d}.ndjson", conversation)
        score = {"id": ticket, "ticket_id": ticket, "score": "offered", "updated_at": _iso(at)}
        self.made.add(f"zendesk/satisfaction_ratings/{at:%Y-%m-%d}.ndjson", score)
        if chance.random() < 0.6:
            rated = {
                **score,
                "score": chance.choice(("good", "bad")),
                "updated_at": _iso(at + chance.choice((0, 1)) * DAY),
            }
            self.made.add(f"zendesk/satisfaction_ratings/{at + DAY:%Y-%m-%d}.ndjson", rated)
        contact: Record = {
            "id": f"c{number}",
            "email": f"p0@w{number}.example",
            "role": "user",
            "updated_at": _epoch(self.start),
        }
        self._versions_of_contact(contact)

    def _versions_of_contact(self, contact: Record) -> None:
        for day in range(self.chance.randrange(1, 3)):
            record = {**contact, "external_id": self.chance.choice((None, f"u{self.number}-0"))}
            self.made.add(f"intercom/contacts/{self.start + day * DAY:%Y-%m-%d}.ndjson", record)

    def _versions(self, folder: str, record: Record, since: datetime, **changes: tuple[Any, ...]) -> None:
        """The first version and later ones, each in the file of its day; some twice, some with the same version clock."""
        updated = since
        for turn in range(self.chance.randrange(1, 4)):
            if turn:
                updated += self.chance.choice((0, 1, 2)) * DAY
                record = {**record, **{name: self.chance.choice(values) for name, values in changes.items()}}
            record = {**record, "updated_at": _iso(updated)}
            self.made.add(f"{folder}/{updated:%Y-%m-%d}.ndjson", record)
            if self.chance.random() < 0.2:
                self.made.add(f"{folder}/{updated + DAY:%Y-%m-%d}.ndjson", record)


def _copies_under_another_name(made: Company, chance: random.Random) -> None:
    for path in chance.sample(sorted(made.files), k=max(2, len(made.files) // 12)):
        if not path.startswith("mixpanel/engage"):  # a snapshot's name is its date
            name, point, ending = path.rpartition(".")
            made.files[f"{name}-copy{point}{ending}"] = list(made.files[path])


def _amplitude_id(number: int, who: int, is_user: bool) -> int:
    return 9_000_000 + number * 100 + who * 10 + is_user


def _repeat_in_the_end(made: Company, number: int) -> None:
    """Last of all one event comes again, said to have happened a week before, on a day that knows nothing else."""
    index = (40, 150)[number // 2 % 2]
    at = FIRST_DAY + number * timedelta(weeks=WEEKS_APART) + _steady(index)
    repeat: Record = {
        "event_id": f"s{number}-{index}",
        "occurred_at": _iso(at - 7 * DAY),
        "event_name": "seat_added",
        "user_id": f"u{number}-7",
        "received_at": _iso(at + 20 * MINUTE),
    }
    made.add(f"generic/events/{at:%Y-%m-%d}{LAST}{CALM}.ndjson", repeat)


def _alone_on_their_days(made: Company, number: int) -> None:
    """Weeks before anything else: a session that goes on over midnight with an event that comes last, a day on which one event
    stays while another, of a file that is replaced in the end, goes, and a day that loses its only file in a refresh that is cut
    off: after it no file says so any more, only the log of touched days."""
    start = FIRST_DAY + number * timedelta(weeks=WEEKS_APART)

    def event(name: str, at: datetime) -> Record:
        return {
            "event_id": f"{name}{number}",
            "occurred_at": _iso(at),
            "event_name": "seat_added",
            "user_id": f"u{number}-6",
            "received_at": _iso(at + MINUTE),
        }

    # It began longer before midnight than the timeout, so that its beginning is not near the day it goes on into.
    for before in (60, 35, 10):
        at = start - 20 * DAY - before * MINUTE
        made.add(f"generic/events/{number}{FIRST}{CALM}.ndjson", event(f"before-midnight-{before}", at))
    made.add(f"generic/events/{number}{LAST}{CALM}.ndjson", event("after-midnight", start - 20 * DAY + 10 * MINUTE))

    def page_view(name: str, at: datetime) -> Record:
        properties = {"time": _epoch(at), "distinct_id": f"m{number}-6", "$insert_id": f"{name}{number}"}
        return {"event": "Report Run", "properties": properties}

    made.add(f"mixpanel/export/{number}{FIRST}{CALM}.ndjson", page_view("stays", start - 30 * DAY))
    replaced = f"mixpanel/export/{number}{LAST}{CALM}.ndjson"
    made.add(replaced, page_view("comes", start - 20 * DAY))
    made.before[replaced] = [json.dumps(page_view("goes", start - 30 * DAY + MINUTE))]
    replaced = f"mixpanel/export/{number}{CUT_OFF}{CALM}.ndjson"
    made.add(replaced, page_view("moved", start - 50 * DAY))
    made.before[replaced] = [json.dumps(page_view("moved", start - 40 * DAY))]


def _steady(index: int) -> timedelta:
    """When the events of the two steady persons happen, from the world's start."""
    return timedelta(hours=10 if index < 92 else 76) + index * 28 * MINUTE


def _iso(at: datetime) -> str:
    return at.isoformat() + "Z"


def _epoch(at: datetime) -> int:
    return int(at.replace(tzinfo=UTC).timestamp())
