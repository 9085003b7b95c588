"""Targets: how each case stands to what was promised for it, as it was last worked out, and what was told of it."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from typing import Any

from sqlalchemy import Connection, bindparam, select

from store.engine import by_case, insert_or_set
from store.prepared import Prepared
from store.records import Tracked
from store.schema import targets


class Targets:
    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def put_all(self, those: Sequence[Tracked]) -> None:
        """As they stand now, one for each goal and round of a case, new or not."""
        rows = [{"case_number": one.case, "goal": one.goal, "round": one.round, **_state(one)} for one in those]
        _PUT.later(self._connection, rows, *_KEY)

    def of_case(self, number: int) -> list[Tracked]:
        """By goal and round."""
        return self.of_cases([number])[number]

    def of_cases(self, numbers: Collection[int]) -> dict[int, list[Tracked]]:
        """Case → the same of each."""
        return by_case(numbers, _OF_CASES.on(self._connection, {"of": list(numbers)}), _tracked)

    def violated(self) -> set[int]:
        """The cases of which a target was violated."""
        query = select(targets.c.case_number).where(targets.c.violated_at.is_not(None)).distinct()
        return set(self._connection.execute(query).scalars())


_KEY = ("case_number", "goal", "round")
_STATE = ("due_at", "met_at", "warned_at", "violated_at", "escalated_at")
_PUT = Prepared(insert_or_set(targets, [targets.c[name] for name in _KEY], [targets.c[name] for name in _STATE]))
_OF_CASES = Prepared(
    select(targets)
    .where(targets.c.case_number.in_(bindparam("of", expanding=True)))
    .order_by(targets.c.goal, targets.c.round)
)


def _state(one: Tracked) -> dict[str, object]:
    return {name: getattr(one, name) for name in _STATE}


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
