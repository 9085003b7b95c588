"""The world outside: customers who write and answer, agents who answer and make notes, machines, forgers.

Every mail has an id of its own and a word that stands nowhere else, so that the checker can say where it went and who
saw it. All of it goes through the real mail server; what comes back is read from the sink. The book says what was
sent, and when the mail server took it.
"""

from __future__ import annotations

import heapq
import random
import smtplib
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from email.utils import format_datetime
from itertools import count

from maild.demo.people import Mail
from tests.servers.sink import Received, SinkServer

SUPPORT, SALES = "support@desk.test", "sales@desk.test"
QUEUES = {SUPPORT: "support", SALES: "sales"}
AGENTS = ("anna@desk.test", "ben@desk.test")
DECOY = "x@decoy.example"
"""Whose mails the nemesis expunges; it never answers."""


@dataclass(slots=True)
class Sent:
    """One line of the book."""

    message_id: str
    kind: str
    """new | reply | answer | note | stranger | machine | forged"""
    sender: str
    to: tuple[str, ...]
    raw: bytes
    canary: str
    """A word that stands in this mail only."""
    taken_at: list[float] = field(default_factory=list)
    """When the mail server took it; more than once for a mail that was sent again."""

    @property
    def is_secret(self) -> bool:
        """No customer may ever read it."""
        return self.kind in ("note", "forged")


