"""Merging cases of different people: who reads an answer then is said, and asked back where it could be a leak."""

import re

import pytest

from maild.demo.people import Mail, Person
from tests.stories.desk import ANN, BEA, BEN, CARL, DESK, EVE, StoryDesk
from tests.stories.links import taps


@pytest.fixture
def asked(desk: StoryDesk) -> StoryDesk:
    """Ann asked as case 1, Ben of her house as case 2, Eve of another as case 3."""
    desk.mail(ANN.writes(DESK, "Where is my parcel?", "Ann's secret is 1234.", desk.now))
    desk.mail(BEN.writes(DESK, "Parcel lost, please help", "Ben's secret is 5678.", desk.now))
    desk.mail(EVE.writes(DESK, "A parcel", "Eve's secret is 9012.", desk.now))
    return desk


def _notice(desk: StoryDesk, number: int) -> Mail:
    return next(mail for mail in desk.inbox(BEA) if mail.subject.startswith(f"[Case #{number}]"))


def _flat(mail: Mail) -> str:
    return " ".join(mail.text.split())


def _order(desk: StoryDesk, number: int, text: str) -> str:
    """Bea answers her first notice of a case; what she is told then."""
    desk.mail(BEA.replies(_notice(desk, number), text, desk.now))
    return _flat(desk.newest(BEA))


def test_T23_cases_of_two_houses_are_merged_only_when_it_was_asked_back_who_reads_what(asked: StoryDesk) -> None:
    said = _order(asked, 3, "/merge 1")
    assert asked.case(3).status == "New"
    assert "Do you mean this?" in asked.newest(BEA).subject
    assert "every answer there goes to ann@customer.test and to eve@elsewhere.test" in said.replace("| ", "")
    assert "/link 1" in said

    asked.mail(BEA.replies(asked.newest(BEA), "yes", asked.now))
    assert asked.case(3).status == "Merged"


def test_cases_of_one_house_are_merged_at_once_and_the_receipt_says_who_gets_answers_by_which_mail(
    asked: StoryDesk,
) -> None:
    said = _order(asked, 2, "/merge 1")
    assert asked.case(2).status == "Merged"
    assert "✔ /merge 1: this case goes on in case 1" in said
    assert "every answer there goes to ann@customer.test as [Case #1] and to ben@customer.test as [Case #2]" in said
    assert "Each of them reads all of it" in said
    assert "merged into case 1" in said.partition("How the case stands now")[2]


def test_a_merge_of_two_cases_of_one_person_says_that_they_are_answered_once(asked: StoryDesk) -> None:
    asked.mail(ANN.writes(DESK, "And my other parcel", "It is blue.", asked.now))
    said = _order(asked, 4, "/merge 1")
    assert "ann@customer.test is answered once, as [Case #1]" in said
    assert "goes to both requesters" not in _flat(asked.newest(CARL))
    assert "Ann Customer <ann@customer.test> (customer, also of case 4)" in _flat(asked.newest(CARL))


def test_the_receipt_of_a_merged_case_parts_it_again_with_one_tap(asked: StoryDesk) -> None:
    _order(asked, 2, "/merge 1")
    assert "/reopen" not in asked.newest(BEA).text
    asked.mail(taps(BEA, asked.newest(BEA), "Part case 2 again", asked.now))
    assert asked.case(2).status == "Open"
    receipt = _flat(asked.newest(BEA))
    assert "Related:" not in receipt
    assert "ben@customer.test (customer" not in receipt


def test_a_notice_of_merged_cases_says_that_two_read_a_reply_and_offers_to_part_them(asked: StoryDesk) -> None:
    _order(asked, 2, "/merge 1")
    asked.mail(BEN.replies(asked.newest(BEN), "One more thing.", asked.now))
    notice = asked.newest(BEA)
    assert "each by a mail of their own; all of them read it" in _flat(notice)
    assert "/unmerge 2" in notice.text
    asked.mail(EVE.writes(DESK, "alone", "x", asked.now))
    assert "all of them read it" not in _flat(asked.newest(BEA))


