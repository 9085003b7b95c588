"""A desk for stories: real store, real SMTP to a sink, letters handed in as a pipe would, a clock moved by hand.

desk.mail(ANN.writes(…))       a mail arrives and everything that follows is done
desk.inbox(ANN)                what she got, oldest first
desk.later(hours=24)           time passes; timers fire, mails leave
desk.case(1), desk.entries(1), desk.why(1)
"""

from __future__ import annotations

import atexit
import io
import json
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from maild.daemon.once import turn
from maild.daemon.wiring import opened_office, reader_of
from maild.demo.people import Mail, Person
from maild.demo.stage import HandClock
from maild.log import Log
from maild.pipeline.intake import hand_in
from maild.pipeline.office import Office
from maild.pipeline.reading import Reader
from maild.settings.build import Plan, build
from maild.settings.load import parse
from store.records import Case, Entry
from tests.servers.sink import SinkServer
from tests.servers.stores import put_ready_store

ANN = Person("Ann Customer", "ann@customer.test")
BEN = Person("Ben Customer", "ben@customer.test")
EVE = Person("Eve Stranger", "eve@elsewhere.test")
BEA = Person("Bea Agent", "bea@desk.test")
CARL = Person("Carl Agent", "carl@desk.test")
DESK = "support@desk.test"
MONDAY = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)
"""When stories begin: at nine, when work does, so that working time is the same whenever they are told."""

CONFIG = """
[desk]
address = "support@desk.test"
name = "Example Support"
[store]
url = "{store}"
[smtp]
host = "127.0.0.1"
port = {port}
[[agent]]
address = "bea@desk.test"
name = "Bea"
[[agent]]
address = "carl@desk.test"
name = "Carl"
"""


_OF_NEARLY_EVERY_CASE = {"targets", "stale", "no-response"}


_readers: dict[str, Reader] = {}


def _reader(plan: Plan) -> Reader:
    """One parser process for all desks that read alike: to start one takes longer than to read ten mails."""
    alike = repr((plan.settings.limits, plan.reading, plan.desk.tag, plan.desk.own_lists))
    if alike not in _readers:
        _readers[alike] = reader_of(plan, Log(io.StringIO()))
        atexit.register(_readers[alike].close)
    return _readers[alike]


class StoryDesk:
    def __init__(self, folder: Path, sink: SinkServer, text: str, stack: ExitStack, began: datetime) -> None:
        path = folder / "maild.toml"
        path.write_text(text, encoding="utf-8")
        self.path = path
        self.plan = build(parse(text, str(path)), path)
        put_ready_store(self.plan.store_url)
        self.clock = HandClock(began)
        self.output = io.StringIO()
        self.sink = sink
        self._relay = self.plan.relay()
        self._opened = stack
        self.office = self._open()

    def _open(self) -> Office:
        log = Log(self.output, json_lines=True, clock=self.clock)
        return replace(self._opened.enter_context(opened_office(self.plan, log)), read=_reader(self.plan))

    def restart(self) -> None:
        """The process ends, and another begins."""
        self._opened.close()
        self.office = self._open()

    @property
    def now(self) -> datetime:
        return self.clock()

    def mail(self, raw: bytes, mailbox: str = "inject") -> None:
        """A mail arrives, and all that follows is done."""
        hand_in(self.office, mailbox, raw, self.now)
        self.work()

    def work(self) -> bool:
        return turn(self.office, [], self._relay, self.clock)

    def later(self, **span: float) -> None:
        self.clock.move(timedelta(**span))
        self.work()

    def answers_leave(self) -> None:
        """The undo window passes."""
        self.later(minutes=2)

    def inbox(self, person: Person) -> list[Mail]:
        return [Mail(raw) for raw in self.sink.to(person.address)]

    def newest(self, person: Person) -> Mail:
        return self.inbox(person)[-1]

    def case(self, number: int) -> Case:
        with self.office.store.read() as unit:
            case = unit.cases.get(number)
        assert case is not None, f"there is no case {number}"
        return case

    def cases(self) -> list[Case]:
        with self.office.store.read() as unit:
            return list(unit.cases.listed())

    def entries(self, number: int) -> list[Entry]:
        with self.office.store.read() as unit:
            return unit.entries.of_case(number)

    def timers(self, number: int, *, every: bool = False) -> dict[str, datetime]:
        """What waits; with `every` also the timers of targets and reminders, which nearly every case has."""
        with self.office.store.read() as unit:
            found = {timer.name: timer.due_at for timer in unit.timers.of_case(number)}
        return {name: at for name, at in found.items() if every or name not in _OF_NEARLY_EVERY_CASE}

    def journal(self, number: int) -> list[str]:
        with self.office.store.read() as unit:
            return [line.event for line in unit.journal.of_case(number)]

    def letters(self) -> dict[str, int]:
        with self.office.store.read() as unit:
            return unit.letters.counts()

    def quarantined(self) -> list[str | None]:
        with self.office.store.read() as unit:
            return [letter.cause for letter in unit.letters.quarantined()]

    def logged(self, event: str) -> list[dict[str, Any]]:
        lines = [json.loads(line) for line in self.output.getvalue().splitlines()]
        return [line for line in lines if line["event"] == event]


@contextmanager
def story_desk(
    folder: Path,
    sink: SinkServer,
    store_url: str = "sqlite:///maild.db",
    more: str = "",
    began: datetime = MONDAY,
    text: str = CONFIG,
) -> Iterator[StoryDesk]:
    with ExitStack() as stack:
        yield StoryDesk(folder, sink, text.format(store=store_url, port=sink.port) + more, stack, began)
