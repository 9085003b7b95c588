"""Handing mails to the relay: what became of each, over one connection, byte for byte."""

from __future__ import annotations

import dataclasses
import socket
import threading
import time
from typing import Any

import pytest

from maild.errors import Permanent, Temporary, UserError
from maild.transport.smtp import Outcome, Sender, SmtpAccess, probe
from tests.servers.certs import Certs
from tests.servers.dovecot import ODD
from tests.servers.postfix import Postfix
from tests.servers.process import free_ports
from tests.servers.sink import NewSink, SinkServer
from tests.transport import scripted

RAW = b"From: support@desk.test\r\nSubject: hello\r\n\r\nOne line.\r\n"
FROM, TO = "bounce@desk.test", "carol@customer.test"


def access(port: int, **changes: Any) -> SmtpAccess:
    settings: dict[str, Any] = {
        "host": "127.0.0.1",
        "port": port,
        "tls": "none",
        "helo": "maild.test",
        "timeout": 1.0,
    }
    return SmtpAccess(**(settings | {"last_reply_timeout": 1.0} | changes))


# -- outcomes


def test_an_accepted_mail_is_sent_and_keeps_its_bytes_and_envelope(sink: SinkServer) -> None:
    with Sender(sink.access()) as sender:
        result = sender.send(FROM, TO, RAW)
    assert (result.outcome, result.code) == (Outcome.SENT, 250)
    (received,) = sink.messages
    assert (received.envelope_from, received.recipient, received.raw) == (FROM, TO, RAW)


def test_an_empty_sender_is_the_null_return_path(sink: SinkServer) -> None:
    with Sender(sink.access()) as sender:
        assert sender.send("", TO, RAW).outcome is Outcome.SENT
    assert sink.messages[0].envelope_from == ""


@pytest.mark.parametrize(
    ("reply", "outcome", "code"),
    [("450 4.2.0 greylisted", Outcome.LATER, 450), ("550 5.1.1 no such user", Outcome.FAILED, 550)],
)
def test_F21_a_refused_recipient_is_to_blame_alone(sink: SinkServer, reply: str, outcome: Outcome, code: int) -> None:
    sink.refuse("bad@customer.test", reply)
    with Sender(sink.access()) as sender:
        assert sender.send(FROM, TO, RAW).outcome is Outcome.SENT
        result = sender.send(FROM, "bad@customer.test", RAW)
        assert (result.outcome, result.code) == (outcome, code)
        assert result.text == reply[4:]
        assert sender.send(FROM, TO, RAW).outcome is Outcome.SENT
    assert sink.to(TO) == [RAW, RAW]
    assert sink.to("bad@customer.test") == []
    assert sink.connections == 1


@pytest.mark.parametrize(
    ("reply", "outcome"), [("452 4.3.1 disk full", Outcome.LATER), ("554 5.6.0 spam", Outcome.FAILED)]
)
def test_F20_a_mail_refused_at_the_closing_dot_was_not_sent(sink: SinkServer, reply: str, outcome: Outcome) -> None:
    sink.refuse_data(reply)
    with Sender(sink.access()) as sender:
        assert sender.send(FROM, TO, RAW).outcome is outcome
        sink.refuse_data(None)
        assert sender.send(FROM, TO, RAW).outcome is Outcome.SENT
    assert sink.connections == 1


def test_F22_a_connection_lost_after_the_last_byte_leaves_the_outcome_unknown(sink: SinkServer) -> None:
    sink.hang_up = "data"
    with Sender(sink.access()) as sender:
        result = sender.send(FROM, TO, RAW)
        assert result.outcome is Outcome.UNKNOWN
        assert sink.to(TO) == [RAW]  # it was taken: a second copy is possible
        sink.hang_up = ""
        assert sender.send(FROM, TO, RAW).outcome is Outcome.SENT  # by a new connection
    assert sink.to(TO) == [RAW, RAW]


