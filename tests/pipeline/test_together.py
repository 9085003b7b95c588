"""Two nodes on one PostgreSQL at the same instant: on one case, one person, one mail, one timer. Each "node" is an
office of its own, in a thread of its own."""

import threading
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from maild.daemon.presence import _compare
from maild.daemon.wiring import opened_office, post_through
from maild.log import Log
from maild.pipeline import due, route, staffing
from maild.pipeline.due import _fire_some, fire_due
from maild.pipeline.intake import hand_in, take_in
from maild.pipeline.leases import Elsewhere, LeaseLost, boottime, reading
from maild.pipeline.office import Office
from maild.pipeline.route import route_waiting
from maild.pipeline.send import send_due
from maild.transport.imap import Fetched
from maild.transport.smtp import Sender
from store import Busy, StoreUnavailable, open_store
from store.letters import Place
from store.records import Direction, LetterState, Timer
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


def _slow(monkeypatch: pytest.MonkeyPatch, seconds: float) -> None:
    """Decisions take a while, so that transactions overlap."""
    real = staffing.decide

    def decide(*arguments: Any) -> Any:
        time.sleep(seconds)
        return real(*arguments)

    monkeypatch.setattr(staffing, "decide", decide)


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
    _slow(monkeypatch, 0.02)
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
    _slow(monkeypatch, 0.02)
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
    _slow(monkeypatch, 0.2)
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
        in_hand = unit.waiting.take([1], other.node, at, at + timedelta(minutes=1))
    route_waiting(desk.office, desk.clock)
    assert desk.letters() == {"stored": 2}
    with other.store.write() as unit:
        unit.waiting.give_back(in_hand, other.node)
    _route_on_both(desk, other)
    route_waiting(desk.office, desk.clock)

    assert [len(_came_in(desk, case.number)) for case in desk.cases()] == [2]


