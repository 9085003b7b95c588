"""Agents: what was said of them since the configuration was written, and how much work each has."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, func, insert, literal, select, union_all, update

from store.people import AgentRow, Load
from store.prepared import Prepared
from store.records import StateType, Status, fold_address
from store.schema import agents, cases

_AT_ONCE = 100
"""So many agents are asked about in one query."""
_OPEN = tuple(status.value for status in Status if status.state is not StateType.DONE)


class Agents:
    def __init__(self, connection: Connection) -> None:
        self._connection = connection
        self._listed: list[AgentRow] | None = None

    def listed(self) -> list[AgentRow]:
        """All of whom something was said, as of this transaction, by address."""
        if self._listed is None:
            self._listed = [_row(row) for row in _ALL.on(self._connection)]
        return self._listed

    def get(self, address: str) -> AgentRow | None:
        row = self._connection.execute(select(agents).where(agents.c.address == fold_address(address))).first()
        return _row(row) if row else None

    def put(self, address: str, now: datetime, **columns: object) -> None:
        """Say these things of an agent; what was said of them before and is not named stays."""
        self._listed = None
        key = fold_address(address)
        values = {"changed_at": now, **columns}
        said = update(agents).where(agents.c.address == key).values(**values)
        if self._connection.execute(said).rowcount == 0:
            self._connection.execute(insert(agents).values(address=key, **values))

    def loads(self, addresses: Sequence[str], kind: str, queue: str, since: datetime) -> dict[str, Load]:
        """What each of them has to do, and how many cases of this kind and queue were closed while theirs since then.

        Costs what they have open and what they closed in that time, not what they ever had.
        """
        found: dict[str, Load] = {}
        for begin in range(0, len(addresses), _AT_ONCE):
            some = addresses[begin : begin + _AT_ONCE]
            rows = self._connection.execute(union_all(*(_load(one, kind, queue, since) for one in some)))
            for row in rows:
                found[row.address] = Load(
                    open=row.open, closed_alike=row.alike, given_at=row.given_at, given=row.given or 0
                )
        return found

    def open_cases(self, address: str) -> list[int]:
        """The cases of theirs that are not done, by number."""
        query = select(cases.c.number).where(cases.c.owner == address, cases.c.status.in_(_OPEN))
        return list(self._connection.execute(query.order_by(cases.c.number)).scalars())


_ALL = Prepared(select(agents).order_by(agents.c.address))


def _load(address: str, kind: str, queue: str, since: datetime) -> Any:
    mine = cases.c.owner == address
    is_open = select(func.count()).select_from(cases).where(mine, cases.c.status.in_(_OPEN))
    alike = (
        select(func.count())
        .select_from(cases)
        .where(
            mine,
            cases.c.status == Status.CLOSED.value,
            cases.c.kind == kind,
            cases.c.queue == queue,
            cases.c.closed_at >= since,
        )
    )
    newest = (cases.c.assigned_at.desc(), cases.c.number.desc())
    given = select(cases.c.number).where(mine, cases.c.assigned_at.is_not(None)).order_by(*newest).limit(1)
    given_at = select(cases.c.assigned_at).where(mine, cases.c.assigned_at.is_not(None)).order_by(*newest).limit(1)
    return select(
        literal(address).label("address"),
        is_open.scalar_subquery().label("open"),
        alike.scalar_subquery().label("alike"),
        given_at.scalar_subquery().label("given_at"),
        given.scalar_subquery().label("given"),
    )


def _row(row: Any) -> AgentRow:
    return AgentRow(
        address=row.address,
        added=row.added,
        active=row.active,
        name=row.name,
        level=row.level,
        role=row.role,
        queues=tuple(row.queues) if row.queues is not None else None,
        skills=tuple(row.skills) if row.skills is not None else None,
        away_until=row.away_until,
        away_why=row.away_why,
        digest=row.digest,
    )
