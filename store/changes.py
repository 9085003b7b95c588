"""Changes: which field of a case took which value when, by whom. Clocks and reports read what happened from them."""

from __future__ import annotations

from collections.abc import Collection
from typing import Any

from sqlalchemy import Connection, bindparam, insert, select

from store.engine import by_case
from store.prepared import Prepared
from store.records import Change
from store.schema import changes


class Changes:
    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def add_all(self, made: list[Change]) -> None:
        if made:
            rows = [
                {
                    "case_number": one.case,
                    "at": one.at,
                    "field": one.field,
                    "was": one.was,
                    "value": one.value,
                    "why": one.why,
                    "actor": one.actor,
                }
                for one in made
            ]
            _ADD.later(self._connection, rows)

    def of_case(self, number: int) -> list[Change]:
        """Oldest first."""
        return self.of_cases([number])[number]

    def of_cases(self, numbers: Collection[int]) -> dict[int, list[Change]]:
        """Case → the same of each."""
        return by_case(numbers, _OF_CASES.on(self._connection, {"of": list(numbers)}), _change)


_ADD = Prepared(insert(changes))
_OF_CASES = Prepared(
    select(changes).where(changes.c.case_number.in_(bindparam("of", expanding=True))).order_by(changes.c.id)
)


def _change(row: Any) -> Change:
    return Change(
        case=row.case_number,
        at=row.at,
        field=row.field,
        was=row.was,
        value=row.value,
        why=row.why,
        actor=row.actor,
    )
