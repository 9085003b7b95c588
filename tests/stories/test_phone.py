"""Calls and chats, written down by agents; what each level finds of a cause."""

from datetime import timedelta

import pytest

from maild.demo.people import Mail, Person
from tests.stories.desk import ANN, BEA, BEN, CARL, DESK, EVE, StoryDesk


@pytest.fixture
def notice(desk: StoryDesk) -> Mail:
    """Ann asked; the notice that Bea got."""
    desk.mail(ANN.writes(DESK, "Where is my parcel?", "It is two weeks late.", desk.now))
    return desk.newest(BEA)


def _flat(mail: Mail) -> str:
    return " ".join(mail.text.split())


def test_a_case_for_somebody_who_called_has_nothing_of_the_case_whose_notice_was_answered(
    desk: StoryDesk, notice: Mail
) -> None:
    order = BEA.replies(notice, "/new for ben@customer.test\n\nHis invoice is wrong.\nHe was angry.", desk.now)
    desk.mail(order)

    case = desk.case(2)
    assert (case.requester, case.creator, case.owner) == (BEN.address, BEA.address, None)
    assert (case.status, case.subject, case.linked_to) == ("New", "Your call", None)
    (entry, told) = desk.entries(2)
    assert (entry.direction, entry.public, entry.sender) == ("in", False, BEA.address)
    assert entry.text == "His invoice is wrong.\nHe was angry."
    assert told.to == (BEN.address,)
    (mail,) = desk.inbox(BEN)
    assert mail.subject == "[Case #2] Your case with us"
    for word in (
        "parcel",
        "invoice",
        "angry",
        ANN.address,
        BEA.address,
        notice.message_id,
        Mail(order).message_id,
        "two weeks",
    ):
        assert word not in mail.whole
    assert len(desk.entries(1)) == 2  # her mail, its acknowledgement
    assert len(desk.inbox(ANN)) == 1
    assert "A new case for support, from ben@customer.test" in _flat(desk.newest(CARL))
    assert "✔ /new for ben@customer.test: a case for ben@customer.test" in _flat(desk.newest(BEA))


def test_a_reply_to_its_number_finds_the_case_and_the_agents_receipt_answers_it(
    desk: StoryDesk, notice: Mail
) -> None:
    desk.mail(BEA.replies(notice, "/new for ben@customer.test\n/take\n\nHis invoice is wrong.", desk.now))
    desk.mail(BEN.replies(desk.newest(BEN), "It is number 7.", desk.now))
    assert "It is number 7." in desk.newest(BEA).text
    desk.mail(BEA.replies(desk.newest(BEA), "We have sent another.", desk.now))
    desk.answers_leave()

    assert "We have sent another." in desk.newest(BEN).text
    assert BEA.address not in desk.newest(BEN).whole
    assert desk.case(2).owner == BEA.address


def test_quietly_tells_the_customer_nothing(desk: StoryDesk, notice: Mail) -> None:
    desk.mail(BEA.replies(notice, "/new for ben@customer.test quietly\n/kind bug\n\nA crash.", desk.now))

    assert not desk.inbox(BEN)
    assert desk.case(2).kind == "bug"
    assert "not-acknowledged" in desk.journal(2)


def test_a_call_that_was_logged_as_answered_waits_for_the_customer_at_once(desk: StoryDesk, notice: Mail) -> None:
    desk.mail(BEA.replies(notice, "/new for ben@customer.test\n/chat\n\nTold him to restart.", desk.now))

    assert desk.case(2).status == "Waiting on Customer"
    assert desk.entries(2)[0].direction == "chat"


