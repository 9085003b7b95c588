"""Duplicates, problems with their incidents, and mails that are split off: nobody outside learns of another case."""

import pytest

from maild.demo.people import Mail
from tests.stories.desk import ANN, BEA, BEN, CARL, DESK, EVE, StoryDesk


@pytest.fixture
def outage(desk: StoryDesk) -> StoryDesk:
    """Ann and Ben have the same trouble, as cases 1 and 2; case 3 is the problem behind both."""
    desk.mail(ANN.writes(DESK, "No light", "Ann's secret.", desk.now))
    desk.mail(BEN.writes(DESK, "All dark", "Ben's secret.", desk.now))
    desk.mail(EVE.writes(DESK, "The grid is down", "Eve's secret.", desk.now))
    for number in (1, 2):
        desk.mail(BEA.replies(_notice(desk, number), "/problem 3", desk.now))
    return desk


def _notice(desk: StoryDesk, number: int) -> Mail:
    """Bea's first notice of a case."""
    return next(mail for mail in desk.inbox(BEA) if mail.subject.startswith(f"[Case #{number}]"))


def test_a_problem_is_said_to_be_one_and_its_notices_name_its_incidents(outage: StoryDesk) -> None:
    assert outage.case(3).kind == "problem"
    outage.mail(BEA.replies(_notice(outage, 3), "/participants", outage.now))

    receipt = outage.newest(BEA).text
    assert "Related:   problem behind case 1" in receipt
    assert "Related:   problem behind case 2" in receipt
    assert "✔ /participants: eve@elsewhere.test (requester)" in receipt


def test_an_update_reaches_each_customer_alone_and_leaves_the_incidents_open(outage: StoryDesk) -> None:
    outage.mail(BEA.replies(_notice(outage, 3), "/update-incidents\n\nWe are mending it.", outage.now))
    assert "your text goes to the requesters of cases 1, 2 as well" in outage.newest(BEA).text
    outage.answers_leave()

    for number, person in ((1, ANN), (2, BEN), (3, EVE)):
        mail = outage.newest(person)
        assert mail.subject.startswith(f"[Case #{number}]")
        assert "We are mending it." in mail.text
        assert not mail.header("Auto-Submitted")
        for other in {ANN, BEN, EVE} - {person}:
            assert other.address not in mail.whole
            assert other.name not in mail.whole
    assert [outage.case(n).status.value for n in (1, 2)] == ["Open", "Open"]
    assert outage.timers(1) == {}
    assert any("wrote to the customers of all its cases" in mail.text for mail in outage.inbox(CARL))


def test_undo_in_the_problem_takes_the_update_back_from_all(outage: StoryDesk) -> None:
    outage.mail(BEA.replies(_notice(outage, 3), "/update-incidents\n\nWrong.", outage.now))
    outage.mail(BEA.replies(_notice(outage, 3), "/undo", outage.now))
    outage.later(hours=1)

    assert not any("Wrong." in mail.text for person in (ANN, BEN, EVE) for mail in outage.inbox(person))
    assert [e.direction.value for e in outage.entries(1) if e.text == "Wrong."] == ["note"]


def test_closing_the_problem_offers_to_resolve_its_incidents_and_a_command_does(outage: StoryDesk) -> None:
    outage.mail(BEA.replies(_notice(outage, 3), "/resolve", outage.now))
    assert (
        "Still open behind this problem: cases 1, 2. /resolve-incidents resolves them all" in outage.newest(BEA).text
    )
    assert outage.case(1).status == "New"

    outage.mail(BEA.replies(_notice(outage, 3), "/resolve-incidents", outage.now))
    assert [outage.case(n).status.value for n in (1, 2)] == ["Resolved", "Resolved"]
    for person in (ANN, BEN):
        assert "is solved" in outage.newest(person).text
    outage.mail(BEA.replies(_notice(outage, 3), "/resolve-incidents\n", outage.now.replace(microsecond=7)))
    assert "✖ /resolve-incidents: no open case has this one as its problem" in outage.newest(BEA).text


