"""Entries: the timeline of each case."""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime
from typing import Any

from sqlalchemy import BindParameter, Connection, bindparam, func, insert, or_, select, tuple_, update

from store.ahead import Ahead
from store.engine import by_case
from store.prepared import Prepared
from store.records import Deed, Direction, Entry, fold_address
from store.schema import cases, entries

_BEGINNING = 300


class Entries:
    def __init__(self, connection: Connection) -> None:
        self._connection = connection
        self.ahead = Ahead(connection, entries.c.id)

    def add(self, entry: Entry) -> int:
        """One more line of a case's timeline; its id (the one in `entry` does not count)."""
        row = {
            "case_number": entry.case,
            "event": entry.event,
            "direction": entry.direction.value,
            "public": entry.public,
            "automatic": entry.automatic,
            "sender": entry.sender,
            "sender_name": entry.sender_name,
            "recipients": list(entry.to),
            "message_id": entry.message_id,
            "at": entry.at,
            "text": entry.text,
            "letter_id": entry.letter,
            "rca": entry.finding_of,
        }
        return self.ahead.put(row) or int(_ADD.on(self._connection, row).scalar_one())

    def become(self, entry_id: int, entry: Entry) -> None:
        """A draft is this answer from now on, and stays what its own letter became."""
        row = {
            "case_number": entry.case,
            "event": entry.event,
            "direction": entry.direction.value,
            "public": entry.public,
            "recipients": list(entry.to),
            "message_id": entry.message_id,
            "at": entry.at,
            "text": entry.text,
        }
        self._connection.execute(update(entries).where(entries.c.id == entry_id).values(**row))

    def make_notes(self, ids: Collection[int]) -> None:
        """Answers that were taken back, or never sent, are internal from now on."""
        values = {"direction": Direction.NOTE.value, "public": False}
        self._connection.execute(update(entries).where(entries.c.id.in_(ids)).values(**values))

    def move(self, entry_id: int, number: int, event: int) -> None:
        """An entry is this event of another case from now on."""
        self._connection.execute(
            update(entries).where(entries.c.id == entry_id).values(case_number=number, event=event)
        )

    def of_case(self, number: int) -> list[Entry]:
        query = select(entries).where(entries.c.case_number == number).order_by(entries.c.event)
        return [_entry(row) for row in self._connection.execute(query)]

    def of_cases(self, numbers: Collection[int]) -> list[Entry]:
        """The timelines of several cases as one."""
        query = select(entries).where(entries.c.case_number.in_(numbers)).order_by(entries.c.at, entries.c.id)
        return [_entry(row) for row in self._connection.execute(query)]

    def copied(self, numbers: Collection[int]) -> frozenset[str]:
        """Whom the requesters of these cases have written to beside us, folded."""
        theirs = entries.c.case_number == cases.c.number, entries.c.sender == cases.c.requester
        query = select(entries.c.recipients).join(cases, theirs[0]).where(cases.c.number.in_(numbers), theirs[1])
        people = self._connection.execute(query.where(entries.c.direction == Direction.IN.value))
        return frozenset(fold_address(address) for (recipients,) in people for address in recipients)

    def deeds(self, number: int) -> list[Deed]:
        """What was said on a case when, without the words, oldest first. Who holds an answer has said nothing yet."""
        return self.deeds_of([number])[number]

    def deeds_of(self, numbers: Collection[int]) -> dict[int, list[Deed]]:
        """Case → the same of each."""
        return by_case(numbers, _DEEDS.on(self._connection, {"of": list(numbers)}), _deed)

    def findings(self, numbers: Collection[int]) -> list[Entry]:
        """What was found of the cause of these cases, the oldest first."""
        query = select(entries).where(entries.c.case_number.in_(numbers), entries.c.rca.is_not(None))
        return [_entry(row) for row in self._connection.execute(query.order_by(entries.c.at, entries.c.id))]

    def get(self, entry_id: int) -> Entry | None:
        row = self._connection.execute(select(entries).where(entries.c.id == entry_id)).first()
        return _entry(row) if row else None

    def last_public(self, numbers: Collection[int], direction: Direction) -> Entry | None:
        """The newest public entry of this direction that a person wrote in these cases."""
        newest = _LAST_PUBLIC if len(numbers) == 1 else _LAST_PUBLIC_OF_MANY
        row = newest.on(self._connection, {"of": list(numbers), "way": direction.value}).first()
        return _entry(row) if row else None

    def last_public_of(self, numbers: Collection[int], direction: Direction) -> dict[int, Entry]:
        """Case → the same of each, where there is one."""
        if len(numbers) == 1:  # not all of them are looked at, then
            one = self.last_public(numbers, direction)
            return {} if one is None else {one.case: one}
        rows = _LAST_PUBLIC_OF_EACH.on(self._connection, {"of": list(numbers), "way": direction.value})
        return {row.case_number: _entry(row) for row in rows}

    def newest(self, numbers: Collection[int], limit: int) -> list[Entry]:
        """The newest entries of these cases, the newest first, of each only how its text begins."""
        newest = _NEWEST if len(numbers) == 1 else _NEWEST_OF_MANY
        rows = newest.on(self._connection, {"of": list(numbers), "most": limit})
        return [_entry(row) for row in rows]

    def first_of(self, numbers: Collection[int]) -> list[Entry]:
        """The mails that opened these cases, the newest first."""
        query = select(entries).where(
            entries.c.case_number.in_(numbers), entries.c.event == 1, entries.c.direction == Direction.IN.value
        )
        return [_entry(row) for row in self._connection.execute(query.order_by(entries.c.case_number.desc()))]

    def came(self, numbers: Collection[int], since: datetime) -> list[Entry]:
        """The mails that came to these cases since then."""
        query = select(entries).where(
            entries.c.case_number.in_(numbers), entries.c.direction == Direction.IN.value, entries.c.at >= since
        )
        return [_entry(row) for row in self._connection.execute(query.order_by(entries.c.at, entries.c.id))]

    def since(self, numbers: Collection[int], at: datetime | None) -> list[Entry]:
        """What stands in the timelines of these cases since then (None: nothing does), and all their drafts, oldest
        first."""
        wanted = entries.c.direction == Direction.DRAFT.value
        if at is not None:
            wanted = or_(wanted, entries.c.at >= at)
        query = select(entries).where(entries.c.case_number.in_(numbers), wanted)
        return [_entry(row) for row in self._connection.execute(query.order_by(entries.c.at, entries.c.event))]

    def recent(self, numbers: Collection[int], limit: int) -> list[Entry]:
        """The last entries of these cases that people wrote, the newest first, whole."""
        query = select(entries).where(entries.c.case_number.in_(numbers), entries.c.automatic.is_(False))
        newest = query.order_by(entries.c.at.desc(), entries.c.id.desc()).limit(limit)
        return [_entry(row) for row in self._connection.execute(newest)]

    def public_ids(self, number: int, limit: int) -> list[str]:
        """Message-IDs of the newest public entries, oldest of them first: what References is built from."""
        return self.public_ids_of([number], limit)[number]

    def public_ids_of(self, numbers: Collection[int], limit: int) -> dict[int, list[str]]:
        """Case → the same of each."""
        found: dict[int, list[str]] = {number: [] for number in numbers}
        newest = _PUBLIC_IDS if len(found) == 1 else _PUBLIC_IDS_OF_EACH  # the first looks at no more than it shows
        for number, message_id in newest.on(self._connection, {"of": list(found), "most": limit}):
            found[number].insert(0, message_id)
        return found


