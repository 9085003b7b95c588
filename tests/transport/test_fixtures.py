"""The servers themselves: what the other tests take for granted."""

from __future__ import annotations

import psycopg
import pytest

from maild.demo.servers import DemoServers
from maild.transport import imap, smtp
from tests.servers.dovecot import Dovecot
from tests.servers.postfix import Postfix
from tests.servers.sink import SinkServer

pytestmark = pytest.mark.servers

RAW = b"From: carol@customer.test\r\nSubject: hello\r\n\r\nOne line.\r\n"


def test_mail_sent_through_postfix_reaches_the_dovecot_mailbox_before_the_plus(
    dovecot: Dovecot, postfix: Postfix
) -> None:
    user = dovecot.new_user()
    postfix.send(RAW, user.replace("@", "+c1042.token@"))
    (arrived,) = dovecot.wait_for_mail(user)
    assert b"One line." in arrived
    assert f"Delivered-To: {user.replace('@', '+c1042.token@')}".encode() in arrived


def test_mail_to_an_unknown_user_comes_back_as_a_bounce(dovecot: Dovecot, postfix: Postfix) -> None:
    user = dovecot.new_user("customer.test")
    postfix.send(RAW, "who-is-this@desk.test", sender=user)
    (bounce,) = dovecot.wait_for_mail(user)
    assert b"message/delivery-status" in bounce


def test_submission_wants_tls_and_a_login(dovecot: Dovecot, postfix: Postfix) -> None:
    user, other = dovecot.new_user(), dovecot.new_user("customer.test")
    assert "logged in" in smtp.probe(postfix.access(user))
    with smtp.Sender(postfix.access(user)) as sender:
        assert sender.send(user, other, RAW).outcome is smtp.Outcome.SENT
    assert len(dovecot.wait_for_mail(other)) == 1


def test_dovecot_and_pymap_answer_the_probe(dovecot: Dovecot, pymap: DemoServers) -> None:
    assert "MOVE yes" in imap.probe(dovecot.access(dovecot.new_user()))
    assert pymap.mailbox("support@desk.test") == []


def test_each_database_is_fresh(pg_url: str) -> None:
    with psycopg.connect(pg_url.replace("+psycopg", "")) as connection:
        assert connection.execute("SELECT count(*) FROM pg_tables WHERE schemaname = 'public'").fetchone() == (0,)


def test_sink_restarts_on_the_same_port(sink: SinkServer) -> None:
    with smtp.Sender(sink.access()) as sender:
        assert sender.send("", "a@b.test", RAW).outcome is smtp.Outcome.SENT
    sink.stop()
    sink.start()
    with smtp.Sender(sink.access()) as sender:
        assert sender.send("", "a@b.test", RAW).outcome is smtp.Outcome.SENT
    assert sink.to("a@b.test") == [RAW, RAW]
