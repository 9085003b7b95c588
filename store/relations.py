"""Relations: what cases are to each other, and where the number of a merged case leads."""

from __future__ import annotations

from collections.abc import Collection
from typing import Any

from sqlalchemy import BindParameter, Connection, bindparam, delete, insert, or_, select

from store.prepared import Prepared
from store.records import Relation, RelationKind
from store.schema import relations


class Relations:
    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def add(self, relation: Relation) -> bool:
        """False when it was there already."""
        if self._connection.execute(select(relations.c.id).where(*_same(relation))).first() is not None:
            return False
        row = {
            "from_case": relation.source,
            "kind": relation.kind.value,
            "to_case": relation.target,
            "at": relation.at,
            "by": relation.by,
        }
        self._connection.execute(insert(relations).values(**row))
        return True

    def remove(self, source: int, kind: RelationKind, target: int) -> bool:
        """True when it was there."""
        which = (relations.c.from_case == source, relations.c.kind == kind.value, relations.c.to_case == target)
        return self._connection.execute(delete(relations).where(*which)).rowcount == 1

    def of_case(self, number: int) -> list[Relation]:
        """All in which a case stands at either end, in the order in which they were said."""
        return self.of_cases([number])[number]

    def of_cases(self, numbers: Collection[int]) -> dict[int, list[Relation]]:
        """Case → the same of each."""
        found: dict[int, list[Relation]] = {number: [] for number in numbers}
        for row in _OF_CASES.on(self._connection, {"of": list(found)}):
            for end in {row.from_case, row.to_case} & found.keys():
                found[end].append(_relation(row))
        return found

    def survivors(self, numbers: Collection[int]) -> dict[int, int]:
        """Merged case → the one in which it goes on, through any number of merges; only for those that are merged."""
        found = self._targets(numbers, RelationKind.MERGED)
        while further := self._targets(set(found.values()), RelationKind.MERGED):
            moved = {source: further.get(target, target) for source, target in found.items()}
            if moved == found or any(source == target for source, target in moved.items()):
                break  # a ring, which no command can make
            found = moved
        return found

    def threads(self, numbers: Collection[int]) -> dict[int, list[int]]:
        """Case → the cases that were merged into it, through any number of merges; only for those that hold some."""
        found: dict[int, list[int]] = {}
        holder = {number: number for number in numbers}
        while holder:
            below: dict[int, int] = {}
            for source, target in self._sources(holder, RelationKind.MERGED):
                known = found.setdefault(holder[target], [])
                if source != holder[target] and source not in known:
                    known.append(source)
                    below[source] = holder[target]
            holder = below
        return found

    def above(self, number: int, kind: RelationKind) -> set[int]:
        """Where relations of this kind lead from a case, one after the other."""
        found: set[int] = set()
        level = {number}
        while level:
            level = set(self._targets(level, kind).values()) - found
            found |= level
        return found

    def _targets(self, numbers: Collection[int], kind: RelationKind) -> dict[int, int]:
        if not numbers:
            return {}
        rows = _FROM.on(self._connection, {"of": list(numbers), "as": kind.value})
        return {source: target for source, target in rows}

    def _sources(self, numbers: Collection[int], kind: RelationKind) -> list[tuple[int, int]]:
        rows = _TO.on(self._connection, {"of": list(numbers), "as": kind.value})
        return [(source, target) for source, target in rows]


_SOME: BindParameter[Any] = bindparam("of", expanding=True)
_KIND = relations.c.kind == bindparam("as")
_ENDS = select(relations.c.from_case, relations.c.to_case)
_FROM = Prepared(_ENDS.where(relations.c.from_case.in_(_SOME), _KIND))
_TO = Prepared(_ENDS.where(relations.c.to_case.in_(_SOME), _KIND).order_by(relations.c.id))
_OF_CASES = Prepared(
    select(relations)
    .where(or_(relations.c.from_case.in_(_SOME), relations.c.to_case.in_(_SOME)))
    .order_by(relations.c.id)
)


def _same(relation: Relation) -> tuple[Any, ...]:
    return (
        relations.c.from_case == relation.source,
        relations.c.kind == relation.kind.value,
        relations.c.to_case == relation.target,
    )


def _relation(row: Any) -> Relation:
    return Relation(source=row.from_case, kind=RelationKind(row.kind), target=row.to_case, at=row.at, by=row.by)
