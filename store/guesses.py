"""Who tries tokens: how many wrong ones stood in mail of each sender within an hour, and who was told of already."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Connection, bindparam, or_, update
from sqlalchemy import case as case_when

from store.engine import for_both
from store.prepared import Prepared
from store.records import fold_address, without_plus
from store.schema import guesses

_WITHIN = timedelta(hours=1)
_IGNORED_FOR = timedelta(days=1)


class Guesses:
    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def note(self, sender: str, wrong: int, most: int, now: datetime) -> bool:
        """So many wrong tokens more. True when that is more than `most` within the hour, once a day: what follows is
        no news."""
        row = {"sender": _person(sender), "wrong": wrong, "since": now, "before": now - _WITHIN}
        found, until = _NOTE.on(self._connection, row).one()
        if found <= most:
            return False
        theirs = guesses.c.sender == _person(sender)
        known = until is not None and now < until <= now + _IGNORED_FOR
        values = {"wrong": 0, "since": now, "ignored_until": until if known else now + _IGNORED_FOR}
        self._connection.execute(update(guesses).where(theirs).values(**values))
        return not known


def _note(insert: Any) -> Any:
    new = insert(guesses)
    # What is from before the hour, or from a clock that was ahead, does not count.
    old = or_(
        guesses.c.since <= bindparam("before", type_=guesses.c.since.type), guesses.c.since > new.excluded.since
    )
    said = {
        "wrong": case_when((old, new.excluded.wrong), else_=guesses.c.wrong + new.excluded.wrong),
        "since": case_when((old, new.excluded.since), else_=guesses.c.since),
    }
    counted = new.on_conflict_do_update(index_elements=(guesses.c.sender,), set_=said)
    return counted.returning(guesses.c.wrong, guesses.c.ignored_until)


_NOTE = Prepared(for_both(_note))


def _person(sender: str) -> str:
    return without_plus(fold_address(sender))[:320]
