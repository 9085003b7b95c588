"""Two nodes on one PostgreSQL at the same instant: on one case, one person, one mail, one timer. Each "node" is an
office of its own, in a thread of its own."""

import threading
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from maild.daemon.wiring import opened_office
from maild.log import Log
from maild.pipeline import due, route
from maild.pipeline.due import fire_due
from maild.pipeline.intake import hand_in
from maild.pipeline.office import Office
from maild.pipeline.route import route_waiting
from store import Busy, StoreUnavailable, open_store
from store.records import Direction
from tests.servers.sink import SinkServer
from tests.stories.desk import ANN, BEA, BEN, DESK, StoryDesk, story_desk

pytestmark = pytest.mark.servers
NOTHING = datetime.min.replace(tzinfo=UTC)
"""The clock of this machine does not matter on PostgreSQL."""


@pytest.fixture
def desk(tmp_path: Path, sink: SinkServer, pg_url: str) -> Iterator[StoryDesk]:
    with story_desk(tmp_path, sink, pg_url) as made:
        yield made


@pytest.fixture
def other(desk: StoryDesk) -> Iterator[Office]:
    """The second node."""
    with ExitStack() as stack:
        office = stack.enter_context(opened_office(desk.plan, Log(desk.output, json_lines=True, clock=desk.clock)))
        office.read.ready()
        yield office


def _at_once(*works: Callable[[], object]) -> None:
    """All at the same instant; what one of them raises is raised."""
    start, troubles = threading.Barrier(len(works)), list[BaseException]()

    def run(work: Callable[[], object]) -> None:
        start.wait()
        try:
            work()
        except BaseException as trouble:
            troubles.append(trouble)

    threads = [threading.Thread(target=run, args=(work,)) for work in works]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    assert not any(thread.is_alive() for thread in threads), "they wait for each other"
    for trouble in troubles:
        raise trouble


def _route_on_both(desk: StoryDesk, other: Office, rounds: int = 1) -> None:
    for _ in range(rounds):
        _at_once(lambda: route_waiting(desk.office, desk.clock), lambda: route_waiting(other, desk.clock))


def _slow(monkeypatch: pytest.MonkeyPatch, module: Any, seconds: float) -> None:
    """Decisions take a while, so that transactions overlap."""
    real = module.decide

    def decide(*arguments: Any) -> Any:
        time.sleep(seconds)
        return real(*arguments)

    monkeypatch.setattr(module, "decide", decide)


def _another(raw: bytes, number: int) -> bytes:
    """The mail with an id and a text of its own: the same one again would be a duplicate."""
    head, _, body = raw.partition(b"\r\n\r\n")
    return head.replace(b"Message-ID: <", b"Message-ID: <%d." % number) + b"\r\n\r\n%d: " % number + body


def _came_in(desk: StoryDesk, number: int) -> list[str | None]:
    return [entry.message_id for entry in desk.entries(number) if entry.direction is Direction.IN]


def test_two_nodes_on_the_same_cases_number_all_events_once_and_never_wait_for_each_other(
    desk: StoryDesk, other: Office, monkeypatch: pytest.MonkeyPatch
) -> None:
    for person in (ANN, BEN):
        desk.mail(person.writes(DESK, "Hello", "Question", desk.now))
    first, second = (person.replies(desk.newest(person), "More", desk.now) for person in (ANN, BEN))
    monkeypatch.setattr(route, "_BATCH", 4)
    _slow(monkeypatch, route, 0.02)
    for number in range(12):  # one batch in this order, the next in that: each node has both cases in hand
        pair = [first, second] if number % 4 < 2 else [second, first]
        for raw in pair:
            hand_in(desk.office, "inject", _another(raw, number), desk.now)
    _route_on_both(desk, other)

    assert desk.letters() == {"routed": 26}
    assert [len(_came_in(desk, number)) for number in (1, 2)] == [13, 13]
    assert desk.logged("letter.failed") == desk.logged("store.unavailable") == []
    with desk.office.store.read() as unit:
        assert {letter.attempts for letter in unit.letters.of_case(1)} == {1}


