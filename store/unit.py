"""The unit of work: one object per transaction, with one attribute per table."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from sqlalchemy import Connection

from store.cases import Cases
from store.engine import Database, translated
from store.entries import Entries
from store.facts import Facts
from store.journal import Journal
from store.letters import Letters
from store.mailboxes import Mailboxes
from store.outbox import Outbox
from store.timers import Timers


class Unit:
    """Everything a transaction may read or write. All of it is committed together, or none."""

    def __init__(self, connection: Connection, database: Database, *, reading: bool = False) -> None:
        self._connection = connection
        self.letters = Letters(connection, database)
        self.cases = Cases(connection, database, reading=reading)
        self.entries = Entries(connection)
        self.timers = Timers(connection, database)
        self.outbox = Outbox(connection, database, reading=reading)
        self.journal = Journal(connection)
        self.mailboxes = Mailboxes(connection)
        self.facts = Facts(connection)

    @contextmanager
    def savepoint(self) -> Iterator[None]:
        """What the body wrote falls out alone when it raises; the rest of the transaction stays."""
        with translated(), self._connection.begin_nested():
            yield
