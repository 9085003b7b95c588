"""Our own mail that comes back to us, in whatever dress: without effect, and the admins are told once an hour."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from maild.demo.people import Mail, Person
from tests.servers.sink import SinkServer
from tests.stories.desk import ANN, BEA, DESK, EVE, StoryDesk, story_desk

ROOT = Person("Root", "root@desk.test")
ADMIN = '[[agent]]\naddress = "root@desk.test"\nname = "Root"\nrole = "admin"\nqueues = ["none"]\n'
NONE = '[[queue]]\nname = "support"\n[[queue]]\nname = "none"\naddress = "none@desk.test"\n'


def _told(desk: StoryDesk) -> list[Mail]:
    return [mail for mail in desk.inbox(ROOT) if "came back" in mail.subject]


def _rewritten(own: Mail) -> bytes:
    """As a mailing list or a forwarder that strips our mark sends it on: another From, the same id."""
    return (
        f"From: {EVE.address}\r\nTo: {DESK}\r\nSubject: {own.subject}\r\n"
        f"Message-ID: {own.message_id}\r\n\r\nHello\r\n"
    ).encode()


def _in_our_name(own: Mail) -> bytes:
    return f"From: {DESK}\r\nTo: {DESK}\r\nSubject: Hello\r\nMessage-ID: <1@x.test>\r\n\r\nHello\r\n".encode()


@pytest.mark.parametrize("dressed", [lambda own: own.raw, _rewritten, _in_our_name])
def test_T42_our_own_mail_that_comes_back_has_no_effect_and_the_admins_are_told_once_an_hour(
    tmp_path: Path, sink: SinkServer, store_url: str, dressed: Callable[[Mail], bytes]
) -> None:
    with story_desk(tmp_path, sink, store_url, NONE + ADMIN) as desk:
        desk.mail(ANN.writes(DESK, "Where is my parcel?", "It is two weeks late.", desk.now))
        raw = dressed(desk.inbox(ANN)[0])
        for number in range(3):
            desk.mail(raw.replace(b"Hello\r\n", b"Hello %d\r\n" % number))
            desk.later(minutes=10)
        assert len(_told(desk)) == 1
        assert len(desk.cases()) == 1
        assert desk.letters() == {"routed": 1, "ignored": 3}

        desk.later(minutes=40)
        desk.mail(raw.replace(b"Hello\r\n", b"Hello once more\r\n"))
        assert len(_told(desk)) == 2
        assert [len(desk.inbox(person)) for person in (ANN, EVE)] == [1, 0]


def test_T42_our_address_in_reply_to_and_among_the_recipients_makes_us_write_to_nobody_but_the_sender(
    desk: StoryDesk,
) -> None:
    raw = ANN.writes(DESK, "Where is my parcel?", "It is late.", desk.now, cc=[DESK, "support+x@desk.test"])
    desk.mail(raw.replace(b"Subject:", b"Reply-To: support@desk.test\r\nSubject:", 1))
    desk.mail(BEA.replies(desk.newest(BEA), "It is on its way.", desk.now))
    desk.answers_leave()

    assert {mail.recipient for mail in desk.sink.messages} == {ANN.address, BEA.address, "carl@desk.test"}
    assert len(desk.inbox(ANN)) == 2


def test_T42_a_mail_that_only_looks_like_ours_by_its_id_is_a_mail(desk: StoryDesk) -> None:
    raw = (
        f"From: {ANN.address}\r\nTo: {DESK}\r\nSubject: x\r\nMessage-ID: <c1.e1.abcdefghijklmnop@desk.test>\r\n\r\nHi"
    )
    desk.mail(raw.encode())

    assert len(desk.cases()) == 1


def test_T42_the_trial_of_a_site_is_no_alarm(tmp_path: Path, sink: SinkServer) -> None:
    from maild.desk.site import trial_mail, trial_of

    with story_desk(tmp_path, sink, more=NONE + ADMIN) as desk:
        trial = trial_of("abcdefghijklmnop", DESK, "desk.test")
        desk.mail(trial_mail(trial, desk.office.desk, DESK, desk.now))
        assert desk.letters() == {"ignored": 1}
        assert not _told(desk)


def test_T42_spam_in_the_desks_name_that_a_trusted_server_calls_forged_is_no_alarm(
    tmp_path: Path, sink: SinkServer
) -> None:
    with story_desk(tmp_path, sink, more=NONE + ADMIN + '[auth]\ntrusted = ["mx.desk.test"]\n') as desk:
        said = b"Authentication-Results: mx.desk.test; dmarc=fail header.from=desk.test\r\n"
        desk.mail(said + f"From: {DESK}\r\nTo: {DESK}\r\nSubject: Buy\r\n\r\nBuy\r\n".encode())
        assert desk.letters() == {"ignored": 1}
        assert not _told(desk)
