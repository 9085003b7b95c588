"""Time worked on cases, as agents noted it."""

from __future__ import annotations

from collections.abc import Collection

from sqlalchemy import Connection, func, insert, select

from store.planned import Worked
from store.records import fold_address
from store.schema import worked


class WorkedTimes:
    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def add(self, one: Worked) -> None:
        values = {"case_number": one.case, "agent": fold_address(one.agent), "minutes": one.minutes}
        self._connection.execute(insert(worked).values(**values, text=one.text, at=one.at))

    def of_cases(self, numbers: Collection[int]) -> list[Worked]:
        """The oldest first."""
        query = select(worked).where(worked.c.case_number.in_(numbers)).order_by(worked.c.id)
        return [
            Worked(case=row.case_number, agent=row.agent, minutes=row.minutes, text=row.text, at=row.at)
            for row in self._connection.execute(query)
        ]

    def total(self, numbers: Collection[int]) -> int:
        """In minutes."""
        query = select(func.sum(worked.c.minutes)).where(worked.c.case_number.in_(numbers))
        return self._connection.execute(query).scalar() or 0
