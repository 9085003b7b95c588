"""LMTP as a server in front speaks it, and as nobody should: with raw sockets against the real listener."""

from __future__ import annotations

import logging
import random
import socket
import struct
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from maild.errors import Temporary, UserError
from maild.transport.lmtp_access import Listen, LmtpAccess, open_socket, parse_listen, probe
from tests.servers.process import wait_for
from tests.transport.lmtp_client import ANYWHERE, Client, Door, Keeper

RAW = b"From: ann@customer.test\r\nSubject: hello\r\n\r\nOne line."
LARGEST = 5_000_000
Opened = Callable[..., Door]


@pytest.fixture
def opened() -> Iterator[Opened]:
    doors: list[Door] = []

    def make(keeper: Keeper | None = None, **changes: Any) -> Door:
        access = LmtpAccess(**{"listen": ANYWHERE, "largest": LARGEST} | changes)
        doors.append(Door(keeper or Keeper(), access))
        return doors[-1]

    yield make
    for door in doors:
        door.keeper.hold.set()
        door.listener.stop(1.0)


@pytest.fixture
def door(opened: Opened) -> Door:
    return opened()


# --- one reply for each recipient


def test_F03_each_recipient_gets_a_reply_of_their_own(door: Door) -> None:
    with door.client() as client:
        replies = client.deliver(RAW, "a@desk.test", "b@desk.test", "a@desk.test")
        assert client.is_quiet()

    assert replies == [f"250 2.0.0 kept for {who}@desk.test" for who in "aba"]
    assert door.keeper.mails == [(["a@desk.test", "b@desk.test", "a@desk.test"], RAW + b"\r\n")]


def test_F03_a_recipient_refused_at_RCPT_gets_no_second_reply(door: Door) -> None:
    with door.client() as client:
        client.say("LHLO x")
        client.say("MAIL FROM:<>")
        assert client.say("RCPT TO:<who@elsewhere.test>").startswith("550 5.1.1")
        assert client.say("RCPT TO:<a@desk.test>").startswith("250")
        client.say("DATA")
        client.send(RAW + b"\r\n.\r\n")
        assert client.reply() == "250 2.0.0 kept for a@desk.test"
        assert client.is_quiet()
    assert door.keeper.said == [("550 5.1.1 no queue has this address", "<>", "who@elsewhere.test")]


def test_without_any_recipient_there_is_no_DATA(door: Door) -> None:
    with door.client() as client:
        client.say("LHLO x")
        client.say("MAIL FROM:<a@b.test>")
        client.say("RCPT TO:<who@elsewhere.test>")
        assert client.say("DATA").startswith("503 5.5.1")
    assert door.keeper.mails == []


def test_a_whole_conversation_in_one_segment_is_two_mails(door: Door) -> None:
    one = b"MAIL FROM:<a@b.test>\r\nRCPT TO:<%s@desk.test>\r\nDATA\r\nSubject: %s\r\n\r\n.\r\n"
    with door.client() as client:
        client.send(b"LHLO x\r\n" + one % (b"a", b"1") + one % (b"b", b"2") + b"QUIT\r\n")
        codes = [client.reply()[:3] for _ in range(10)]
    assert codes == ["250", *["250", "250", "354", "250"] * 2, "221"]
    assert door.keeper.mails == [(["a@desk.test"], b"Subject: 1\r\n\r\n"), (["b@desk.test"], b"Subject: 2\r\n\r\n")]


# --- the bytes


@pytest.mark.parametrize("length", [998, 1_000, 3_000, 65_535, 65_536, 65_537, 131_072, 1_000_000])
@pytest.mark.parametrize("first", [b"x", b"."])
def test_F04_a_line_of_any_length_is_taken(door: Door, length: int, first: bytes) -> None:
    line = first + b"y" * (length - 1)
    with door.client() as client:
        (reply,) = client.deliver(b"Subject: long\r\n\r\n" + (b"." if first == b"." else b"") + line + b"\r\nend")
    assert reply.startswith("250")
    assert door.keeper.mails[0][1] == b"Subject: long\r\n\r\n" + line + b"\r\nend\r\n"


