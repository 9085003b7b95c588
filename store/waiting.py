"""Letters that wait to be routed, and in whose hand they are: one process takes each, for a time that it can
lengthen, and another takes it over when that one does not come back."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import datetime

from sqlalchemy import Connection, and_, bindparam, func, or_, select, tuple_, update

from store import turns
from store.engine import as_of, has_ended, locking, skipping_locked
from store.letters import ROW, STORED, letter_of
from store.prepared import Prepared
from store.records import Letter
from store.schema import letters


class Waiting:
    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def fresh(self, limit: int, owner: str, now: datetime, without: Collection[int] = ()) -> list[Letter]:
        """Letters to be routed that were never tried, oldest first; not those that another node has in hand.
        Where more wait than that, half of them are those whose turn it is, and some the newest (see `turns`)."""
        values = {"without": list(without), "owner": owner, **as_of(now)}
        return [letter_of(row) for row in turns.in_turn(self._connection, _FRESH, values, limit)]

    def tried(self, limit: int, owner: str, now: datetime) -> list[Letter]:
        """Letters to be routed that were tried before, the least tried first."""
        rows = _TRIED.on(self._connection, {"owner": owner, "most": limit, **as_of(now)})
        return [letter_of(row) for row in rows]

    def take(self, ids: Sequence[int], owner: str, now: datetime, until: datetime) -> list[Letter]:
        """Take those of these letters that nobody has in hand, and count the attempt, before anything is parsed:
        a letter that kills the process is counted all the same. The fence grows, so that a former holder is known."""
        values = {"ids": list(ids), "owner": owner, "until": until, **as_of(now)}
        taken = _TAKE.on(self._connection, values)
        return sorted(map(letter_of, taken), key=lambda letter: letter.id)

    def keep(self, taken: Sequence[Letter], owner: str, until: datetime) -> None:
        """Go on holding those of these letters that are still in this owner's hand. What another transaction of
        ours has locked needs no longer lease."""
        _KEEP.on(self._connection, {**_hands(taken, owner), "until": until})

    def oldest_elsewhere(self, before: int, owner: str, now: datetime) -> int | None:
        """The oldest letter that another node has in hand just now, of those with an id below `before`."""
        values = {"before": before, "owner": owner, **as_of(now)}
        found: int | None = _OLDEST_ELSEWHERE.on(self._connection, values).scalar()
        return found

    def holders(self) -> set[str]:
        """Who has letters in hand."""
        query = select(letters.c.taken_by).where(letters.c.state == STORED, letters.c.taken_by.is_not(None))
        return {holder for (holder,) in self._connection.execute(query.distinct())}

    def reclaim(self, holders: Collection[str]) -> None:
        """Free the letters of holders that are gone."""
        gone = (letters.c.state == STORED, letters.c.taken_by.in_(holders))
        self._connection.execute(update(letters).where(*gone).values(taken_by=None, taken_until=None))

    def lock(self, taken: Sequence[Letter], owner: str) -> set[int]:
        """Which of these letters are still in this owner's hand: they are until the end of the transaction. What a
        paused node does after another has taken over ends here."""
        rows = _LOCK.on(self._connection, _hands(taken, owner))
        return {letter_id for (letter_id,) in rows}

    def give_back(self, taken: Sequence[Letter], owner: str) -> None:
        """They were not tried after all: the store gave way."""
        _GIVE_BACK.on(self._connection, _hands(taken, owner))


def _hands(taken: Sequence[Letter], owner: str) -> dict[str, object]:
    hands = [(letter.id, letter.fence) for letter in taken]
    return {"ids": [letter.id for letter in taken], "hands": hands, "owner": owner}


_FREE = or_(letters.c.taken_by.is_(None), letters.c.taken_by == bindparam("owner"), has_ended(letters.c.taken_until))
"""In nobody's hand, or in ours, or in that of one who did not come back in time."""
_IN_HAND = and_(
    letters.c.id.in_(bindparam("ids", expanding=True)),  # by these they are found; of pairs SQLite would try each
    tuple_(letters.c.id, letters.c.fence).in_(bindparam("hands", expanding=True)),
    letters.c.taken_by == bindparam("owner"),
    letters.c.state == STORED,
)
"""As they were when they were taken: not settled, not given back, not passed on to another."""
_FRESH = turns.lanes(
    select(*ROW).where(
        letters.c.state == STORED,
        letters.c.attempts == 0,
        _FREE,
        letters.c.id.not_in(bindparam("without", expanding=True)),
    )
)
_TRIED = Prepared(
    select(*ROW)
    .where(letters.c.state == STORED, letters.c.attempts > 0, _FREE)
    .order_by(letters.c.attempts, letters.c.id)
    .limit(bindparam("most"))
)
_UNTIL = bindparam("until", type_=letters.c.taken_until.type)
_TAKE = Prepared(
    skipping_locked(
        select(letters.c.id).where(
            letters.c.id.in_(bindparam("ids", expanding=True)), letters.c.state == STORED, _FREE
        ),
        lambda ids: (
            update(letters)
            .where(letters.c.id.in_(ids))
            .values(
                attempts=letters.c.attempts + 1,
                taken_by=bindparam("owner"),
                taken_until=_UNTIL,
                fence=letters.c.fence + 1,
            )
            .returning(*ROW)
        ),
    )
)
_KEEP = Prepared(
    skipping_locked(
        select(letters.c.id).where(_IN_HAND),
        lambda ids: update(letters).where(letters.c.id.in_(ids)).values(taken_until=_UNTIL),
    )
)
_OLDEST_ELSEWHERE = Prepared(
    select(func.min(letters.c.id)).where(
        letters.c.state == STORED,
        letters.c.id < bindparam("before"),
        letters.c.taken_by != bindparam("owner"),
        ~has_ended(letters.c.taken_until),
    )
)
_LOCK = Prepared(locking(select(letters.c.id).where(_IN_HAND).order_by(letters.c.id)))
_GIVE_BACK = Prepared(
    update(letters).where(_IN_HAND).values(attempts=letters.c.attempts - 1, taken_by=None, taken_until=None)
)