@pytest.mark.parametrize("step", ["mail", "rcpt"])
def test_F20_a_connection_lost_before_the_last_byte_means_later(sink: SinkServer, step: str) -> None:
    sink.hang_up = step
    with Sender(sink.access()) as sender:
        assert sender.send(FROM, TO, RAW).outcome is Outcome.LATER
        sink.hang_up = ""
        assert sender.send(FROM, TO, RAW).outcome is Outcome.SENT
    assert sink.to(TO) == [RAW]


def test_a_connection_lost_in_the_middle_of_the_mail_means_later() -> None:
    def talk(connection: socket.socket) -> None:
        greet(connection, stop_after=b"DATA")
        connection.recv(1000)
        connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, b"\1\0\0\0\0\0\0\0")  # close by RST

    with scripted.scripted(talk) as port, Sender(access(port)) as sender:
        result = sender.send(FROM, TO, RAW + b"x\r\n" * 4_000_000)
    assert result.outcome is Outcome.LATER


def test_F22_no_reply_after_the_last_byte_is_unknown_after_the_timeout() -> None:
    over = threading.Event()

    def talk(connection: socket.socket) -> None:
        greet(connection, stop_after=b"DATA")
        over.wait(10)

    with scripted.scripted(talk) as port, Sender(access(port, last_reply_timeout=0.5)) as sender:
        assert sender.send(FROM, TO, RAW).outcome is Outcome.UNKNOWN
        over.set()


def test_the_last_reply_may_take_longer_than_the_others() -> None:
    def talk(connection: socket.socket) -> None:
        greet(connection, stop_after=b"DATA")
        time.sleep(1.5)
        connection.sendall(b"250 2.0.0 after a long scan\r\n")
        connection.recv(100)

    with scripted.scripted(talk) as port, Sender(access(port, timeout=0.7, last_reply_timeout=8)) as sender:
        assert sender.send(FROM, TO, RAW).outcome is Outcome.SENT


def test_a_relay_that_wants_a_login_is_trouble_with_the_relay_not_with_the_mail() -> None:
    def talk(connection: socket.socket) -> None:
        greet(connection, stop_after=b"MAIL", last=b"530 5.7.0 Authentication required\r\n")

    with (
        scripted.scripted(talk) as port,
        Sender(access(port)) as sender,
        pytest.raises(Temporary, match="another login: 530"),
    ):
        sender.send(FROM, TO, RAW)


def test_an_address_that_could_become_a_command_never_reaches_the_wire(sink: SinkServer) -> None:
    with Sender(sink.access()) as sender:
        for bad in ("a@b.test>\r\nRCPT TO:<evil@b.test", "a b@c.test", "a@b.test>", "", "a\0@b.test"):
            assert sender.send(FROM, bad, RAW).outcome is Outcome.FAILED
        assert sender.send("x>\r\nQUIT", TO, RAW).outcome is Outcome.FAILED
    assert sink.messages == []
    assert sink.connections == 0


def test_what_the_relay_says_is_one_bounded_printable_line(sink: SinkServer) -> None:
    sink.refuse(TO, "550-5.1.1 no\x1b[2J\r\n550 5.1.1 " + "x" * 400)
    with Sender(sink.access()) as sender:
        result = sender.send(FROM, TO, RAW)
    assert result.outcome is Outcome.FAILED
    assert result.text.isprintable()
    assert len(result.text) <= 300


# -- bytes