def test_resolving_with_a_text_sends_the_text_and_resolves(outage: StoryDesk) -> None:
    outage.mail(BEA.replies(_notice(outage, 3), "/resolve\n/resolve-incidents\n\nMended.", outage.now))
    outage.answers_leave()

    for number, person in ((1, ANN), (2, BEN), (3, EVE)):
        assert outage.newest(person).text.count("Mended.") == 1
        assert outage.case(number).status == "Resolved"
    outage.mail(ANN.replies(outage.newest(ANN), "No, it is still dark.", outage.now))
    assert outage.case(1).status == "Open"


def test_a_mistyped_line_sends_nothing_to_the_incidents(outage: StoryDesk) -> None:
    outage.mail(BEA.replies(_notice(outage, 3), "/update-incidents\n/noet\n\nHush.", outage.now))
    outage.answers_leave()

    assert not any("Hush." in mail.text for person in (ANN, BEN, EVE) for mail in outage.inbox(person))


def test_a_duplicate_is_closed_and_its_requester_told_in_neutral_words(outage: StoryDesk) -> None:
    outage.mail(BEA.replies(_notice(outage, 2), "/dup 1", outage.now))

    assert outage.case(2).status == "Closed"
    told = outage.newest(BEN)
    assert told.subject.startswith("[Case #2]")
    assert "is known to us already" in told.text
    assert "Case #1]" not in told.whole
    assert ANN.address not in told.whole
    outage.mail(BEA.replies(_notice(outage, 1), "/help", outage.now))
    assert "has the duplicate case 2" in outage.newest(BEA).text


def test_a_text_with_dup_is_all_that_the_requester_gets(outage: StoryDesk) -> None:
    before = len(outage.inbox(BEN))
    outage.mail(BEA.replies(_notice(outage, 2), "/dup 1\n\nWe know of it.", outage.now))
    outage.answers_leave()

    (told,) = outage.inbox(BEN)[before:]
    assert "We know of it." in told.text
    assert outage.case(2).status == "Closed"


def test_a_mail_is_split_off_into_a_case_of_its_sender(desk: StoryDesk) -> None:
    desk.mail(ANN.writes(DESK, "Where is my parcel?", "Hello?", desk.now, cc=[BEN.address]))
    desk.mail(BEA.replies(_notice(desk, 1), "Soon.", desk.now))
    desk.answers_leave()
    desk.mail(BEN.replies(desk.newest(BEN), "And where is my invoice?", desk.now))
    desk.mail(BEA.replies(desk.newest(BEA), "/split Invoice of Ben", desk.now))

    assert any("✔ /split Invoice of Ben" in mail.text for mail in desk.inbox(BEA)[-2:])
    new = desk.case(2)
    assert (new.requester, new.subject, new.status.value) == (BEN.address, "Invoice of Ben", "New")
    assert [e.text for e in desk.entries(2) if e.direction == "in"] == ["And where is my invoice?"]
    assert "And where is my invoice?" not in [e.text for e in desk.entries(1)]
    told = desk.newest(BEN)
    assert told.subject.startswith("[Case #2]")
    notice = _notice(desk, 2)
    assert "split off from case 1" in notice.text
    assert "And where is my invoice?" in notice.text
    desk.mail(BEN.replies(told, "Number 17.", desk.now))
    assert desk.logged("letter.routed")[-1]["case"] == 2
    desk.mail(BEA.replies(desk.newest(BEA), "Here it is.", desk.now))
    desk.answers_leave()
    assert "Here it is." in desk.newest(BEN).text
    assert not any("Here it is." in mail.text for mail in desk.inbox(ANN))


def test_split_of_the_mail_that_opened_the_case_or_of_none_is_refused(desk: StoryDesk) -> None:
    desk.mail(ANN.writes(DESK, "Where is my parcel?", "Hello?", desk.now))
    desk.mail(BEA.replies(_notice(desk, 1), "/split", desk.now))
    assert "✖ /split: that mail opened this case" in desk.newest(BEA).text
    desk.mail(BEA.replies(desk.newest(BEA), "/split", desk.now))

    assert "✖ /split: what? Say it in a reply to the notice" in desk.newest(BEA).text
    assert len(desk.cases()) == 1
