"""Vendors: asked behind the customer's back; what they answer reaches no customer by itself."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from maild.demo.people import Person
from tests.servers.sink import SinkServer
from tests.stories.desk import ANN, BEA, BEN, CARL, DESK, StoryDesk, story_desk

VIC = Person("Vic Vendor", "help@acme.test")
SUE = Person("Sue Vendor", "sue@acme.test")
MORE = """
[[vendor]]
name = "ACME"
address = "help@acme.test"
"""


@pytest.fixture
def asked(tmp_path: Path, sink: SinkServer, store_url: str) -> Iterator[StoryDesk]:
    """Ann asked about her parcel; Bea asked the vendor."""
    with story_desk(tmp_path, sink, store_url, MORE) as desk:
        desk.mail(ANN.writes(DESK, "Where is my parcel?", "Ann's secret.", desk.now))
        desk.mail(BEA.replies(desk.inbox(BEA)[0], "/vendor acme\n\nWhere is number 17?", desk.now))
        yield desk


def test_a_vendor_gets_the_agents_words_and_nothing_of_the_customers(asked: StoryDesk) -> None:
    receipt = asked.newest(BEA).text
    assert "Your text goes to ACME <help@acme.test> in 60 seconds" in receipt
    assert asked.case(1).status == "Waiting on Vendor"
    assert asked.case(1).owner == BEA.address
    asked.answers_leave()

    (mail,) = asked.inbox(VIC)
    assert mail.subject == "[Case #1] A question from Example Support"
    assert "Where is number 17?" in mail.text
    assert not mail.header("Auto-Submitted")
    assert not mail.header("X-Maild-Case")
    for word in (ANN.address, "Ann", "secret", "parcel", BEA.address):
        assert word not in mail.whole
    assert len(asked.inbox(ANN)) == 1
    assert any("asked ACME; no customer sees it" in notice.text for notice in asked.inbox(CARL))
    assert "no-response" in asked.timers(1, every=True)


def test_the_vendors_answer_is_internal_tells_the_owner_and_opens_the_case(asked: StoryDesk) -> None:
    asked.answers_leave()
    asked.mail(VIC.replies(asked.newest(VIC), "It is at the bottom of the sea.", asked.now))

    assert asked.case(1).status == "Open"
    notice = asked.newest(BEA)
    assert "bottom of the sea" in notice.text
    assert "neither the vendor nor the customer gets it" in notice.text
    assert "put /vendor ACME above your text" in notice.text
    asked.mail(BEA.replies(notice, "What a pity.", asked.now))
    asked.answers_leave()
    assert len(asked.inbox(ANN)) == 1
    assert len(asked.inbox(VIC)) == 1
    asked.mail(BEA.replies(notice, "/public\n\nWe lost it.", asked.now))
    asked.answers_leave()
    answer = asked.newest(ANN)
    assert "We lost it." in answer.text
    assert "sea" not in answer.whole
    assert "acme" not in answer.whole.lower()
    assert len(asked.inbox(VIC)) == 1


def test_the_vendors_answer_comes_to_who_asked_whoever_owns_the_case(asked: StoryDesk) -> None:
    asked.mail(BEN.writes(DESK, "Model 7", "It does not start.", asked.now))
    asked.mail(CARL.replies(asked.newest(CARL), "/take", asked.now))
    first = next(mail for mail in asked.inbox(BEA) if mail.header("X-Maild-Case") == "2")
    asked.mail(BEA.replies(first, "/vendor acme\n\nWhich fuse has it?", asked.now))
    asked.answers_leave()
    asked.mail(VIC.replies(asked.newest(VIC), "An old one.", asked.now))

    assert asked.case(2).owner == asked.case(2).creator == CARL.address
    for person in (BEA, CARL):
        told = [mail for mail in asked.inbox(person) if mail.header("X-Maild-Event") == "vendor-reply"]
        assert len(told) == 1, person


def test_a_colleague_of_the_vendors_is_heard_and_a_customers_mail_stays_a_customers(asked: StoryDesk) -> None:
    asked.answers_leave()
    asked.mail(SUE.replies(asked.newest(VIC), "Vic is away. Which number?", asked.now))
    assert "Which number?" in asked.newest(BEA).text
    assert "none of our vendors" in asked.newest(BEA).text
    assert not asked.entries(1)[-1].public
    asked.mail(ANN.replies(asked.newest(ANN), "Any news?", asked.now))

    assert asked.entries(1)[-1].public
    assert not any("Any news?" in mail.whole for person in (VIC, SUE) for mail in asked.inbox(person))


def test_a_vendors_token_gives_no_agent_any_right_and_a_forged_vendor_is_nobody(asked: StoryDesk) -> None:
    asked.answers_leave()
    mail = asked.newest(VIC)
    asked.mail(BEA.replies(mail, "/close\n", asked.now))
    assert asked.quarantined() == ["unproven-agent"]
    asked.mail(VIC.writes(DESK, "a new matter", "We send you an invoice.", asked.now))

    assert asked.case(2).requester == VIC.address
    assert asked.case(1).status == "Waiting on Vendor"


def test_undo_takes_a_question_to_a_vendor_back(asked: StoryDesk) -> None:
    asked.mail(BEA.replies(asked.inbox(BEA)[0], "/undo", asked.now))
    asked.later(hours=1)

    assert not asked.inbox(VIC)
    assert asked.case(1).status == "Open"


def test_what_cannot_be_is_refused_and_a_note_stays_a_note(asked: StoryDesk) -> None:
    asked.answers_leave()
    asked.mail(BEA.replies(asked.inbox(BEA)[0], "/vendor bolt", asked.now))
    assert "✖ /vendor bolt: which vendor? There are: ACME" in asked.newest(BEA).text
    asked.mail(BEA.replies(asked.inbox(BEA)[0], "/vendor acme\n/note\n\nThey are slow.", asked.now))
    asked.answers_leave()
    assert len(asked.inbox(VIC)) == 1
    assert len(asked.inbox(ANN)) == 1
    asked.mail(BEA.replies(asked.inbox(BEA)[0], "/participants\n/uncc help@acme.test", asked.now))
    assert "help@acme.test (vendor)" in asked.newest(BEA).text
    assert "✔ /uncc help@acme.test" in asked.newest(BEA).text


def test_a_desk_without_vendors_says_so(desk: StoryDesk) -> None:
    desk.mail(ANN.writes(DESK, "Where is my parcel?", "Hello?", desk.now))
    desk.mail(BEA.replies(desk.newest(BEA), "/vendor acme\n\nWhere is it?", desk.now))

    assert "✖ /vendor acme: the desk has no vendors" in desk.newest(BEA).text
    desk.answers_leave()
    assert len(desk.inbox(ANN)) == 1
