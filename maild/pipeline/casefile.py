"""Reads what is kept of a case beside its words, for one case or in as many statements for several."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime

from maild.apply import MOST_IDS
from maild.desk.clocks.clocks import History
from store import Unit
from store.records import Direction, Entry, Outgoing, Participant, Relation, RelationKind, Timer, Tracked

HELD = ("answer", "update", "vendor")
"""Mails that are held back for a while, so that they can be taken back."""


@dataclass(frozen=True, slots=True, kw_only=True)
class CaseFile:
    """As much of a case as every decision on it needs; those that were merged into it belong to it."""

    relations: tuple[Relation, ...]
    threads: tuple[int, ...]
    """Those that were merged into it."""
    participants: tuple[Participant, ...]
    timers: tuple[Timer, ...]
    last_public: Entry | None
    """What somebody outside wrote last."""
    held: tuple[Outgoing, ...]
    """Mails that can be taken back still."""
    history: History | None
    targets: tuple[Tracked, ...]
    """What was promised."""
    public_ids: tuple[str, ...] | None
    """Message-IDs of the newest public entries of the case itself, oldest of them first; None: nobody has looked."""

    @property
    def stands_alone(self) -> bool:
        """Whether nothing that is done to another case is done to this one."""
        return not self.relations


def case_files(
    unit: Unit,
    numbers: Collection[int],
    now: datetime,
    *,
    history: bool = True,
    targets: bool = True,
    ids: bool = False,
) -> dict[int, CaseFile]:
    """Case → its file, for each of these; without what need not be known, and with the `ids` of what was written if
    most of them will be written to."""
    if not numbers:
        return {}
    relations = unit.relations.of_cases(numbers)
    holders = [number for number, found in relations.items() if any(_merges_into(number, one) for one in found)]
    threads = unit.relations.threads(holders) if holders else {}
    whole = {number: (number, *threads.get(number, ())) for number in relations}
    every = [one for those in whole.values() for one in those]
    people = unit.cases.participants(every)
    timers = unit.timers.of_cases(whole)
    came = unit.entries.last_public_of([number for number in whole if number not in threads], Direction.IN)
    held: dict[int, list[Outgoing]] = {one: [] for one in every}
    for mail in unit.outbox.held(every, HELD, now):
        if mail.case is not None:
            held[mail.case].append(mail)
    happened = histories_of(unit, whole, now) if history else {}
    promised = unit.targets.of_cases(whole) if targets else {}
    known = unit.entries.public_ids_of(numbers, MOST_IDS) if ids else {}
    return {
        number: CaseFile(
            relations=tuple(relations[number]),
            threads=those[1:],
            participants=tuple(person for one in those for person in people[one]),
            timers=tuple(timers[number]),
            last_public=unit.entries.last_public(those, Direction.IN) if those[1:] else came.get(number),
            held=tuple(mail for one in those for mail in held[one]),
            history=happened.get(number),
            targets=tuple(promised.get(number, ())),
            public_ids=tuple(known[number]) if ids else None,
        )
        for number, those in whole.items()
    }


def histories_of(unit: Unit, numbers: Collection[int], now: datetime) -> dict[int, History]:
    """Case → what happened to it, for its clocks."""
    changes, deeds = unit.changes.of_cases(numbers), unit.entries.deeds_of(numbers)
    return {one: History(changes=tuple(changes[one]), deeds=tuple(deeds[one]), as_of=now) for one in numbers}


def history_of(unit: Unit, number: int, now: datetime) -> History:
    """What happened to a case, for its clocks."""
    return histories_of(unit, [number], now)[number]


def _merges_into(number: int, relation: Relation) -> bool:
    return relation.kind is RelationKind.MERGED and relation.target == number