@pytest.mark.parametrize(
    "order",
    [
        "/new for bea@desk.test",
        "/new for support@desk.test",
        "/new",
        "/new case please",
        "/new for ben@x.test a@b.test",
    ],
)
def test_a_new_case_for_nobody_or_one_of_us_is_refused(desk: StoryDesk, notice: Mail, order: str) -> None:
    desk.mail(BEA.replies(notice, f"{order}\n\nHello.", desk.now))
    desk.answers_leave()

    assert len(desk.cases()) == 1
    assert f"✖ {order}: " in _flat(desk.newest(BEA))
    assert len(desk.inbox(ANN)) == 1


def test_a_command_that_needs_a_case_does_not_go_with_a_new_one(desk: StoryDesk, notice: Mail) -> None:
    desk.mail(BEA.replies(notice, "/new for ben@customer.test\n/merge 1\n/undo\n\nHello.", desk.now))
    assert desk.case(2).status == "New"
    assert "✖ /merge 1: there is no case yet" in _flat(desk.newest(BEA))


def test_two_new_cases_in_one_mail_are_refused(desk: StoryDesk, notice: Mail) -> None:
    desk.mail(BEA.replies(notice, "/new for ben@customer.test\n/new for eve@customer.test", desk.now))
    assert len(desk.cases()) == 1
    assert "one mail opens one case" in _flat(desk.newest(BEA))


def test_T01_nobody_else_opens_a_case_for_another(desk: StoryDesk, notice: Mail) -> None:
    desk.mail(BEA.writes(DESK, "A call", "/new for ben@customer.test\n\nHello.", desk.now))
    desk.mail(CARL.replies(notice, "/new for ben@customer.test\n\nHello.", desk.now))  # Bea's token
    desk.mail(ANN.replies(desk.inbox(ANN)[0], "/new for ben@customer.test\n\nHello.", desk.now))

    assert [case.requester for case in desk.cases()] == [ANN.address]
    assert desk.quarantined() == ["unproven-agent"] * 2
    assert not desk.inbox(BEN)


def test_customers_for_whom_cases_are_opened_are_written_to_by_the_limiter(desk: StoryDesk, notice: Mail) -> None:
    for number in range(7):
        desk.mail(BEA.replies(notice, f"/new for ben@customer.test\n\nCall {number}.", desk.now))
    assert len(desk.cases()) == 8
    assert len(desk.inbox(BEN)) == 5


@pytest.mark.parametrize(
    ("order", "head"),
    [
        ("/called", "Spoken with the customer."),
        ("/called voicemail", "A message left on the customer's voicemail."),
        ("/chat", "Chat with the customer."),
    ],
)
def test_a_call_counts_as_an_answer_and_silence_closes_the_case(
    desk: StoryDesk, notice: Mail, order: str, head: str
) -> None:
    desk.mail(BEA.replies(notice, f"{order}\n\nShe will look in the shed.", desk.now))

    assert (desk.case(1).status, desk.case(1).owner) == ("Waiting on Customer", BEA.address)
    assert desk.entries(1)[-1].text == f"{head}\n\nShe will look in the shed."
    assert desk.timers(1) == {"silence-warning": desk.now + timedelta(hours=24)}
    assert len(desk.inbox(ANN)) == 1
    assert "counts as an answer" in _flat(desk.newest(BEA))
    desk.later(hours=24)
    desk.later(hours=24)
    assert desk.case(1).status == "Closed"


def test_a_second_call_starts_the_clock_anew_and_a_call_that_leaves_us_owing_stops_it(
    desk: StoryDesk, notice: Mail
) -> None:
    desk.mail(BEA.replies(notice, "/called voicemail please call back", desk.now))
    desk.later(hours=20)
    desk.mail(BEA.replies(notice, "/called voicemail please call back", desk.now))
    assert desk.timers(1) == {"silence-warning": desk.now + timedelta(hours=24)}
    desk.mail(BEA.replies(notice, "/called\n/wait us\n\nI am to send her a form.", desk.now))
    assert desk.timers(1) == {}
    assert desk.case(1).status == "Open"


