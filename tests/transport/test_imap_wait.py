"""Waiting for mail: no wake-up is lost, no dead connection is waited on, `stop` is heard."""

from __future__ import annotations

import socket
import threading
import time
from collections.abc import Callable

import pytest

from maild.errors import Temporary
from maild.transport.bell import Bell
from maild.transport.imap import ImapAccess, Mailbox
from tests.servers.certs import Certs
from tests.servers.dovecot import Dovecot
from tests.transport import scripted
from tests.transport.places import Place, mail, on_dovecot, on_pymap

LONG = 30.0


@pytest.fixture(params=["dovecot", "dovecot without TLS", "pymap"])
def place(request: pytest.FixtureRequest) -> Place:
    server = request.getfixturevalue(request.param.split()[0])
    if request.param == "pymap":
        return on_pymap(server)
    return on_dovecot(server, tls="none" if "without" in request.param else "implicit")


def seconds(action: Callable[[], object]) -> float:
    began = time.monotonic()
    action()
    return time.monotonic() - began


def later(delay: float, action: Callable[[], object]) -> threading.Thread:
    thread = threading.Timer(delay, action)
    thread.start()
    return thread


def wait(mailbox: Mailbox, longest: float = LONG) -> float:
    return seconds(lambda: mailbox.wait(longest, Bell()))


@pytest.mark.servers
def test_mail_that_came_between_the_last_look_and_idle_wakes_at_once(place: Place) -> None:
    with Mailbox(place.access()) as mailbox:
        for number in range(4):
            seen = len(mailbox.waiting(0, 100))
            place.append(mail(number))
            assert wait(mailbox) < 5
            assert len(mailbox.waiting(0, 100)) == seen + 1


@pytest.mark.servers
def test_mail_announced_while_others_are_filed_away_wakes_at_once(place: Place) -> None:
    place.append(mail(1))
    with Mailbox(place.access()) as mailbox:
        uids = mailbox.waiting(0, 100)
        place.append(mail(2))
        assert mailbox.file_away(uids) == uids
        assert wait(mailbox) < 5
        assert len(mailbox.waiting(0, 100)) == 1


@pytest.mark.servers
def test_mail_that_comes_during_idle_wakes(place: Place) -> None:
    with Mailbox(place.access()) as mailbox:
        mailbox.waiting(0, 100)
        thread = later(1.3, lambda: place.append(mail(1)))
        assert 1 < wait(mailbox) < 8
        thread.join()
        assert len(mailbox.waiting(0, 100)) == 1


@pytest.mark.servers
@pytest.mark.parametrize("idle", [True, False])
def test_nothing_new_returns_when_the_time_is_over(place: Place, idle: bool) -> None:
    place.append(mail(1))  # old news wakes nobody
    with Mailbox(place.access(idle=idle)) as mailbox:
        mailbox.waiting(0, 100)
        assert 1.4 < wait(mailbox, 1.5) < 4
        assert len(mailbox.waiting(0, 100)) == 1


@pytest.mark.servers
@pytest.mark.parametrize("idle", [True, False])
def test_stop_is_heard_at_once(place: Place, idle: bool) -> None:
    stop = Bell()
    with Mailbox(place.access(idle=idle)) as mailbox:
        thread = later(0.7, stop.set)
        assert 0.6 < seconds(lambda: mailbox.wait(LONG, stop)) < 1.7
        thread.join()
        assert mailbox.waiting(0, 100) == []  # the connection is in step


@pytest.mark.servers
def test_polling_finds_what_came_meanwhile(place: Place) -> None:
    with Mailbox(place.access(idle=False)) as mailbox:
        assert mailbox.waiting(0, 100) == []
        place.append(mail(1))
        mailbox.wait(0.2, Bell())
        assert len(mailbox.waiting(0, 100)) == 1


@pytest.mark.servers
@pytest.mark.parametrize("idle", [True, False])
def test_F06_the_end_of_the_server_ends_the_wait_or_the_next_look(certs: Certs, idle: bool) -> None:
    with Dovecot(certs) as server:
        user = server.new_user()
        mailbox = Mailbox(server.access(user, idle=idle))
        mailbox.connect()
        thread = later(0.7, server.kill)

        def work() -> None:
            mailbox.wait(LONG if idle else 2.0, Bell())
            mailbox.waiting(0, 10)

        began = time.process_time(), time.monotonic()
        with pytest.raises(Temporary):
            work()
        assert time.monotonic() - began[1] < 8
        assert time.process_time() - began[0] < 1.5  # a swallowed end would be a busy loop
        assert not mailbox.connected
        thread.join()
        server.start()
        mailbox.connect()
        server.append(user, mail(1))
        assert len(mailbox.waiting(0, 10)) == 1
        mailbox.close()