def test_T29_two_nodes_acknowledge_one_address_no_more_often_than_the_limiter_allows(
    desk: StoryDesk, other: Office, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(route, "_BATCH", 3)
    _slow(monkeypatch, route, 0.02)
    for number in range(24):
        hand_in(desk.office, "inject", ANN.writes(DESK, f"{number}", "x", desk.now), desk.now)
    _route_on_both(desk, other)

    assert len(desk.cases()) == 24
    with desk.office.store.read() as unit:
        mails = [mail for mail in unit.outbox.listed() if mail.event == "acknowledgement"]
    assert len(mails) == 5


def test_T77_the_same_mail_in_the_hands_of_two_nodes_is_one_entry_and_one_duplicate(
    desk: StoryDesk, other: Office, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(route, "_BATCH", 1)
    _slow(monkeypatch, route, 0.2)
    raw = ANN.writes(DESK, "Hello", "Question", desk.now)
    for _ in range(2):
        hand_in(desk.office, "inject", raw, desk.now)
    _route_on_both(desk, other)

    assert desk.letters() == {"routed": 1, "duplicate": 1}
    assert len(desk.cases()) == 1
    assert desk.logged("letter.failed") == []


def test_a_mail_that_answers_one_in_the_hand_of_another_node_waits_for_it(desk: StoryDesk, other: Office) -> None:
    asked = ANN.writes(DESK, "Hello", "Question", desk.now)
    message_id = next(line for line in asked.split(b"\r\n") if line.lower().startswith(b"message-id:"))[11:].strip()
    more = ANN.writes(DESK, "One more thing", "I forgot", desk.now).replace(
        b"Subject:", b"In-Reply-To: " + message_id + b"\r\nSubject:"
    )
    for raw in (asked, more):
        hand_in(desk.office, "inject", raw, desk.now)
    with other.store.write() as unit:
        at = unit.clock(desk.now)
        in_hand = unit.letters.take([1], other.node, at, at + timedelta(minutes=1))
    route_waiting(desk.office, desk.clock)
    assert desk.letters() == {"stored": 2}
    with other.store.write() as unit:
        unit.letters.give_back(in_hand, other.node)
    _route_on_both(desk, other)
    route_waiting(desk.office, desk.clock)

    assert [len(_came_in(desk, case.number)) for case in desk.cases()] == [2]


def test_two_nodes_share_what_is_due_and_each_timer_fires_once(
    desk: StoryDesk, other: Office, monkeypatch: pytest.MonkeyPatch
) -> None:
    for number in range(8):
        ann = type(ANN)("Ann", f"ann{number}@customer.test")
        desk.mail(ann.writes(DESK, "Hello", "Question", desk.now))
        desk.mail(BEA.replies(desk.newest(BEA), "Answer", desk.now))
    desk.answers_leave()
    desk.clock.move(timedelta(hours=25))
    _slow(monkeypatch, due, 0.05)
    fired: list[int] = []
    _at_once(*(lambda office=office: fired.append(fire_due(office, desk.clock)) for office in (desk.office, other)))  # type: ignore[misc]
    fired.append(fire_due(desk.office, desk.clock))

    assert sum(fired) == 8
    assert min(fired[:2]) > 0, "one node did all the work"
    with desk.office.store.read() as unit:
        assert len([mail for mail in unit.outbox.listed() if mail.event == "closing-soon"]) == 8


def test_a_timer_and_a_letter_of_the_same_case_on_two_nodes_never_wait_for_each_other(
    desk: StoryDesk, other: Office, monkeypatch: pytest.MonkeyPatch
) -> None:
    for module in (route, due):
        _slow(monkeypatch, module, 0.1)
    for _ in range(4):
        desk.mail(ANN.writes(DESK, "Hello", "Question", desk.now))
        desk.mail(BEA.replies(desk.newest(BEA), "Answer", desk.now))
        desk.answers_leave()
        desk.clock.move(timedelta(hours=25))
        hand_in(desk.office, "inject", ANN.replies(desk.newest(ANN), "Thank you, but", desk.now), desk.now)
        began = time.monotonic()
        _at_once(
            lambda: route_waiting(desk.office, desk.clock), lambda: fire_due(other, desk.clock, assume_read=True)
        )
        assert time.monotonic() - began < 0.9, "the database had to part them"
    assert desk.logged("tick.failed") == []


def test_a_transaction_that_holds_a_case_is_refused_another_one_instead_of_waiting(desk: StoryDesk) -> None:
    for person in (ANN, BEN):
        desk.mail(person.writes(DESK, "Hello", "Question", desk.now))
    store = desk.office.store
    with store.write() as one, store.write() as two:
        assert one.cases.lock(1) is not None
        assert two.cases.lock(2) is not None
        for unit, number in ((one, 2), (two, 1)):
            with pytest.raises(Busy), unit.savepoint():
                unit.cases.lock(number)
        assert one.cases.lock(1) is not None
        assert one.cases.lock(99) is None


def test_F34_a_writer_that_stands_still_loses_its_transaction_and_what_it_locked(pg_url: str) -> None:
    paused, other = open_store(pg_url, timedelta(seconds=1)), open_store(pg_url)
    with other.write() as unit:
        unit.mailboxes.lease("inbox", "one", unit.clock(NOTHING), unit.clock(NOTHING))
    with pytest.raises(StoreUnavailable), paused.write() as unit:
        assert unit.mailboxes.confirm("inbox", "one", 1)
        with other.write() as elsewhere:
            at = elsewhere.clock(NOTHING)
            assert elsewhere.mailboxes.lease("inbox", "two", at, at) is None
        time.sleep(1.5)
        with other.write() as elsewhere:
            at = elsewhere.clock(NOTHING)
            assert elsewhere.mailboxes.lease("inbox", "two", at, at) == 2
        unit.mailboxes.mark_read("inbox", at, 1)
    paused.close()
    other.close()