def test_a_public_call_is_refused_and_nothing_leaves(desk: StoryDesk, notice: Mail) -> None:
    desk.mail(BEA.replies(notice, "/called\n/public\n\nShe was rude.", desk.now))
    desk.answers_leave()

    assert len(desk.inbox(ANN)) == 1
    assert "✖ /public does not go with a call" in _flat(desk.newest(BEA))
    assert desk.case(1).status == "New"


def test_findings_of_the_cause_grow_and_stand_in_the_closing_note(desk: StoryDesk, notice: Mail) -> None:
    with desk.office.store.write() as unit:
        unit.agents.put(CARL.address, desk.now, level="L2")
    desk.mail(BEA.replies(notice, "/take\n/rca the carrier lost it", desk.now))
    desk.mail(CARL.replies(desk.inbox(CARL)[0], "/rca\n\nThe label was wrong.\nIt said 12 for 21.", desk.now))
    desk.mail(BEA.replies(notice, "/close\n\nIt is found.", desk.now))
    desk.answers_leave()

    found = [entry for entry in desk.entries(1) if entry.finding_of]
    assert [(one.finding_of, one.public) for one in found] == [("L1", False), ("L2", False)]
    told = _flat(desk.newest(CARL))
    assert "This is what was found of its cause" in told
    assert "L1, Bea, " in told
    assert "the carrier lost it" in told
    assert "The label was wrong. It said 12 for 21." in told
    assert not [mail for mail in desk.inbox(BEA) if "found of its cause" in mail.text]  # she closed it herself
    assert "It is found." in desk.newest(ANN).text
    assert not [mail for mail in desk.inbox(ANN) if "label" in mail.whole or "carrier" in mail.whole]


def _own_address(mail: Mail) -> str:
    return next(word for word in mail.text.split() if word.startswith("support+c0."))


def test_an_agent_opens_a_case_by_a_new_mail_to_the_address_that_is_theirs(desk: StoryDesk, notice: Mail) -> None:
    desk.mail(BEA.replies(notice, "/help", desk.now))
    address = _own_address(desk.newest(BEA))
    desk.mail(BEA.writes(address, "A call", "/new for ben@customer.test\n\nHis invoice is wrong.", desk.now))

    assert (desk.case(2).requester, desk.case(2).subject) == (BEN.address, "A call")
    assert desk.newest(BEN).subject == "[Case #2] Your case with us"


def test_nothing_of_what_was_written_inside_goes_to_the_customer_with_the_first_answer(
    desk: StoryDesk, notice: Mail
) -> None:
    desk.mail(BEA.replies(notice, "/new for ben@customer.test\n/take\n\nThat awful Ben rang again.", desk.now))
    assert "With your first answer they read its subject, “Your call”." in _flat(desk.newest(BEA))
    desk.mail(BEN.replies(desk.newest(BEN), "What is it?", desk.now))
    desk.mail(BEA.replies(desk.newest(BEA), "We look into it.", desk.now))
    desk.answers_leave()

    assert "We look into it." in desk.newest(BEN).text
    assert not any("awful" in mail.whole for mail in desk.inbox(BEN))


def test_T07_an_agents_own_address_is_worth_nothing_in_other_hands(desk: StoryDesk, notice: Mail) -> None:
    desk.mail(BEA.replies(notice, "/help", desk.now))
    address = _own_address(desk.newest(BEA))
    desk.mail(CARL.writes(address, "A call", "/new for ben@customer.test\n\nHello.", desk.now))
    desk.mail(EVE.writes(address, "A call", "/new for ben@customer.test\n\nHello.", desk.now))
    desk.mail(BEA.writes(address, "[Case #1] A call", "/close", desk.now))

    assert desk.quarantined() == ["unproven-agent"] * 2  # hers as well: others had her address
    assert [case.requester for case in desk.cases()] == [ANN.address, EVE.address]
    assert desk.case(1).status == "New"
    assert not desk.inbox(BEN)


