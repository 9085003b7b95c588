"""Whether anything waits: one statement, asked every second by a daemon that has nothing to do, and made to cost next
to nothing. Who then takes what, and whether they may, is for those who take it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Select, and_, bindparam, exists, literal_column, or_, select

from store.columns import UtcTime
from store.engine import Database, as_of, has_ended
from store.facts import HELD
from store.letters import STORED
from store.prepared import Prepared
from store.schema import facts, letters, outbox


@dataclass(frozen=True, slots=True)
class Look:
    """What waits that a node could take in hand."""

    letters: bool
    """Letters that were never tried."""
    tried: bool
    """Letters that were."""
    mails: bool
    """Mails that are due; not while all are held back."""


def look(database: Database, owner: str, now: datetime) -> Look:
    values = {"owner": owner, "now": now} | (as_of(now) if database.is_sqlite else {})
    with database.look() as connection:
        found = _LOOK.on(connection, values).one()
    return Look(*map(bool, found))


def _made(*, is_sqlite: bool) -> Select[bool, bool, bool]:
    stored = letters.c.state == STORED
    ended = has_ended(letters.c.taken_until, by_server=not is_sqlite)
    free = or_(letters.c.taken_by.is_(None), letters.c.taken_by == bindparam("owner"), ended)
    over = has_ended(outbox.c.lease_until, by_server=not is_sqlite)
    due = and_(
        outbox.c.state.in_([literal_column("'waiting'"), literal_column("'leased'")]),
        outbox.c.next_at <= bindparam("now", type_=UtcTime()),  # so it was for what is leased
        or_(outbox.c.state == literal_column("'waiting'"), over),
    )
    held = exists().where(facts.c.name == HELD)
    return select(
        exists().where(stored, letters.c.attempts == 0, free),
        exists().where(stored, letters.c.attempts > 0, free),
        and_(exists().where(due), ~held),
    )


_LOOK = Prepared({is_sqlite: _made(is_sqlite=is_sqlite) for is_sqlite in (True, False)})
