"""Which letters of a batch may be routed at the same time, by one node in two transactions (PostgreSQL): while one
waits for the server, the other decides. SQLite has one writer.

Together, and in their order, stay letters of one domain, those that name one another or the same mail, and those
that may mean the same case. So what is counted of a sender or a domain counts every letter, and a case sees what came
to it as it came. Whatever else two of them share, the store's locks hold apart, as between two nodes.

All stay together where an agent writes, whose commands may touch any case, and where a queue deals out its cases by
who has how many.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence

from maild.desk.matching import references_newest_first
from maild.pipeline.ahead import Read
from maild.pipeline.office import Office
from maild.pipeline.staffing import with_staff
from parsers.message import ParsedMessage
from store.records import fold_address

_FEWEST = 8
"""Fewer letters are not worth a second transaction."""
_PARTS = 2
"""More than two gained nothing: Python decides one thing at a time."""


def parts_of(office: Office, read: Sequence[Read]) -> list[Sequence[Read]]:
    """The letters in parts that have nothing to do with each other, each in its order; one part where that is all."""
    if not office.store.is_shared or len(read) < _FEWEST:
        return [read]
    with office.store.read() as unit:
        desk = with_staff(office, unit).desk
        held = unit.cases.holding({one for _, message in read for one in _mails(message)})
    if any(queue.assign != "none" for queue in desk.queues) or any(desk.agent(one.sender.address) for _, one in read):
        return [read]
    return apart(read, held)


def apart(read: Sequence[Read], held: Mapping[str, int]) -> list[Sequence[Read]]:
    """`held`: Message-ID → the case that it is of."""
    above: dict[str, str] = {}

    def top(name: str) -> str:
        while (over := above.setdefault(name, name)) != name:
            name = over
        return name

    names = [list(_names(message, held)) for _, message in read]
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


def _names(message: ParsedMessage, held: Mapping[str, int]) -> Iterator[str]:
    """What a letter shares with others that must stay with it."""
    yield f"@{fold_address(message.sender.address).rpartition('@')[2]}"
    mails = _mails(message)
    yield from mails
    cases = {held[one] for one in mails if one in held} | {mark.case for mark in message.marks}
    if message.case_number is not None:
        cases.add(message.case_number)
    yield from (f"case {number}" for number in cases)
    yield f"digest {message.digest}"


def _mails(message: ParsedMessage) -> list[str]:
    """Its own Message-ID, and those that it names."""
    returned = message.bounce.original_message_id if message.bounce else None
    return [one for one in (message.message_id, returned, *references_newest_first(message)) if one]