@pytest.mark.parametrize("greeting", ["Dear Ben,", "Hello Mr Ben:", "Hi ben!", "ben@customer.test,"])
def test_T12_an_answer_that_greets_one_of_two_requesters_is_held_before_the_other_reads_it(
    desk: StoryDesk, greeting: str
) -> None:
    ben = Person("Ben Baker", "ben@customer.test")
    desk.mail(ANN.writes(DESK, "Where is my parcel?", "It is late.", desk.now))
    desk.mail(ben.writes(DESK, "Parcel lost", "Lost.", desk.now))
    _order(desk, 2, "/merge 1")
    desk.mail(ben.replies(desk.newest(ben), "My account is SECRET-7.", desk.now))
    desk.mail(BEA.replies(desk.newest(BEA), f"{greeting}\n\nthanks for SECRET-7.", desk.now))
    held = desk.newest(BEA)
    desk.answers_leave()
    assert not any("SECRET-7" in mail.whole for mail in desk.inbox(ANN))
    assert "held" in _flat(held)
    assert "ann@customer.test would read it as well" in _flat(held)
    assert "/unmerge 2" in _flat(held)

    desk.mail(BEA.replies(held, "/send", desk.now))
    desk.answers_leave()
    assert "SECRET-7" in desk.newest(ANN).text


def test_an_answer_that_greets_both_or_nobody_leaves(asked: StoryDesk) -> None:
    _order(asked, 2, "/merge 1")
    asked.mail(BEN.replies(asked.newest(BEN), "And?", asked.now))
    notice = asked.newest(BEA)
    for text in ("Hello Ann, hello Ben,\n\nfirst.", "Hello,\n\nBen knows. Second.", "Dear Customer,\n\nthird."):
        asked.mail(BEA.replies(notice, text, asked.now))
        asked.answers_leave()
        assert text.split()[-1] in asked.newest(ANN).text


def test_unmerge_beside_a_text_sends_it_to_the_one_case_alone(asked: StoryDesk) -> None:
    _order(asked, 2, "/merge 1")
    asked.later(minutes=1)
    asked.mail(ANN.replies(asked.newest(ANN), "And?", asked.now))
    asked.mail(BEA.replies(asked.newest(BEA), "/unmerge 2\n\nDear Ann, here is yours.", asked.now))
    receipt = _flat(asked.newest(BEA))
    asked.answers_leave()
    assert "here is yours" in asked.newest(ANN).text
    assert not any("here is yours" in mail.text for mail in asked.inbox(BEN))
    assert "ben@customer.test" not in receipt.partition("How the case stands now")[2]


def test_one_answer_to_two_requesters_is_told_of_once(asked: StoryDesk) -> None:
    _order(asked, 2, "/merge 1")
    asked.mail(BEN.replies(asked.newest(BEN), "And?", asked.now))
    asked.mail(BEA.replies(asked.newest(BEA), "It left\ntoday.", asked.now))
    asked.answers_leave()
    asked.mail(ANN.replies(asked.newest(ANN), "Thank you, and when does it come?", asked.now))
    assert asked.newest(BEA).text.count("It left") == 1
    shown = _order(asked, 1, "/show\n/summary")
    assert shown.partition("✔ /show")[2].count("It left") == 3  # whole, in short, and said before
    assert "→ 02 Mar 2026 09:00 Bea <bea@desk.test> to ann@customer.test, ben@customer.test" in shown


# --- the number of a merged case


def test_commands_for_a_merged_number_say_in_which_case_they_are_done(asked: StoryDesk) -> None:
    _order(asked, 2, "/merge 1")
    said = _order(asked, 3, "/case 2\n/severity high\n/show 2\n/link 2")
    assert "[Case #1] Where is my parcel? (case 2 was merged into it: all this is about case 1)" in said
    assert "✔ /show 2: as it stood before this mail: case 2 was merged into case 1. [Case #1]" in said
    said = _order(asked, 3, "/link 2")
    assert "✔ /link 2: linked to case 1 (case 2 was merged into it)" in said


def test_a_command_in_a_reply_to_an_old_notice_of_a_merged_case_says_where_it_was_done(asked: StoryDesk) -> None:
    _order(asked, 2, "/merge 1")
    said = _order(asked, 2, "/close")
    assert asked.case(1).status == "Closed"
    assert re.search(r"Case 2 was merged into case 1: this was done there\. /unmerge 2 parts them\. ✔ /close", said)
    assert "/unmerge 2" in said
    assert "merged into case 1: this" not in _order(asked, 1, "/reopen")