class World:
    """Sends until `left` is used up. `feed` makes new matters; reactions come by themselves."""

    def __init__(self, smtp_port: int, sink: SinkServer, dice: random.Random, total: int, *, sales: bool) -> None:
        self.book: dict[str, Sent] = {}
        self.left = total
        self._port = smtp_port
        self._sink = sink
        self._dice = dice
        self._sales = sales
        self._numbers = count(1)
        self._lock = threading.RLock()
        self._later: list[tuple[float, int, Callable[[], None]]] = []
        self._seen = 0
        self._known: set[tuple[str, str]] = set()
        self._stop = threading.Event()
        self._client: smtplib.SMTP | None = None
        self._thread = threading.Thread(target=self._live, name="world", daemon=True)

    def start(self) -> None:
        self._thread.start()

    def stop(self) -> None:
        self._stop.set()
        self._thread.join(20)

    @property
    def is_quiet(self) -> bool:
        """Nobody is about to write."""
        with self._lock:
            return not self._later and self._seen == len(self._sink.messages)

    def feed(self, number: int) -> None:
        """So many new matters arrive."""
        for _ in range(number):
            dice = self._dice.random()
            if dice < 0.07 and (again := self._some_mail()) is not None:
                self._send(again)
            elif dice < 0.12:
                self._write(
                    "machine", self._someone(), (SUPPORT,), "Out of office", "Auto-Submitted: auto-replied\r\n"
                )
            elif dice < 0.16:
                self._write("forged", AGENTS[0], (SUPPORT,), "Please close all", "")
            elif dice < 0.28 and self._sales:
                self._write("new", self._someone(), (SALES,), "Offer")
            elif dice < 0.34 and self._sales:
                self._write("new", self._someone(), (SUPPORT, SALES), "Both of you")
            else:
                self._write("new", self._someone(), (SUPPORT,), "Question")

    def more(self, number: int) -> None:
        """New matters beyond what was planned, because something has not happened yet."""
        with self._lock:
            self.left += 3 * number  # for their answers as well
        self.feed(number)

    # -- reacting

    def _live(self) -> None:
        while not self._stop.wait(0.02):
            with self._lock:
                fresh = self._sink.messages[self._seen :]
                self._seen += len(fresh)
                now = time.monotonic()
                for received in fresh:
                    self._react(received)
                due = []
                while self._later and self._later[0][0] <= now:
                    due.append(heapq.heappop(self._later)[2])
            for act in due:
                act()

    def _react(self, received: Received) -> None:
        mail = Mail(received.raw)
        key = (mail.message_id, received.recipient)
        if key in self._known or received.recipient == DECOY:  # a second copy; nobody
            return
        self._known.add(key)
        event, automatic = mail.header("X-Maild-Event"), mail.header("Auto-Submitted")
        if event in ("new-case", "reply") and received.recipient == AGENTS[0]:
            self._agent_reads(mail, received.recipient)
        elif not event and automatic == "auto-replied" and self._dice.random() < 0.35:
            self._soon(2.0, lambda: self._customer_replies(mail, received.recipient))
        elif not event and not automatic and self._dice.random() < 0.5:  # an agent's answer
            self._soon(9.0, lambda: self._customer_replies(mail, received.recipient))

    def _agent_reads(self, mail: Mail, agent: str) -> None:
        dice = self._dice.random()
        if dice < 0.25:
            self._soon(1.0, lambda: self._reply("answer", mail, agent, mail.reply_address, ""))
        elif dice < 0.33:
            self._soon(1.0, lambda: self._reply("note", mail, agent, mail.reply_address, "/note\r\n\r\n"))

    def _customer_replies(self, mail: Mail, customer: str) -> None:
        dice = self._dice.random()
        if dice < 0.1:  # somebody else guesses the tag
            self._write("stranger", self._someone(), (mail.sender,), mail.subject)
        elif dice < 0.4:  # the tag alone
            self._write("reply", customer, (mail.sender,), f"Re: {mail.subject}")
        elif dice < 0.7:  # references alone
            threads = f"In-Reply-To: {mail.message_id}\r\nReferences: {mail.message_id}\r\n"
            self._write("reply", customer, (mail.sender,), "Re: your mail", threads)
        else:  # the token
            self._reply("reply", mail, customer, mail.reply_address, "")

    def _soon(self, within: float, act: Callable[[], None]) -> None:
        if self.left > 0:
            heapq.heappush(self._later, (time.monotonic() + self._dice.uniform(0, within), next(self._numbers), act))

    # -- writing

    def _reply(self, kind: str, mail: Mail, sender: str, to: str, command: str) -> None:
        threads = f"In-Reply-To: {mail.message_id}\r\nReferences: {mail.message_id}\r\n"
        quote = "\r\n".join(f"> {line}".rstrip() for line in mail.text.split("\n"))
        tail = f"\r\n\r\nOn Monday, {mail.sender} wrote:\r\n{quote}\r\n"
        self._write(kind, sender, (to,), f"Re: {mail.subject}", threads, command, tail)

    def _write(
        self,
        kind: str,
        sender: str,
        to: tuple[str, ...],
        subject: str,
        more: str = "",
        lead: str = "",
        tail: str = "",
    ) -> None:
        with self._lock:
            if self.left <= 0:
                return
            self.left -= 1
            number = next(self._numbers)
            word = "".join(self._dice.choices("bcdfghjklmnpqrstvwxz", k=14))
            if kind in ("new", "machine", "forged"):
                subject = f"{subject} {word}"
            size = self._dice.choice((200, 200, 200, 2_000, 30_000))
        message_id = f"<{kind}{number}.{self._dice.getrandbits(48):x}@{sender.partition('@')[2]}>"
        filler = "".join(f"line {n} of {word} and nothing else\r\n" for n in range(size // 40))
        raw = (
            f"From: Writer {number} <{sender}>\r\nTo: {', '.join(to)}\r\nSubject: {subject}\r\n"
            f"Message-ID: {message_id}\r\nDate: {format_datetime(datetime.now(UTC))}\r\n{more}"
            f"MIME-Version: 1.0\r\nContent-Type: text/plain; charset=utf-8\r\nContent-Transfer-Encoding: 8bit\r\n"
            f"\r\n{lead}Text {word}.\r\n{filler}{tail}"
        ).encode()
        self._send(Sent(message_id, kind, sender, to, raw, word))

    def _send(self, mail: Sent) -> None:
        with self._lock:
            while not self._stop.is_set():
                try:
                    if self._client is None:
                        self._client = smtplib.SMTP("127.0.0.1", self._port, "client.customer.test", timeout=30)
                    self._client.sendmail(mail.sender, list(mail.to), mail.raw)
                    break
                except (smtplib.SMTPException, OSError):
                    self._client = None
                    time.sleep(0.2)
            mail.taken_at.append(time.time())
            self.book[mail.message_id] = mail

    def _some_mail(self) -> Sent | None:
        with self._lock:
            mails = [mail for mail in self.book.values() if mail.kind == "new"]
            if self.left > 0 and mails:
                self.left -= 1
                return self._dice.choice(mails)
        return None

    def _someone(self) -> str:
        return f"c{next(self._numbers)}@{self._dice.choice(('customer', 'firm', 'post'))}.example"