def test_F04_bytes_arrive_as_they_were_however_they_are_cut(door: Door) -> None:
    dice = random.Random(80)
    alphabet = [b"\r\n", b".", b"..", b"\r", b"\n", b"x", b"y" * 65_535, b"\0", b"\xff", b"\r\n.x", b"\r\n\r\n"]
    with door.client() as client:
        for number in range(60):
            raw = b"".join(dice.choices(alphabet, k=dice.randrange(40))) + b"\r\n"
            stuffed = (b"\r\n" + raw).replace(b"\r\n.", b"\r\n..")[2:]
            client.begin()
            data = stuffed + b".\r\n"
            while data:
                cut = dice.choice([1, 2, 3, 1000, 65_536, len(data)])
                client.send(data[:cut])
                data = data[cut:]
            assert client.reply().startswith("250"), number
            assert door.keeper.mails[-1][1] == raw, number


def test_T80_a_dot_at_the_end_of_a_long_line_does_not_end_the_mail(door: Door) -> None:
    line = b"x" * 100_000 + b"."
    with door.client() as client:
        client.begin()
        client.send(line)
        time.sleep(0.3)  # so that the line is read but for its last octet, and `.CRLF` comes by itself
        client.send(b"\r\nRSET\r\n.\r\n")
        assert client.reply().startswith("250")
        assert client.is_quiet()
    assert door.keeper.mails[0][1] == line + b"\r\nRSET\r\n"


@pytest.mark.parametrize(
    "end",
    [
        *(b"\n.\n", b"\n.\r\n", b"\r.\r", b"\r.\r\n", b"\r\n.\n"),
        *(b"\r\n.\r", b"\r\r\n.\r\r\n", b"\n\r.\r\n", b"\r\n\0.\r\n"),
    ],
)
def test_T80_only_CRLF_dot_CRLF_ends_a_mail(door: Door, end: bytes) -> None:
    smuggled = b"MAIL FROM:<boss@desk.test>\r\nRCPT TO:<support@desk.test>\r\nDATA\r\nSubject: smuggled\r\n\r\n/close"
    sent = RAW + end + smuggled
    with door.client() as client:
        assert [reply[:3] for reply in client.deliver(sent)] == ["250"]
        assert client.is_quiet()
    ((_, kept),) = door.keeper.mails
    assert kept == sent.replace(b"\r\n.", b"\r\n") + b"\r\n"


def test_T67_a_mail_of_the_largest_size_is_taken_and_one_octet_more_is_refused(opened: Opened) -> None:
    door = opened(largest=100_000)
    with door.client() as client:
        (reply,) = client.deliver(b"x" * 99_998)
        assert reply.startswith("250")
        replies = client.deliver(b"x" * 99_999, "a@desk.test", "b@desk.test")
        assert [reply[:9] for reply in replies] == ["552 5.3.4"] * 2
        assert client.deliver(b"x" * 50_000 + b"\r\n" + b"x" * 9_000_000)[0].startswith("552 5.3.4")
        assert client.is_quiet()
    assert [len(raw) for _, raw in door.keeper.mails] == [100_000]


def test_T67_a_mail_announced_as_too_large_is_refused_before_it_is_sent(opened: Opened) -> None:
    door = opened(largest=100_000)
    with door.client() as client:
        client.say("LHLO x")
        assert client.say("MAIL FROM:<a@b.test> SIZE=100001").startswith("552 5.3.4")
        assert client.say("MAIL FROM:<a@b.test> SIZE=100000").startswith("250")
    assert [said[0][:3] for said in door.keeper.said] == ["552"]


# --- too much, and nonsense


def test_T68_twenty_thousand_recipients_are_a_hundred_and_the_others_are_put_off(door: Door) -> None:
    with door.client() as client:
        client.say("LHLO x")
        client.say("MAIL FROM:<a@b.test>")
        client.send(b"".join(b"RCPT TO:<a%d@desk.test>\r\n" % number for number in range(20_000)))
        codes = [client.reply()[:9] for _ in range(20_000)]
        assert codes == ["250 2.1.5"] * 100 + ["452 4.5.3"] * 19_900
        client.say("DATA")
        client.send(RAW + b"\r\n.\r\n")
        assert {client.reply()[:3] for _ in range(100)} == {"250"}
        assert client.is_quiet()
    assert len(door.keeper.mails[0][0]) == 100
    assert len(door.keeper.said) == 1