def test_two_nodes_share_what_is_due_and_each_timer_fires_once(
    desk: StoryDesk, other: Office, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(due, "_AT_ONCE", 2)
    for number in range(8):
        ann = type(ANN)("Ann", f"ann{number}@customer.test")
        desk.mail(ann.writes(DESK, "Hello", "Question", desk.now))
        desk.mail(BEA.replies(desk.newest(BEA), "Answer", desk.now))
    desk.answers_leave()
    desk.clock.move(timedelta(hours=25))
    _slow(monkeypatch, 0.05)
    fired: list[int] = []
    _at_once(*(lambda office=office: fired.append(fire_due(office, desk.clock)) for office in (desk.office, other)))  # type: ignore[misc]
    fired.append(fire_due(desk.office, desk.clock))

    assert sum(fired) == 8
    assert min(fired[:2]) > 0, "one node did all the work"
    with desk.office.store.read() as unit:
        assert len([mail for mail in unit.outbox.listed() if mail.event == "closing-soon"]) == 8


def _timers(names: Sequence[str]) -> list[Timer]:
    """One of each case, from 1 on."""
    at = datetime(2026, 3, 2, tzinfo=UTC)
    return [
        Timer(id=n, case=n, name=name, queue="support", due_at=at, armed_at=at) for n, name in enumerate(names, 1)
    ]


def test_due_timers_are_parted_by_case_and_what_is_counted_of_all_stays_in_one_part(desk: StoryDesk) -> None:
    timers = _timers(["silence-warning", "targets", "silence-close", "silence-close"] * 15)
    (first, second), rest = due._parts(desk.office, timers)
    assert {timer.name for timer in second} == {"silence-warning"}
    assert sorted(timer.id for timer in (*first, *second, *rest)) == [timer.id for timer in timers]
    assert len(rest) == 20
    again = [replace(timer, name="targets") for timer in timers[:20]]  # another timer of each of these cases
    (first, second), _ = due._parts(desk.office, [*timers[:20], *again])
    assert {timer.case for timer in first} & {timer.case for timer in second} == set()


def test_where_a_queue_deals_out_its_cases_timers_fire_in_one_part(
    tmp_path: Path, sink: SinkServer, pg_url: str
) -> None:
    with story_desk(tmp_path, sink, pg_url, '[[queue]]\nname = "support"\nassign = "least-loaded"\n') as dealing:
        timers = _timers(["targets"] * 60)
        assert due._parts(dealing.office, timers) == ([timers[:20]], timers[20:])


def test_a_timer_and_a_letter_of_the_same_case_on_two_nodes_never_wait_for_each_other(
    desk: StoryDesk, other: Office, monkeypatch: pytest.MonkeyPatch
) -> None:
    desk.mail(ANN.writes(DESK, "Hello", "Question", desk.now))
    desk.mail(BEA.replies(desk.newest(BEA), "Answer", desk.now))
    desk.answers_leave()
    desk.clock.move(timedelta(hours=25))
    with other.store.read() as unit:  # seen to be due just before the letter comes
        timer = next(timer for timer in unit.timers.of_case(1) if timer.name == "silence-warning")
    hand_in(desk.office, "inject", ANN.replies(desk.newest(ANN), "Thank you, but", desk.now), desk.now)
    has_the_case, real = threading.Event(), staffing.decide

    def decide(*arguments: Any) -> Any:
        has_the_case.set()
        time.sleep(1)  # the timer is looked at meanwhile, and this letter stops it afterwards
        return real(*arguments)

    monkeypatch.setattr(staffing, "decide", decide)
    # Were they to wait for each other, the database would break one off, and that raises.
    _at_once(
        lambda: route_waiting(desk.office, desk.clock),
        lambda: (has_the_case.wait(30), _fire_some(other, [timer], desk.clock)),
    )
    assert desk.logged("tick.failed") == desk.logged("timer.fired") == []
    assert desk.timers(1) == {}


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


@dataclass
class _Folder:
    """A folder with one mail, or a few; `meanwhile` happens while they are fetched."""

    meanwhile: Callable[[], object]
    uids: tuple[int, ...] = (1,)
    filed: list[int] = field(default_factory=list)
    uidvalidity: int = 1
    refusal: str = ""

    def waiting(self, start: int, limit: int) -> list[int]:
        return [uid for uid in self.uids if uid not in self.filed][start : start + limit]

    def sizes(self, uids: Sequence[int]) -> dict[int, int]:
        return dict.fromkeys(uids, 10)

    def fetch(self, uids: Sequence[int]) -> Iterator[Fetched]:
        self.meanwhile()
        yield from (Fetched(uid, b"raw %d" % uid, datetime.now(UTC)) for uid in uids)

    def file_away(self, uids: Sequence[int]) -> list[int]:
        self.filed += uids
        return list(uids)


def test_F34_what_a_former_reader_has_fetched_is_neither_stored_nor_moved(desk: StoryDesk, other: Office) -> None:
    def passes_on() -> None:
        with other.store.write() as unit:
            unit.mailboxes.reclaim([desk.office.node])
            at = unit.clock(desk.now)
            assert unit.mailboxes.lease("inbox", other.node, at, at + timedelta(minutes=1)) == 2

    folder = _Folder(passes_on)
    with pytest.raises(LeaseLost), reading(desk.office, "inbox", desk.clock) as hold:
        take_in(desk.office, "inbox", "INBOX", folder, 100, desk.now, hold=hold)
    with desk.office.store.read() as unit:
        assert unit.letters.count() == 0
        assert unit.mailboxes.read_at(["inbox"]) == {}
        assert unit.mailboxes.leases()["inbox"].holder == other.node
    assert folder.filed == []


def test_of_mails_of_which_another_has_stored_one_meanwhile_the_rest_is_stored_and_none_twice(
    desk: StoryDesk, other: Office
) -> None:
    def is_quicker() -> None:
        with other.store.write() as unit:
            unit.letters.store("inbox", None, b"raw 2", desk.now, Place("INBOX", 1, 2))

    folder = _Folder(is_quicker, (1, 2, 3))
    take_in(desk.office, "inbox", "INBOX", folder, 100, desk.now)
    with desk.office.store.read() as unit:
        assert sorted(unit.letters.raw(letter.id) for letter in unit.waiting.fresh(9, "any", desk.now)) == [
            b"raw 1",
            b"raw 2",
            b"raw 3",
        ]
    assert folder.filed == [1, 2, 3]
    assert desk.output.getvalue().count('"letter.stored"') == 2


def test_F34_a_reader_stops_by_itself_before_its_lease_ends(desk: StoryDesk) -> None:
    office = replace(desk.office, lease=timedelta(seconds=1))
    with pytest.raises(LeaseLost), reading(office, "inbox", desk.clock) as hold:
        folder = _Folder(lambda: hold.trust_until(boottime()))  # the last renewal is too long ago
        take_in(office, "inbox", "INBOX", folder, 100, desk.now, hold=hold)
    with office.store.read() as unit:
        assert unit.letters.count() == 0
    assert folder.filed == []


def test_a_lease_is_renewed_while_its_holder_works_and_left_when_it_ends(desk: StoryDesk, other: Office) -> None:
    one, two = (replace(office, lease=timedelta(seconds=1)) for office in (desk.office, other))
    over = threading.Event()
    with reading(one, "inbox", desk.clock, over) as hold:
        time.sleep(2.5)
        hold.check()
        with pytest.raises(Elsewhere, match=one.node), reading(two, "inbox", desk.clock):
            pass
    assert not over.is_set()
    with reading(two, "inbox", desk.clock) as hold:
        assert hold.fence == 2


def test_a_reader_is_told_when_its_mailbox_has_passed_on(desk: StoryDesk, other: Office) -> None:
    one, over = replace(desk.office, lease=timedelta(seconds=1)), threading.Event()
    with pytest.raises(LeaseLost), reading(one, "inbox", desk.clock, over) as hold:
        with other.store.write() as unit:
            unit.mailboxes.reclaim([one.node])
        assert over.wait(5)
        hold.check()


def test_letters_in_hand_stay_there_however_long_they_take_to_read(
    desk: StoryDesk, other: Office, monkeypatch: pytest.MonkeyPatch
) -> None:
    one = replace(desk.office, lease=timedelta(seconds=1))
    hand_in(one, "inject", ANN.writes(DESK, "Hello", "Question", desk.now), desk.now)
    _slow(monkeypatch, 0)
    read = one.read

    class Slow:
        def ready(self) -> None:
            read.ready()

        def __call__(self, raw: bytes, seconds: float | None = None) -> Any:
            time.sleep(3)
            return read(raw, seconds)

    _at_once(
        lambda: route_waiting(replace(one, read=Slow()), desk.clock),
        lambda: (time.sleep(1.5), route_waiting(other, desk.clock)),
        lambda: (time.sleep(2.5), route_waiting(other, desk.clock)),
    )
    with one.store.read() as unit:
        letter = unit.letters.get(1)
    assert letter is not None
    assert (letter.state, letter.attempts) == (LetterState.ROUTED, 1)


def test_F34_a_mail_whose_lease_is_nearly_over_does_not_leave(desk: StoryDesk) -> None:
    desk.sink.stop()
    desk.mail(ANN.writes(DESK, "Hello", "Question", desk.now))
    desk.sink.start()
    moments = iter([0.0, 0.0, *[400.0] * 50])  # leased, begun; then the machine slept during the dialogue
    with Sender(desk.plan.relay()) as sender:
        post = post_through(sender)
        assert send_due(desk.office, post, desk.clock, lambda: False, passed=lambda: next(moments)) == 0
        assert desk.sink.messages == []
        with desk.office.store.read() as unit:
            assert {(mail.state.value, mail.attempts) for mail in unit.outbox.listed()} == {("waiting", 0)}
        assert send_due(desk.office, post, desk.clock) == 3
    assert len(desk.sink.messages) == 3
    assert len(desk.logged("mail.deferred")) == 1


def test_a_clock_far_from_the_databases_is_said_once(desk: StoryDesk) -> None:
    now = datetime.now(UTC)
    for seconds in (1, -4, 9, -90):
        _compare(desk.office, now - timedelta(seconds=seconds))
    (line,) = desk.logged("clock.apart")
    assert 8 <= int(line["seconds"]) <= 15
