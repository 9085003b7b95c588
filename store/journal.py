"""The journal: every state change and its reason, written once."""

from __future__ import annotations

from typing import Any

from sqlalchemy import Connection, insert, select

from store.prepared import Prepared
from store.records import JournalLine
from store.schema import journal


class Journal:
    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def add_all(self, lines: list[JournalLine]) -> None:
        if lines:
            _ADD.later(
                self._connection,
                [
                    {
                        "at": line.at,
                        "event": line.event,
                        "why": line.why,
                        "actor": line.actor,
                        "case_number": line.case,
                        "letter_id": line.letter,
                    }
                    for line in lines
                ],
            )

    def of_case(self, number: int) -> list[JournalLine]:
        query = select(journal).where(journal.c.case_number == number).order_by(journal.c.id)
        return [_line(row) for row in self._connection.execute(query)]


_ADD = Prepared(insert(journal))


def _line(row: Any) -> JournalLine:
    return JournalLine(
        at=row.at, event=row.event, why=row.why, actor=row.actor, case=row.case_number, letter=row.letter_id
    )
