"""The way to a final folder: which files come when, in which state, and how each build ends."""

from __future__ import annotations

import random
from dataclasses import dataclass, field

from replay.company import CALM, CUT_OFF, FIRST, LAST, Company

PUBLISHED, REFUSED, KILLED, ONLY_RAW = "published", "refused", "killed", "only raw"


@dataclass
class Stop:
    """One refresh. `delivered` are the contents that files take before it; `touched` get another modification time only.

    `outcome`: published, refused (built, and then not published), killed (some models were not reached) or only raw (nothing
    above the logs of events was). After it, perhaps, `again`: the same refresh once more, with nothing new. `as_of_back` moves the last day that many days back for this build;
    `computed_again` asks for three weeks once more, from that many days after the first one; `only_event_side` builds the incremental models alone.
    """

    delivered: dict[str, bytes] = field(default_factory=dict)
    touched: list[str] = field(default_factory=list)
    outcome: str = PUBLISHED
    again: bool = False
    as_of_back: int | None = None
    computed_again: int | None = None
    only_event_side: bool = False


def journey(made: Company, chance: random.Random, stops: int) -> list[Stop]:
    """Every file ends as the company has it; no order of time in how they come. The last stop is a refresh like any other."""
    way = [Stop() for _ in range(stops)]
    paths = sorted(path for path in made.files if not any(name in path for name in (FIRST, LAST, CUT_OFF)))
    chance.shuffle(paths)
    for path in paths:
        final = _bytes(made.files[path])
        at = 0 if chance.random() < 0.4 else chance.randrange(1, stops)  # a first load, then what is new
        if at and chance.random() < 0.3:
            # Something else stands there first, once or twice, and is replaced in place.
            for earlier in sorted(chance.sample(range(at), k=min(at, chance.choice((1, 1, 2))))):
                way[earlier].delivered[path] = _unfinished(made, path, chance)
        way[at].delivered[path] = final
        if at < stops - 1 and chance.random() < 0.15:
            way[chance.randrange(at + 1, stops)].touched.append(path)
    way[0].delivered |= {path: _bytes(lines) for path, lines in made.before.items()}
    way[0].delivered |= {path: _bytes(lines) for path, lines in made.files.items() if FIRST in path}
    way[-1].delivered |= {path: _bytes(lines) for path, lines in made.files.items() if LAST in path}
    for stop in way[:-1]:
        stop.outcome = chance.choice((PUBLISHED, PUBLISHED, REFUSED, KILLED))
        stop.again = chance.random() < 0.2
        stop.as_of_back = chance.choice((None, None, None, 3, 90))
        stop.computed_again = chance.choice((None, None, None, 0, 70))
    if chance.random() < 0.85:
        way[0].outcome = PUBLISHED  # before the first release every build takes everything, which proves little
    cut_off = {path: _bytes(lines) for path, lines in made.files.items() if CUT_OFF in path}
    if cut_off:
        way.insert(-1, Stop(delivered=cut_off, outcome=ONLY_RAW))
    return way


def _unfinished(made: Company, path: str, chance: random.Random) -> bytes:
    """Another state of the file: cut short, in another order, with records of other files in it, or altogether theirs."""
    lines = list(made.files[path])
    folder = path.rsplit("/", 1)[0]
    others = [
        line for other in sorted(made.files) if other.startswith(folder) and other != path for line in made.files[other]
    ]
    match chance.choice(("cut", "other order") if CALM in path else ("cut", "cut", "other order", "more", "theirs")):
        case "cut":
            return _bytes(lines)[: chance.randrange(len(_bytes(lines)))]
        case "other order":
            chance.shuffle(lines)
        case "more":
            lines += chance.sample(others, k=min(len(others), 20))
            chance.shuffle(lines)
        case "theirs":
            lines = chance.sample(others, k=min(len(others), len(lines)))
    return _bytes(lines)


def _bytes(lines: list[str]) -> bytes:
    return "".join(f"{line}\n" for line in lines).encode()
