"""How much work the road does, counted and not timed: statements, commits and octets written for a letter or a mail.

The same on every machine, so it is held by a test (tests/pipeline/test_counted_work.py), and docs/performance.md is
made from it. `python -m tests.benchmarks.counted` counts anew and prints what stands in `COUNTED`.
"""

from __future__ import annotations

import tempfile
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from io import StringIO
from pathlib import Path
from typing import Any

from sqlalchemy import Connection, event

from maild.daemon.wiring import opened_office
from maild.demo.people import Mail, Person
from maild.demo.stage import HandClock
from maild.log import Log
from maild.pipeline.due import fire_due
from maild.pipeline.intake import hand_in, take_in
from maild.pipeline.office import Office
from maild.pipeline.route import route_fresh
from maild.pipeline.send import Answer, Verdict, send_due
from maild.settings.build import build
from maild.settings.load import parse as parse_settings
from tests.benchmarks.rules import InProcess
from tests.store.asking import asking


@dataclass(frozen=True, slots=True)
class Count:
    """What one of something costs."""

    sqlite: int
    """Statements."""
    postgres: int
    commits: int
    """Transactions that may write."""
    kilobytes: int | None = None
    """What SQLite hands to the system, about; None where that is next to nothing."""


_TAKEN, _NEW, _SENT = "a letter is taken in", "a new case is routed", "a notice is sent"
COUNTED: dict[str, Count] = {
    _TAKEN: Count(2, 1, 0, 6),
    "a reading of a mailbox with new letters": Count(4, 4, 2),
    _NEW: Count(14, 15, 0, 24),
    "a customer's reply is routed": Count(22, 22, 0, 16),
    "an agent's answer is routed": Count(30, 30, 0, 14),
    "an automatic reply is routed": Count(23, 23, 0, 20),
    "a duplicate is routed": Count(2, 2, 0),
    "a batch of new cases is routed": Count(12, 12, 2),
    "a batch of letters is routed": Count(7, 7, 2),
    _SENT: Count(1, 1, 1, 38),
    "an answer is sent": Count(14, 14, 1, 40),
    "a batch of mails is sent": Count(5, 5, 1),
    "a timer warns": Count(0, 0, 0, 4),
    "a batch of timers fires": Count(29, 29, 1),
    "a look for due timers, none is due": Count(1, 1, 0),
    "a look for letters, none waits": Count(1, 1, 0),
    "a look for mails, none waits": Count(1, 1, 0),
}

_DESK = "support@desk.test"
_BEA = Person("Bea Agent", "bea@desk.test")
_CONFIG = f"""
[desk]
address = "{_DESK}"
[store]
url = "{{store}}"
[smtp]
host = "127.0.0.1"
[[agent]]
address = "{_BEA.address}"
name = "Bea"
"""
_BEGAN = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)
_FEW, _MORE = 1, 3  # together no more than one batch of anything, and each no more than is read at once
"""Letters in a batch: what one letter more costs is the difference, for each; what is left is the batch's own."""


@dataclass(slots=True)
class Work:
    """What was done since it was last looked at."""

    statements: int = 0
    commits: int = 0
    octets: int = field(default_factory=lambda: _written())

    def take(self) -> Work:
        """What was done; and begin anew."""
        now = _written()
        found = Work(self.statements, self.commits, now - self.octets)
        self.statements, self.commits, self.octets = 0, 0, now
        return found


def _written() -> int:
    """Octets this process has handed to the system, whatever became of them."""
    lines = dict(line.split(": ") for line in Path("/proc/self/io").read_text().splitlines())
    return int(lines["wchar"])


@contextmanager
def counting(office: Office) -> Iterator[Work]:
    """Everything that is asked of the store. Savepoints count, each is a way to the server; BEGIN does not."""
    engine, work = office.store._database.engine, Work()

    def asked(_statement: str, _values: object) -> None:
        work.statements += 1

    def committed(connection: Connection) -> None:
        said = connection.get_execution_options()
        work.commits += not (said.get("maild_read"))

    def alone() -> None:
        work.commits += 1

    event.listen(engine, "commit", committed)
    with asking(engine, asked, alone):
        yield work
    event.remove(engine, "commit", committed)


