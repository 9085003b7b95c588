"""Targets: how each case stands to what was promised for it, as it was last worked out, and what was told of it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from sqlalchemy import Connection, bindparam, insert, select, update

from store.prepared import Prepared
from store.records import Tracked
from store.schema import targets


class Targets:
    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def add_all(self, new: Sequence[Tracked]) -> None:
        """One for each goal and round of a case."""
        if new:
            rows = [{"case_number": one.case, "goal": one.goal, "round": one.round, **_state(one)} for one in new]
            _ADD.later(self._connection, rows)

    def put(self, one: Tracked) -> None:
        """As it stands now; it was added before."""
        _SET.on(self._connection, {"of": one.case, "to": one.goal, "turn": one.round, **_state(one)})

    def of_case(self, number: int) -> list[Tracked]:
        return [_tracked(row) for row in _OF_CASE.on(self._connection, {"of": number})]

    def violated(self) -> set[int]:
        """The cases of which a target was violated."""
        query = select(targets.c.case_number).where(targets.c.violated_at.is_not(None)).distinct()
        return set(self._connection.execute(query).scalars())


_ADD = Prepared(insert(targets))
_SET = Prepared(
    update(targets).where(
        targets.c.case_number == bindparam("of"),
        targets.c.goal == bindparam("to"),
        targets.c.round == bindparam("turn"),
    )
)
_OF_CASE = Prepared(
    select(targets).where(targets.c.case_number == bindparam("of")).order_by(targets.c.goal, targets.c.round)
)


def _state(one: Tracked) -> dict[str, object]:
    return {
        "due_at": one.due_at,
        "met_at": one.met_at,
        "warned_at": one.warned_at,
        "violated_at": one.violated_at,
        "escalated_at": one.escalated_at,
    }


def _tracked(row: Any) -> Tracked:
    return Tracked(
        case=row.case_number,
        goal=row.goal,
        round=row.round,
        due_at=row.due_at,
        met_at=row.met_at,
        warned_at=row.warned_at,
        violated_at=row.violated_at,
        escalated_at=row.escalated_at,
    )