def test_T81_there_is_no_TLS_and_no_login_to_smuggle_anything_past(door: Door) -> None:
    with door.client() as client:
        client.send(b"LHLO x\r\n")
        offered = [client._file.readline() for _ in range(6)]
        client.send(b"STARTTLS\r\nMAIL FROM:<a@b.test>\r\n")
        assert client.reply().startswith("502")
        assert client.reply().startswith("250")
        assert client.say("AUTH PLAIN AGEAYg==").startswith("502")
    assert not any(b"TLS" in line or b"AUTH" in line for line in offered)
    assert offered[-1].startswith(b"250 ")


@pytest.mark.parametrize(
    "command",
    [
        *("EHLO x", "HELO x", "LHLO", "RCPT TO:<a@desk.test>", "DATA x", "NONSENSE", "x" * 100_000),
        *("MAIL FROM:<a@b.test> SIZE=x", "MAIL FROM:<a@b.test> FOO=bar", "RCPT TO:<\xff\x00@desk.test>"),
        *("MAIL FROM:<((((((((>", "MAIL FROM:<" + "(" * 3000, "MAIL FROM:<" + "a" * 5000 + "@b.test>"),
    ],
)
def test_nonsense_is_refused_and_the_session_goes_on(door: Door, command: str) -> None:
    with door.client() as client:
        if "LHLO" not in command:
            client.say("LHLO x")
        assert client.say(command).startswith("5")
        assert client.deliver(RAW)[0].startswith("250")
    assert door.keeper.troubles == []


def test_too_many_sessions_are_put_off_and_room_is_made_again(opened: Opened) -> None:
    door = opened(sessions=2)
    with door.client() as first, door.client():
        with door.client() as third:
            assert third.greeting.startswith("421 4.3.2")
            assert third.reply() == ""
        assert first.deliver(RAW)[0].startswith("250")
    wait_for(lambda: _greets(door))


def _greets(door: Door) -> bool:
    with door.client() as client:
        return client.greeting.startswith("220")


def test_a_silent_session_is_closed(opened: Opened) -> None:
    door = opened(idle=0.3)
    with door.client() as client:
        client.begin()
        client.send(b"half a li")
        assert client.reply() == ""
    assert door.keeper.mails == []


@pytest.mark.parametrize("how", ["reset", "close", "half"])
@pytest.mark.parametrize("sent", [b"", RAW, RAW + b"\r\n.", RAW + b"\r\n.\r"])
def test_a_connection_that_breaks_before_the_dot_stores_nothing(door: Door, sent: bytes, how: str) -> None:
    client = door.client()
    client.begin()
    client.send(sent)
    if how == "reset":
        client.socket.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    if how == "half":
        client.socket.shutdown(socket.SHUT_WR)
        assert client.reply() == ""
    client.close()
    wait_for(lambda: not door.listener._sessions)
    assert door.keeper.mails == []
    assert door.keeper.troubles == []


# --- any doubt is 451


@pytest.mark.parametrize("fault", ["bug", "too few replies"])
def test_F05_a_fault_while_storing_is_451_for_each_recipient(door: Door, fault: str) -> None:
    if fault == "bug":
        door.keeper.error = ZeroDivisionError("a bug")
    else:
        door.keeper.replies = ["250 2.0.0 kept"]
    with door.client() as client:
        assert [r[:9] for r in client.deliver(RAW, "a@desk.test", "b@desk.test")] == ["451 4.3.0"] * 2
        door.keeper.error = door.keeper.replies = None
        assert client.deliver(RAW)[0].startswith("250")
    assert [type(error) for error in door.keeper.troubles] == [ZeroDivisionError] * (fault == "bug")


def test_F05_a_store_that_does_not_answer_is_451_in_time_and_mails_do_not_pile_up(opened: Opened) -> None:
    door = opened(deliver_within=0.2)
    door.keeper.hold.clear()
    with door.client() as client:
        for _ in range(20):
            assert client.deliver(RAW)[0].startswith("451")
    assert door.listener._workers._work_queue.qsize() == 0
    door.keeper.hold.set()
    wait_for(lambda: not door.listener._in_hand)
    assert 1 <= len(door.keeper.mails) <= 4  # stored after all: what comes again is a duplicate
    with door.client() as client:
        assert client.deliver(RAW)[0].startswith("250")


