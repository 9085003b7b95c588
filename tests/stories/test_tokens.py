"""How long agents' tokens are good, and what ends them; that customers' do not end."""

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

from maild.demo.people import Mail
from maild.settings.keys import retire, rotate
from tests.servers.sink import SinkServer
from tests.stories.desk import ANN, BEA, CARL, DESK, EVE, StoryDesk, story_desk

ADMIN = '[[agent]]\naddress = "root@desk.test"\nname = "Root"\nrole = "admin"\nqueues = ["none"]\n'


@pytest.fixture
def notice(desk: StoryDesk) -> Mail:
    """Ann asked; the notice that Bea got."""
    desk.mail(ANN.writes(DESK, "Where is my parcel?", "It is two weeks late.", desk.now))
    return desk.newest(BEA)


def _void(desk: StoryDesk) -> list[Mail]:
    return [mail for mail in desk.inbox(BEA) if "other hands" in mail.subject]


def test_an_agents_token_dies_fourteen_days_after_the_last_notice(desk: StoryDesk, notice: Mail) -> None:
    desk.mail(BEA.replies(notice, "/status on hold", desk.now))
    desk.later(days=13)
    desk.mail(ANN.replies(desk.inbox(ANN)[0], "And now?", desk.now))  # another notice: the old ones live on
    desk.later(days=13)
    desk.mail(BEA.replies(notice, "/severity high", desk.now))
    assert desk.case(1).severity == "High"

    desk.later(days=15)
    desk.mail(BEA.replies(notice, "/severity low", desk.now))
    assert desk.case(1).severity == "High"
    assert desk.quarantined() == ["unproven-agent"]


def test_a_token_that_has_run_out_stays_dead_when_a_new_notice_leaves(desk: StoryDesk, notice: Mail) -> None:
    desk.mail(BEA.replies(notice, "/status on hold", desk.now))
    desk.later(days=20)
    desk.mail(ANN.replies(desk.inbox(ANN)[0], "And now?", desk.now))
    desk.mail(BEA.replies(notice, "/severity low", desk.now))
    assert desk.case(1).severity != "Low"

    desk.mail(BEA.replies([m for m in desk.inbox(BEA) if "And now?" in m.text][-1], "/severity low", desk.now))
    assert desk.case(1).severity == "Low"


def test_a_customers_reply_after_a_year_finds_its_case_whatever_was_deleted(desk: StoryDesk, notice: Mail) -> None:
    desk.mail(BEA.replies(notice, "/status on hold", desk.now))
    desk.later(days=365)
    address = desk.inbox(ANN)[0].reply_address
    desk.mail(ANN.writes(address, "hello", "I am still waiting.", desk.now))

    assert "still waiting" in desk.entries(1)[-1].text


def test_T07_a_token_in_a_strangers_mail_is_void_from_then_on_and_the_agent_is_told(
    desk: StoryDesk, notice: Mail
) -> None:
    desk.mail(EVE.replies(notice, "/close", desk.now))
    assert desk.case(1).status == "New"
    (told,) = _void(desk)
    assert "[Case #1]: a mail from eve@elsewhere.test bore bea@desk.test's token" in " ".join(told.text.split())
    assert desk.logged("token.void")[0]["agent"] == BEA.address

    desk.mail(BEA.replies(notice, "/close", desk.now))
    assert desk.case(1).status == "New"
    desk.mail(ANN.replies(desk.inbox(ANN)[0], "And now?", desk.now))
    desk.mail(BEA.replies(desk.newest(BEA), "/close", desk.now))
    assert desk.case(1).status == "Closed"
    assert len(_void(desk)) == 1


def test_T07_a_forwarded_notice_that_a_colleague_answers_gives_no_rights_and_ends_it(
    desk: StoryDesk, notice: Mail
) -> None:
    desk.mail(CARL.replies(notice, "/close", desk.now))

    assert desk.case(1).status == "New"
    assert len(_void(desk)) == 1
    desk.mail(CARL.replies(desk.inbox(CARL)[0], "/close", desk.now))  # his own is what it was
    assert desk.case(1).status == "Closed"


def test_T13_an_answer_that_also_went_to_the_customer_counts_once_and_its_address_no_more(
    desk: StoryDesk, notice: Mail
) -> None:
    raw = BEA.replies(notice, "It is on its way.", desk.now)
    desk.mail(raw.replace(b"\r\nSubject:", b"\r\nCc: ann@customer.test, carl@desk.test\r\nSubject:", 1))
    desk.answers_leave()
    assert any("on its way" in mail.text for mail in desk.inbox(ANN))
    assert "sent their mail to ann@customer.test as well" in " ".join(_void(desk)[0].text.split())

    forged = BEA.replies(notice, "Send me your password.", desk.now)
    desk.mail(forged)
    desk.later(hours=1)
    assert not any("password" in mail.text for mail in desk.inbox(ANN))
    assert desk.quarantined() == ["unproven-agent"]