def fake(port: int, timeout: float = 2.0) -> ImapAccess:
    return ImapAccess("desk", "127.0.0.1", port, "none", "support", lambda: "x", timeout=timeout)


@pytest.mark.parametrize(
    "said",
    [
        b"+ idling\r\n* 2 EXISTS\r\n",  # one segment: the line is in imaplib's buffer, unseen by poll()
        b"* 2 EXISTS\r\n+ idling\r\n",  # before the continuation
        b"* OK still here\r\n* 2 EXISTS\r\n+ idling\r\n",
    ],
)
def test_news_around_the_continuation_is_not_lost(said: bytes) -> None:
    with scripted.scripted(scripted.imap({b"IDLE": said})) as port, Mailbox(fake(port)) as mailbox:
        assert wait(mailbox, 10) < 3
        assert mailbox.waiting(5, 1) == []


def test_F08_news_that_comes_in_pieces_is_heard() -> None:
    def talk(connection: socket.socket) -> None:
        real_sendall = connection.sendall

        class InPieces:
            """The same talk, every octet in a segment of its own once IDLE has begun."""

            def __getattr__(self, name: str) -> object:
                return getattr(connection, name)

            def sendall(self, data: bytes) -> None:
                if not data.startswith(b"+ idling"):
                    real_sendall(data)
                    return
                connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
                for octet in data:
                    real_sendall(bytes([octet]))
                    time.sleep(0.02)

        scripted.imap({b"IDLE": b"+ idling\r\n* OK still here\r\n* 2 EXISTS\r\n"})(InPieces())  # type: ignore[arg-type]

    with scripted.scripted(talk) as port, Mailbox(fake(port)) as mailbox:
        assert wait(mailbox, 10) < 4
        assert mailbox.waiting(5, 1) == []


def test_a_server_that_repeats_its_count_at_every_occasion_wakes_nobody() -> None:
    answers = {b"IDLE": b"* 1 EXISTS\r\n+ idling\r\n* 1 EXISTS\r\n", b"NOOP": b"* 1 EXISTS\r\n"}
    with scripted.scripted(scripted.imap(answers)) as port, Mailbox(fake(port)) as mailbox:
        assert wait(mailbox, 1.5) > 1.4


def test_the_same_count_after_a_mail_has_left_is_news() -> None:
    answers = {b"NOOP": b"* 1 EXPUNGE\r\n* 1 EXISTS\r\n"}
    with scripted.scripted(scripted.imap(answers)) as port, Mailbox(fake(port)) as mailbox:
        assert wait(mailbox, 10) < 3
    answers = {b"IDLE": b"+ idling\r\n* 1 EXPUNGE\r\n* 1 EXISTS\r\n"}
    with scripted.scripted(scripted.imap(answers)) as port, Mailbox(fake(port)) as mailbox:
        assert wait(mailbox, 10) < 3


@pytest.mark.parametrize(
    "said",
    [b"+ idling\r\n%x", b"+ idling\r\n* BYE time out\r\n", b"+ idling\r\n* 2 EXI%x", b"%t NO not now\r\n", b"%x"],
)
def test_F08_a_connection_that_ends_in_idle_is_temporary_and_dropped(said: bytes) -> None:
    with scripted.scripted(scripted.imap({b"IDLE": said})) as port:
        mailbox = Mailbox(fake(port))
        mailbox.connect()
        began = time.process_time()
        with pytest.raises(Temporary):
            wait(mailbox, 20)
        assert time.process_time() - began < 1
        assert not mailbox.connected


def test_F07_a_server_that_never_ends_idle_is_given_up_after_the_timeout() -> None:
    def deaf(connection: socket.socket) -> None:
        usual = scripted.imap({b"IDLE": b"+ idling\r\n"})

        class NoDone:
            """The same talk, but DONE is not heard."""

            def __getattr__(self, name: str) -> object:
                return getattr(connection, name)

            def sendall(self, data: bytes) -> None:
                if not data.endswith(b" OK done\r\n") or not self.idling:
                    connection.sendall(data)
                self.idling = self.idling or data.startswith(b"+ idling")

            idling = False

        usual(NoDone())  # type: ignore[arg-type]

    with scripted.scripted(deaf) as port:
        mailbox = Mailbox(fake(port, timeout=1.0))
        mailbox.connect()
        with pytest.raises(Temporary, match="timed out"):
            wait(mailbox, 1.2)
        assert not mailbox.connected
