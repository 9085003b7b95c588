"""Targets: how each case stands to what was promised for it, as it was last worked out, and what was told of it."""

from __future__ import annotations

from typing import Any

from sqlalchemy import Connection, insert, select, update

from store.records import Tracked
from store.schema import targets


class Targets:
    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def put(self, one: Tracked, *, is_new: bool) -> None:
        """As it stands now; there is one for each goal and round of a case. `is_new`: there was none so far."""
        mine = (
            targets.c.case_number == one.case,
            targets.c.goal == one.goal,
            targets.c.round == one.round,
        )
        values = {
            "due_at": one.due_at,
            "met_at": one.met_at,
            "warned_at": one.warned_at,
            "violated_at": one.violated_at,
            "escalated_at": one.escalated_at,
        }
        if is_new:
            row = {"case_number": one.case, "goal": one.goal, "round": one.round, **values}
            self._connection.execute(insert(targets).values(**row))
        else:
            self._connection.execute(update(targets).where(*mine).values(**values))

    def of_case(self, number: int) -> list[Tracked]:
        query = select(targets).where(targets.c.case_number == number).order_by(targets.c.goal, targets.c.round)
        return [_tracked(row) for row in self._connection.execute(query)]

    def violated(self) -> set[int]:
        """The cases of which a target was violated."""
        query = select(targets.c.case_number).where(targets.c.violated_at.is_not(None)).distinct()
        return set(self._connection.execute(query).scalars())


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
