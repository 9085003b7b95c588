"""Former cases to learn from: the mail that opened each, and what was said that it is. Costs what is asked for."""

from __future__ import annotations

from collections import defaultdict
from datetime import datetime

from sqlalchemy import Connection, select

from store.learnt import PastCase
from store.records import Direction, Status
from store.schema import cases, entries, journal, letters

_CLASSIFIED = "case.classified"


class Lessons:
    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def before(self, number: int | None, since: datetime, limit: int) -> list[PastCase]:
        """Cases opened since then that a mail of a person opened, the newest first, beginning below this number."""
        query = (
            select(cases, entries.c.text, letters.c.queue.label("came_to"))
            .join(entries, (entries.c.case_number == cases.c.number) & (entries.c.event == 1))
            .join(letters, letters.c.id == entries.c.letter_id)
            .where(
                entries.c.direction == Direction.IN.value,
                entries.c.automatic.is_(False),
                cases.c.created_at >= since,
            )
            .order_by(cases.c.number.desc())
            .limit(limit)
        )
        if number is not None:
            query = query.where(cases.c.number < number)
        rows = list(self._connection.execute(query))
        said = self._said([row.number for row in rows])
        return [
            PastCase(
                number=row.number,
                at=row.created_at,
                status=Status(row.status),
                subject=row.subject,
                text=row.text,
                requester=row.requester,
                language=row.language,
                came_to=row.came_to or row.queue,
                fields={"kind": row.kind, "queue": row.queue, "severity": row.severity},
                said=said[row.number],
            )
            for row in rows
        ]

    def _said(self, numbers: list[int]) -> dict[int, dict[str, list[str]]]:
        """Case → field → the journal's lines on it, in order."""
        found: dict[int, dict[str, list[str]]] = defaultdict(lambda: defaultdict(list))
        query = (
            select(journal.c.case_number, journal.c.why)
            .where(journal.c.case_number.in_(numbers), journal.c.event == _CLASSIFIED)
            .order_by(journal.c.id)
        )
        for number, why in self._connection.execute(query):
            found[number][why.partition("=")[0]].append(why)
        return found
