"""Cases that are joined and parted, and what the people outside see of it: nothing of each other."""

from pathlib import Path

import pytest

from maild.demo.people import Mail
from tests.servers.sink import SinkServer
from tests.stories.desk import ANN, BEA, BEN, CARL, DESK, EVE, StoryDesk, story_desk

ANNS, BENS = "Where is my parcel?", "Parcel lost, please help"


@pytest.fixture
def asked(desk: StoryDesk) -> StoryDesk:
    """Ann asked as case 1, Ben as case 2."""
    desk.mail(ANN.writes(DESK, ANNS, "Ann's secret is 1234.", desk.now))
    desk.mail(BEN.writes(DESK, BENS, "Ben's secret is 5678.", desk.now))
    return desk


def _notice(desk: StoryDesk, number: int) -> Mail:
    """Bea's first notice of a case."""
    return next(mail for mail in desk.inbox(BEA) if mail.subject.startswith(f"[Case #{number}]"))


def _merged(desk: StoryDesk) -> None:
    desk.mail(BEA.replies(_notice(desk, 2), "/merge 1", desk.now))


def test_merge_sends_the_number_on_and_stops_the_timers_of_the_merged_case(asked: StoryDesk) -> None:
    asked.mail(BEA.replies(_notice(asked, 2), "It is on its way.", asked.now))
    asked.answers_leave()
    assert asked.timers(2)
    _merged(asked)

    assert asked.case(2).status == "Merged"
    assert asked.timers(2, every=True) == {}
    assert "✔ /merge 1: this case goes on in case 1" in asked.newest(BEA).text
    assert "was merged into this one" in asked.newest(CARL).text
    assert "case.merged-in" in asked.journal(1)


@pytest.mark.parametrize("mark", ["token", "reference", "tag"])
def test_mail_with_the_number_of_a_merged_case_lands_in_the_other(asked: StoryDesk, mark: str) -> None:
    _merged(asked)
    answer = asked.newest(BEN)
    if mark == "token":
        asked.mail(BEN.replies(answer, "One more thing.", asked.now))
    elif mark == "tag":
        asked.mail(BEN.writes(DESK, "Re: [Case #2] parcel", "One more thing.", asked.now))
    else:
        raw = BEN.writes(DESK, "parcel", "One more thing.", asked.now)
        reference = asked.entries(2)[0].message_id or ""
        asked.mail(raw.replace(b"Subject:", b"In-Reply-To: " + reference.encode() + b"\r\nSubject:"))

    assert asked.logged("letter.routed")[-1]["case"] == 1
    assert len(asked.cases()) == 2
    notice = asked.newest(BEA)
    assert notice.subject.startswith("[Case #1]")
    assert "One more thing." in notice.text
    assert "ben@customer.test" in notice.text


def test_each_requester_of_merged_cases_is_answered_alone_under_their_own_number(asked: StoryDesk) -> None:
    _merged(asked)
    asked.mail(BEN.replies(asked.newest(BEN), "Ben's second secret.", asked.now))
    asked.mail(BEA.replies(asked.newest(BEA), "It left\ntoday.", asked.now))
    asked.answers_leave()

    anns, bens = asked.newest(ANN), asked.newest(BEN)
    assert (anns.subject, bens.subject) == (f"[Case #1] Re: {ANNS}", f"[Case #2] Re: {BENS}")
    for mail, other, word in ((anns, BEN, "Ben"), (bens, ANN, "Ann")):
        assert "It left" in mail.text
        assert other.address not in mail.whole
        assert f"{word}'s" not in mail.whole
        assert other.address.partition("@")[2] == "customer.test"
    held = {entry.message_id for number in (1, 2) for entry in asked.entries(number) if entry.direction == "in"}
    for mail, person in ((anns, BEN), (bens, ANN)):
        theirs = {e.message_id for n in (1, 2) for e in asked.entries(n) if e.sender == person.address}
        assert theirs <= held
        assert not any(message_id and message_id in mail.header("References") for message_id in theirs)
    assert asked.case(1).status == "Waiting on Customer"


def test_quoted_lines_of_one_requester_do_not_reach_the_other(asked: StoryDesk) -> None:
    _merged(asked)
    asked.mail(BEN.replies(asked.newest(BEN), "Ben's third secret.", asked.now))
    notice = asked.newest(BEA)
    text = "> | Ben's third secret.\n\nWe know.\n\n> | Ben's third secret.\n\nAnd it is done."
    asked.mail(BEA.replies(notice, text, asked.now, quote=False))
    asked.answers_leave()

    assert "We know." in asked.newest(ANN).text
    assert "third secret" not in asked.newest(ANN).whole


