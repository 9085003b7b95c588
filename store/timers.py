"""Timers: what is due when. A row waits (T1) or is gone (T2), together with its effects, in one commit."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Connection, bindparam, delete, false, func, not_, or_, select, tuple_, update

from store.engine import by_case, insert_or_set
from store.prepared import Prepared
from store.records import Timer
from store.schema import timers


class Timers:
    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def start(self, number: int, name: str, queue: str, due_at: datetime, now: datetime) -> None:
        """Arm a timer; one of the same name on the case is armed anew."""
        self.start_all(number, {name: due_at}, queue, now)

    def start_all(self, number: int, due: Mapping[str, datetime], queue: str, now: datetime) -> None:
        """Several of a case: name → when it is due."""
        if due:
            row = {"case_number": number, "queue": queue, "armed_at": now}
            rows = [{**row, "name": name, "due_at": due_at} for name, due_at in due.items()]
            _ARM.later(self._connection, rows, "case_number", "name")

    def move(self, number: int, queue: str) -> None:
        """A case's timers go with it into another queue."""
        self._connection.execute(update(timers).where(timers.c.case_number == number).values(queue=queue))

    def stop(self, number: int, name: str) -> bool:
        """Take a timer away. True when there was one."""
        return _STOP.on(self._connection, {"of": number, "named": name}).rowcount > 0

    def due_before(
        self,
        deadlines: Mapping[str, datetime],
        others: datetime | None,
        limit: int,
        *,
        held: Collection[str] = (),
        passed: datetime | None = None,
    ) -> list[Timer]:
        """Timers due by their queue's deadline (`others`: that of queues not named), the oldest first; without those
        of the names `held`, unless they were due when an admin let them pass.

        Costs what is due, not what waits.
        """
        query = select(timers).where(_is_due(deadlines, others), not_(_is_held(held, passed)))
        query = query.order_by(timers.c.due_at, timers.c.id).limit(limit)
        return [_timer(row) for row in self._connection.execute(query)]

    def count_due(
        self,
        deadlines: Mapping[str, datetime],
        others: datetime | None,
        names: Collection[str],
        passed: datetime | None,
    ) -> int:
        """How many of these names are due, without those that an admin let pass."""
        return self._count(_is_due(deadlines, others), _is_held(names, passed))

    def count_held(self, names: Collection[str], passed: datetime | None, now: datetime) -> int:
        """How many would act now if timers of these names were not held."""
        return self._count(timers.c.due_at <= now, _is_held(names, passed))

    def _count(self, *which: ColumnElement[bool]) -> int:
        return self._connection.execute(select(func.count()).select_from(timers).where(*which)).scalar_one()

    def listed(self, until: datetime | None = None) -> list[Timer]:
        """All that wait, or those due by then, the first to act first."""
        query = select(timers).order_by(timers.c.due_at, timers.c.id)
        if until is not None:
            query = query.where(timers.c.due_at <= until)
        return [_timer(row) for row in self._connection.execute(query)]

    def take(self, timer: Timer) -> bool:
        """Fire a timer: true for the one caller that takes it, as it was armed when it was read."""
        return timer.id in self.take_all([timer])

    def take_all(self, those: Collection[Timer]) -> set[int]:
        """The same for several at once: the ids of those that the caller has taken."""
        if not those:
            return set()
        values = {"ids": [timer.id for timer in those], "those": [(timer.id, timer.armed_at) for timer in those]}
        rows = _TAKE_ALL.on(self._connection, values)
        return {row.id for row in rows}

    def of_case(self, number: int) -> list[Timer]:
        """The first to act first."""
        return self.of_cases([number])[number]

    def of_cases(self, numbers: Collection[int]) -> dict[int, list[Timer]]:
        """Case → the same of each."""
        return by_case(numbers, _OF_CASES.on(self._connection, {"of": list(numbers)}), _timer)

    def next_due(self) -> datetime | None:
        """When the first is due, held or not; whatever waits, it is one look into an index."""
        found: datetime | None = _NEXT.on(self._connection).scalar()
        return found


_ARM = Prepared(
    insert_or_set(timers, (timers.c.case_number, timers.c.name), (timers.c.queue, timers.c.due_at, timers.c.armed_at))
)
_OF_CASES = Prepared(
    select(timers).where(timers.c.case_number.in_(bindparam("of", expanding=True))).order_by(timers.c.due_at)
)
_TAKE_ALL = Prepared(
    delete(timers)
    .where(
        timers.c.id.in_(bindparam("ids", expanding=True)),  # by these they are found; of pairs SQLite would try each
        tuple_(timers.c.id, timers.c.armed_at).in_(bindparam("those", expanding=True)),
    )
    .returning(timers.c.id)
)
_NEXT = Prepared(select(func.min(timers.c.due_at)))
_STOP = Prepared(delete(timers).where(timers.c.case_number == bindparam("of"), timers.c.name == bindparam("named")))


def _is_due(deadlines: Mapping[str, datetime], others: datetime | None) -> ColumnElement[bool]:
    due = [(timers.c.queue == queue) & (timers.c.due_at <= at) for queue, at in deadlines.items()]
    if others is not None:
        due.append(timers.c.queue.not_in(list(deadlines)) & (timers.c.due_at <= others))
    if not due:
        return false()
    # Said once for all of them, that it may be found by the index: with the queues alone every timer would be read.
    latest = max([*deadlines.values(), *([others] if others is not None else [])])
    return (timers.c.due_at <= latest) & or_(*due)


def _is_held(names: Collection[str], passed: datetime | None) -> ColumnElement[bool]:
    named = timers.c.name.in_(list(names))
    return named if passed is None else named & (timers.c.due_at > passed)


def _timer(row: Any) -> Timer:
    return Timer(
        id=row.id,
        case=row.case_number,
        name=row.name,
        queue=row.queue,
        due_at=row.due_at,
        armed_at=row.armed_at,
    )
