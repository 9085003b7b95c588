"""Puts what two cases have to do with each other into the store: relations, and entries that change their case."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime

from maild.desk.effects import Relate
from store import Conflict, Unit
from store.records import Entry, Relation, RelationKind, Status


def relate(unit: Unit, effect: Relate, here: int, by: str, now: datetime) -> Relation:
    """Add it. Raises Conflict when the other case was merged meanwhile."""
    other = effect.target if effect.source == here else effect.source
    if effect.kind is RelationKind.MERGED:
        # Held until the end, and looked at once more: two that are merged into each other would lead nowhere.
        found = unit.cases.lock(other)
        if found is None or found.status is Status.MERGED:
            raise Conflict(f"case {other} was merged meanwhile")
    relation = Relation(source=effect.source, kind=effect.kind, target=effect.target, at=now, by=by)
    unit.relations.add(relation)
    return relation


def take_entry(unit: Unit, entry_id: int, number: int, event: int) -> tuple[Entry, Entry]:
    """An entry of another case, and the letter it came in, are this case's from now on: as it was, and as it is."""
    entry = unit.entries.get(entry_id)
    if entry is None:
        raise RuntimeError(f"there is no entry {entry_id}")
    unit.entries.move(entry.id, number, event)
    if entry.letter is not None:
        unit.letters.move(entry.letter, number)
    return entry, replace(entry, case=number, event=event)