def test_one_who_asked_twice_gets_one_answer(desk: StoryDesk) -> None:
    for _ in range(2):
        desk.mail(ANN.writes(DESK, ANNS, "Hello?", desk.now))
        desk.later(minutes=1)
    _merged(desk)
    before = len(desk.inbox(ANN))
    desk.mail(BEA.replies(_notice(desk, 1), "It left today.", desk.now))
    desk.answers_leave()

    assert [mail.subject for mail in desk.inbox(ANN)[before:]] == [f"[Case #1] Re: {ANNS}"]


def test_an_answer_to_a_notice_from_before_the_merge_does_not_reach_more_people(asked: StoryDesk) -> None:
    old = _notice(asked, 2)
    asked.later(minutes=1)
    _merged(asked)
    asked.mail(BEA.replies(old, "Dear Ben, about your order 17.", asked.now))
    asked.answers_leave()
    assert not any("order 17" in mail.whole for person in (ANN, BEN) for mail in asked.inbox(person))
    assert "case 2 was merged into case 1 since that notice" in asked.newest(BEA).text

    asked.mail(BEA.replies(_notice(asked, 1), "Dear Ann, about your order 17.", asked.now))
    asked.answers_leave()
    assert not any("order 17" in mail.whole for person in (ANN, BEN) for mail in asked.inbox(person))

    asked.mail(BEA.replies(old, "/public\n\nIt left today.", asked.now))
    asked.answers_leave()
    assert "It left today." in asked.newest(ANN).text
    assert "It left today." in asked.newest(BEN).text


def test_a_merge_is_undone_and_each_number_leads_to_its_own_case_again(asked: StoryDesk) -> None:
    _merged(asked)
    asked.mail(BEN.replies(asked.newest(BEN), "While they were one.", asked.now))
    asked.mail(BEA.replies(_notice(asked, 1), "/unmerge 2", asked.now))

    assert asked.case(2).status == "Open"
    assert [e.text for e in asked.entries(2) if e.direction == "in"][-1] == "While they were one."
    asked.mail(BEN.replies(asked.newest(BEN), "And now they are two.", asked.now))
    assert asked.logged("letter.routed")[-1]["case"] == 2


def test_chains_of_merges_lead_to_their_end_and_no_ring_is_made(asked: StoryDesk) -> None:
    asked.mail(EVE.writes(DESK, "A third matter", "Eve's secret.", asked.now))
    third = _notice(asked, 3)
    asked.mail(BEA.replies(third, "/merge 2", asked.now))
    asked.mail(BEA.replies(asked.newest(BEA), "yes", asked.now))  # Eve is of another house
    _merged(asked)
    asked.mail(BEA.replies(asked.newest(BEA), "yes", asked.now))
    asked.mail(EVE.replies(asked.newest(EVE), "Hello?", asked.now))
    assert asked.logged("letter.routed")[-1]["case"] == 1

    asked.mail(BEA.replies(_notice(asked, 1), "/merge 3", asked.now))
    assert "✖ /merge 3: case 3 is this one already" in asked.newest(BEA).text
    asked.mail(BEA.replies(asked.newest(BEA), "/public\n\nTo all three.", asked.now))
    asked.answers_leave()
    for person in (ANN, BEN, EVE):
        (answer,) = [mail for mail in asked.inbox(person) if "To all three." in mail.text]
        assert not any(other.address in answer.whole for other in {ANN, BEN, EVE} - {person})


def test_undo_takes_the_answer_back_from_both_requesters(asked: StoryDesk) -> None:
    _merged(asked)
    asked.mail(BEA.replies(_notice(asked, 1), "/public\n\nWrong.", asked.now))
    asked.mail(BEA.replies(_notice(asked, 1), "/undo", asked.now))
    asked.later(hours=1)

    assert not any("Wrong." in mail.text for person in (ANN, BEN) for mail in asked.inbox(person))


def test_silence_warns_and_closes_towards_both_and_the_merged_case_stays_merged(asked: StoryDesk) -> None:
    _merged(asked)
    asked.mail(BEA.replies(_notice(asked, 1), "/public\n\nIt left today.", asked.now))
    asked.answers_leave()
    asked.later(hours=25)
    asked.later(hours=25)

    assert (asked.case(1).status, asked.case(2).status) == ("Closed", "Merged")
    for person in (ANN, BEN):
        assert "we have closed case" in asked.newest(person).text
    asked.mail(BEN.replies(asked.newest(BEN), "It still fails.", asked.now))
    assert asked.case(1).status == "Open"


def test_a_mail_to_the_merged_requester_that_fails_is_told_to_the_owner_of_the_other_case(asked: StoryDesk) -> None:
    _merged(asked)
    asked.sink.refuse(BEN.address, "550 5.1.1 no such user")
    asked.mail(BEA.replies(_notice(asked, 1), "/public\n\nIt left today.", asked.now))
    asked.answers_leave()

    told = asked.newest(BEA)
    assert told.subject.startswith("[Case #1]")
    assert "ben@customer.test did not get our mail" in told.text


