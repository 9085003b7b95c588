"""A mill grinds a corpus: mails go into a Dovecot mailbox, a real `maild run` takes them in (and is killed with
SIGKILL at random moments, if asked), a sink takes what it sends; then everything is counted.

A corpus comes in two phases: `first` opens cases, `second` answers them and needs the numbers they got.
"""

from __future__ import annotations

import json
import random
import subprocess
import time
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tests.faults.daemon import Daemon
from tests.servers import commands
from tests.servers.dovecot import PASSWORD, Dovecot
from tests.servers.sink import SinkServer

DESK = "support@desk.example"


@dataclass(frozen=True, slots=True)
class Corpus:
    first: Sequence[bytes]
    second: Callable[[dict[str, int]], Sequence[bytes]]
    """Message-ID of an opening mail → its case's number, to the second phase's mails."""


@dataclass(slots=True)
class Outcome:
    """The end state of a run, in a form in which two runs can be compared."""

    audit: dict[str, Any]
    inbox: int
    processed: int
    cases: int
    entries: dict[str, tuple[str, ...]]
    """Message-ID of the opening mail → what came in on its case, in order of its ids."""
    acknowledged: Counter[str]
    """Message-ID of a mail → how many different acknowledgements answered it."""
    copies: int
    """Mails at the sink beyond the first of the same Message-ID and bytes."""
    forged: int
    """Mails of the same Message-ID to the same address with other bytes: there must be none."""
    sent: int
    kills: int = 0

    def comparable(self) -> dict[str, Any]:
        outbox = self.audit["outbox"]
        return {
            "stored": self.audit["stored"],
            "entry": self.audit["entry"],
            "duplicate": self.audit["duplicate"],
            "ignored": self.audit["ignored"],
            "quarantined": self.audit["quarantined"],
            "unsent": outbox["waiting"] + outbox["leased"] + outbox["failed"],
            "sent": outbox["sent"],
            "inbox": self.inbox,
            "processed": self.processed,
            "cases": self.cases,
            "entries": self.entries,
            "acknowledged": dict(self.acknowledged),
            "forged": self.forged,
        }


