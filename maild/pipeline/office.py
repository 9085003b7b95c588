"""What every stage of the road works with. Wired once at the start; holds no state of its own."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Protocol

from maild.desk.settings import Desk
from maild.log import Log
from maild.render.stationery import Stationery
from parsers.message import ParsedMessage
from store import Store, Unit

MOST_ATTEMPTS = 3
"""After so many tries a letter is quarantined (promise 6)."""


Clock = Callable[[], datetime]
Beat = Callable[[], None]
"""Called after each piece of work, by which a long turn shows that it lives."""


def no_beat() -> None:
    """Nobody listens."""


class Parser(Protocol):
    """Reads a mail; raises `Unreadable` when the mail kills it or runs over its limits."""

    def __call__(self, raw: bytes, /) -> ParsedMessage: ...
    def ready(self) -> None:
        """Wait until it can read."""


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

    noticed: set[tuple[object, ...]] = field(default_factory=set)
    """What was said once and need not be said at every look."""

    def first_time(self, *what: object) -> bool:
        """True the first time this is asked in the life of the process."""
        if what in self.noticed:
            return False
        self.noticed.add(what)
        return True

    @property
    def key(self) -> bytes:
        return self.stationery.letterhead.key


class Unreadable(Exception):
    """A mail that could not be parsed within the limits; the message names the cause."""


def fresh_deadlines(office: Office, unit: Unit, now: datetime, *, assume_read: bool = False) -> dict[str, datetime]:
    """Queue → until when its timers may act: no later than its mailboxes were read, nor than its oldest
    unrouted letter came (promise 5)."""
    read = unit.mailboxes.read_at(list(office.mailbox_queues))
    waiting = unit.letters.oldest_waiting()
    deadlines = {}
    for queue in office.desk.queues:
        limits = [now]
        if not assume_read:
            feeding = [name for name, of in office.mailbox_queues.items() if of in (None, queue.name)]
            if any(name not in read for name in feeding):
                continue
            limits += [read[name] for name in feeding]
        # A letter that waits may be the reply: act only on what was due before it came.
        limits += [at - _INSTANT for name, at in waiting.items() if name in (None, queue.name)]
        deadlines[queue.name] = min(limits)
    return deadlines


_INSTANT = timedelta(microseconds=1)
