"""Mail that a server delivers by LMTP becomes letters, and timers wait until none can be on its way any more."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import ExitStack
from dataclasses import replace
from pathlib import Path

import pytest

from maild.daemon.doors import LmtpDoor
from maild.daemon.outage import Outage
from tests.servers.process import free_ports
from tests.servers.sink import SinkServer
from tests.stories.desk import ANN, BEA, DESK, StoryDesk, story_desk
from tests.transport.lmtp_client import Client

QUEUES = """
[[queue]]
name = "support"
[[queue]]
name = "billing"
address = "Billing@desk.test"
[[queue]]
name = "press"
address = "press@desk.test"
[lmtp]
listen = "127.0.0.1:{port}"
"""
Made = Callable[..., tuple[StoryDesk, LmtpDoor, int]]


@pytest.fixture
def made(tmp_path: Path, sink: SinkServer, store_url: str) -> Iterator[Made]:
    """A desk with an open door; `more` is added to its [lmtp]."""
    with ExitStack() as stack:

        def make(more: str = "") -> tuple[StoryDesk, LmtpDoor, int]:
            (port,) = free_ports(1)
            desk = stack.enter_context(story_desk(tmp_path, sink, store_url, QUEUES.format(port=port) + more))
            lmtp = desk.plan.lmtp()
            assert lmtp is not None
            door = LmtpDoor(desk.office, lmtp, desk.clock, lambda: None, Outage(desk.office.log))
            stack.callback(door.close)
            door.tend()
            return desk, door, port

        yield make


def _deliver(port: int, raw: bytes, *recipients: str) -> list[str]:
    with Client(port) as client:
        return client.deliver(raw.replace(b"\r\n.", b"\r\n..").removesuffix(b"\r\n"), *recipients)


def test_F03_a_mail_is_one_letter_in_each_queue_it_was_sent_to(made: Made) -> None:
    desk, _, port = made()
    raw = ANN.writes(DESK, "Hello", ".dots\r\n.\r\n", desk.now)
    replies = _deliver(port, raw, DESK, "billing+x@desk.test", "SUPPORT+c1.abc@DESK.test")
    assert replies == [f"250 2.0.0 kept as letter {letter}" for letter in (1, 2, 1)]
    with desk.office.store.read() as unit:
        letters = [unit.letters.get(1), unit.letters.get(2)]
        assert [(one.mailbox, one.queue) for one in letters if one] == [("lmtp", "support"), ("lmtp", "billing")]
        assert [unit.letters.raw(1), unit.letters.raw(2)] == [raw, raw]
    desk.work()
    assert [case.queue for case in desk.cases()] == ["support", "billing"]


def test_F02_the_same_mail_again_has_no_effect(made: Made) -> None:
    desk, _, port = made()
    raw = ANN.writes(DESK, "Hello", "Question", desk.now)
    for trace in (b"", b"Delivered-To: support@desk.test\r\nReceived: once more\r\n"):
        assert _deliver(port, trace + raw, DESK)[0].startswith("250")
        desk.work()
    assert desk.letters() == {"routed": 1, "duplicate": 1}
    assert len(desk.inbox(ANN)) == 1


def test_a_customers_answer_to_our_plus_address_finds_its_case(made: Made) -> None:
    desk, _, port = made()
    _deliver(port, ANN.writes("billing@desk.test", "Hello", "Question", desk.now), "billing@desk.test")
    desk.work()
    answered = desk.newest(ANN)
    reply = ANN.replies(answered, "One more thing.", desk.now)
    assert _deliver(port, reply, answered.reply_address)[0].startswith("250")
    desk.work()
    assert len(desk.cases()) == 1
    assert [entry.direction for entry in desk.entries(1)].count("in") == 2


@pytest.mark.parametrize(
    ("more", "recipient", "queue"),
    [
        ("", "else@desk.test", None),
        ('queue = "press"\n', "else@desk.test", "press"),
        ('queue = "press"\n', "billing@desk.test", "billing"),
        ('[[agent]]\naddress = "x@desk.test"\n', "x@desk.test", None),
    ],
)
def test_an_address_of_no_queue_is_refused_unless_a_queue_is_named_for_it(
    made: Made, more: str, recipient: str, queue: str | None
) -> None:
    desk, _, port = made(more)
    with Client(port) as client:
        client.say("LHLO x")
        client.say("MAIL FROM:<>")
        reply = client.say(f"RCPT TO:<{recipient}>")
    assert reply.startswith("250" if queue else "550 5.1.1")
    lmtp = desk.plan.lmtp()
    assert lmtp is not None
    assert lmtp.queue_of(recipient) == queue


def _silent_for_three_days(desk: StoryDesk) -> None:
    desk.mail(ANN.writes(DESK, "Where is my parcel?", "It is two weeks late.", desk.now))
    desk.mail(BEA.replies(desk.newest(BEA), "It is on its way.", desk.now))
    desk.answers_leave()
    desk.later(days=3)


def test_F31_after_a_start_no_timer_acts_before_a_server_has_tried_again(made: Made) -> None:
    desk, door, _ = made()
    _silent_for_three_days(desk)
    door.tend()
    desk.work()
    assert len(desk.inbox(ANN)) == 2  # acknowledged and answered, not warned

    assert door._listener is not None
    door._listener._steady_since -= 80 * 60  # so long it has been up
    door.tend()
    desk.work()
    assert len(desk.inbox(ANN)) == 3


def test_F31_a_server_that_never_waits_needs_no_settling(made: Made) -> None:
    desk, door, _ = made('settle = "0s"\n')
    _silent_for_three_days(desk)
    door.tend()
    desk.work()
    assert len(desk.inbox(ANN)) == 3


class _FullDisk:
    def is_short(self) -> bool:
        return True


def test_F26_a_full_disk_puts_mail_off_with_452_and_stores_nothing(made: Made) -> None:
    desk, door, port = made()
    room = desk.office.room
    door._office = replace(desk.office, room=_FullDisk())
    raw = ANN.writes(DESK, "Hello", "Question", desk.now)
    assert [one[:9] for one in _deliver(port, raw, DESK, "press@desk.test")] == ["452 4.3.1"] * 2
    assert desk.letters() == {}
    door._office = replace(desk.office, room=room)
    assert _deliver(port, raw, DESK)[0].startswith("250")


def test_a_door_that_cannot_be_opened_is_tried_again(made: Made) -> None:
    desk, door, _ = made()
    lmtp = desk.plan.lmtp()
    assert lmtp is not None
    second = LmtpDoor(desk.office, lmtp, desk.clock, lambda: None, Outage(desk.office.log))
    second.tend()
    assert "in use" in desk.logged("lmtp.lost")[0]["error"]
    door.close()
    second.tend()
    assert len(desk.logged("lmtp.listening")) == 2
    second.close()
