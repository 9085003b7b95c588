"""The embedded servers of `maild demo`: they deliver as a mail host does."""

from __future__ import annotations

import threading

import pytest

from maild.demo.servers import DemoServers
from maild.errors import UserError
from maild.transport.bell import Bell
from maild.transport.imap import Mailbox
from maild.transport.smtp import Outcome, Sender, SmtpAccess
from tests.servers.pymap_server import pymap_access

RAW = b"Subject: hello\r\n\r\n.One line.\r\n" + b"long" * 2_000 + b"\r\n"


def smtp(servers: DemoServers) -> Sender:
    return Sender(SmtpAccess("127.0.0.1", servers.smtp_port, "none", helo="maild.test"))


def test_mail_is_delivered_with_the_headers_of_an_mda_and_otherwise_unchanged(pymap: DemoServers) -> None:
    with smtp(pymap) as sender:
        assert sender.send("carol@customer.test", "support@desk.test", RAW).outcome is Outcome.SENT
    (arrived,) = pymap.mailbox("support@desk.test")
    assert arrived == b"Return-Path: <carol@customer.test>\r\nDelivered-To: support@desk.test\r\n" + RAW


def test_a_plus_address_reaches_the_mailbox_before_the_plus(pymap: DemoServers) -> None:
    with smtp(pymap) as sender:
        assert sender.send("", "Support+c1042.tok@DESK.test", RAW).outcome is Outcome.SENT
    (arrived,) = pymap.mailbox("support@desk.test")
    assert arrived.startswith(b"Return-Path: <>\r\nDelivered-To: Support+c1042.tok@DESK.test\r\n")


def test_a_stranger_is_refused(pymap: DemoServers) -> None:
    with smtp(pymap) as sender:
        assert sender.send("", "nobody@desk.test", RAW).code == 550
    with pytest.raises(UserError, match="no mailbox nobody@desk"):
        pymap.mailbox("nobody@desk.test")


def test_a_delivery_wakes_who_waits_over_imap(pymap: DemoServers) -> None:
    with Mailbox(pymap_access(pymap, "support@desk.test")) as mailbox, smtp(pymap) as sender:
        mailbox.waiting(0, 10)
        thread = threading.Timer(0.5, sender.send, ("", "support@desk.test", RAW))
        thread.start()
        mailbox.wait(20, Bell())
        thread.join()
        assert len(mailbox.waiting(0, 10)) == 1


def test_users_do_not_see_each_others_mail(pymap: DemoServers) -> None:
    pymap.deliver(RAW, "anna@desk.test")
    assert pymap.mailbox("support@desk.test") == []
    assert len(pymap.mailbox("anna@desk.test")) == 1
    assert pymap.mailbox("anna@desk.test", "Nowhere") == []


def test_two_sets_of_servers_live_side_by_side_and_stop_twice() -> None:
    with DemoServers({"a@b.test": "x"}) as one, DemoServers({"a@b.test": "x"}) as two:
        one.deliver(RAW, "a@b.test")
        assert two.mailbox("a@b.test") == []
        two.stop()
        two.stop()