@pytest.mark.parametrize(
    ("given", "arrives"),
    [
        (b"S: x\r\n\r\n.\r\n..\r\n.dot\r\nend.\r\n", None),
        (b".\r\n", None),
        (b"S: x\r\n\r\nno end", b"S: x\r\n\r\nno end\r\n"),
        (b"S: x\n\nbare\n.\nlf", b"S: x\r\n\r\nbare\r\n.\r\nlf\r\n"),
        (b"S: x\r\rbare\r.\rcr\r\r\n", b"S: x\r\n\r\nbare\r\n.\r\ncr\r\n\r\n"),
        (b"S: x\r\n\r\n" + b"long" * 20_000 + b"\r\n", None),
        (b"S: x\r\n\r\n\x00\x01\x7f\r\n", None),
        (b"", None),
    ],
)
def test_bytes_arrive_as_they_are_but_for_line_ends(sink: SinkServer, given: bytes, arrives: bytes | None) -> None:
    with Sender(sink.access()) as sender:
        assert sender.send(FROM, TO, given).outcome is Outcome.SENT
        assert sender.send(FROM, TO, RAW).outcome is Outcome.SENT  # nothing was left over
    assert sink.to(TO) == [given if arrives is None else arrives, RAW]


def test_ten_megabytes_arrive_byte_for_byte(sink: SinkServer) -> None:
    raw = RAW + b"".join(b".%07d %s\r\n" % (n, b"y" * 60) for n in range(140_000))
    assert len(raw) > 9_900_000
    with Sender(sink.access()) as sender:
        assert sender.send(FROM, TO, raw).outcome is Outcome.SENT
    assert sink.to(TO) == [raw]


def test_eight_bit_mail_is_announced_and_unchanged(sink: SinkServer) -> None:
    raw = "Subject: Größe\r\n\r\nżółć 質問\r\n".encode()
    with Sender(sink.access()) as sender:
        sender.send(FROM, TO, raw)
        sender.send(FROM, TO, RAW)
    eight, seven = sink.messages
    assert eight.raw == raw
    assert "BODY=8BITMIME" in eight.options
    assert "BODY=8BITMIME" not in seven.options


def test_an_address_outside_ascii_goes_by_smtputf8_or_fails_alone(sink: SinkServer, new_sink: NewSink) -> None:
    with Sender(sink.access()) as sender:
        assert sender.send(FROM, "żółć@customer.test", RAW).outcome is Outcome.SENT
    assert sink.messages[0].recipient == "żółć@customer.test"
    assert "SMTPUTF8" in sink.messages[0].options
    old = new_sink(enable_SMTPUTF8=False)
    with Sender(old.access()) as sender:
        result = sender.send(FROM, "żółć@customer.test", RAW)
        assert result.outcome is Outcome.FAILED
        assert "SMTPUTF8" in result.text
        assert sender.send(FROM, TO, RAW).outcome is Outcome.SENT


def test_a_mail_over_the_relays_size_fails_without_being_sent(new_sink: NewSink) -> None:
    small = new_sink(data_size_limit=1_000)
    with Sender(small.access()) as sender:
        result = sender.send(FROM, TO, RAW + b"x\r\n" * 1_000)
        assert result.outcome is Outcome.FAILED
        assert "the relay takes 1000" in result.text
        assert sender.send(FROM, TO, RAW).outcome is Outcome.SENT


# -- the connection


def test_many_mails_share_one_connection(sink: SinkServer) -> None:
    with Sender(sink.access()) as sender:
        for _ in range(20):
            assert sender.send(FROM, TO, RAW).outcome is Outcome.SENT
    assert (len(sink.messages), sink.connections) == (20, 1)


def test_an_idle_connection_is_replaced(sink: SinkServer) -> None:
    with Sender(sink.access(idle_limit=0.2)) as sender:
        sender.send(FROM, TO, RAW)
        time.sleep(0.4)
        assert sender.send(FROM, TO, RAW).outcome is Outcome.SENT
    assert sink.connections == 2


def test_a_relay_restarted_between_two_mails_is_not_noticed(sink: SinkServer) -> None:
    with Sender(sink.access()) as sender:
        sender.send(FROM, TO, RAW)
        sink.stop()
        sink.start()
        assert sender.send(FROM, TO, RAW).outcome is Outcome.SENT
    assert sink.to(TO) == [RAW, RAW]