@dataclass
class Mill(Daemon):
    """One desk on one Dovecot user and one sink: its daemon, and all that is counted of it."""

    folder: Path
    dovecot: Dovecot
    sink: SinkServer
    user: str
    store_url: str = "sqlite:///maild.db"
    idle: bool = True
    extra: str = ""
    kills: int = 0

    def __post_init__(self) -> None:
        super().__init__(self.folder)
        self.config.write_text(
            f"""
[desk]
address = "{DESK}"
name = "Desk"
[store]
url = "{self.store_url}"
[[mailbox]]
host = "127.0.0.1"
port = {self.dovecot.imaps_port}
ca_file = "{self.dovecot.certs.ca}"
user = "{self.user}"
password = "{PASSWORD}"
poll_every = "1s"
idle = {str(self.idle).lower()}
queue = "support"
[smtp]
host = "127.0.0.1"
port = {self.sink.port}
undo_window = "0s"
{self.extra}
"""
        )

    def maild(self, *words: str) -> subprocess.CompletedProcess[str]:
        """Run one command to its end."""
        return commands.said([words[0], "-c", str(self.config), *words[1:]], self.folder, within=600)

    def grind(self, mails: Sequence[bytes], dice: random.Random, kills: int, within: float = 600.0) -> None:
        """Put the mails into the mailbox and let the daemon work until nothing is left; kill it so many times."""
        self.dovecot.append(self.user, *mails)
        deadline = time.monotonic() + within
        self.start()
        left = kills
        while left:
            # From the first import to the last commit: short lives as well as long ones.
            time.sleep(dice.uniform(0.05, 2.5))
            self.kill()
            self.kills += 1
            left -= 1
            self.start()
        while not self.is_done():
            assert time.monotonic() < deadline, f"not done after {within} s; see {self.logfile}"
            assert self.is_alive(), f"the daemon ended by itself; see {self.logfile}"
            time.sleep(0.5)
        assert self.stop() == 0

    def is_done(self) -> bool:
        if self.dovecot.mailbox(self.user):
            return False
        counts = self.audit()
        return counts["unrouted"] == 0 and counts["outbox"]["waiting"] + counts["outbox"]["leased"] == 0

    def audit(self) -> dict[str, Any]:
        run = self.maild("audit", "--json")
        assert run.stdout, run.stderr
        counts: dict[str, Any] = json.loads(run.stdout)
        return counts

    def numbers(self) -> dict[str, int]:
        """Message-ID of each case's first mail → its number."""
        return {case["entries"][0]["message_id"]: case["number"] for case in self.export()}

    def export(self) -> list[dict[str, Any]]:
        run = self.maild("export", "--json")
        assert run.returncode == 0, run.stderr
        return [json.loads(line) for line in run.stdout.splitlines()]

    def outcome(self) -> Outcome:
        cases = self.export()
        audit = self.audit()
        seen: dict[tuple[str, str], set[bytes]] = {}
        acknowledgements: dict[str, set[str]] = {}
        for mail in self.sink.messages:
            head = _head(mail.raw)
            seen.setdefault((head["message-id"], mail.recipient), set()).add(mail.raw)
            if head.get("auto-submitted") == "auto-replied":
                acknowledgements.setdefault(head["in-reply-to"], set()).add(head["message-id"])
        return Outcome(
            audit=audit,
            inbox=len(self.dovecot.mailbox(self.user)),
            processed=len(self.dovecot.mailbox(self.user, "Processed")),
            cases=len(cases),
            entries={
                case["entries"][0]["message_id"]: tuple(
                    sorted(entry["message_id"] for entry in case["entries"] if entry["direction"] == "in")
                )
                for case in cases
            },
            acknowledged=Counter({mail: len(ids) for mail, ids in acknowledgements.items()}),
            copies=len(self.sink.messages) - len(seen),
            forged=sum(len(versions) > 1 for versions in seen.values()),
            sent=len(seen),
            kills=self.kills,
        )


def _head(raw: bytes) -> dict[str, str]:
    text = raw.split(b"\r\n\r\n", 1)[0].decode().replace("\r\n ", " ")
    return {name.lower(): value.strip() for name, _, value in (line.partition(":") for line in text.split("\r\n"))}


def question(number: int, text: str = "How?", more: str = "") -> bytes:
    """A mail that opens a case."""
    return (
        f"From: Customer {number} <c{number}@customer.example>\r\nTo: {DESK}\r\nSubject: Question {number}\r\n"
        f"Message-ID: <q{number}@customer.example>\r\nDate: Mon, 02 Jun 2025 08:00:00 +0000\r\n{more}\r\n{text}\r\n"
    ).encode()


def small_corpus(cases: int = 24) -> Corpus:
    """Our own little corpus: new cases, replies by tag, replies by reference, out-of-offices."""

    def mail(number: int, kind: str, subject: str, more: str = "") -> bytes:
        return (
            f"From: Customer {number} <c{number}@customer.example>\r\nTo: {DESK}\r\nSubject: {subject}\r\n"
            f"Message-ID: <{kind}{number}@customer.example>\r\nDate: Mon, 02 Jun 2025 08:00:00 +0000\r\n{more}"
            f"\r\nText {kind} {number}.\r\n"
        ).encode()

    def second(numbers: dict[str, int]) -> list[bytes]:
        mails = []
        for number in range(0, cases, 2):
            opened = f"<new{number}@customer.example>"
            tag = f"[Case #{numbers[opened]}]"
            reference = f"References: {opened}\r\n"
            if number % 6 == 0:
                mails.append(mail(number, "tagged", f"Re: {tag} question"))
            elif number % 6 == 2:
                mails.append(mail(number, "referred", "Re: question", reference))
            else:
                mails.append(
                    mail(number, "away", f"Automatic reply: {tag}", f"Auto-Submitted: auto-replied\r\n{reference}")
                )
        return mails

    return Corpus([mail(number, "new", f"Question {number}") for number in range(cases)], second)
