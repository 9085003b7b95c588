"""What a watched folder says when the network, the server, the certificate or the password is wrong."""

from __future__ import annotations

import socket
import time
from collections.abc import Callable, Iterator
from typing import Any

import pytest

from maild.demo.servers import DemoServers
from maild.errors import MaildError, Permanent, Temporary, UserError
from maild.transport.bell import Bell
from maild.transport.imap import ImapAccess, Mailbox, probe
from tests.servers.certs import Certs
from tests.servers.dovecot import ODD, Dovecot
from tests.servers.process import free_ports
from tests.servers.pymap_server import pymap_access
from tests.transport import scripted
from tests.transport.places import mail

SECRET = 'hunter2 "quoted" \\ back'


def access(port: int, **changes: Any) -> ImapAccess:
    settings: dict[str, Any] = {
        "name": "desk", "host": "127.0.0.1", "port": port, "tls": "none", "user": "support@desk.test",
        "password": lambda: SECRET, "timeout": 1.0,
    }  # fmt: skip
    return ImapAccess(**(settings | changes))


@pytest.fixture(scope="module")
def mortal(certs: Certs) -> Iterator[Dovecot]:
    """A Dovecot that only this file kills."""
    with Dovecot(certs) as server:
        yield server


# -- TLS


@pytest.mark.servers
@pytest.mark.parametrize("tls", ["implicit", "starttls", "none"])
def test_each_way_of_connecting_on_the_loopback_works(dovecot: Dovecot, tls: str) -> None:
    assert "0 in INBOX" in probe(dovecot.access(dovecot.new_user(), tls=tls))


@pytest.mark.servers
@pytest.mark.parametrize("tls", ["implicit", "starttls"])
def test_a_certificate_of_an_unknown_authority_is_refused_before_the_password(
    dovecot: Dovecot, certs: Certs, tls: str
) -> None:
    asked: list[str] = []

    def password() -> str:
        asked.append("asked")
        return "x"

    wrong = dovecot.access(dovecot.new_user(), tls=tls, ca_file=str(certs.other_ca), password=password)
    with pytest.raises(Permanent, match="certificate is not trusted"):
        probe(wrong)
    with pytest.raises(Permanent, match="certificate is not trusted"):
        probe(dovecot.access(dovecot.new_user(), tls=tls, ca_file=None, password=password))
    assert asked == []


@pytest.mark.servers
def test_a_certificate_for_another_name_is_refused(dovecot: Dovecot) -> None:
    with pytest.raises(Permanent, match="certificate is not trusted"):
        probe(dovecot.access(dovecot.new_user(), host="127.0.0.2"))


def test_a_missing_ca_file_is_named(dovecot: Dovecot) -> None:
    with pytest.raises(UserError, match=r"ca_file /nowhere/ca\.pem"):
        probe(dovecot.access(dovecot.new_user(), ca_file="/nowhere/ca.pem"))


def test_plaintext_to_another_machine_is_refused_without_connecting() -> None:
    with pytest.raises(UserError, match="password in clear"):
        probe(access(143, host="mail.example.test"))
    with pytest.raises(Temporary, match="cannot connect"):  # allowed: so it tries, and there is no such name
        probe(access(143, host="mail.invalid", allow_plaintext=True))


def test_a_server_without_starttls_never_gets_the_password(pymap: DemoServers) -> None:
    with pytest.raises(Permanent, match="no STARTTLS"):
        probe(pymap_access(pymap, "support@desk.test", tls="starttls"))


def test_tls_on_a_plain_port_hints_at_the_setting(pymap: DemoServers) -> None:
    with pytest.raises(Temporary, match="does tls fit this port"):
        probe(pymap_access(pymap, "support@desk.test", tls="implicit", timeout=1.0))


# -- logging in


@pytest.mark.servers
def test_a_wrong_password_is_permanent_and_names_host_and_user_but_not_the_password(dovecot: Dovecot) -> None:
    user = dovecot.new_user()
    with pytest.raises(Permanent) as caught:
        probe(dovecot.access(user, password=lambda: SECRET))
    text = str(caught.value)
    assert user in text
    assert f"127.0.0.1:{dovecot.imaps_port}" in text
    assert "check user and password" in text
    assert "hunter2" not in text


def test_a_server_that_echoes_the_password_does_not_get_it_into_the_error() -> None:
    echo = {b"LOGIN": b'%t NO no such password hunter2 "quoted" \\ back for you\r\n'}
    with scripted.scripted(scripted.imap(echo)) as port, pytest.raises(Permanent) as caught:
        probe(access(port))
    assert "hunter2" not in str(caught.value)
    assert "*** for you" in str(caught.value)


