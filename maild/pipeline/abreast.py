"""Which letters of a batch may be routed at the same time, by one node in two transactions (PostgreSQL): while one
waits for the server, the other decides. SQLite has one writer.

Together, and in their order, stay letters of one domain, those that name one another or the same mail, and those
that may mean the same case. So what is counted of a sender or a domain counts every letter, and a case sees what came
to it as it came. Whatever else two of them share, as related cases or people of several addresses, the store's locks
hold apart, as between two nodes.

All stay together where an agent writes, whose commands may touch any case, where a queue deals out its cases by who
has how many, and where so many cases were opened that the next may be a flood from everywhere.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime
from typing import TypeVar

from maild.desk.floods import WINDOW
from maild.desk.matching import references_newest_first
from maild.desk.settings import Desk
from maild.pipeline.ahead import Read
from maild.pipeline.office import Office
from maild.pipeline.staffing import with_staff
from maild.pipeline.storable import storable
from parsers.message import ParsedMessage
from store import Unit
from store.records import NO_CASE, fold_address

Part = TypeVar("Part")
Done = TypeVar("Done")
_FEWEST = 8
"""Fewer letters are not worth a second transaction."""
_PARTS = 2
"""More than two gained nothing: Python decides one thing at a time."""


def side_by_side(work: Callable[[Part], Done], parts: Sequence[Part]) -> list[Done]:
    """What comes of each of these parts, worked on at the same time. What one raises is raised when all are done."""
    first, *others = parts
    if not others:
        return [work(first)]
    with ThreadPoolExecutor(len(others), "beside") as threads:
        beside = [threads.submit(work, part) for part in others]
        done = work(first)
    return [done, *(part.result() for part in beside)]


def parts_of(office: Office, read: Sequence[Read], now: datetime) -> list[Sequence[Read]]:
    """The letters in parts that have nothing to do with each other, each in its order; one part where that is all."""
    if not office.store.is_shared or len(read) < _FEWEST:
        return [read]
    read = [(letter, storable(message)) for letter, message in read]
    with office.store.read() as unit:
        desk = with_staff(office, unit).desk
        if any(queue.assign != "none" for queue in desk.queues) or _may_flood(unit, desk, len(read), now):
            return [read]
        if any(desk.agent(message.sender.address) for _, message in read):
            return [read]
        held = unit.cases.holding({one for _, message in read for one in _mails(message)})
        named = {number for _, message in read for number in _numbers(message, held)}
        return apart(read, held, unit.relations.survivors(named) if named else {})


def _may_flood(unit: Unit, desk: Desk, more: int, now: datetime) -> bool:
    """Whether so many more cases may make a flood of all that were opened, whoever wrote."""
    most = desk.policy.flood_in_all
    return most > 0 and unit.cases.opened_since({"@": (now - WINDOW, most)})[0] + more > most


def apart(read: Sequence[Read], held: Mapping[str, int], merged: Mapping[int, int]) -> list[Sequence[Read]]:
    """`held`: Message-ID → the case that it is of; `merged`: a merged case → the one in which it goes on."""
    above: dict[str, str] = {}

    def top(name: str) -> str:
        while (over := above.setdefault(name, name)) != name:
            name = over
        return name

    names = [list(_names(message, held, merged)) for _, message in read]
    for first, *others in names:
        for other in others:
            above[top(other)] = top(first)
    groups: dict[str, list[Read]] = defaultdict(list)
    for one, (first, *_) in zip(read, names, strict=True):
        groups[top(first)].append(one)
    parts: list[list[Read]] = [[] for _ in range(_PARTS)]
    for group in sorted(groups.values(), key=len, reverse=True):
        min(parts, key=len).extend(group)
    place = {letter.id: at for at, (letter, _) in enumerate(read)}
    return [sorted(part, key=lambda one: place[one[0].id]) for part in parts if part]


def _names(message: ParsedMessage, held: Mapping[str, int], merged: Mapping[int, int]) -> Iterator[str]:
    """What a letter shares with others that must stay with it."""
    yield f"@{fold_address(message.sender.address).rpartition('@')[2]}"
    yield from _mails(message)
    yield from (f"case {merged.get(number, number)}" for number in _numbers(message, held))
    yield f"digest {message.digest}"


def _numbers(message: ParsedMessage, held: Mapping[str, int]) -> set[int]:
    """The cases that it may mean, as it names them."""
    found = {held[one] for one in _mails(message) if one in held} | {mark.case for mark in message.marks}
    if message.case_number is not None:
        found.add(message.case_number)
    return {number for number in found if number < NO_CASE}


def _mails(message: ParsedMessage) -> list[str]:
    """Its own Message-ID, and those that it names."""
    returned = message.bounce.original_message_id if message.bounce else None
    return [one for one in (message.message_id, returned, *references_newest_first(message)) if one]