def test_a_relay_that_is_down_is_temporary_and_found_again(sink: SinkServer) -> None:
    with Sender(sink.access()) as sender:
        sender.send(FROM, TO, RAW)
        sink.stop()
        for _ in range(2):
            with pytest.raises(Temporary, match="cannot connect"):
                sender.send(FROM, TO, RAW)
        sink.start()
        assert sender.send(FROM, TO, RAW).outcome is Outcome.SENT


def test_a_relay_that_closes_when_greeted_is_temporary(sink: SinkServer) -> None:
    sink.hang_up = "connect"
    with Sender(sink.access()) as sender, pytest.raises(Temporary):
        sender.send(FROM, TO, RAW)


def test_a_silent_relay_is_temporary_after_the_timeout() -> None:
    with scripted.scripted(lambda _: time.sleep(2)) as port, pytest.raises(Temporary, match="timed out"):
        Sender(access(port, timeout=0.5)).send(FROM, TO, RAW)


def test_421_while_busy_means_later_and_a_new_connection() -> None:
    replies = iter([b"421 4.7.0 too many mails, closing\r\n", b"250 OK\r\n"])

    def talk(connection: socket.socket) -> None:
        greet(connection, stop_after=b"MAIL", last=next(replies))
        connection.recv(100)

    with scripted.scripted(talk) as port, Sender(access(port)) as sender:
        assert sender.send(FROM, TO, RAW).code == 421
        assert sender.send(FROM, TO, RAW).outcome is Outcome.LATER  # greeted anew, then left alone


@pytest.mark.parametrize("farewell", [None, b"421 4.7.0 one mail is enough\r\n"])
def test_a_relay_that_takes_one_mail_and_closes_gets_the_next_on_a_new_connection(farewell: bytes | None) -> None:
    heard: list[list[bytes]] = []

    def talk(connection: socket.socket) -> None:
        heard.append(take_one(connection))
        if farewell is not None:
            with connection.makefile("rb") as lines:
                heard[-1].append(lines.readline()[:4])
            connection.sendall(farewell)

    with scripted.scripted(talk) as port, Sender(access(port)) as sender:
        results = [sender.send(FROM, TO, RAW) for _ in range(3)]
    assert [result.outcome for result in results] == [Outcome.SENT] * 3
    assert len(heard) == 3
    assert all(b"RSET" not in commands for commands in heard)


@pytest.mark.parametrize(
    ("answers", "outcome", "goes_on"),
    [
        ("250 250 354", Outcome.SENT, True),
        ("250 550 554", Outcome.FAILED, True),
        ("250 550 354", Outcome.FAILED, False),
        ("450 503 503", Outcome.LATER, True),
        ("550 503 354", Outcome.FAILED, False),
    ],
)
def test_a_relay_that_takes_commands_together_gets_them_together(
    answers: str, outcome: Outcome, goes_on: bool
) -> None:
    """RFC 2920. It says nothing before it has heard all three; where it wants the mail all the same, it gets none."""
    said, greeted = iter([answers, "250 250 354"]), []

    def talk(connection: socket.socket) -> None:
        greeted.append(connection)
        connection.sendall(b"220 ready\r\n")
        heard = []
        with connection.makefile("rb") as lines:
            for line in lines:
                if (verb := line[:4].upper()) in (b"EHLO", b"RSET"):
                    connection.sendall(b"250-relay\r\n250 PIPELINING\r\n")
                    continue
                if verb == b"QUIT":
                    return
                heard.append(verb)
                if verb == b"DATA":
                    assert heard == [b"MAIL", b"RCPT", b"DATA"]
                    heard, codes = [], next(said)
                    connection.sendall(codes.replace(" ", " so\r\n").encode() + b" so\r\n")
                    if codes == "250 250 354":
                        while lines.readline() != b".\r\n":
                            pass
                        connection.sendall(b"250 OK\r\n")

    with scripted.scripted(talk) as port, Sender(access(port)) as sender:
        assert [sender.send(FROM, TO, RAW).outcome for _ in range(2)] == [outcome, Outcome.SENT]
    assert len(greeted) == (1 if goes_on else 2)