# --- how long nothing has been waiting outside


@pytest.mark.parametrize("breach", ["451", "452", "421", "broken", "none", "550"])
def test_F31_whatever_makes_a_server_wait_begins_the_span_anew(opened: Opened, breach: str) -> None:
    door = opened(sessions=2, recipients=1)
    began = time.monotonic()
    door.now = lambda: began + 50
    assert door.listener.steady_for() > 49
    with door.client() as client:
        if breach == "451":
            door.keeper.error = OSError("away")
            client.deliver(RAW)
        if breach == "broken":
            client.begin()
        if breach == "421":
            with door.client(), door.client():
                pass
        if breach in ("452", "550"):
            client.say("LHLO x")
            client.say("MAIL FROM:<a@b.test>")
            assert client.say(f"RCPT TO:<a@{'desk' if breach == '452' else 'elsewhere'}.test>")
        if breach == "452":
            assert client.say("RCPT TO:<b@desk.test>").startswith("452")
        if breach not in ("451", "broken"):
            client.say("RSET")
    wait_for(lambda: not door.listener._sessions)
    assert (door.listener.steady_for() > 49) == (breach in ("none", "550"))


def test_F31_a_standstill_begins_the_span_anew(door: Door) -> None:
    began = time.monotonic()
    door.now = lambda: began + 4_000
    assert door.listener.steady_for() == 0
    time.sleep(2.5)  # the loop notices by itself
    door.now = lambda: began + 4_010
    assert door.listener.steady_for() <= 10


# --- stopping


def test_F40_stopping_finishes_the_mail_in_hand_and_lets_nobody_in(opened: Opened) -> None:
    door = opened()
    door.keeper.hold.clear()
    with door.client() as idle, door.client() as busy:
        busy.begin()
        busy.send(RAW + b"\r\n.\r\n")
        assert door.keeper.began.wait(10)
        stopper = threading.Thread(target=door.listener.stop)
        stopper.start()
        assert idle.reply().startswith("421")
        with pytest.raises(ConnectionError):
            Client(door.listener.port)
        door.keeper.hold.set()
        assert busy.reply().startswith("250")
        assert busy.reply().startswith("421")
        stopper.join(10)
    assert len(door.keeper.mails) == 1


def test_F40_who_is_not_done_in_time_is_cut_off_without_a_250(opened: Opened) -> None:
    door = opened()
    with door.client() as client:
        client.begin()
        client.send(RAW)
        began = time.monotonic()
        door.listener.stop(0.3)
        assert time.monotonic() - began < 3
        assert client.socket.recv(100) == b""
    assert door.keeper.mails == []


# --- where


def test_unix_socket_serves_and_a_dead_one_is_taken_away(opened: Opened, tmp_path: Path) -> None:
    path = tmp_path / "lmtp"
    open_socket(Listen(path=str(path))).close()  # as a crash leaves it
    door = opened(listen=parse_listen(f"unix:{path}"))
    with door.client() as client:
        assert client.deliver(RAW)[0].startswith("250")
    with pytest.raises(Temporary, match="another program listens"):
        open_socket(door.listener.access.listen)
    assert "maild listens there" in probe(door.listener.access.listen)
    door.listener.stop()
    assert not path.exists()
    path.write_text("something else")
    with pytest.raises(UserError, match="no socket"):
        open_socket(Listen(path=str(path)))
    assert path.read_text() == "something else"


def test_a_taken_port_is_temporary_and_a_foreign_server_is_told_from_maild(door: Door) -> None:
    taken = Listen("127.0.0.1", door.listener.port)
    with pytest.raises(Temporary, match="in use"):
        open_socket(taken)
    assert "maild listens there" in probe(taken)
    with socket.create_server(("127.0.0.1", 0)) as foreign, pytest.raises(Temporary):
        foreign.listen()
        foreign.settimeout(0)
        probe(Listen("127.0.0.1", foreign.getsockname()[1]))


def test_T83_nothing_of_a_mail_is_logged_by_the_library(door: Door, caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.DEBUG), door.client() as client:
        client.deliver(b"Subject: secret\r\n\r\nsecret words")
    assert "secret" not in caplog.text
    assert "desk.test" not in caplog.text