class _Scene:
    """One desk, its customers and its agent, and a mail server that takes everything."""

    def __init__(self, office: Office, clock: HandClock) -> None:
        self.office, self.clock = office, clock
        self.taken: list[tuple[str, Mail]] = []

    def post(self, _from: str, recipient: str, content: bytes, may_leave: Callable[[], bool]) -> Answer | None:
        self.taken.append((recipient, Mail(content)))
        return Answer(Verdict.SENT, "250 ok") if may_leave() else None

    def come(self, letters: Sequence[bytes]) -> None:
        for raw in letters:
            hand_in(self.office, "inject", raw, self.clock())

    def route(self) -> int:
        return route_fresh(self.office, self.clock)

    def send(self) -> int:
        return send_due(self.office, self.post, self.clock)

    def newest(self, to: str) -> Mail:
        return next(mail for recipient, mail in reversed(self.taken) if recipient == to)

    def notice(self, about: Person) -> Mail:
        """The newest that the agent got about this customer's case."""
        tag = self.newest(about.address).subject.partition("]")[0] + "]"
        to_bea = (mail for recipient, mail in reversed(self.taken) if recipient == _BEA.address)
        return next(mail for mail in to_bea if mail.subject.startswith(tag))


def _customer(number: int) -> Person:
    return Person(f"Customer {number}", f"c{number}@customer{number}.test")


def _kinds(scene: _Scene) -> Iterator[tuple[str, Callable[[range], list[bytes]]]]:
    """What comes in, in this order: kind → letters of these customers."""
    now, first = scene.clock, dict[int, bytes]()

    def new(numbers: range) -> list[bytes]:
        text = "I ordered two weeks ago and have heard nothing since. Where is it?\n" * 8
        for n in numbers:
            first[n] = _customer(n).writes(_DESK, f"Where is order {n}?", f"{n}: {text}", now())
        return again(numbers)

    def again(numbers: range) -> list[bytes]:
        return [first[n] for n in numbers]

    def reply(numbers: range) -> list[bytes]:
        people = [(n, _customer(n)) for n in numbers]
        return [one.replies(scene.newest(one.address), f"It is order {n}.", now()) for n, one in people]

    def answer(numbers: range) -> list[bytes]:
        notices = [scene.notice(_customer(n)) for n in numbers]
        return [_BEA.replies(notice, "It left our house today.", now()) for notice in notices]

    def automatic(numbers: range) -> list[bytes]:
        return [raw.replace(b"Subject:", b"Auto-Submitted: auto-replied\r\nSubject:", 1) for raw in reply(numbers)]

    yield "a new case", new
    yield "a customer's reply", reply
    yield "an agent's answer", answer
    yield "an automatic reply", automatic
    yield "a duplicate", again


@dataclass(frozen=True, slots=True)
class _Mail:
    uid: int
    raw: bytes


class _Folder:
    """Mails in a mailbox, as the server shows them."""

    uidvalidity, refusal = 1, None

    def __init__(self, mails: Sequence[bytes], first: int) -> None:
        self._mails = {first + n: raw for n, raw in enumerate(mails)}

    def waiting(self, start: int, limit: int) -> list[int]:
        return list(self._mails)[start : start + limit]

    def sizes(self, uids: Sequence[int]) -> dict[int, int]:
        return {uid: len(self._mails[uid]) for uid in uids}

    def fetch(self, uids: Sequence[int]) -> Iterator[_Mail]:
        return (_Mail(uid, self._mails[uid]) for uid in list(uids))

    def file_away(self, uids: Sequence[int]) -> list[int]:
        for uid in uids:
            del self._mails[uid]
        return list(uids)


def measure(store_url: str, folder: Path) -> dict[str, Work]:
    """Everything in `COUNTED`, on this store."""
    text = _CONFIG.format(store=store_url)
    path = folder / "maild.toml"
    path.write_text(text, encoding="utf-8")
    clock = HandClock(_BEGAN)
    with ExitStack() as stack:
        office = stack.enter_context(opened_office(build(parse_settings(text, path.name), path), Log(StringIO())))
        if store_url.startswith("sqlite"):
            _no_checkpoints(office)
        scene = _Scene(replace(office, read=InProcess()), clock)
        work = stack.enter_context(counting(office))
        return {
            **_taken_in(scene, work),
            **_routed_and_sent(scene, work),
            **_fired(scene, work),
            **_idle(scene, work),
        }


def _no_checkpoints(office: Office) -> None:
    """A checkpoint writes again what many letters wrote: it would fall on one of them, never on the same."""
    engine = office.store._database.engine

    def prepare(dbapi: Any, _record: object) -> None:
        dbapi.execute("PRAGMA wal_autocheckpoint=0")

    event.listen(engine, "connect", prepare)
    engine.dispose()  # each connection is made anew


def _taken_in(scene: _Scene, work: Work) -> dict[str, Work]:
    """What a reading of a mailbox costs. The very first one makes the mailbox's row, and does not count."""
    found = []
    for numbers in (range(100, 101), range(101, 101 + _FEW), range(200, 200 + _MORE)):
        mails = [_customer(n).writes(_DESK, "Read", "x" * 600, scene.clock()) for n in numbers]
        work.take()
        assert take_in(scene.office, "inbox", "INBOX", _Folder(mails, numbers.start + 1), 10**6, scene.clock())
        found.append(work.take())
    scene.route()
    scene.send()
    return _split(*found[1:], one=_TAKEN, batch="a reading of a mailbox with new letters")


