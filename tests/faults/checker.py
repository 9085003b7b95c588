"""Reads mailbox, store and sink when all is calm, and states the promises one by one.

A `Finding` names a promise, and what broke it. The figures of a run are in `Report`.
"""

from __future__ import annotations

import re
import sqlite3
from collections import Counter, defaultdict
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import create_engine, text

from maild.cli.audit import count
from maild.demo.people import Mail
from tests.faults.plant import MAILBOX, Plant
from tests.faults.world import AGENTS, QUEUES, Sent, World

_EXPECTED = {"forged": "quarantined", "machine": "ignored"}
"""Kind of mail → what becomes of it; all others are routed."""
_ROUTED = "routed"
_SLACK = 2.0
"""Seconds: IMAP and journal know whole seconds only."""


@dataclass(slots=True)
class Report:
    mails: int = 0
    lost: list[str] = field(default_factory=list)
    doubled: list[str] = field(default_factory=list)
    hidden: list[str] = field(default_factory=list)
    """Kept, but not as what they are."""
    changed: list[str] = field(default_factory=list)
    """Other bytes than were sent."""
    unsent: list[str] = field(default_factory=list)
    """Mails that the desk owes: nothing may be missing at the sink, and nothing may be there without a row."""
    copies: int = 0
    """Second copies: of the same Message-ID to the same address, with the same bytes."""
    outside: list[str] = field(default_factory=list)
    """Second copies after the server's answer was recorded, or with other bytes, or with more copies than tries."""
    wrong_closes: list[str] = field(default_factory=list)
    leaks: list[str] = field(default_factory=list)
    unfiled: list[str] = field(default_factory=list)
    """Not in the done folder, or left in the watched one."""
    unsound: list[str] = field(default_factory=list)
    """The audit or the database's own check complains."""
    quarantined: int = 0
    expected_in_quarantine: int = 0
    closed_by_silence: int = 0
    seconds_to_entry: list[float] = field(default_factory=list)

    @property
    def findings(self) -> dict[str, list[str]]:
        """Promise → what broke it. All empty: all kept."""
        names = (
            "lost",
            "doubled",
            "hidden",
            "changed",
            "unsent",
            "outside",
            "wrong_closes",
            "leaks",
            "unfiled",
            "unsound",
        )
        return {name: getattr(self, name) for name in names if getattr(self, name)}


