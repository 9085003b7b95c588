"""A desk on which things happen in any order, and what we know of it beside what its store says.

Everything that anybody writes bears a word of its own, such as `zq0017x`; `said` knows whose it is and whether it was
meant for people outside. Mails only arrive here; when they are routed, when clocks are looked at and when mails leave
are moves of their own (test_any_order.py). `promises.py` looks whether the desk kept its word.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path

from maild.daemon.wiring import post_through
from maild.demo.people import Mail, Person
from maild.errors import Temporary
from maild.pipeline.digests import send_digests
from maild.pipeline.due import fire_due
from maild.pipeline.intake import hand_in
from maild.pipeline.route import route_waiting
from maild.pipeline.send import send_due
from maild.transport.smtp import Sender
from store.records import Timer
from tests.servers.sink import SinkServer
from tests.stories.desk import ANN, BEA, BEN, CARL, EVE, StoryDesk, story_desk

LIV = Person("Liv Agent", "liv@desk.test")
MIA = Person("Mia Manager", "mia@desk.test")
VIC = Person("Vic Vendor", "help@acme.test")
SUE = Person("Sue Vendor", "sue@acme.test")
ROBOT = Person("A Robot", "monitor@machines.test")
BILLING = "billing@desk.test"

CUSTOMERS = (ANN, BEN)
AGENTS = (BEA, CARL, LIV, MIA)
OUTSIDERS = (*CUSTOMERS, EVE, VIC, SUE, ROBOT)

CONFIG = """
[[agent]]
address = "liv@desk.test"
name = "Liv"
level = "L2"
queues = ["support"]
[[agent]]
address = "mia@desk.test"
name = "Mia"
role = "manager"
[[queue]]
name = "support"
[[queue]]
name = "billing"
address = "billing@desk.test"
assign = "least-loaded"
[queue.timers]
warn_after = "30h"
auto_close_after = "60h"
[[vendor]]
name = "ACME"
address = "help@acme.test"
"""
MAILBOX = "inbox"


@dataclass(frozen=True, slots=True)
class Said:
    """One thing that somebody wrote."""

    by: str
    inside: bool = False
    """Nobody outside may ever read it."""
    to_vendor: bool = False


class World:
    """The desk, the people, and what was said and done so far."""

    def __init__(self, desk: StoryDesk) -> None:
        self.desk = desk
        self.said: dict[str, Said] = {}
        self.letters: dict[int, bytes] = {}
        """Every mail that came, by the letter that it is."""
        self.invited: dict[str, set[str]] = {}
        """Message-ID of a mail that opens a case → whom it copied."""
        self.added: set[str] = set()
        """Whom an agent's mail said to let in, by /cc."""
        self.twice = False
        """Whether the mail server ever took a mail without saying so: then, and only then, may copies leave twice."""
        self.read_at: datetime | None = None
        self._notices: dict[str, dict[str, Mail]] = {}
        self._looked_at = 0
        self.fired: set[Timer] = set()
        """Armings that have acted."""
        self._opened()

    @property
    def now(self) -> datetime:
        return self.desk.now

    def word(self, who: Person, *, inside: bool = False, to_vendor: bool = False) -> str:
        """A word that was never said before, and says who said it."""
        made = f"zq{len(self.said):04d}x"
        self.said[made] = Said(who.address, inside, to_vendor)
        return made

    # --- what people see

    def inbox(self, who: Person) -> list[Mail]:
        return self.desk.inbox(who)

    def pick(self, who: Person, back: int) -> Mail | None:
        """One of the newest mails that they have."""
        mails = self.inbox(who)
        return mails[-1 - back % len(mails)] if mails else None

    def notice(self, agent: Person, back: int) -> Mail | None:
        """The newest notice of one of their cases whose answer goes to the customer."""
        mails = list(self._newest_notices(agent).values())
        return mails[back % len(mails)] if mails else None

    def notice_of(self, agent: Person, number: int) -> Mail | None:
        return self._newest_notices(agent).get(str(number))

    def _newest_notices(self, agent: Person) -> dict[str, Mail]:
        for received in self.desk.sink.messages[self._looked_at :]:
            mail = Mail(received.raw)
            if mail.header("X-Maild-Event") in ("new-case", "reply", "undelivered", "assigned"):
                self._notices.setdefault(received.recipient, {})[mail.header("X-Maild-Case")] = mail
        self._looked_at = len(self.desk.sink.messages)
        return self._notices.get(agent.address, {})

    # --- what happens

    def arrive(self, raw: bytes) -> int:
        """A mail lies in the mailbox, is read from it and stored; nothing else."""
        letter = hand_in(self.desk.office, MAILBOX, raw, self.now)
        self.letters[letter] = raw
        return letter

    def read_mailbox(self) -> None:
        """All that lay in the mailbox is stored by now."""
        with self.desk.office.store.write() as unit:
            unit.mailboxes.mark_read(MAILBOX, self.now, 1)
        self.read_at = self.now

    def route(self) -> None:
        route_waiting(self.desk.office, self.desk.clock)

    def tick(self) -> None:
        """Clocks are looked at. None acts too early, twice, or while the reply may lie unread."""
        fired_before = len(self.desk.logged("timer.fired"))
        before = self._timers()
        waiting = self._waiting()
        fire_due(self.desk.office, self.desk.clock)
        for line in self.desk.logged("timer.fired")[fired_before:]:
            due_at = datetime.fromisoformat(line["due"])
            found = [t for t in before if (t.case, t.name, t.due_at) == (line["case"], line["timer"], due_at)]
            assert found, f"a timer acted that was not armed, or twice: {line}"
            (timer,) = found
            assert timer not in self.fired, f"this arming had acted before: {timer}"
            self.fired.add(timer)
            before.remove(timer)
            assert due_at <= self.now, f"acted too early: {timer}"
            assert self.read_at is not None, f"acted before the mailbox was ever read: {timer}"
            assert due_at <= self.read_at, f"acted, but the mailbox was read only until {self.read_at}: {timer}"
            assert due_at <= min(waiting, default=due_at), (
                f"acted while a letter waits that may be the reply: {timer}"
            )

    def turn(self) -> None:
        """Everything that there is to do."""
        self.route()
        self.tick()
        self.send()

    def send(self) -> None:
        """What is due in the outbox leaves, and what was collected for somebody's one mail a day."""
        send_digests(self.desk.office, self.desk.clock)
        with suppress(Temporary), Sender(self.desk.plan.relay()) as sender:
            send_due(self.desk.office, post_through(sender), self.desk.clock)

    def restart(self) -> None:
        self.desk.restart()
        self._opened()

    def _opened(self) -> None:
        self.desk.office.mailbox_queues[MAILBOX] = None

    def _timers(self) -> list[Timer]:
        with self.desk.office.store.read() as unit:
            return unit.timers.listed()

    def _waiting(self) -> list[datetime]:
        """Until when the mailbox had been read when each of the letters came that are not routed."""
        with self.desk.office.store.read() as unit:
            return list(unit.letters.none_waits_before().values())


