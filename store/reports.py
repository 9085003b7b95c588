"""What reports ask: rows and counts. Each costs what it shows, not what was ever there; the indices are for that."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from datetime import datetime

from sqlalchemy import ColumnElement, Connection, and_, func, select, true
from sqlalchemy.sql.elements import ColumnClause

from store.cases import case_of
from store.records import Case, StateType, Status
from store.schema import UtcTime, cases, entries, targets

_OPEN = tuple(status.value for status in Status if status.state is not StateType.DONE)
_IN_HAND = tuple(status.value for status in Status if status.state in (StateType.NEW, StateType.ACTIVE))
_WAITING = tuple(status.value for status in Status if status.state is StateType.PAUSED)


class Reports:
    """`queues`: only cases of these; none named: of all."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def of_owner(self, address: str) -> list[Case]:
        """The open cases of one owner."""
        return self._cases(cases.c.owner == address, cases.c.status.in_(_OPEN))

    def owned(self, queues: Collection[str]) -> list[Case]:
        return self._cases(cases.c.status.in_(_OPEN), cases.c.owner.is_not(None), _of(queues))

    def created(self, queues: Collection[str]) -> list[Case]:
        """Open cases that somebody of us stands for."""
        return self._cases(cases.c.status.in_(_OPEN), cases.c.creator.is_not(None), _of(queues))

    def untouched_since(self, before: datetime, queues: Collection[str]) -> list[tuple[Case, datetime]]:
        """Open cases that wait for nobody outside, in which nobody has written since then; and when somebody did."""
        written = (
            select(entries.c.at)
            .where(entries.c.case_number == cases.c.number, entries.c.automatic.is_(False))
            .order_by(entries.c.event.desc())
            .limit(1)
            .scalar_subquery()
        )
        last = func.coalesce(written, cases.c.created_at, type_=UtcTime)
        query = select(cases, last.label("last")).where(cases.c.status.in_(_IN_HAND), last < before, _of(queues))
        return [(case_of(row), row.last) for row in self._connection.execute(query.order_by(cases.c.number))]

    def open(self, queues: Collection[str]) -> list[Case]:
        return self._cases(cases.c.status.in_(_OPEN), _of(queues))

    def unowned(self, queues: Collection[str]) -> list[Case]:
        return self._cases(cases.c.status.in_(_OPEN), cases.c.owner.is_(None), _of(queues))

    def due(self, queues: Collection[str]) -> list[Case]:
        """Open cases with a due date, the next one first."""
        found = self._cases(cases.c.status.in_(_OPEN), cases.c.due_at.is_not(None), _of(queues))
        return sorted(found, key=lambda case: (str(case.due_at), case.number))

    def waiting(self, queues: Collection[str]) -> list[Case]:
        return self._cases(cases.c.status.in_(_WAITING), _of(queues))

    def violated(self, queues: Collection[str], now: datetime) -> list[Case]:
        """Open cases of which a target was missed: it was said, or its time is over and it was not met."""
        missed = (
            select(targets.c.case_number)
            .where(
                targets.c.case_number == cases.c.number,
                targets.c.violated_at.is_not(None) | (targets.c.met_at.is_(None) & (targets.c.due_at <= now)),
            )
            .exists()
        )
        return self._cases(cases.c.status.in_(_OPEN), missed, _of(queues))

    def opened_by_level(self, begin: datetime, end: datetime, queues: Collection[str]) -> Mapping[str, int]:
        return self._by_level(cases.c.created_at, begin, end, queues)

    def closed_by_level(self, begin: datetime, end: datetime, queues: Collection[str]) -> Mapping[str, int]:
        """At which level the cases stood that were closed in this time; merged ones and spam were not closed."""
        counted = cases.c.status.not_in((Status.MERGED.value, Status.SPAM.value))
        return self._by_level(cases.c.closed_at, begin, end, queues, counted)

    def targets_due(self, begin: datetime, end: datetime, queues: Collection[str]) -> dict[str, tuple[int, int]]:
        """Goal → how many were due in this time, and how many of these were kept."""
        kept = func.count().filter(
            targets.c.violated_at.is_(None), targets.c.met_at.is_not(None), targets.c.met_at <= targets.c.due_at
        )
        query = (
            select(targets.c.goal, func.count(), kept)
            .where(targets.c.due_at >= begin, targets.c.due_at < end)
            .group_by(targets.c.goal)
        )
        if queues:
            query = query.join(cases, cases.c.number == targets.c.case_number).where(_of(queues))
        return {goal: (due, met) for goal, due, met in self._connection.execute(query)}

    def _by_level(
        self,
        column: ColumnClause[datetime],
        begin: datetime,
        end: datetime,
        queues: Collection[str],
        *which: ColumnElement[bool],
    ) -> dict[str, int]:
        query = select(cases.c.level, func.count()).where(column >= begin, column < end, _of(queues), *which)
        return {level: count for level, count in self._connection.execute(query.group_by(cases.c.level))}

    def _cases(self, *which: ColumnElement[bool]) -> list[Case]:
        query = select(cases).where(and_(*which)).order_by(cases.c.number)
        return [case_of(row) for row in self._connection.execute(query)]


def _of(queues: Collection[str]) -> ColumnElement[bool]:
    return cases.c.queue.in_(sorted(queues)) if queues else true()