@pytest.mark.parametrize(
    "answer",
    [b"%t NO [UNAVAILABLE] Temporary authentication failure\r\n", b"%t NO Too many connections\r\n", b"* BYE\r\n%x"],
)
def test_a_login_that_fails_for_another_reason_than_the_password_is_temporary(answer: bytes) -> None:
    with scripted.scripted(scripted.imap({b"LOGIN": answer})) as port, pytest.raises(Temporary):
        probe(access(port))


@pytest.mark.servers
@pytest.mark.parametrize("user", ODD)
def test_odd_passwords_log_in(dovecot: Dovecot, user: str) -> None:
    assert "0 in INBOX" in probe(dovecot.access(user, password=lambda: ODD[user]))


def test_a_line_break_in_the_password_cannot_become_a_command() -> None:
    with scripted.scripted(scripted.imap({})) as port, pytest.raises(UserError, match="line break"):
        probe(access(port, password=lambda: "x\r\na1 DELETE INBOX"))


def test_a_token_is_sent_as_xoauth2_and_a_refused_one_is_permanent() -> None:
    heard: list[bytes] = []

    def talk(connection: socket.socket) -> None:
        with connection.makefile("rb") as lines:
            connection.sendall(b"* OK [CAPABILITY IMAP4rev1 AUTH=XOAUTH2] ready\r\n")
            tag = b""
            for line in lines:
                heard.append(line)
                if line.startswith(b"dXNlc"):  # base64 of "user="
                    connection.sendall(tag + b" NO [AUTHENTICATIONFAILED] token expired\r\n")
                    continue
                tag, _, command = line.partition(b" ")
                if command.startswith(b"CAPABILITY"):
                    connection.sendall(b"* CAPABILITY IMAP4rev1 AUTH=XOAUTH2\r\n" + tag + b" OK done\r\n")
                elif command.startswith(b"AUTHENTICATE XOAUTH2"):
                    connection.sendall(b"+ \r\n")

    with scripted.scripted(talk) as port, pytest.raises(Permanent, match="token expired"):
        probe(access(port, oauth2_token=lambda: "ya29.token"))
    assert any(line.startswith(b"dXNlc") for line in heard)


# -- the network


def test_a_refused_connection_is_temporary() -> None:
    with pytest.raises(Temporary, match="cannot connect"):
        probe(access(free_ports(1)[0]))


def test_F42_a_name_that_cannot_be_resolved_is_temporary_and_named() -> None:
    began = time.monotonic()
    with pytest.raises(Temporary, match=r"imap\.invalid"):
        probe(access(993, host="imap.invalid", tls="implicit"))
    assert time.monotonic() - began < 60


def test_F07_a_silent_server_is_given_up_after_the_timeout() -> None:
    began = time.monotonic()
    with scripted.scripted(lambda _: time.sleep(3)) as port, pytest.raises(Temporary, match="timed out"):
        probe(access(port, timeout=0.5))
    assert time.monotonic() - began < 8


def test_F07_a_server_that_is_silent_in_the_tls_handshake_is_given_up() -> None:
    began = time.monotonic()
    with scripted.scripted(lambda _: time.sleep(3)) as port, pytest.raises(Temporary):
        probe(access(port, tls="implicit", timeout=0.5))
    assert time.monotonic() - began < 8


@pytest.mark.parametrize(
    "command", [b"LOGIN", b"SELECT", b"UID FETCH 5 (RFC822.SIZE)", b"UID FETCH 5 (INTERNALDATE", b"NOOP"]
)
def test_F07_a_server_that_falls_silent_at_a_command_is_given_up_after_the_timeout(command: bytes) -> None:
    def talk(connection: socket.socket) -> None:
        class FallsSilent:
            """The same talk up to that command, and nothing more, with the connection left open."""

            def __getattr__(self, name: str) -> object:
                return getattr(connection, name)

            def sendall(self, data: bytes) -> None:
                if any(said.startswith(command) for said in heard):
                    time.sleep(0.1)
                else:
                    connection.sendall(data)

        heard: list[bytes] = []
        answers = {b"UID FETCH 5 (RFC822.SIZE)": b"* 1 FETCH (UID 5 RFC822.SIZE 3)\r\n"}
        scripted.imap(answers, heard=heard)(FallsSilent())  # type: ignore[arg-type]

    with scripted.scripted(talk) as port:
        mailbox, began = Mailbox(access(port, timeout=0.5)), time.monotonic()
        with pytest.raises(Temporary, match="timed out"):
            mailbox.connect()
            list(mailbox.fetch([5]))
            mailbox.wait(5.0, Bell())
        assert time.monotonic() - began < 8
        assert not mailbox.connected


