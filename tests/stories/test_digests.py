"""An agent who wants one mail a day instead of single notices."""

from __future__ import annotations

from datetime import datetime, timedelta
from pathlib import Path

from maild.demo.people import Mail
from maild.pipeline.digests import send_digests
from tests.servers.sink import SinkServer
from tests.stories.desk import ANN, BEA, BEN, CARL, DESK, EVE, StoryDesk, story_desk


def _at(desk: StoryDesk, text: str) -> None:
    desk.clock.move(datetime.fromisoformat(text).replace(tzinfo=desk.now.tzinfo) - desk.now)
    desk.work()


def _wants_a_digest(desk: StoryDesk) -> None:
    """Bea owns Ann's case, and has said so."""
    _at(desk, "2026-03-09 09:00")
    desk.mail(ANN.writes(DESK, "Parcel lost", "Where is it?", desk.now))
    desk.mail(BEA.replies(desk.inbox(BEA)[0], "/take\n/digest daily", desk.now))
    assert "✔ /digest daily: your notices come in one mail, daily 08:00; what is urgent" in desk.newest(BEA).text


def _digests(desk: StoryDesk) -> list[Mail]:
    return [mail for mail in desk.inbox(BEA) if "Your day" in mail.subject]


def test_notices_of_a_day_come_in_one_mail_by_which_the_customer_can_be_answered(desk: StoryDesk) -> None:
    _wants_a_digest(desk)
    before = len(desk.inbox(BEA))
    desk.mail(ANN.writes(DESK, "[Case #1] Parcel lost", "It was blue.", desk.now))
    desk.mail(BEN.writes(DESK, "Invoice wrong", "It says 7.", desk.now))
    desk.mail(CARL.replies(desk.newest(CARL), "/note look at the ledger", desk.now))
    desk.later(hours=2)
    assert len(desk.inbox(BEA)) == before
    assert "It says 7." in "".join(mail.text for mail in desk.inbox(CARL)), "Carl wants none"

    _at(desk, "2026-03-10 08:00")
    (digest,) = _digests(desk)
    assert digest.subject == "[Example Support] Your day: 3 notices on 2 cases"
    assert digest.header("Auto-Submitted") == "auto-generated"
    text = digest.text
    first = text.index("[Case #1] Medium, Open: Parcel lost")
    assert first < text.index("the customer wrote; Ann Customer: It was blue.")
    assert text.index("[Case #2] Medium, New: Invoice wrong") < text.index("a new case; Ben Customer: It says 7.")
    assert "Carl: look at the ledger" in text

    address = next(line for line in text.splitlines() if "support+c1." in line).split()[-1]
    desk.mail(BEA.writes(address, "whatever", "It is on its way.", desk.now))
    desk.answers_leave()
    assert "It is on its way." in desk.newest(ANN).text
    assert len(desk.logged("digest.sent")) == 1


def test_answers_to_customers_receipts_and_what_is_urgent_do_not_wait(desk: StoryDesk) -> None:
    _wants_a_digest(desk)
    before = len(desk.inbox(BEA))
    desk.mail(EVE.writes(DESK, "Production is down", "All of it.", desk.now))
    assert desk.case(2).severity == "Immediate"
    assert len(desk.inbox(BEA)) == before + 1, "a case that is Immediate is told at once"

    _at(desk, "2026-03-09 13:00")
    assert "target-violated" in [mail.header("X-Maild-Event") for mail in desk.inbox(BEA)]
    desk.mail(BEA.replies(desk.inbox(BEA)[0], "/kind bug", desk.now))
    assert desk.newest(BEA).header("X-Maild-Event") == "receipt"


