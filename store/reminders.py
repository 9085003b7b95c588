"""Reminders: what agents want to be reminded of. When is a timer's business; a row stays when that has fired."""

from __future__ import annotations

from collections.abc import Collection

from sqlalchemy import Connection, insert, select

from store.planned import Reminder
from store.records import fold_address
from store.schema import reminders


class Reminders:
    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def add(self, one: Reminder) -> int:
        """Its id (the one in `one` does not count)."""
        values = {"case_number": one.case, "agent": fold_address(one.agent), "text": one.text, "due_at": one.due_at}
        query = insert(reminders).values(**values).returning(reminders.c.id)
        return int(self._connection.execute(query).scalar_one())

    def get_many(self, ids: Collection[int]) -> list[Reminder]:
        if not ids:
            return []
        query = select(reminders).where(reminders.c.id.in_(ids)).order_by(reminders.c.due_at, reminders.c.id)
        return [
            Reminder(id=row.id, case=row.case_number, agent=row.agent, text=row.text, due_at=row.due_at)
            for row in self._connection.execute(query)
        ]
