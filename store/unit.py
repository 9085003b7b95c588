"""The unit of work: one object per transaction, with one attribute per table."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from contextlib import contextmanager
from datetime import datetime

from sqlalchemy import Connection

from store.agents import Agents
from store.cases import Cases
from store.changes import Changes
from store.codes import Codes
from store.contacts import Contacts
from store.digests import Digests
from store.engine import Database
from store.entries import Entries
from store.facts import Facts
from store.failures import translated
from store.guesses import Guesses
from store.journal import Journal
from store.lessons import Lessons
from store.letters import Letters
from store.locks import Locks
from store.mailboxes import Mailboxes
from store.models import Models
from store.nodes import Nodes
from store.outbox import Outbox
from store.passes import Passes
from store.prepared import begin, write_all
from store.relations import Relations
from store.reminders import Reminders
from store.reports import Reports
from store.search import Search
from store.targets import Targets
from store.timers import Timers
from store.waiting import Waiting
from store.worked import WorkedTimes


class Unit:
    """Everything a transaction may read or write. All of it is committed together, or none."""

    def __init__(self, connection: Connection, database: Database, *, reading: bool = False) -> None:
        self._connection = connection
        self._database = database
        locks = Locks(connection, database, reading=reading)
        self.letters = Letters(connection, database)
        self.waiting = Waiting(connection)
        self.cases = Cases(connection, database, locks)
        self.entries = Entries(connection)
        self.relations = Relations(connection)
        self.timers = Timers(connection)
        self.outbox = Outbox(connection, database, locks, reading=reading)
        self.journal = Journal(connection)
        self.changes = Changes(connection)
        self.targets = Targets(connection)
        self.mailboxes = Mailboxes(connection)
        self.nodes = Nodes(connection)
        self.facts = Facts(connection)
        self.agents = Agents(connection)
        self.passes = Passes(connection)
        self.codes = Codes(connection)
        self.guesses = Guesses(connection)
        self.contacts = Contacts(connection)
        self.digests = Digests(connection)
        self.reminders = Reminders(connection)
        self.worked = WorkedTimes(connection)
        self.search = Search(connection)
        self.models = Models(connection)
        self.reports = Reports(connection)
        self.lessons = Lessons(connection)

    def clock(self, now: datetime) -> datetime:
        """The time by which leases are counted: one for all nodes, whatever their own clocks say (see Database)."""
        return self._database.clock(self._connection, now)

    def holders(self) -> set[str]:
        """Who has letters, mails or mailboxes in hand."""
        readers = {lease.holder for lease in self.mailboxes.leases().values()}
        return readers | self.waiting.holders() | self.outbox.lease_holders()

    def reclaim(self, holders: Collection[str]) -> None:
        """What these have in hand is free again at once."""
        self.mailboxes.reclaim(holders)
        self.waiting.reclaim(holders)
        self.outbox.reclaim(holders)

    @contextmanager
    def ahead(self, entries: int, mails: int) -> Iterator[None]:
        """In the body up to so many entries and mails, of cases that are locked by now, are written together."""
        with self.entries.ahead.of(entries), self.outbox.ahead.of(mails):
            yield

    @contextmanager
    def savepoint(self) -> Iterator[None]:
        """What the body wrote falls out alone when it raises; the rest of the transaction stays."""
        with translated(), self._connection.begin_nested():
            try:
                yield
                write_all(self._connection)
            except BaseException:
                begin(self._connection)
                self.outbox.forget_counts()
                raise
