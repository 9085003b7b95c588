"""What lasts: letters, cases, entries, timers, the outbox and the journal, on SQLite or PostgreSQL.

Rows go in, frozen records come out. Knows neither the parsers nor the desk. No query stands outside this package.

    store = open_store("sqlite:///maild.db")
    with store.write() as unit:
        unit.letters.store(…)          # committed when the block ends, rolled back when it raises
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from datetime import datetime, timedelta
from pathlib import Path

from store.copies import Contents, contents_of, copy_out, damage
from store.engine import Database
from store.failures import Busy, Conflict, StoreBroken, StoreFull, StoreUnavailable
from store.look import Look, look
from store.migrate import StoreTooNew, migrate, version
from store.schema import HEAD
from store.unit import Unit

__all__ = [
    "Busy",
    "Conflict",
    "Look",
    "Store",
    "StoreBroken",
    "StoreFull",
    "StoreTooNew",
    "StoreUnavailable",
    "Unit",
    "open_store",
]


class Store:
    """One database. Safe to use from several threads; each transaction has a connection of its own."""

    def __init__(self, database: Database, *, migrated: bool) -> None:
        self._database = database
        self.migrated = migrated
        """Whether opening it brought its tables up to date."""

    @property
    def is_shared(self) -> bool:
        """Whether several nodes may work on it at once (PostgreSQL)."""
        return not self._database.is_sqlite

    def when_full(self, call: Callable[[], object]) -> None:
        """Have this called when a write finds no room, after it was undone."""
        self._database.when_full = call

    @contextmanager
    def write(self) -> Iterator[Unit]:
        """A transaction. Raises StoreUnavailable when the database is away, locked or full."""
        with self._database.write() as connection:
            yield Unit(connection, self._database)

    @contextmanager
    def mark(self) -> Iterator[Unit]:
        """For a single statement, which is committed by itself: on PostgreSQL without the ways of a transaction."""
        with self._database.mark() as connection:
            yield Unit(connection, self._database)

    def at_hand(self) -> AbstractContextManager[None]:
        """In the body this thread keeps a connection from one `mark` to the next, while it begins no transaction."""
        return self._database.at_hand()

    @contextmanager
    def read(self) -> Iterator[Unit]:
        """A consistent view to read from."""
        with self._database.read() as connection:
            yield Unit(connection, self._database, reading=True)

    def look(self, owner: str, now: datetime) -> Look:
        """What waits that this node could take in hand. Costs next to nothing."""
        return look(self._database, owner, now)

    def copy_to(self, path: Path) -> Contents:
        """A whole, consistent copy in a new file, taken live; what it holds. Raises StoreUnavailable, CopyFailed."""
        return copy_out(self._database, path)

    def contents(self) -> Contents:
        with self._database.snapshot() as connection:
            return contents_of(connection, self._database)

    def damage(self) -> list[str]:
        """What the engine's own check finds wrong with its files."""
        return damage(self._database)

    def is_too_new(self) -> bool:
        """Whether a newer program has migrated it since it was opened."""
        with self._database.read() as connection:
            return (version(connection) or "") > HEAD

    def close(self) -> None:
        self._database.close()


def open_store(url: str, patience: timedelta = timedelta(seconds=30)) -> Store:
    """Open the store at an SQLAlchemy URL and bring its tables up to date. A writer who says nothing for longer than
    `patience` loses its transaction (PostgreSQL).

    Raises StoreUnavailable (try again), StoreTooNew (use a newer maild).
    """
    database = Database(url, patience)
    try:
        migrated = migrate(database)
    except BaseException:
        database.close()
        raise
    return Store(database, migrated=migrated)
