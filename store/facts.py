"""Facts about the whole store: how old it is, whether its outbox is held, what regular duty is due when."""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy import Connection, delete, insert, select, update
from sqlalchemy.exc import IntegrityError

from store.schema import facts

_AGE = "age"
HELD = "outbox-held"


@dataclass(frozen=True, slots=True)
class Age:
    """Which store this is, and how often it was looked at by a daemon: the epoch only grows."""

    store: str
    epoch: int


class Facts:
    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def get(self, name: str) -> str | None:
        value: str | None = self._connection.execute(select(facts.c.value).where(facts.c.name == name)).scalar()
        return value

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

    # a held outbox

    def outbox_held(self) -> str | None:
        """Why nothing leaves and no timer acts; None in ordinary times."""
        return self.get(HELD)

    def hold_outbox(self, reason: str) -> None:
        self.put(HELD, reason)

    def release_outbox(self) -> bool:
        """True when it was held."""
        return self.remove(HELD)


def _age(value: str | None) -> Age | None:
    if value is None:
        return None
    store, _, epoch = value.partition(" ")
    return Age(store, int(epoch))
