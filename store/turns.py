"""In which order stored letters are routed when many wait: nobody's thousands hold up what comes from others.

    behind   how many letters of the same sender waited when it came
    turn     the same, and one more for every twenty letters of its domain that waited

Of one sender, letters keep their order. The sender is who the mail seems to be from at a glance, and counts for this
alone.
"""

from __future__ import annotations

from typing import Any

from sqlalchemy import ColumnElement, Connection, Select, func, literal_column, select

from store.schema import letters

_CROWD, _MOST = 20, 1000
"""So many of one domain put off its next letter by a turn; no more than so many are counted."""
_STORED: ColumnElement[str] = literal_column("'stored'")


def turn_of(origin: str | None) -> dict[str, object]:
    """The columns of a letter that comes now."""
    if not origin:
        return {}
    domain, before, same = origin.rpartition("@")[2], letters.alias("before"), letters.alias("same")
    last = select(func.coalesce(func.max(before.c.behind) + 1, 0))
    behind = last.where(before.c.origin == origin, before.c.state == _STORED).scalar_subquery()
    crowd = select(same.c.domain).where(same.c.domain == domain, same.c.state == _STORED).limit(_MOST).subquery()
    turns = select(func.count() / literal_column(str(_CROWD))).select_from(crowd).scalar_subquery()
    return {"origin": origin, "domain": domain, "behind": behind, "turn": behind + turns}


def in_turn(connection: Connection, query: Select[Any], limit: int) -> list[Any]:
    """So many of these letters, in the order in which they came: where more wait, half are those whose turn it is, of
    each sender the first, then of each the second; a fifth are what came last, of senders of whom nothing older waits
    (new mail behind a long absence); the others are the oldest."""
    oldest = connection.execute(query.order_by(letters.c.id).limit(limit)).all()
    if len(oldest) < limit:
        return list(oldest)
    by_turns = query.order_by(letters.c.turn, letters.c.id).limit(limit // 2)
    newest = query.where(letters.c.behind == 0).order_by(letters.c.id.desc()).limit(limit // 5)
    found = {row.id: row for lane in (by_turns, newest) for row in connection.execute(lane)}
    rest = [row for row in oldest if row.id not in found]
    found |= {row.id: row for row in rest[: limit - len(found)]}
    return [found[letter] for letter in sorted(found)]
