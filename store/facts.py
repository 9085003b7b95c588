"""Facts about the whole store: how old it is, whether its outbox or its timers are held, what duty is due when."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import UTC, datetime

from sqlalchemy import Connection, bindparam, delete, insert, select, update
from sqlalchemy.exc import IntegrityError

from store.prepared import Prepared
from store.schema import facts

_AGE = "age"
HELD = "outbox-held"
_TIMERS_HELD = "timers-held"
_TIMERS_PASSED = "timers-passed"
_CLOSES = "closes-by-minute"
_MOVES = "cases-move"
_WINDOW = 60
"""Minutes for which a close is counted."""


@dataclass(frozen=True, slots=True)
class Age:
    """Which store this is, and how often it was looked at by a daemon: the epoch only grows."""

    store: str
    epoch: int


class Facts:
    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def get(self, name: str) -> str | None:
        value: str | None = _VALUE.on(self._connection, {"of": name}).scalar()
        return value

    def get_many(self, names: Collection[str]) -> dict[str, str]:
        rows = _VALUES.on(self._connection, {"of": list(names)})
        return {name: value for name, value in rows}

    def put(self, name: str, value: str) -> None:
        if not self.swap(name, self.get(name), value):
            self._connection.execute(update(facts).where(facts.c.name == name).values(value=value))

    def swap(self, name: str, seen: str | None, value: str) -> bool:
        """Set a fact that still is as it was seen (None: it was not there). True for one of several who try."""
        if seen is not None:
            still = (facts.c.name == name, facts.c.value == seen)
            return self._connection.execute(update(facts).where(*still).values(value=value)).rowcount == 1
        try:
            with self._connection.begin_nested():
                self._connection.execute(insert(facts).values(name=name, value=value))
        except IntegrityError:
            return False
        return True

    def remove(self, name: str) -> bool:
        """True when it was there."""
        return self._connection.execute(delete(facts).where(facts.c.name == name)).rowcount == 1

    # age

    def age(self) -> Age | None:
        """None for a store that no daemon of release 0.2 or later has looked at."""
        return _age(self.get(_AGE))

    def grow(self, newborn: str) -> Age:
        """The age after one more look, held against other nodes until the end of the transaction."""
        self.swap(_AGE, None, f"{newborn} 0")
        query = select(facts.c.value).where(facts.c.name == _AGE).with_for_update()
        found = _age(self._connection.execute(query).scalar_one())
        assert found is not None
        return self.set_age(Age(found.store, found.epoch + 1))

    def set_age(self, age: Age) -> Age:
        self.put(_AGE, f"{age.store} {age.epoch}")
        return age

    # whether a case may be in another queue than its mail came to

    def cases_move(self) -> bool:
        return self.get(_MOVES) is not None

    def note_moves(self) -> None:
        """A case was moved to another queue: from now on a reply may come to any."""
        if not self.cases_move():
            self.swap(_MOVES, None, "yes")

    # a held outbox

    def outbox_held(self) -> str | None:
        """Why nothing leaves and no timer acts; None in ordinary times."""
        return self.get(HELD)

    def hold_outbox(self, reason: str) -> None:
        self.put(HELD, reason)

    def release_outbox(self) -> bool:
        """True when it was held."""
        return self.remove(HELD)

    # held timers, and what they are held by: how many cases were closed within the hour

    def timers_held(self) -> str | None:
        """Why the timers that a mass of closes would come from do not act; None in ordinary times."""
        return self.get(_TIMERS_HELD)

    def hold_timers(self, reason: str) -> bool:
        """True for the one who held them."""
        return self.swap(_TIMERS_HELD, None, reason)

    def release_timers(self, now: datetime) -> bool:
        """Let pass what is due by now, and count anew. True when they were held."""
        if not self.remove(_TIMERS_HELD):
            return False
        self.put(_TIMERS_PASSED, now.astimezone(UTC).isoformat())
        self.remove(_CLOSES)
        return True

    def timers_passed(self) -> datetime | None:
        """What was due by then was let pass by an admin."""
        value = self.get(_TIMERS_PASSED)
        return datetime.fromisoformat(value) if value is not None else None

    def closes_within_hour(self, now: datetime) -> int:
        return sum(_closes(self.get(_CLOSES), now).values())

    def count_close(self, now: datetime) -> None:
        """One more. Other nodes that count wait for this transaction's end: let little follow."""
        self.swap(_CLOSES, None, "")
        query = select(facts.c.value).where(facts.c.name == _CLOSES).with_for_update()
        counts = _closes(self._connection.execute(query).scalar_one(), now)
        minute = _minute(now)
        counts[minute] = counts.get(minute, 0) + 1
        self.put(_CLOSES, " ".join(f"{at}:{count}" for at, count in sorted(counts.items())))


def _minute(at: datetime) -> int:
    return int(at.timestamp()) // 60


def _closes(value: str | None, now: datetime) -> dict[int, int]:
    """Minute → closes, for those near now: a clock that was put right must not leave some in the future for ever."""
    pairs = (word.split(":") for word in (value or "").split())
    return {int(at): int(count) for at, count in pairs if abs(int(at) - _minute(now)) < _WINDOW}


def _age(value: str | None) -> Age | None:
    if value is None:
        return None
    store, _, epoch = value.partition(" ")
    return Age(store, int(epoch))


_VALUE = Prepared(select(facts.c.value).where(facts.c.name == bindparam("of")))
_VALUES = Prepared(select(facts.c.name, facts.c.value).where(facts.c.name.in_(bindparam("of", expanding=True))))