_ADD = Prepared(insert(entries).returning(entries.c.id))
_OF: BindParameter[Any] = bindparam("of", expanding=True)
_BEGINNINGS = (
    select(
        *(column for column in entries.c if column is not entries.c.text),
        func.substr(entries.c.text, 1, _BEGINNING).label("text"),
    )
    .where(entries.c.case_number.in_(_OF))
    .limit(bindparam("most"))
)
_NEWEST = Prepared(_BEGINNINGS.order_by(entries.c.event.desc()))
_NEWEST_OF_MANY = Prepared(_BEGINNINGS.order_by(entries.c.at.desc(), entries.c.id.desc()))
_DEEDS = Prepared(
    select(entries.c.case_number, entries.c.at, entries.c.direction, entries.c.public, entries.c.automatic)
    .where(entries.c.case_number.in_(_OF), entries.c.direction != Direction.DRAFT.value)
    .order_by(entries.c.event)
)
_IS_PUBLIC_OF_PEOPLE = (
    entries.c.case_number.in_(_OF),
    entries.c.direction == bindparam("way"),
    entries.c.public.is_(True),
    entries.c.automatic.is_(False),
)
_PUBLIC_OF_PEOPLE = select(entries).where(*_IS_PUBLIC_OF_PEOPLE)
_newest = select(entries.c.case_number, func.max(entries.c.event)).where(*_IS_PUBLIC_OF_PEOPLE)
_LAST_PUBLIC_OF_EACH = Prepared(
    select(entries).where(tuple_(entries.c.case_number, entries.c.event).in_(_newest.group_by(entries.c.case_number)))
)
_LAST_PUBLIC = Prepared(_PUBLIC_OF_PEOPLE.order_by(entries.c.event.desc()).limit(1))
_LAST_PUBLIC_OF_MANY = Prepared(_PUBLIC_OF_PEOPLE.order_by(entries.c.at.desc(), entries.c.id.desc()).limit(1))
_with_ids = select(entries.c.case_number, entries.c.message_id).where(
    entries.c.case_number.in_(_OF), entries.c.public.is_(True), entries.c.message_id.is_not(None)
)
_PUBLIC_IDS = Prepared(_with_ids.order_by(entries.c.event.desc()).limit(bindparam("most")))
_from_the_end = func.row_number().over(partition_by=entries.c.case_number, order_by=entries.c.event.desc())
_ranked = _with_ids.add_columns(_from_the_end.label("from_the_end")).subquery()
_PUBLIC_IDS_OF_EACH = Prepared(
    select(_ranked.c.case_number, _ranked.c.message_id)
    .where(_ranked.c.from_the_end <= bindparam("most"))
    .order_by(_ranked.c.from_the_end)
)


def _deed(row: Any) -> Deed:
    return Deed(at=row.at, direction=Direction(row.direction), public=row.public, automatic=row.automatic)


def _entry(row: Any) -> Entry:
    return Entry(
        id=row.id,
        case=row.case_number,
        event=row.event,
        direction=Direction(row.direction),
        public=row.public,
        automatic=row.automatic,
        sender=row.sender,
        sender_name=row.sender_name,
        to=tuple(row.recipients),
        message_id=row.message_id,
        at=row.at,
        text=row.text,
        letter=row.letter_id,
        finding_of=row.rca,
    )