@pytest.mark.parametrize(
    ("order", "refusal"),
    [
        ("/merge", "which case? Say /merge 1042"),
        ("/merge 99", "there is no case 99"),
        ("/merge 2", "case 2 is this one already"),
        ("/merge soon", "which case? Say its number"),
        ("/unmerge 1", "case 1 was not merged into this one"),
        ("/link 2", "that is this case"),
        ("/unlink 1", "case 1 is not linked to this one"),
    ],
)
def test_a_join_that_cannot_be_is_refused(asked: StoryDesk, order: str, refusal: str) -> None:
    asked.mail(BEA.replies(_notice(asked, 2), order, asked.now))

    assert f"✖ {order}: {refusal}" in asked.newest(BEA).text
    assert asked.case(2).status == "New"


def test_a_case_is_not_merged_into_one_that_is_done(asked: StoryDesk) -> None:
    asked.mail(BEA.replies(_notice(asked, 1), "/close", asked.now))
    _merged(asked)

    assert "✖ /merge 1: case 1 is Closed" in asked.newest(BEA).text


def test_links_and_parents_are_said_shown_and_taken_back(asked: StoryDesk) -> None:
    asked.mail(BEA.replies(_notice(asked, 2), "/link [Case #1]\n/parent 1", asked.now))
    assert "linked to case 2" in asked.newest(CARL).text or "parent of case 2" in asked.newest(CARL).text
    asked.mail(BEA.replies(_notice(asked, 1), "/parent 2", asked.now))
    assert "✖ /parent 2: case 2 is below this one already" in asked.newest(BEA).text
    assert "Related:   linked to case 2" in asked.newest(BEA).text
    asked.mail(BEA.replies(_notice(asked, 1), "/unlink 2", asked.now))
    asked.mail(BEA.replies(_notice(asked, 1), "/help", asked.now))
    assert "Related:" not in asked.newest(BEA).text


def test_a_second_mail_on_one_matter_is_only_suggested_for_a_merge(desk: StoryDesk) -> None:
    desk.mail(ANN.writes(DESK, "Where is my parcel?", "Hello?", desk.now))
    desk.later(days=1)
    desk.mail(ANN.writes(DESK, "where is my parcel!!", "Hello again?", desk.now))
    desk.mail(ANN.writes(DESK, "Invoice of May", "Another matter.", desk.now))
    desk.later(days=20)
    desk.mail(ANN.writes(DESK, "Where is my parcel?", "Hello after long.", desk.now))

    assert [("/merge 1 joins this one" in _notice(desk, n).text) for n in (1, 2, 3, 4)] == [False, True, False, False]
    assert [case.status.value for case in desk.cases()] == ["New"] * 4


TWO_QUEUES = """
[[queue]]
name = "support"
[[queue]]
name = "sales"
address = "sales@desk.test"
[[agent]]
address = "sam@desk.test"
name = "Sam"
queues = ["sales"]
"""


def test_T31_a_case_of_a_queue_that_an_agent_does_not_serve_is_not_there(
    tmp_path: Path, sink: SinkServer, store_url: str
) -> None:
    from maild.demo.people import Person

    sam = Person("Sam Sales", "sam@desk.test")
    with story_desk(tmp_path, sink, store_url, TWO_QUEUES) as desk:
        desk.mail(ANN.writes(DESK, ANNS, "Hello?", desk.now))
        desk.mail(BEN.writes("sales@desk.test", BENS, "Hello?", desk.now))
        for order in ("/merge", "/link", "/parent"):
            desk.mail(sam.replies(desk.inbox(sam)[0], f"{order} 1\n{order} 999", desk.now))
            text = desk.newest(sam).text
            assert f"✖ {order} 1: there is no case 1\n" in text
            assert f"✖ {order} 999: there is no case 999\n" in text
        assert desk.case(2).status == "New"


def test_T30_a_case_in_another_queue_is_not_suggested_to_those_who_do_not_serve_it(
    tmp_path: Path, sink: SinkServer, store_url: str
) -> None:
    from maild.demo.people import Person

    sam = Person("Sam Sales", "sam@desk.test")
    with story_desk(tmp_path, sink, store_url, TWO_QUEUES) as desk:
        desk.mail(ANN.writes(DESK, ANNS, "Hello?", desk.now))
        desk.mail(ANN.writes("sales@desk.test", ANNS, "Hello, sales?", desk.now))

        assert "/merge 1" in desk.newest(BEA).text
        assert "/merge" not in desk.newest(sam).text.partition("Commands")[0]
