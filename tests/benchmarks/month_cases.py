"""The cases of the month: who writes what in which hour, drawn by seed. Nothing here knows what maild makes of it."""

from __future__ import annotations

import random
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from enum import StrEnum

BEGAN = datetime(2026, 3, 2, tzinfo=UTC)
"""A Monday; the clocks of New York are set on the 8th, those of Warsaw on the 29th."""
HOUR = timedelta(hours=1)
QUEUES = {"support": "Europe/Warsaw", "billing": "America/New_York"}
SEVERITIES = ("Medium", "Low", "High", "Immediate")
_OFTEN = (0.7, 0.15, 0.1, 0.05)


class Word(StrEnum):
    """What a letter says. The first three are a customer's or their machine's, the others an agent's."""

    WRITES = "Something else still does not work: what now?"
    THANKS = "Thanks!"
    AWAY = "I am out of the office"
    ANSWER = "/public\nPlease press the green button for a minute."
    RESOLVE = "/public\n/resolve\nIt is mended; please look."
    CLOSE = "/public\n/close\nThat is how it is meant to be."
    NOTE = "/note\nI have asked around."
    VENDOR = "/public\n/wait vendor\nWe have asked the carrier."
    HOLD = "/wait hold"
    SPAM = "/status spam"
    MERGE = "/merge"
    CALLED = "/called\nExplained it by phone."


CUSTOMERS = (Word.WRITES, Word.THANKS, Word.AWAY)
ANSWERS = (Word.ANSWER, Word.RESOLVE, Word.CLOSE, Word.VENDOR)


@dataclass(frozen=True, slots=True)
class Letter:
    hour: int
    word: Word
    until: datetime | None = None
    """The last day of an absence."""


@dataclass(slots=True)
class MadeCase:
    index: int
    hour: int
    """When its first mail comes."""
    queue: str
    severity: str
    kind: str
    fate: str
    letters: list[Letter] = field(default_factory=list)
    into: int = 0
    """The index of the case that it is merged into."""

    @property
    def address(self) -> str:
        return f"c{self.index}@customer.test"

    @property
    def subject(self) -> str:
        words = [f"Matter {self.index}"]
        words += [f"severity-{self.severity}"] if self.severity != "Medium" else []
        words += ["call-me"] if self.kind == "callback" else []
        return " ".join(words)


FATES = {
    "answered, then silent": 28,
    "answered, asks again": 15,
    "resolved, confirmed": 12,
    "resolved, then silent": 6,
    "waits for a vendor": 9,
    "closed at once": 6,
    "closed, opened again": 5,
    "spam": 3,
    "merged": 4,
    "out of office": 4,
    "out of office until": 3,
    "called": 3,
    "only a note": 1,
    "never touched": 1,
}


def month_of(count: int, hours: int, seed: int) -> list[MadeCase]:
    """The cases in the order in which they come; the first of each queue is put on hold, to be merged into."""
    chance = random.Random(seed)
    arrivals = sorted(chance.randrange(2, hours - 1) for _ in range(count - len(QUEUES)))
    made = [
        MadeCase(n, 0, queue, "Medium", "question", "put on hold", [Letter(1, Word.HOLD)])
        for n, queue in enumerate(QUEUES)
    ]
    for hour in arrivals:
        made.append(_case(chance, len(made), hour))
    return made


def _case(chance: random.Random, index: int, hour: int) -> MadeCase:
    fate = chance.choices(list(FATES), list(FATES.values()))[0]
    queue = chance.choice(list(QUEUES))
    severity = chance.choices(SEVERITIES, _OFTEN)[0]
    kind = "callback" if fate == "called" else "question"
    case = MadeCase(index, hour, queue, severity, kind, fate, into=list(QUEUES).index(queue))
    first = hour + 1 + min(int(chance.expovariate(1 / 12)), 80)
    case.letters = _letters(chance, fate, first)
    return case


def _letters(chance: random.Random, fate: str, first: int) -> list[Letter]:
    soon, later = first + chance.randint(2, 20), first + chance.randint(3, 60)
    match fate:
        case "answered, then silent":
            return [Letter(first, Word.ANSWER)]
        case "answered, asks again":
            again = later + chance.randint(1, 30)
            return [Letter(first, Word.ANSWER), Letter(later, Word.WRITES), Letter(again, Word.ANSWER)]
        case "resolved, confirmed":
            return [Letter(first, Word.RESOLVE), Letter(soon, Word.THANKS)]
        case "resolved, then silent":
            return [Letter(first, Word.RESOLVE)]
        case "waits for a vendor":
            notes = [Letter(later + 24, Word.NOTE)] if chance.random() < 0.6 else []
            asks = [Letter(later, Word.WRITES)] if chance.random() < 0.3 else []
            return [Letter(first, Word.VENDOR), *asks, *notes]
        case "closed at once":
            return [Letter(first, Word.CLOSE)]
        case "closed, opened again":
            return [Letter(first, Word.CLOSE), Letter(later, Word.WRITES), Letter(later + 20, Word.RESOLVE)]
        case "spam":
            return [Letter(first, Word.SPAM)]
        case "merged":
            return [Letter(first, Word.MERGE)]
        case "out of office":
            return [Letter(first, Word.ANSWER), Letter(soon, Word.AWAY)]
        case "out of office until":
            day = (BEGAN + soon * HOUR).replace(hour=0) + timedelta(days=chance.randint(1, 9))
            return [Letter(first, Word.ANSWER), Letter(soon, Word.AWAY, day)]
        case "called":
            return [Letter(first, Word.CALLED)]
        case "only a note":
            return [Letter(first, Word.NOTE)]
    return []