@contextmanager
def world(folder: Path, sink: SinkServer, store_url: str) -> Iterator[World]:
    with story_desk(folder, sink, store_url, CONFIG) as desk:
        yield World(desk)


# --- mails that no person wrote


def by_machine(raw: bytes, kind: str = "auto-replied") -> bytes:
    return raw.replace(b"Subject:", f"Auto-Submitted: {kind}\r\nSubject:".encode(), 1)


def again(raw: bytes) -> bytes:
    """The same mail, by another way."""
    return b"Received: from another.example\r\n" + raw


def bounce_of(mail: Mail, recipient: str, to: str, action: str, number: int) -> bytes:
    status = "5.1.1" if action == "failed" else "4.4.1"
    return (
        f"From: MAILER-DAEMON@mx.test\r\nTo: {to}\r\nSubject: Undelivered Mail\r\n"
        f"Message-ID: <bounce{number}@mx.test>\r\n"
        "Content-Type: multipart/report; report-type=delivery-status; boundary=b\r\n\r\n--b\r\n\r\nfailed\r\n"
        "--b\r\nContent-Type: message/delivery-status\r\n\r\nReporting-MTA: dns; mx\r\n\r\n"
        f"Final-Recipient: rfc822; {recipient}\r\nAction: {action}\r\nStatus: {status}\r\n\r\n"
        f"--b\r\nContent-Type: text/rfc822-headers\r\n\r\nMessage-ID: {mail.message_id}\r\n\r\n--b--\r\n"
    ).encode()


WORDS = re.compile(r"zq\d{4}x")
MARKS = re.compile(r"c[0-9]{1,12}(?:\.e[0-9]{1,12})?\.([a-z2-7]{16})(?![a-z0-9])", re.IGNORECASE)
SPANS = [
    timedelta(minutes=2),
    timedelta(minutes=40),
    timedelta(hours=7),
    timedelta(hours=24),
    timedelta(hours=25),
    timedelta(days=3),
    timedelta(days=8),
    timedelta(days=22),
]
