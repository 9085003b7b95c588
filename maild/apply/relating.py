"""Puts a relation of two cases into the store."""

from __future__ import annotations

from datetime import datetime

from maild.desk.effects import Relate
from store import Conflict, Unit
from store.records import Relation, RelationKind, Status


def relate(unit: Unit, effect: Relate, here: int, by: str, now: datetime) -> None:
    """Add it. Raises Conflict when the other case was merged meanwhile."""
    other = effect.target if effect.source == here else effect.source
    if effect.kind is RelationKind.MERGED:
        # Held until the end, and looked at once more: two that are merged into each other would lead nowhere.
        found = unit.cases.lock(other)
        if found is None or found.status is Status.MERGED:
            raise Conflict(f"case {other} was merged meanwhile")
    unit.relations.add(Relation(source=effect.source, kind=effect.kind, target=effect.target, at=now, by=by))