def test_colleagues_are_told_of_a_merge_once(asked: StoryDesk) -> None:
    before = len(asked.inbox(CARL))
    _order(asked, 2, "/merge 1")
    (told,) = asked.inbox(CARL)[before:]
    assert told.subject.startswith("[Case #1]")

    asked.mail(CARL.replies(next(m for m in asked.inbox(CARL) if "#3" in m.subject), "/take", asked.now))
    asked.mail(BEA.replies(_notice(asked, 3), "/merge 1", asked.now))
    asked.mail(BEA.replies(asked.newest(BEA), "yes", asked.now))
    told = [mail for mail in asked.inbox(CARL) if mail.subject.startswith("[Case #3]")][-1]
    assert "Bea: it was merged into case 1, and goes on there" in _flat(told)


def test_merged_cases_are_parted_from_another_mail_by_either_number(asked: StoryDesk) -> None:
    for number in (1, 2):
        _order(asked, 2, "/merge 1")
        said = _order(asked, 3, f"/case {number} /unmerge 2")
        assert f"✔ /case {number} /unmerge 2: case 2 is a case of its own again, and open" in said
        assert asked.case(2).status == "Open"
        assert "Related:" not in _order(asked, 1, "/help")


def test_an_answer_to_an_old_notice_leaves_where_nobody_reads_it_who_did_not_before(asked: StoryDesk) -> None:
    asked.mail(ANN.writes(DESK, "And my other parcel", "It is blue.", asked.now))
    _order(asked, 4, "/merge 1")
    asked.mail(BEA.replies(_notice(asked, 4), "It is on its way.", asked.now))
    asked.answers_leave()
    assert "on its way" in asked.newest(ANN).text

    _order(asked, 2, "/merge 1")
    said = _order(asked, 2, "It is lost.")
    assert "an answer goes to ann@customer.test as well now. Put /public above it" in said
    asked.answers_leave()
    assert not any("lost." in mail.text for mail in asked.inbox(ANN)[-2:])


def test_T23_whom_the_other_case_had_copied_is_a_new_reader_of_an_old_notices_answer(desk: StoryDesk) -> None:
    desk.mail(ANN.writes(DESK, "Parcel", "It is late.", desk.now, cc=[BEN.address]))
    desk.mail(ANN.writes(DESK, "Invoice", "Not for Ben.", desk.now))
    _order(desk, 2, "/merge 1")
    before = len(desk.inbox(BEN))
    assert "goes to ben@customer.test as well now" in _order(desk, 2, "Your salary is 7.")
    desk.answers_leave()
    assert len(desk.inbox(BEN)) == before


@pytest.mark.parametrize(("before", "owner"), [("", BEA), ("/assign carl", CARL)])
def test_a_case_that_nobody_owns_becomes_that_of_whoever_owned_what_was_merged_into_it(
    asked: StoryDesk, before: str, owner: Person
) -> None:
    if before:
        _order(asked, 2, before)
    said = _order(asked, 2, "/merge 1")
    assert f"Case 1 is Open, Medium, owner {owner.address} now" in said
    assert (asked.case(1).owner, asked.case(1).status) == (owner.address, "Open")
    assert "was merged into this one by bea@desk.test" in _flat(asked.newest(CARL))


def test_a_case_that_has_an_owner_keeps_them_whatever_is_merged_into_it(asked: StoryDesk) -> None:
    asked.mail(CARL.replies(asked.inbox(CARL)[0], "/take", asked.now))
    _order(asked, 2, "/take\n/merge 1")
    assert asked.case(1).owner == CARL.address


def test_what_undoes_a_merge_is_said_and_needs_no_number_and_colleagues_learn_what_changed(
    asked: StoryDesk,
) -> None:
    _order(asked, 2, "/assign carl\n/merge 1")
    assert "A merge is taken back by /unmerge 2" in _order(asked, 2, "/undo")
    assert "✔ /unmerge: case 2 is a case of its own again" in _order(asked, 1, "/unmerge")
    assert asked.case(2).status == "Open"
    told = [_flat(mail) for mail in asked.inbox(CARL) if mail.subject.startswith("[Case #1]")]
    assert "Bea: case 2 was parted from case 1, and is a case of its own again." in told[-1]


def test_of_several_merged_cases_the_one_to_part_is_named(asked: StoryDesk) -> None:
    asked.mail(ANN.writes(DESK, "And my other parcel", "It is blue.", asked.now))
    _order(asked, 2, "/merge 1")
    _order(asked, 4, "/merge 1")
    assert "✖ /unmerge: which case?" in _order(asked, 1, "/unmerge")
