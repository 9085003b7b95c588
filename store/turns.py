"""In which order stored letters are routed when many wait: nobody's thousands hold up what comes from others.

    behind   how many letters of the same sender waited when it came
    turn     the same, and one more for every twenty letters of its domain that waited

Of one sender, letters keep their order. The sender is who the mail seems to be from at a glance, and counts for this
alone.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import ColumnElement, Connection, Select, Text, bindparam, func, literal_column, select

from store.prepared import Prepared
from store.schema import letters

_CROWD, _MOST = 20, 1000
"""So many of one domain put off its next letter by a turn; no more than so many are counted."""
_STORED: ColumnElement[str] = literal_column("'stored'")


def turn_of(origin: str) -> dict[str, object]:
    """What `COLUMNS` ask of a letter of this origin."""
    return {"of_origin": origin, "of_domain": origin.rpartition("@")[2]}


def _columns() -> dict[str, ColumnElement[Any]]:
    before, same = letters.alias("before"), letters.alias("same")
    origin, domain = bindparam("of_origin", type_=Text), bindparam("of_domain", type_=Text)
    last = select(func.coalesce(func.max(before.c.behind) + 1, 0))
    behind = last.where(before.c.origin == origin, before.c.state == _STORED).scalar_subquery()
    crowd = select(same.c.domain).where(same.c.domain == domain, same.c.state == _STORED).limit(_MOST).subquery()
    turns = select(func.count() // _CROWD).select_from(crowd).scalar_subquery()
    return {"origin": origin, "domain": domain, "behind": behind, "turn": behind + turns}


COLUMNS = _columns()
"""Of a letter that comes now, as an insert sets them."""


@dataclass(frozen=True, slots=True)
class Lanes:
    """One query for letters, in three orders."""

    oldest: Prepared
    by_turns: Prepared
    newest: Prepared


def lanes(query: Select[Any]) -> Lanes:
    some = query.limit(bindparam("most"))
    return Lanes(
        oldest=Prepared(some.order_by(letters.c.id)),
        by_turns=Prepared(some.order_by(letters.c.turn, letters.c.id)),
        newest=Prepared(some.where(letters.c.behind == 0).order_by(letters.c.id.desc())),
    )


def in_turn(connection: Connection, of: Lanes, values: Mapping[str, object], limit: int) -> list[Any]:
    """So many of these letters, in the order in which they came: where more wait, half are those whose turn it is, of
    each sender the first, then of each the second; a fifth are what came last, of senders of whom nothing older waits
    (new mail behind a long absence); the others are the oldest."""

    def some(lane: Prepared, most: int) -> Sequence[Any]:
        return lane.on(connection, {**values, "most": most}).all()

    oldest = some(of.oldest, limit)
    if len(oldest) < limit:
        return list(oldest)
    found = {row.id: row for row in (*some(of.by_turns, limit // 2), *some(of.newest, limit // 5))}
    rest = [row for row in oldest if row.id not in found]
    found |= {row.id: row for row in rest[: limit - len(found)]}
    return [found[letter] for letter in sorted(found)]
