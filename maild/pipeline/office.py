"""What every stage of the road works with. Wired once at the start; holds no state of its own."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Protocol

from maild.desk.settings import Desk
from maild.desk.tokens import Keys
from maild.errors import Temporary
from maild.log import Log
from maild.pipeline.learnt import Learnt
from maild.pipeline.owed import Owed
from maild.render.stationery import Stationery
from parsers.message import ParsedMessage
from store import Store, Unit

MOST_ATTEMPTS = 3
"""After so many tries a letter is quarantined (promise 6)."""


Clock = Callable[[], datetime]
Beat = Callable[[], bool]
"""Called after each piece of work, by which a long turn shows that it lives. False: begin nothing more."""


def no_beat() -> bool:
    """Nobody listens, and nobody stops us."""
    return True


class Parser(Protocol):
    """Reads a mail; raises `Unreadable` when the mail kills it or runs over its limits."""

    def __call__(self, raw: bytes, seconds: float | None = None, /) -> ParsedMessage:
        """What a mail says, read within so many seconds (None: all that a mail may have)."""

    def ready(self) -> None:
        """Wait until it can read."""


class NoRoom(Temporary):
    """The disk of the store has too little room left for more mail; what is in hand goes on."""


class Room(Protocol):
    """Whether more mail may be taken in. Who is asked by whoever takes mail in, before each piece."""

    def is_short(self) -> bool: ...


class Ample:
    """Nobody watches the room: the store is on another machine, or a command runs once."""

    def is_short(self) -> bool:
        return False


@dataclass(frozen=True, slots=True, kw_only=True)
class Office:
    store: Store
    desk: Desk
    stationery: Stationery
    read: Parser
    log: Log
    node: str
    mailbox_queues: dict[str, str | None] = field(default_factory=dict)
    """Mailbox → its queue; None: each mail's own recipients decide."""

    lease: timedelta = timedelta(seconds=30)
    """How long what a node has in hand is left to it when nothing is heard of it (PostgreSQL)."""
    last_reply: timedelta = timedelta(minutes=10)
    """How long the relay is waited for after the last byte."""

    room: Room = field(default_factory=Ample)
    owed: Owed = field(default_factory=Owed)
    learnt: Learnt = field(default_factory=Learnt)
    noticed: set[tuple[object, ...]] = field(default_factory=set)
    """What was said once and need not be said at every look."""

    def first_time(self, *what: object) -> bool:
        """True the first time this is asked in the life of the process."""
        if what in self.noticed:
            return False
        self.noticed.add(what)
        return True

    @property
    def keys(self) -> Keys:
        return self.stationery.letterhead.keys


class Unreadable(Exception):
    """A mail that could not be parsed within the limits; the message names the cause."""


def fresh_deadlines(office: Office, unit: Unit, now: datetime, *, assume_read: bool = False) -> dict[str, datetime]:
    """Queue → until when its timers may act: no later than its mailboxes were read, nor than any of its unrouted
    letters can have come (promise 5)."""
    read = unit.mailboxes.read_at(list(office.mailbox_queues))
    waiting = unit.letters.none_waits_before()
    deadlines, moves = {}, office.desk.rules.moves_queues or unit.facts.cases_move()
    for queue in office.desk.queues:
        limits = [now]
        if not assume_read:
            # Where cases are moved, the reply may come to the queue that a case was in before.
            feeding = [name for name, of in office.mailbox_queues.items() if moves or of in (None, queue.name)]
            if any(name not in read for name in feeding):
                continue
            limits += [read[name] for name in feeding]
        # A letter that waits may be the reply: act only on what was due before it can have come.
        limits += [at for name, at in waiting.items() if moves or name in (None, queue.name)]
        deadlines[queue.name] = min(limits)
    return deadlines