class Checker:
    def __init__(self, plant: Plant, world: World) -> None:
        self._plant = plant
        self._world = world
        self._rows: dict[str, list[Any]] = {}
        self.report = Report(mails=sum(len(mail.taken_at) for mail in world.book.values()))

    def check(self) -> Report:
        self._read()
        self._every_mail()
        self._sink()
        self._closes()
        self._mailbox()
        self._soundness()
        return self.report

    def _read(self) -> None:
        """Everything the store knows, by plain SQL: the checker does not trust the code it checks."""
        tables = {
            "letters": "id, queue, message_id, state, cause, entry_id, case_number, raw_id, received_at",
            "entries": "id, case_number, direction, public, message_id, letter_id, text",
            "outbox": "id, case_number, event, recipient, message_id, state, attempts, sent_at, created_at",
            "cases": "number, requester, status",
            "participants": "case_number, address",
            "journal": "id, at, case_number, letter_id, event, why, actor",
        }
        engine = create_engine(self._plant.store_url)
        with engine.connect() as connection:
            for name, columns in tables.items():
                self._rows[name] = list(connection.execute(text(f"select {columns} from {name} order by 1")))
            self._raws = {row.id: row.content for row in connection.execute(text("select id, content from raws"))}
        engine.dispose()

    # -- what came in

    def _every_mail(self) -> None:
        letters: dict[tuple[str, str], list[Any]] = defaultdict(list)
        for row in self._rows["letters"]:
            letters[row.queue or "?", row.message_id or "?"].append(row)
        for mail in self._world.book.values():
            for address in mail.to:
                queue = QUEUES[_plain(address)]
                self._one(mail, queue, letters.get((queue, mail.message_id), []))
        of_letter = Counter(row.letter_id for row in self._rows["entries"] if row.letter_id is not None)
        self.report.doubled += [
            f"letter {one} has {number} entries" for one, number in of_letter.items() if number > 1
        ]
        held = {(row.queue, row.message_id) for row in self._rows["letters"] if row.state == "quarantined"}
        self.report.quarantined = len(held)
        self.report.expected_in_quarantine = len(
            [1 for mail in self._world.book.values() if mail.kind == "forged" for _ in mail.to]
        )

    def _one(self, mail: Sent, queue: str, rows: list[Any]) -> None:
        """Exactly one of the letters with this id is what the mail is; the others are its duplicates."""
        name = f"{mail.message_id} in {queue}"
        if not rows:
            self.report.lost.append(name)
            return
        states = Counter(row.state for row in rows)
        wanted = _EXPECTED.get(mail.kind, _ROUTED)
        if wanted == _ROUTED:
            whole, again = states[_ROUTED], states["duplicate"]
        else:  # what became no entry makes no duplicates: each is judged anew, alike
            whole, again = 1 if states[wanted] else 0, states[wanted] - 1
        if whole > 1:
            self.report.doubled.append(name)
        elif whole == 0 or whole + again != len(rows):
            causes = {f"{row.state}: {row.cause}" for row in rows if row.state != wanted}
            self.report.hidden.append(f"{name}: {', '.join(sorted(causes))}")
        body = mail.raw.partition(b"\r\n\r\n")[2]
        for row in rows:
            if not bytes(self._raws[row.raw_id]).endswith(b"\r\n\r\n" + body):
                self.report.changed.append(name)
        self._time(mail, rows)

    def _time(self, mail: Sent, rows: list[Any]) -> None:
        at = [when for letter in rows if (when := self._journalled.get(letter.id)) is not None]
        if at and len(mail.taken_at) == 1:
            self.report.seconds_to_entry.append(max(0.0, min(at) - mail.taken_at[0]))

    @property
    def _journalled(self) -> dict[int, float]:
        if not hasattr(self, "_first_lines"):
            self._first_lines: dict[int, float] = {}
            for row in self._rows["journal"]:
                if row.letter_id is not None:
                    self._first_lines.setdefault(row.letter_id, _seconds(row.at))
        return self._first_lines

    # -- what went out

    def _sink(self) -> None:
        rows = {(row.message_id, row.recipient): row for row in self._rows["outbox"]}
        copies: dict[tuple[str, str], list[Any]] = defaultdict(list)
        for received in self._plant.sink.messages:
            copies[Mail(received.raw).message_id, received.recipient].append(received)
        for key, row in rows.items():
            if row.state != "sent":
                self.report.unsent.append(f"{row.event} {key[0]} is {row.state}")
            elif key not in copies:
                self.report.unsent.append(f"{row.event} {key[0]} never reached the relay")
        for key, received in copies.items():
            if key not in rows:
                self.report.unsent.append(f"{key[0]} to {key[1]} left without a row")
                continue
            self._copies(key[0], rows[key], received)
            self._readers(Mail(received[0].raw), rows[key])
        self._acknowledgements()

    def _copies(self, name: str, row: Any, received: list[Any]) -> None:
        self.report.copies += len(received) - 1
        if len({one.raw for one in received}) > 1:
            self.report.outside.append(f"{name}: copies differ")
        if len(received) > row.attempts:
            self.report.outside.append(f"{name}: {len(received)} copies, {row.attempts} tries")
        if row.sent_at is not None and max(one.at for one in received) > _seconds(row.sent_at):
            self.report.outside.append(f"{name}: a copy left after the server's answer was recorded")

    def _acknowledgements(self) -> None:
        """One for each mail of a person that opened a case; none for anything else."""
        opened = Counter(row.case_number for row in self._rows["outbox"] if row.event == "acknowledgement")
        self.report.doubled += [f"case {case} has {n} acknowledgements" for case, n in opened.items() if n > 1]
        for case in self._rows["cases"]:
            if case.number not in opened:
                self.report.unsent.append(f"case {case.number} was never acknowledged")

    def _readers(self, mail: Mail, row: Any) -> None:
        """Who got it takes part in its case; no customer reads what is secret, or what another one wrote."""
        if row.recipient in AGENTS:
            return
        people = {one.address for one in self._rows["participants"] if one.case_number == row.case_number}
        people |= {one.requester for one in self._rows["cases"] if one.number == row.case_number}
        if row.recipient not in people:
            self.report.leaks.append(f"{row.event} of case {row.case_number} went to {row.recipient}")
        words = mail.whole
        for word in set(_WORD.findall(words)) & self._canaries.keys():
            written = self._canaries[word]
            if written.is_secret or (written.kind == "stranger" and written.sender != row.recipient):
                self.report.leaks.append(f"{written.kind} {written.message_id} was read by {row.recipient}")
            if row.event == "acknowledgement" and written.kind in ("new", "stranger"):
                self.report.leaks.append(f"the acknowledgement to {row.recipient} repeats {written.message_id}")

    @property
    def _canaries(self) -> dict[str, Sent]:
        if not hasattr(self, "_by_word"):
            self._by_word = {mail.canary: mail for mail in self._world.book.values()}
        return self._by_word

    # -- timers

    def _closes(self) -> None:
        """No case closed by silence while a mail lay in its mailbox that had come before the deadline."""
        entries = {row.letter_id: row for row in self._rows["entries"] if row.letter_id is not None}
        came: dict[int, list[tuple[float, str]]] = defaultdict(list)
        for letter in self._rows["letters"]:
            entry, mail = entries.get(letter.id), self._world.book.get(letter.message_id or "")
            if entry is not None and mail is not None and mail.kind == "reply" and entry.direction == "in":
                came[entry.case_number].append((_delivered(bytes(self._raws[letter.raw_id])), mail.message_id))
        due: dict[int, float] = {}
        answered: dict[int, float] = {}
        for row in self._rows["journal"]:
            if row.event == "timer.started" and row.why.startswith("silence-close"):
                due[row.case_number] = _due(row.why)
            if row.event == "timer.started" and row.why.startswith("silence-warning"):
                answered[row.case_number] = _seconds(row.at)
            if row.event == "case.moved" and row.actor == "timer silence-close":
                self.report.closed_by_silence += 1
                since, until = answered.get(row.case_number, 0.0), due.get(row.case_number, 0.0)
                for at, name in came[row.case_number]:
                    if since < at - _SLACK and at < until - _SLACK:
                        self.report.wrong_closes.append(f"case {row.case_number}: {name} had come")

    # -- the mailbox and the store itself

    def _mailbox(self) -> None:
        done = b"\n".join(self._plant.dovecot.mailbox(MAILBOX, "Processed"))
        left = self._plant.dovecot.mailbox(MAILBOX)
        if left:
            self.report.unfiled.append(f"{len(left)} mails still lie in the folder")
        for mail in self._world.book.values():
            by_imap = any(QUEUES[_plain(to)] == "support" for to in mail.to)
            if by_imap and mail.message_id.encode() not in done:
                self.report.unfiled.append(mail.message_id)

    def _soundness(self) -> None:
        with self._plant.store() as store, store.read() as unit:
            audit = count(unit)
        if not audit["ok"] or audit["unrouted"]:
            self.report.unsound.append(f"audit: {audit}")
        if self._plant.postgres is None:
            path = self._plant.store_url.removeprefix("sqlite:///")
            with sqlite3.connect(path) as connection:
                said = connection.execute("pragma integrity_check").fetchone()[0]
            connection.close()
            if said != "ok":
                self.report.unsound.append(f"integrity_check: {said}")


_WORD = re.compile(r"\b[bcdfghjklmnpqrstvwxz]{14}\b")


def _plain(address: str) -> str:
    local, _, domain = address.partition("@")
    return f"{local.partition('+')[0]}@{domain}"


def _seconds(at: Any) -> float:
    """A time of either store as seconds since 1970."""
    when = datetime.fromisoformat(at) if isinstance(at, str) else at
    return float((when if when.tzinfo else when.replace(tzinfo=UTC)).timestamp())


def _due(why: str) -> float:
    found = re.search(r"due (\d{4}-\d\d-\d\d \d\d:\d\d:\d\d)Z", why)
    assert found, why
    return _seconds(found[1])


def _delivered(raw: bytes) -> float:
    """When the last server before the mailbox took it: the date of the topmost Received line."""
    from email.utils import parsedate_to_datetime

    head = raw.partition(b"\r\n\r\n")[0].replace(b"\r\n\t", b" ").replace(b"\r\n ", b" ")
    line = next(one for one in head.split(b"\r\n") if one.lower().startswith(b"received:"))
    return parsedate_to_datetime(line.rpartition(b";")[2].decode().strip()).timestamp()
