"""Cases and the people outside who take part in them."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from datetime import datetime
from functools import cache
from typing import Any

from sqlalchemy import (
    BindParameter,
    ColumnElement,
    Connection,
    bindparam,
    delete,
    func,
    insert,
    or_,
    select,
    union,
    update,
)

from store.engine import Database, by_case, insert_if_absent
from store.locks import Locks
from store.prepared import Prepared, write_all
from store.records import ENDED, Case, Participant, StateType, Status, fold_address
from store.schema import cases, entries, outbox, participants

_LEAP = 1000
"""How many numbers are left out, of cases and of each case's events, when an older copy is put to work."""


class Cases:
    def __init__(self, connection: Connection, database: Database, locks: Locks) -> None:
        self._connection = connection
        self._database = database
        self._locks = locks
        self._set: dict[int, tuple[str, ...]] = {}
        """Case → what of it was set last, and may not be written yet."""

    def open(self, **columns: object) -> int:
        """A new case; its number."""
        return int(_OPEN.on(self._connection, columns).scalar_one())

    def get(self, number: int) -> Case | None:
        row = _ONE.on(self._connection, {"of": number}).first()
        return case_of(row) if row else None

    def get_many(self, numbers: Collection[int]) -> dict[int, Case]:
        if not numbers:
            return {}
        rows = _SOME.on(self._connection, {"of": list(numbers)})
        return {row.number: case_of(row) for row in rows}

    def unfinished_of(self, requester: str, since: datetime, limit: int) -> list[Case]:
        """A requester's cases opened since then that are not done, the newest first."""
        values = {"of": fold_address(requester), "since": since, "most": limit}
        return [case_of(row) for row in _UNFINISHED.on(self._connection, values)]

    def continuing(self, number: int, requester: str) -> Case | None:
        """The newest case in which this requester goes on with that one."""
        theirs = (cases.c.requester == fold_address(requester), cases.c.continuation_of == number)
        row = self._connection.execute(select(cases).where(*theirs).order_by(cases.c.number.desc()).limit(1)).first()
        return case_of(row) if row else None

    def current_of(
        self, requesters: Collection[str], domains: Collection[str], since: datetime, limit: int
    ) -> list[Case]:
        """The cases of these people, and of all who write from these domains or below them, the newest first: those
        that are not over, were closed since then, or go on in others. No spam."""
        theirs: list[ColumnElement[bool]] = [cases.c.requester.in_([fold_address(one) for one in requesters])]
        for domain in domains:
            theirs += [cases.c.requester.endswith(f"{mark}{domain}", autoescape=True) for mark in ("@", ".")]
        closed = cases.c.status.in_([Status.CLOSED.value, Status.NO_RESPONSE.value]) & (cases.c.closed_at >= since)
        still = cases.c.status.in_([status.value for status in Status if status not in ENDED])
        query = select(cases).where(or_(*theirs), or_(still, closed, cases.c.status == Status.MERGED.value))
        return [case_of(row) for row in self._connection.execute(query.order_by(cases.c.number.desc()).limit(limit))]

    def opened_since(self, times: Mapping[str, tuple[datetime, int]]) -> list[int]:
        """How many cases each of these sources (an address, `@` and a domain, or `@`) opened since its time, of those
        that are counted for floods; none is counted further than its number."""
        values: dict[str, object] = {}
        for number, (source, (since, most)) in enumerate(times.items()):
            values |= {f"source_{number}": source.removeprefix("@"), f"since_{number}": since, f"most_{number}": most}
        return list(_opened_since(*map(_kind, times)).on(self._connection, values).one()) if times else []

    def opened_by(self, requester: str, since: datetime, limit: int) -> list[int]:
        """The numbers of a requester's newest cases, opened since then."""
        query = select(cases.c.number).where(
            cases.c.requester == fold_address(requester), cases.c.created_at >= since
        )
        return list(self._connection.execute(query.order_by(cases.c.number.desc()).limit(limit)).scalars())

    def lock(self, number: int, *, wait: bool = True) -> Case | None:
        """The case as it is now, held against other writers until the end of the transaction.

        Raises Busy when another has it, and this transaction holds something already or does not want to `wait`.
        """
        row = self._locks.row(_ONE, {"of": number}, wait=wait)
        return case_of(row) if row else None

    def lock_free(self, numbers: Collection[int]) -> dict[int, Case]:
        """The same for several at once, without those that another has."""
        if not numbers:
            return {}
        return {row.number: case_of(row) for row in self._locks.free_rows(_SOME, {"of": list(numbers)})}

    def set(self, number: int, **columns: object) -> None:
        names = tuple(columns)
        if self._set.setdefault(number, names) != names:  # what was set before is not to be set after
            write_all(self._connection)
            self._set[number] = names
        _set(names).later(self._connection, [{"number": number, **columns}], "number")

    def open_of(self, requester: str) -> int:
        """How many cases of this requester are not done."""
        done = [status.value for status in Status if status.state is StateType.DONE]
        query = select(func.count()).select_from(cases)
        query = query.where(cases.c.requester == fold_address(requester), cases.c.status.not_in(done))
        return self._connection.execute(query).scalar_one()

    def next_event(self, number: int, now: datetime) -> int:
        """The number of the case's next event. Numbers only grow, so that an answer can be told to be stale."""
        query = update(cases).where(cases.c.number == number).values(events=cases.c.events + 1, updated_at=now)
        return int(self._connection.execute(query.returning(cases.c.events)).scalar_one())

    def leap(self) -> None:
        """Leave out numbers that may have been given since this store was copied: neither a case nor a mail of
        tomorrow may bear the mark of one that the copy does not know."""
        highest = self._connection.execute(select(func.max(cases.c.number))).scalar() or 0
        self._database.skip_numbers(self._connection, cases.c.number, max(_LEAP, highest // 10))
        self._connection.execute(update(cases).values(events=cases.c.events + _LEAP))

    def listed(self, states: Collection[Status] | None = None, queue: str | None = None) -> Iterable[Case]:
        """All cases, or those in these statuses or this queue, by number."""
        query = select(cases).order_by(cases.c.number)
        if states is not None:
            query = query.where(cases.c.status.in_([status.value for status in states]))
        if queue is not None:
            query = query.where(cases.c.queue == queue)
        for row in self._connection.execute(query.execution_options(yield_per=500)):
            yield case_of(row)

    def count_by_status(self) -> dict[str, int]:
        query = select(cases.c.status, func.count()).group_by(cases.c.status)
        return {status: n for status, n in self._connection.execute(query)}

    def count_unclosed(self) -> int:
        """Cases that a timer may still close; resolved ones are among them."""
        ended = [status.value for status in ENDED]
        return self._connection.execute(
            select(func.count()).select_from(cases).where(cases.c.status.not_in(ended))
        ).scalar_one()

    def queues_in_use(self) -> dict[str, int]:
        """Queue → how many of its cases are not closed."""
        ended = [status.value for status in ENDED]
        query = select(cases.c.queue, func.count()).where(cases.c.status.not_in(ended)).group_by(cases.c.queue)
        return {queue: n for queue, n in self._connection.execute(query)}

    def holding(self, message_ids: Collection[str]) -> dict[str, int]:
        """Message-ID → case, for those of these ids that name an entry or a mail of ours."""
        if not message_ids:
            return {}
        rows = _HOLDING.on(self._connection, {"ids": list(message_ids)})
        return {message_id: number for message_id, number in rows}

    # participants

    def participants(self, numbers: Collection[int]) -> dict[int, tuple[Participant, ...]]:
        """Case → who takes part, the requester first."""
        rows = _PEOPLE.on(self._connection, {"of": list(numbers)}) if numbers else ()
        return {number: tuple(people) for number, people in by_case(numbers, rows, _participant).items()}

    def of_participant(self, address: str) -> list[int]:
        """The numbers of all cases that somebody takes part in."""
        query = select(participants.c.case_number).where(participants.c.address == fold_address(address))
        return list(self._connection.execute(query.order_by(participants.c.case_number)).scalars())

    def add_participant(self, number: int, address: str, name: str, role: str) -> Participant:
        """Let an address take part; one that does already is left as it is."""
        person = Participant(case=number, address=fold_address(address), name=name, role=role)
        row = {"case_number": number, "address": person.address, "name": name, "role": role}
        _ADD_PERSON.later(self._connection, [row])
        return person

    def remove_participant(self, number: int, address: str) -> None:
        which = (participants.c.case_number == number, participants.c.address == fold_address(address))
        self._connection.execute(delete(participants).where(*which))

    def set_undeliverable(self, numbers: Collection[int], address: str, undeliverable: bool) -> None:
        self._connection.execute(
            update(participants)
            .where(participants.c.case_number.in_(numbers), participants.c.address == fold_address(address))
            .values(undeliverable=undeliverable)
        )

    def set_held(self, numbers: Collection[int], address: str, held: bool) -> None:
        which = (participants.c.case_number.in_(numbers), participants.c.address == fold_address(address))
        self._connection.execute(update(participants).where(*which).values(held=held))


_OPEN = Prepared(insert(cases).returning(cases.c.number))
_ONE = Prepared(select(cases).where(cases.c.number == bindparam("of")))
_SOME = Prepared(select(cases).where(cases.c.number.in_(bindparam("of", expanding=True))))
_IDS: BindParameter[Any] = bindparam("ids", expanding=True)
_HOLDING = Prepared(
    union(
        select(entries.c.message_id, entries.c.case_number).where(entries.c.message_id.in_(_IDS)),
        select(outbox.c.message_id, outbox.c.case_number).where(
            outbox.c.message_id.in_(_IDS), outbox.c.case_number.is_not(None)
        ),
    )
)
_UNFINISHED = Prepared(
    select(cases)
    .where(
        cases.c.requester == bindparam("of"),
        cases.c.created_at >= bindparam("since"),
        cases.c.status.not_in([status.value for status in Status if status.state is StateType.DONE]),
    )
    .order_by(cases.c.number.desc())
    .limit(bindparam("most"))
)
_PEOPLE = Prepared(
    select(participants)
    .where(participants.c.case_number.in_(bindparam("of", expanding=True)))
    .order_by(participants.c.role.desc())
)
_ADD_PERSON = Prepared(insert_if_absent(participants, participants.c.case_number, participants.c.address))


@cache
def _set(_columns: tuple[str, ...]) -> Prepared:
    """One for all that set the same columns."""
    return Prepared(update(cases))


def _kind(source: str) -> str | None:
    """The column that says whether a case is of this source; None for the source of all."""
    return "requester" if not source.startswith("@") else "domain" if source != "@" else None


@cache
def _opened_since(*kinds: str | None) -> Prepared:
    counts = []
    for number, kind in enumerate(kinds):
        some = select(cases.c.created_at).where(
            cases.c.created_at > bindparam(f"since_{number}"),
            cases.c.domain.is_not(None),
            *([] if kind is None else [cases.c[kind] == bindparam(f"source_{number}")]),
        )
        some = some.limit(bindparam(f"most_{number}"))
        counts.append(select(func.count()).select_from(some.subquery()).scalar_subquery())
    return Prepared(select(*counts))


def case_of(row: Any) -> Case:
    """A row of the table as a case."""
    return Case(
        number=row.number,
        queue=row.queue,
        subject=row.subject,
        status=Status(row.status),
        severity=row.severity,
        kind=row.kind,
        level=row.level,
        owner=row.owner,
        requester=row.requester,
        requester_name=row.requester_name,
        creator=row.creator,
        language=row.language,
        created_at=row.created_at,
        updated_at=row.updated_at,
        closed_at=row.closed_at,
        due_at=row.due_at,
        domain=row.domain,
        events=row.events,
        root_message_id=row.root_message_id,
        continuation_of=row.continuation_of,
        linked_to=row.linked_to,
        tags=tuple(row.tags.split()),
    )


def _participant(row: Any) -> Participant:
    return Participant(
        case=row.case_number,
        address=row.address,
        name=row.name,
        role=row.role,
        undeliverable=row.undeliverable,
        held=row.held,
    )