def _routed_and_sent(scene: _Scene, work: Work) -> dict[str, Work]:
    found: dict[str, Work] = {}
    for kind, make in _kinds(scene):
        routed, sent = [], []
        for numbers in (range(_FEW), range(_FEW, _FEW + _MORE)):
            scene.come(make(numbers))
            work.take()
            assert scene.route() == len(numbers)
            routed.append(work.take())
            scene.clock.move(timedelta(minutes=2))  # the undo window passes
            scene.send()
            sent.append(work.take())
        batch = "a batch of new cases is routed" if kind == "a new case" else "a batch of letters is routed"
        found |= _split(*routed, one=f"{kind} is routed", batch=batch)
        if kind == "a customer's reply":
            found |= _split(*sent, one=_SENT, batch="a batch of mails is sent")
        if kind == "an agent's answer":
            found |= _split(*sent, one="an answer is sent", batch="a batch of mails is sent")
    return found


def _fired(scene: _Scene, work: Work) -> dict[str, Work]:
    """What it costs that customers are warned who have not answered for a day."""
    found = []
    for numbers in (range(300, 300 + _FEW), range(400, 400 + _MORE)):
        scene.clock.move(timedelta(days=3))  # what is left of others
        fire_due(scene.office, scene.clock, assume_read=True)
        for kind, make in list(_kinds(scene)):
            if kind in ("a new case", "an agent's answer"):
                scene.come(make(numbers))
                scene.route()
                scene.clock.move(timedelta(minutes=2))
                scene.send()
        scene.clock.move(timedelta(hours=25))
        work.take()
        assert fire_due(scene.office, scene.clock, assume_read=True) == len(numbers)
        found.append(work.take())
        scene.send()
    return _split(*found, one="a timer warns", batch="a batch of timers fires")


def _split(few: Work, more: Work, *, one: str, batch: str) -> dict[str, Work]:
    """What one more costs, and what is left when all of them are taken off. Both must come out even."""
    extra = _MORE - _FEW
    each, rest = divmod(more.statements - few.statements, extra)
    assert rest == 0, f"{one}: not every one costs the same"
    commits = (more.commits - few.commits) // extra
    return {
        one: Work(each, commits, (more.octets - few.octets) // extra),
        batch: Work(few.statements - _FEW * each, few.commits - _FEW * commits, 0),
    }


def _idle(scene: _Scene, work: Work) -> dict[str, Work]:
    """What is done when there is nothing to do, every few seconds."""
    looks: dict[str, Callable[[], object]] = {
        "a look for due timers, none is due": lambda: fire_due(scene.office, scene.clock),
        "a look for letters, none waits": scene.route,
        "a look for mails, none waits": scene.send,
    }
    found = {}
    for name, look in looks.items():
        work.take()
        assert not look()
        found[name] = work.take()
    return found


def table() -> str:
    """`COUNTED` for people."""
    head = "| when | statements on SQLite | on PostgreSQL | commits | kB written by SQLite |\n|---|---|---|---|---|\n"
    rows = "".join(
        f"| {what} | {one.sqlite} | {one.postgres} | {one.commits or '–'} | {one.kilobytes or '–'} |\n"
        for what, one in COUNTED.items()
    )
    taken, new, sent = (COUNTED[what].sqlite for what in (_TAKEN, _NEW, _SENT))
    return (
        f"{head}{rows}\nA new case brings two mails out, the acknowledgement and the notice to the agent. So it "
        f"takes {taken} + {new} + 2 × {sent} = {taken + new + 2 * sent} statements on SQLite,\nand its share of what "
        "a batch costs: up to 50 letters are taken as one and 25 are committed as one, and up to 20 mails. What\n"
        "nobody reads before the commit (journal, timers, targets, participants) is written together, and counts to "
        "the batch.\n"
    )


def main() -> None:
    from tests.servers.postgres import Postgres

    postgres = Postgres()
    postgres.start()
    try:
        with tempfile.TemporaryDirectory() as one, tempfile.TemporaryDirectory() as other:
            here = measure("sqlite:///maild.db", Path(one))
            there = measure(postgres.url(postgres.create()), Path(other))
    finally:
        postgres.stop()
    for what, work in here.items():
        size = f", {work.octets // 1024}" if work.octets > 4096 else ""
        print(f'    "{what}": Count({work.statements}, {there[what].statements}, {work.commits}{size}),')


if __name__ == "__main__":
    main()