@pytest.mark.parametrize(
    "answer",
    [
        b"* 1 FETCH (UID 5 BODY[] {500}\r\nSubject: cut off%x",  # F10
        b"* 1 FETCH (UID 5 BODY[] {99999999999}\r\nx",  # F09: imaplib would ask for the memory
        b"* 1 FETCH (UID 5 BODY[] %x",
        b"* 1 FETCH (UID five\r\n",
        b"* BYE shutting down\r\n%x",
        b"%x",
    ],
    ids=["cut literal", "absurd literal", "cut line", "nonsense", "bye", "closed"],
)
def test_F10_a_mail_that_does_not_come_whole_is_temporary_and_ends_the_connection(answer: bytes) -> None:
    answers = {b"UID FETCH 5 (RFC822.SIZE)": b"* 1 FETCH (UID 5 RFC822.SIZE 10)\r\n", b"UID FETCH 5": answer}
    with scripted.scripted(scripted.imap(answers)) as port:
        mailbox = Mailbox(access(port))
        mailbox.connect()
        with pytest.raises(Temporary):
            list(mailbox.fetch([5]))
        assert not mailbox.connected


def test_F12_a_mail_expunged_while_it_is_read_does_not_hold_up_the_others() -> None:
    refusal = b"%t NO [EXPUNGEISSUED] some are gone\r\n"
    sizes = b"* 1 FETCH (UID 5 RFC822.SIZE 3)\r\n* 2 FETCH (UID 6 RFC822.SIZE 3)\r\n"
    left = b'* 1 FETCH (UID 6 INTERNALDATE "22-Nov-2026 10:00:00 +0200" BODY[] {3}\r\nabc)\r\n'
    answers = {b"UID FETCH 5,6 (RFC822.SIZE)": sizes, b"UID FETCH 5,6 (INTERNALDATE": refusal}

    talk = scripted.imap(answers, after=(b"NOOP", {b"UID FETCH 5,6 (INTERNALDATE": left}))
    with scripted.scripted(talk) as port, Mailbox(access(port)) as mailbox:
        (fetched,) = mailbox.fetch([5, 6])
    assert (fetched.uid, fetched.raw) == (6, b"abc")
    assert fetched.internal_date.isoformat() == "2026-11-22T08:00:00+00:00"


def test_F12_ok_to_a_move_that_moved_nothing_is_no_proof() -> None:
    answers = {b'LIST "" "Processed"': b'* LIST () "/" Processed\r\n', b"UID SEARCH UID 5,6": b"* SEARCH 6\r\n"}
    with scripted.scripted(scripted.imap(answers, b"IMAP4rev1 MOVE")) as port, Mailbox(access(port)) as mailbox:
        assert mailbox.file_away([5, 6]) == [5]


def test_a_done_folder_that_somebody_else_made_first_is_used() -> None:
    answers = {b"CREATE": b"%t NO [ALREADYEXISTS] it is there\r\n", b'LIST "" "Processed"': b""}
    then = {b'LIST "" "Processed"': b'* LIST () "/" Processed\r\n'}
    talk = scripted.imap(answers, b"IMAP4rev1 MOVE", after=(b"CREATE", then))
    with scripted.scripted(talk) as port, Mailbox(access(port)) as mailbox:
        assert mailbox.file_away([5]) == [5]


def test_a_server_that_ignores_case_tells_its_own_spelling() -> None:
    answers = {
        b'LIST "" "processed"': b'* LIST () "/" Processed\r\n',
        b'UID MOVE 5 "Processed"': b"",
        b"UID MOVE": b"%t NO wrong name\r\n",
        b"CREATE": b"%t NO it exists\r\n",
    }
    talk = scripted.imap(answers, b"IMAP4rev1 MOVE")
    with scripted.scripted(talk) as port, Mailbox(access(port, done_folder="processed")) as mailbox:
        assert mailbox.file_away([5]) == [5]


def test_F15_a_line_too_long_to_read_ends_the_connection() -> None:
    answers = {b"UID FETCH 5 (RFC822.SIZE)": b"* 1 FETCH (" + b"x" * 1_100_000 + b")\r\n"}
    with scripted.scripted(scripted.imap(answers)) as port:
        mailbox = Mailbox(access(port))
        mailbox.connect()
        with pytest.raises(Temporary):
            mailbox.sizes([5])
        assert not mailbox.connected