def test_T13_a_colleague_on_copy_is_nobody_outside(desk: StoryDesk, notice: Mail) -> None:
    raw = BEA.replies(notice, "/take", desk.now)
    desk.mail(raw.replace(b"\r\nSubject:", b"\r\nCc: carl@desk.test\r\nSubject:", 1))

    assert not _void(desk)


def test_a_bounce_of_a_notice_ends_nobodys_token(desk: StoryDesk, notice: Mail) -> None:
    head = f"From: MAILER-DAEMON@mx.test\r\nTo: {notice.reply_address}\r\nSubject: Undelivered\r\n"
    kind = (
        "Content-Type: multipart/report; report-type=delivery-status; boundary=b\r\n\r\n--b\r\n\r\nfailed\r\n--b\r\n"
    )
    status = (
        "Content-Type: message/delivery-status\r\n\r\nReporting-MTA: dns; mx\r\n\r\nAction: failed\r\n\r\n--b--\r\n"
    )
    desk.mail((head + kind + status).encode())

    assert not _void(desk)
    desk.mail(BEA.replies(notice, "/close", desk.now))
    assert desk.case(1).status == "Closed"


def test_admins_are_told_as_well(tmp_path: Path, sink: SinkServer) -> None:
    with story_desk(tmp_path, sink, more=ADMIN.replace('queues = ["none"]', "")) as desk:
        desk.mail(ANN.writes(DESK, "Where?", "Hello", desk.now))
        desk.mail(EVE.replies(desk.newest(BEA), "/close", desk.now))

        assert "other hands" in Mail(desk.sink.to("root@desk.test")[-1]).subject


def _anew(desk: StoryDesk, change: Callable[[Path], object]) -> None:
    """The key file is changed, and the daemon reads it."""
    change(desk.plan.key_file)
    letterhead = replace(desk.office.stationery.letterhead, keys=desk.plan.keys())
    desk.office = replace(desk.office, stationery=replace(desk.office.stationery, letterhead=letterhead))


def test_tokens_signed_before_the_key_was_rotated_are_good_until_it_is_retired(desk: StoryDesk, notice: Mail) -> None:
    anns = desk.inbox(ANN)[0].reply_address
    _anew(desk, rotate)
    desk.mail(BEA.replies(notice, "/severity high", desk.now))
    desk.mail(ANN.writes(anns, "hello", "I am still waiting.", desk.now))
    assert desk.case(1).severity == "High"
    assert "still waiting" in desk.entries(1)[-1].text
    newer = desk.newest(BEA)
    assert newer.reply_address != notice.reply_address

    _anew(desk, retire)
    desk.mail(BEA.replies(notice, "/severity low", desk.now))
    assert desk.case(1).severity == "High"
    desk.mail(BEA.replies(newer, "/severity low", desk.now))
    assert desk.case(1).severity == "Low"


def test_what_a_mail_proved_is_on_record_without_its_tokens(desk: StoryDesk, notice: Mail) -> None:
    desk.mail(BEA.replies(notice, "/take", desk.now))
    with desk.office.store.read() as unit:
        letter = unit.letters.get(2)
    assert letter is not None
    assert letter.decision is not None

    assert letter.decision["sender"] == "agent: their own token for this case, and their From"
    assert letter.decision["proofs"] == [
        "agent token of case 1 in the address",
        "agent token of case 1 in the message-id",
        "agent token of case 1 in the footer",
    ]
    assert notice.reply_address.split("c1.")[1][:16] not in str(letter.decision)


def test_T83_no_token_and_no_key_stands_in_the_log_of_a_whole_story(desk: StoryDesk, notice: Mail) -> None:
    desk.mail(EVE.replies(notice, "/close", desk.now))
    desk.mail(BEA.replies(notice, "/close", desk.now))
    desk.mail(BEA.replies(desk.inbox(BEA)[-1], "Hello.", desk.now))
    desk.later(days=3)
    tokens = {
        mail.reply_address.partition("+")[2].partition("@")[0] for who in (ANN, BEA) for mail in desk.inbox(who)
    }
    secrets = {part.split(".")[-1] for part in tokens if part} | {desk.office.keys.current.decode()}

    assert len(secrets) > 3
    assert not [secret for secret in secrets if secret in desk.output.getvalue()]
