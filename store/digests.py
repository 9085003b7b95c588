"""Notices that wait to be told in one mail. A row goes in the transaction that posts that mail: each is told once."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import Connection, delete, insert, select

from store.prepared import Prepared
from store.records import Collected, fold_address
from store.schema import digests


class Digests:
    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def add(self, person: str, case: int, event: str, said: str, at: datetime) -> None:
        values = {"person": fold_address(person), "case_number": case, "event": event, "said": said, "at": at}
        _ADD.later(self._connection, [values])

    def waiting(self) -> dict[str, datetime]:
        """Person → since when something waits for them. There are as many rows as the people who want a digest got
        notices since their last one."""
        found: dict[str, datetime] = {}
        for person, at in self._connection.execute(select(digests.c.person, digests.c.at).order_by(digests.c.id)):
            found.setdefault(person, at)
        return found

    def take(self, person: str) -> list[Collected]:
        """All that waits for a person, in order; it waits no longer. Empty for the second of two who ask."""
        gone = delete(digests).where(digests.c.person == person).returning(*digests.c)
        rows = sorted(self._connection.execute(gone), key=lambda row: row.id)
        return [Collected(case=row.case_number, event=row.event, said=row.said, at=row.at) for row in rows]


_ADD = Prepared(insert(digests))