def test_F17_a_full_done_folder_leaves_the_mails_says_why_and_does_not_stop_the_reading() -> None:
    answers = {
        b'LIST "" "Processed"': b'* LIST () "/" Processed\r\n',
        b"UID MOVE": b"%t NO [OVERQUOTA] the done folder is full\r\n",
        b"UID SEARCH": b"* SEARCH 5\r\n",
    }
    with scripted.scripted(scripted.imap(answers, b"IMAP4rev1 MOVE")) as port, Mailbox(access(port)) as mailbox:
        assert mailbox.file_away([5]) == []
        assert "OVERQUOTA" in mailbox.refusal
        assert mailbox.connected
        assert mailbox.waiting(5, 1) == []


def test_F17_a_done_folder_that_cannot_be_made_does_not_stop_the_reading_but_fails_the_probe() -> None:
    answers = {
        b'LIST "" "Processed"': b"",
        b"CREATE": b"%t NO permission denied\r\n",
        b"UID SEARCH": b"* SEARCH 5\r\n",
    }
    with scripted.scripted(scripted.imap(answers, b"IMAP4rev1 MOVE")) as port:
        with Mailbox(access(port)) as mailbox:
            assert "Processed (not there yet)" in mailbox.describe()
            assert mailbox.file_away([5]) == []
            assert "permission denied" in mailbox.refusal
        with pytest.raises(Temporary, match="permission denied"):
            probe(access(port))


@pytest.mark.parametrize(
    "refusing",
    [
        {b"UID STORE": b"%t NO you may not delete\r\n"},
        {b"SELECT": b"* 1 EXISTS\r\n* OK [UIDVALIDITY 7] ok\r\n* OK [PERMANENTFLAGS (\\Seen)] few\r\n"},
    ],
    ids=["refused", "not permitted"],
)
def test_F17_a_mail_that_cannot_be_deleted_is_not_copied_again_and_again(refusing: dict[bytes, bytes]) -> None:
    heard: list[bytes] = []
    answers = {
        b'LIST "" "Processed"': b'* LIST () "/" Processed\r\n',
        b"UID SEARCH UID 5 DELETED": b"* SEARCH\r\n",
        b"UID SEARCH": b"* SEARCH 5\r\n",
    }
    talk = scripted.imap(answers | refusing, b"IMAP4rev1", heard=heard)
    with scripted.scripted(talk) as port, Mailbox(access(port)) as mailbox:
        for _ in range(3):
            assert mailbox.file_away([5]) == []
            assert "delete" in mailbox.refusal
    assert sum(command.startswith(b"UID COPY") for command in heard) <= 1


def test_a_folder_that_may_only_be_read_is_permanent() -> None:
    answers = {b"SELECT": b"* 1 EXISTS\r\n* OK [UIDVALIDITY 7] ok\r\n%t OK [READ-ONLY] done\r\n"}
    with (
        scripted.scripted(scripted.imap(answers)) as port,
        pytest.raises(Permanent, match="only read"),
        Mailbox(access(port)),
    ):
        pass


def test_terminal_escapes_and_line_breaks_of_a_server_do_not_reach_the_error() -> None:
    answers = {b"LOGIN": b"%t NO \x1b[2J forged\tline " + b"x" * 2_000 + b"\r\n"}
    with scripted.scripted(scripted.imap(answers)) as port, pytest.raises(MaildError) as caught:
        probe(access(port))
    assert str(caught.value).isprintable()
    assert len(str(caught.value)) < 600


Trouble = Callable[[Dovecot], None]


@pytest.mark.servers
@pytest.mark.parametrize("trouble", [Dovecot.restart, lambda d: (d.kill(), d.start())], ids=["restart", "kill -9"])
def test_F06_after_a_restart_of_the_server_the_same_mailbox_connects_again_and_misses_nothing(
    mortal: Dovecot, trouble: Trouble
) -> None:
    user = mortal.new_user()
    mortal.append(user, mail(1), mail(2))
    mailbox = Mailbox(mortal.access(user))
    mailbox.connect()
    first, second = mailbox.waiting(0, 10)
    mailbox.file_away([first])
    trouble(mortal)
    with pytest.raises(Temporary):
        mailbox.waiting(0, 10)
    assert not mailbox.connected
    with pytest.raises(Temporary, match="not connected"):
        mailbox.file_away([second])
    mailbox.connect()
    assert mailbox.waiting(0, 10) == [second]
    assert [f.raw for f in mailbox.fetch([second])] == [mail(2)]
    mailbox.close()
    mailbox.close()


@pytest.mark.servers
def test_F06_while_the_server_is_down_connecting_is_temporary(mortal: Dovecot) -> None:
    user = mortal.new_user()
    mortal.stop()
    try:
        with pytest.raises(Temporary, match="cannot connect"):
            probe(mortal.access(user))
    finally:
        mortal.start()
    assert "0 in INBOX" in probe(mortal.access(user))