def test_a_digest_is_sent_once_and_nothing_of_it_is_lost(tmp_path: Path, sink: SinkServer, store_url: str) -> None:
    with story_desk(tmp_path, sink, store_url) as desk:
        _wants_a_digest(desk)
        desk.mail(ANN.writes(DESK, "[Case #1] Parcel lost", "It was blue.", desk.now))
        with desk.office.store.write() as unit:
            unit.facts.hold_outbox("an older copy was put to work")
        desk.clock.move(timedelta(days=1))
        assert send_digests(desk.office, desk.clock) == 0, "never while the outbox is held"
        with desk.office.store.write() as unit:
            unit.facts.release_outbox()
        with story_desk(tmp_path, sink, store_url) as other:  # the next process, or another node
            assert send_digests(other.office, desk.clock) == 1
        assert send_digests(desk.office, desk.clock) == 0
        desk.work()
        assert len(_digests(desk)) == 1
        with desk.office.store.read() as unit:
            assert unit.digests.waiting() == {}


def test_digest_off_brings_what_waits_at_once_and_single_notices_again(desk: StoryDesk) -> None:
    _wants_a_digest(desk)
    desk.mail(ANN.writes(DESK, "[Case #1] Parcel lost", "It was blue.", desk.now))
    desk.mail(BEA.replies(desk.newest(BEA), "/digest off", desk.now))
    assert any("It was blue." in mail.text and "Your day" in mail.subject for mail in desk.inbox(BEA))
    desk.mail(ANN.writes(DESK, "[Case #1] Parcel lost", "And heavy.", desk.now))
    assert desk.newest(BEA).header("X-Maild-Event") == "reply"


def test_wrong_word_is_refused_and_changes_nothing(desk: StoryDesk) -> None:
    _at(desk, "2026-03-09 09:00")
    desk.mail(ANN.writes(DESK, "Parcel lost", "Where is it?", desk.now))
    desk.mail(BEA.replies(desk.inbox(BEA)[0], "/digest weekly", desk.now))
    assert "✖ /digest weekly: daily or off?" in desk.newest(BEA).text
    with desk.office.store.read() as unit:
        assert not [row for row in unit.agents.listed() if row.digest]


def test_one_who_has_left_gets_nothing_of_what_was_collected(desk: StoryDesk) -> None:
    _wants_a_digest(desk)
    desk.mail(ANN.writes(DESK, "[Case #1] Parcel lost", "It was blue.", desk.now))
    before = len(desk.inbox(BEA))
    with desk.office.store.write() as unit:
        unit.agents.put(BEA.address, desk.now, active=False)
    desk.later(days=1)
    assert not [mail for mail in desk.inbox(BEA)[before:] if "Your day" in mail.subject]
    with desk.office.store.read() as unit:
        assert BEA.address not in unit.digests.waiting()


def test_a_reply_to_a_digest_is_understood_and_reaches_no_customer(desk: StoryDesk) -> None:
    _wants_a_digest(desk)
    desk.mail(ANN.writes(DESK, "[Case #1] Parcel lost", "It was blue.", desk.now))
    _at(desk, "2026-03-10 08:00")
    digest = desk.newest(BEA)
    assert "Your day" in digest.subject
    assert "support+c0." in digest.reply_address
    desk.mail(BEA.replies(digest, "/case 1\n/severity high", desk.now))
    assert desk.case(1).severity == "High"
    answer = next(mail for mail in desk.inbox(BEA)[::-1] if "What became of your mail" in mail.subject)
    assert "✔ /severity high" in answer.text
    desk.mail(BEA.replies(answer, "list mine", desk.now))
    assert "✔ /list mine: my open cases: 1" in desk.newest(BEA).text, "and so is a reply to that"
    desk.mail(BEA.replies(digest, "It is on its way.", desk.now))
    desk.answers_leave()
    assert not any("on its way" in mail.text for mail in desk.inbox(ANN))
    assert not [mail for mail in desk.inbox(BEA) if "Was this mail from you?" in mail.subject]


def test_T07_a_digest_in_other_hands_commands_nothing(desk: StoryDesk) -> None:
    _wants_a_digest(desk)
    desk.mail(ANN.writes(DESK, "[Case #1] Parcel lost", "It was blue.", desk.now))
    _at(desk, "2026-03-10 08:00")
    digest = desk.newest(BEA)
    for who in (CARL, EVE, ANN):
        desk.mail(who.replies(digest, "/case 1\n/close", desk.now))
    assert desk.case(1).status == "Open"