def test_what_an_agent_says_of_themselves_needs_no_case(desk: StoryDesk, notice: Mail) -> None:
    desk.mail(BEA.replies(notice, "/help", desk.now))
    address = _own_address(desk.newest(BEA))
    day = f"{desk.now + timedelta(days=9):%Y-%m-%d}"
    desk.mail(BEA.writes(address, "Holidays", f"/away until {day}", desk.now))

    assert desk.logged("agent.away")[0]["agent"] == BEA.address
    assert f"✔ /away until {day}" in _flat(desk.newest(BEA))
    assert desk.letters()["ignored"] == 1
    desk.mail(BEA.writes(address, "Hello", "What is this?", desk.now))
    assert "Your mail means no case, and is held." in _flat(desk.newest(BEA))
    assert desk.quarantined() == ["agent-without-case"]


def _receipt(desk: StoryDesk) -> str:
    found = [mail for mail in desk.inbox(BEA) if mail.header("X-Maild-Event") == "receipt"]
    return " ".join(found[-1].text.split())


def test_whoever_logs_a_call_as_answered_owns_the_new_case(desk: StoryDesk, notice: Mail) -> None:
    desk.mail(BEA.replies(notice, "/new for gus@caller.test\n/called\n\nHe knows now.", desk.now))
    assert desk.case(2).owner == BEA.address
    said = (
        "Without a word from the customer they are warned in 24 hours, and the case is closed in 48 hours. /wait us"
    )
    assert said in _receipt(desk)
    desk.mail(BEA.replies(notice, "/new for gus@caller.test\n/called\n/assign carl\n\nHe knows.", desk.now))
    desk.mail(BEA.replies(notice, "/new for gus@caller.test\n\nHe rang.", desk.now))
    assert (desk.case(3).owner, desk.case(4).owner) == (CARL.address, None)
    assert "Without a word" not in _receipt(desk)


@pytest.mark.parametrize(
    ("order", "then"),
    [
        ("/called", "Waiting on Customer"),
        ("/chat", "Waiting on Customer"),
        ("/called\n/wait us", "Waiting on Vendor"),
        ("/called\n/wait vendor", "Waiting on Vendor"),
    ],
)
def test_a_call_on_a_case_that_waits_for_a_vendor_has_it_wait_for_the_customer_unless_they_say_otherwise(
    desk: StoryDesk, notice: Mail, order: str, then: str
) -> None:
    desk.mail(BEA.replies(notice, "/take\n/wait vendor", desk.now))
    desk.mail(BEA.replies(notice, f"{order}\n\nShe has it after all.", desk.now))
    assert desk.case(1).status == then
    no_more = "It waits for the vendor no more; /wait vendor has it wait for them again."
    assert (no_more in _receipt(desk)) == (then == "Waiting on Customer")


@pytest.mark.parametrize("order", ["/called", "/chat"])
def test_who_was_called_and_got_no_mail_is_told_of_what_the_warning_is(
    desk: StoryDesk, notice: Mail, order: str
) -> None:
    desk.mail(BEA.replies(notice, f"/new for gus@caller.test quietly\n{order}\n\nHe knows now.", desk.now))
    desk.later(hours=24)
    (warning,) = desk.inbox(Person("Gus", "gus@caller.test"))
    text = " ".join(warning.text.split())
    spoken = order[1:].removesuffix("ed")
    assert f"this is about our {spoken} of 02 March, of which we made a note as case 2" in text
    assert "we will close the case in 24 hours" in text
    assert "waiting for a word" not in text


def test_after_a_mail_the_warning_is_about_the_silence(desk: StoryDesk, notice: Mail) -> None:
    desk.mail(BEA.replies(notice, "/called\n\nShe knows.", desk.now))
    desk.mail(BEA.replies(notice, "It is on its way.", desk.now))
    desk.answers_leave()
    desk.later(hours=24)
    assert "we have been waiting for a word from you for 24 hours" in " ".join(desk.newest(ANN).text.split())
