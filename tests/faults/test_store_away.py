"""The store goes away while a desk works on it (F28, F40): nothing is lost, blamed, half done or sent twice."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from maild.errors import Temporary
from maild.pipeline import send
from maild.pipeline.intake import hand_in
from maild.pipeline.route import route_waiting
from store import StoreUnavailable
from tests.faults.mills import Mill, question
from tests.servers.dovecot import Dovecot
from tests.servers.postgres import Postgres
from tests.servers.process import wait_for
from tests.servers.sink import SinkServer
from tests.stories.desk import ANN, DESK, StoryDesk, story_desk


@pytest.fixture
def own_pg() -> Iterator[Postgres]:
    """A server of this test's own, to be killed."""
    server = Postgres()
    server.start()
    yield server
    server.stop()


@pytest.fixture
def desk(tmp_path: Path, sink: SinkServer, own_pg: Postgres) -> Iterator[StoryDesk]:
    with story_desk(tmp_path, sink, own_pg.url(own_pg.create())) as made:
        yield made


@pytest.fixture
def live(tmp_path: Path, dovecot: Dovecot, sink: SinkServer, own_pg: Postgres) -> Iterator[Mill]:
    made = Mill(tmp_path, dovecot, sink, dovecot.new_user(), own_pg.url(own_pg.create()))
    yield made
    made.kill()


def test_F28_answer_that_could_not_be_recorded_is_recorded_before_anything_else_is_sent(
    desk: StoryDesk, own_pg: Postgres
) -> None:
    posted: list[str] = []

    def dies_after_the_first(_from: str, to: str, *_: Any) -> send.Answer:
        posted.append(to)
        if len(posted) == 1:
            own_pg.kill()
        return send.Answer(send.Verdict.SENT, "250 ok")

    desk.sink.stop()
    desk.mail(ANN.writes(DESK, "Hello", "Question", desk.now))  # three mails: hers, and two agents'
    for _ in range(3):
        with pytest.raises(StoreUnavailable):
            send.send_due(desk.office, dies_after_the_first, desk.clock)
    assert len(posted) == 1
    own_pg.start()
    send.send_due(desk.office, dies_after_the_first, desk.clock)

    assert len(posted) == len(set(posted)) == 3
    with desk.office.store.read() as unit:
        assert {(mail.state.value, mail.attempts) for mail in unit.outbox.listed()} == {("sent", 1)}
    assert len(desk.office.owed) == 0


def test_F28_relay_and_store_that_go_together_leave_no_mail_in_hand_and_count_no_attempt(
    desk: StoryDesk, own_pg: Postgres
) -> None:
    def away(*_: Any) -> send.Answer:
        own_pg.kill()
        raise Temporary("cannot connect")

    desk.sink.stop()
    desk.mail(ANN.writes(DESK, "Hello", "Question", desk.now))
    with pytest.raises((StoreUnavailable, Temporary)):
        send.send_due(desk.office, away, desk.clock)
    own_pg.start()
    desk.sink.start()
    desk.work()
    with desk.office.store.read() as unit:
        assert {(mail.state.value, mail.attempts) for mail in unit.outbox.listed()} == {("sent", 1)}


def test_F28_letter_in_hand_when_the_store_goes_is_not_blamed(desk: StoryDesk, own_pg: Postgres) -> None:
    class Killing:
        """A parser during which the store goes, the first three times."""

        def __init__(self) -> None:
            self.left = 3

        def ready(self) -> None:
            parser.ready()

        def __call__(self, raw: bytes, seconds: float | None = None) -> Any:
            if self.left:
                self.left -= 1
                own_pg.kill()
            return parser(raw, seconds)

    parser = desk.office.read
    object.__setattr__(desk.office, "read", Killing())
    hand_in(desk.office, "inject", ANN.writes(DESK, "Hello", "Question", desk.now), desk.now)
    for _ in range(3):
        with pytest.raises(StoreUnavailable):
            route_waiting(desk.office, desk.clock)
        own_pg.start()
    desk.work()
    assert desk.letters() == {"routed": 1}
    with desk.office.store.read() as unit:
        letter = unit.letters.get(1)
        assert letter is not None
        assert letter.attempts == 1


@pytest.mark.servers
@pytest.mark.slow
def test_F28_postgresql_killed_again_and_again_while_the_daemon_works(live: Mill, own_pg: Postgres) -> None:
    live.start()
    live.sees("mailbox.connected")
    for turn in range(3):
        live.dovecot.append(live.user, *(question(20 * turn + number) for number in range(20)))
        time.sleep(0.3 + 0.4 * turn)
        own_pg.kill()
        time.sleep(2)
        own_pg.start()
    wait_for(lambda: live.audit()["outbox"]["sent"] == 60, 180, "60 acknowledgements", lambda: str(live.audit()))
    assert live.stop() == 0
    end = live.outcome()
    assert (end.cases, end.sent, end.forged, end.inbox, end.copies) == (60, 60, 0, 0, 0)
    assert end.audit["ok"]
    assert end.audit["quarantined"] == 0


@pytest.mark.servers
def test_F28_F40_stopped_with_an_unrecorded_answer_it_waits_for_the_store_and_ends_in_time(
    live: Mill, own_pg: Postgres, monkeypatch: pytest.MonkeyPatch
) -> None:
    live.start(MAILD_FP="smtp.got250:sleep=4")
    live.sees("mailbox.connected")
    live.dovecot.append(live.user, question(1))
    live.sink.wait_for_mail(1)
    own_pg.kill()  # the answer is here, and is not written yet
    live.sees("store.unavailable")
    threading.Timer(6, own_pg.start).start()
    began = time.monotonic()
    assert live.stop() == 0
    assert time.monotonic() - began < 25
    assert live.said("store.owed") == []
    assert live.audit()["outbox"]["sent"] == 1
    assert len(live.sink.messages) == 1


@pytest.mark.servers
def test_F28_F40_it_says_what_it_could_not_record_when_the_store_stays_away(live: Mill, own_pg: Postgres) -> None:
    live.start(MAILD_FP="smtp.got250:sleep=4")
    live.sees("mailbox.connected")
    live.dovecot.append(live.user, question(1))
    live.sink.wait_for_mail(1)
    own_pg.kill()
    live.sees("store.unavailable")
    began = time.monotonic()
    assert live.stop() == 0
    assert time.monotonic() - began < 30
    assert "debts=1" in live.sees("store.owed")[0]
    own_pg.start()


@pytest.mark.servers
def test_F40_stopped_with_much_in_hand_it_ends_in_order_within_20_seconds(
    tmp_path: Path, dovecot: Dovecot, sink: SinkServer
) -> None:
    live = Mill(tmp_path, dovecot, sink, dovecot.new_user())
    try:
        live.dovecot.append(live.user, *map(question, range(300)))
        live.start()
        live.sees("letter.routed", 20)
        began = time.monotonic()
        assert live.stop() == 0
        assert time.monotonic() - began < 25
        half = live.audit()
        assert half["ok"]
        assert half["outbox"]["leased"] == 0
        live.start()
        wait_for(live.is_done, 120, "the rest", lambda: str(live.audit()))
        assert live.stop() == 0
    finally:
        live.kill()
    end = live.outcome()
    assert (end.cases, end.sent, end.copies, end.inbox) == (300, 300, 0, 0)