@pytest.mark.parametrize("words", [b"", b"250-relay\r\n250 PIPELINING\r\n"])
@pytest.mark.parametrize(("refused", "reply"), [(b"RCPT", b"550 nobody\r\n"), (b"MAIL", b"530 login first\r\n")])
def test_what_a_relay_says_before_it_hangs_up_counts(words: bytes, refused: bytes, reply: bytes) -> None:
    def talk(connection: socket.socket) -> None:
        connection.sendall(b"220 ready\r\n")
        with connection.makefile("rb") as lines:
            for line in lines:
                verb = line[:4].upper()
                if verb == refused:
                    connection.sendall(reply)
                    return
                connection.sendall(words if words and verb == b"EHLO" else b"250 OK\r\n")

    with scripted.scripted(talk) as port, Sender(access(port)) as sender:
        if refused == b"MAIL":
            with pytest.raises(Temporary, match="another login"):
                sender.send(FROM, TO, RAW)
        else:
            result = sender.send(FROM, TO, RAW)
            assert (result.outcome, result.code) == (Outcome.FAILED, 550)


def test_after_a_refusal_and_after_a_pause_the_relay_is_asked_whether_it_is_ready() -> None:
    heard: list[list[bytes]] = []

    def talk(connection: socket.socket) -> None:
        heard.append(take_one(connection, refuse=b"RCPT"))
        for _ in range(2):
            heard.append(take_one(connection, greeting=b""))

    with scripted.scripted(talk) as port, Sender(access(port)) as sender:
        first = [sender.send(FROM, TO, RAW).outcome for _ in range(2)]
        time.sleep(1.1)
        last = sender.send(FROM, TO, RAW).outcome
    assert (first, last) == ([Outcome.FAILED, Outcome.SENT], Outcome.SENT)
    assert [commands[0] for commands in heard] == [b"EHLO", b"RSET", b"RSET"]


def test_closing_twice_or_before_connecting_does_nothing(sink: SinkServer) -> None:
    sender = Sender(sink.access())
    sender.close()
    sender.send(FROM, TO, RAW)
    sink.stop()
    sender.close()
    sender.close()


# -- TLS and login


@pytest.mark.parametrize("implicit", [False, True])
def test_mail_goes_over_verified_tls_with_a_login(new_sink: NewSink, certs: Certs, implicit: bool) -> None:
    relay = new_sink(certs=certs, implicit=implicit, login=("desk", "s3cret"))
    with Sender(relay.access()) as sender:
        assert sender.send(FROM, TO, RAW).outcome is Outcome.SENT
    assert relay.to(TO) == [RAW]
    assert "logged in as desk" in probe(relay.access())


@pytest.mark.parametrize("implicit", [False, True])
def test_a_certificate_of_an_unknown_authority_is_refused_before_the_password(
    new_sink: NewSink, certs: Certs, implicit: bool
) -> None:
    relay = new_sink(certs=certs, implicit=implicit, login=("desk", "s3cret"))
    asked: list[str] = []
    wrong = relay.access(ca_file=str(certs.other_ca), password=lambda: asked.append("asked") or "s3cret")
    with pytest.raises(Permanent, match="certificate is not trusted"):
        probe(wrong)
    with pytest.raises(Temporary, match="certificate is not trusted"):  # no mail is to blame
        Sender(wrong).send(FROM, TO, RAW)
    assert asked == []


def test_a_wrong_password_names_host_and_user_but_not_the_password(new_sink: NewSink, certs: Certs) -> None:
    relay = new_sink(certs=certs, login=("desk", "s3cret"))
    wrong = relay.access(password=lambda: "hunter2")
    with pytest.raises(Permanent) as caught:
        probe(wrong)
    assert f"127.0.0.1:{relay.port}" in str(caught.value)
    assert "login as desk was refused" in str(caught.value)
    assert "hunter2" not in str(caught.value)
    with pytest.raises(Temporary, match="login as desk was refused"):
        Sender(wrong).send(FROM, TO, RAW)


def test_a_password_outside_ascii_logs_in(new_sink: NewSink, certs: Certs) -> None:
    relay = new_sink(certs=certs, login=("desk", "Größe żółć"))
    assert "logged in as desk" in probe(relay.access())


@pytest.mark.servers
def test_a_password_outside_ascii_logs_in_to_postfix(postfix: Postfix) -> None:
    for user, password in ODD.items():
        given = dataclasses.replace(postfix.access(user), password=lambda password=password: password)
        assert "logged in as odd" in probe(given)


def test_a_relay_without_starttls_never_gets_the_password(new_sink: NewSink) -> None:
    relay = new_sink()
    with pytest.raises(Permanent, match="no STARTTLS"):
        probe(relay.access(tls="starttls", user="desk", password=lambda: "s3cret"))


def test_a_relay_without_login_says_so(new_sink: NewSink) -> None:
    relay = new_sink(auth_exclude_mechanism=["LOGIN", "PLAIN"])
    with pytest.raises(Permanent, match="unset user"):
        probe(relay.access(user="desk", password=lambda: "s3cret"))


def test_plaintext_to_another_machine_is_refused_without_connecting() -> None:
    with pytest.raises(UserError, match="password in clear"):
        probe(access(25, host="mail.example.test"))


def test_a_refused_connection_is_temporary() -> None:
    with pytest.raises(Temporary, match="cannot connect"):
        probe(access(free_ports(1)[0]))


def test_a_token_is_sent_as_xoauth2_and_a_refused_one_is_permanent() -> None:
    def talk(connection: socket.socket) -> None:
        with connection.makefile("rb") as lines:
            connection.sendall(b"220 ready\r\n")
            for line in lines:
                if line[:4].upper() == b"EHLO":
                    connection.sendall(b"250-me\r\n250 AUTH XOAUTH2\r\n")
                elif line.startswith(b"AUTH XOAUTH2 dXNlcj1kZXNr"):  # base64 of "user=desk"
                    connection.sendall(b"334 eyJzdGF0dXMiOiI0MDAifQ==\r\n")
                elif line == b"\r\n":
                    connection.sendall(b"535 5.7.8 token expired\r\n")

    with scripted.scripted(talk) as port, pytest.raises(Permanent, match="token expired"):
        probe(access(port, user="desk", oauth2_token=lambda: "ya29"))


def greet(connection: socket.socket, *, stop_after: bytes, last: bytes = b"") -> None:
    """Play a well-behaved relay up to and including one command; `last` replaces the answer to it."""
    connection.sendall(b"220 ready\r\n")
    with connection.makefile("rb") as lines:
        for line in lines:
            command = line[:4].upper()
            answer = b"354 go on\r\n" if command == b"DATA" else b"250 OK\r\n"
            connection.sendall(last if last and command == stop_after else answer)
            if command == stop_after:
                return


def take_one(connection: socket.socket, greeting: bytes = b"220 ready\r\n", refuse: bytes = b"") -> list[bytes]:
    """Play a relay until it has taken one mail, or refused it at this command; the commands that it heard."""
    connection.sendall(greeting)
    heard = []
    with connection.makefile("rb") as lines:
        for line in lines:
            heard.append(command := line[:4].upper())
            if command == refuse:
                connection.sendall(b"550 5.1.1 nobody here\r\n")
                return heard
            connection.sendall(b"354 go on\r\n" if command == b"DATA" else b"250 OK\r\n")
            if command == b"DATA":
                while lines.readline() != b".\r\n":
                    pass
                connection.sendall(b"250 OK\r\n")
                return heard
    return heard


def test_F42_a_name_that_cannot_be_resolved_is_temporary_and_named() -> None:
    began = time.monotonic()
    with pytest.raises(Temporary, match=r"relay\.invalid"), Sender(access(25, host="relay.invalid")) as sender:
        sender.send(FROM, TO, RAW)
    assert time.monotonic() - began < 60
