"""An agent's new mail to the address that is theirs alone: commands without a notice at hand, and what goes wrong."""

import re

import pytest

from tests.stories.desk import ANN, BEA, BEN, CARL, DESK, EVE, StoryDesk


@pytest.fixture
def own(desk: StoryDesk) -> str:
    """Bea's own address; Ann asked as case 1, Ben as case 2, and Bea has taken the first."""
    desk.mail(ANN.writes(DESK, "Where is my parcel?", "It is late.", desk.now))
    desk.mail(BEN.writes(DESK, "Invoice", "Twice.", desk.now))
    desk.mail(BEA.replies(desk.inbox(BEA)[0], "/take", desk.now))
    found = re.search(r"support\+c0\.\w+@desk\.test", desk.newest(BEA).text)
    assert found is not None
    return found[0]


def _told(desk: StoryDesk, own: str, text: str, subject: str = "x") -> str:
    """Bea writes there; what she is told."""
    before = len(desk.inbox(BEA))
    desk.mail(BEA.writes(own, subject, text, desk.now))
    answers = [mail for mail in desk.inbox(BEA)[before:] if "What became of your mail" in mail.subject]
    assert len(answers) <= 1
    return " ".join(answers[0].text.split()) if answers else ""


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("lst mine", "✖ lst mine: did you mean list mine?"),
        ("shwo 1", "✖ shwo 1: did you mean show 1?"),
        ("/shwo 1", "✖ /shwo 1: there is no such command; did you mean /show?"),
        ("/lst mine", "✖ /lst mine: there is no such command; did you mean /list?"),
        ("take", "✖ take: which case? Write /case 1042 /take, with the number of the case, or reply"),
        ("report weekly", "✖ report weekly: reports come by mail"),
        ("/report", "✖ /report: there is no such command; reports come by mail"),
        ("/take", "✖ /take: which case? Write /case 1042 /take"),
        ("/take 1", "✖ /take 1: did you mean /case 1 /take?"),
        ("close #1\n\nBea", "✖ close #1: did you mean /case 1 /close?"),
        ("new Gus", "✖ new Gus: for whom? Write new for ann@example.com"),
        ("case 1 is hers", "✖ case 1 is hers: for commands on a case write case 1042"),
        ("yes", "✖ yes: answer the question itself with that word"),
        ("/new", "✖ /new: for whom? Say /new for ann@example.com"),
        ("/new for Ann Example", "✖ /new for Ann Example: a case needs an address, where its answers go."),
        ("/case 1 take", "✖ /case 1 take: which case? Say /case 1042, and its commands below it"),
        ("away next week", "✖ away next week: until which day? Write away until friday"),
        ("", "✖ There is nothing in your mail. To look, write list mine"),
    ],
)
def test_what_was_not_understood_is_said_and_nothing_waits(desk: StoryDesk, own: str, text: str, said: str) -> None:
    assert said in _told(desk, own, text)
    assert desk.quarantined() == []
    assert (desk.case(1).status, desk.case(2).status, len(desk.cases())) == ("Open", "New", 2)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("list mine", "✔ /list mine: my open cases: 1"),
        ("away until 2026-03-14", "✔ /away until 2026-03-14: you get no new cases"),
        ("digest daily", "✔ /digest daily: "),
        ("Show 1\n\nBest regards,\nBea", "✔ /Show 1: [Case #1]"),
        ("/list mine\n/shwo 2\n/show 1", "✔ /show 1: [Case #1]"),
    ],
)
def test_first_lines_need_no_slash(desk: StoryDesk, own: str, text: str, said: str) -> None:
    assert said in _told(desk, own, text)
    assert desk.quarantined() == []


def test_case_and_command_on_one_line(desk: StoryDesk, own: str) -> None:
    told = _told(desk, own, "/case 2 /note She has paid.\n/severity high\ncase 1 /close")
    assert desk.entries(2)[-1].text == "She has paid."
    assert (desk.case(2).severity, desk.case(1).status) == ("High", "Closed")
    assert "✔ /case 2 /note She has paid.: an internal note" in told
    desk.mail(BEA.replies(desk.inbox(BEA)[0], "/public\n/case 2 /severity low\n\nHello Ann.", desk.now))
    desk.answers_leave()
    assert desk.case(2).severity == "Low"
    assert "Hello Ann." in desk.newest(ANN).text
    assert "severity" not in desk.newest(ANN).text


def test_a_text_below_case_and_note_is_that_cases_note(desk: StoryDesk, own: str) -> None:
    told = _told(desk, own, "/case 2\n/note\n\nShe has paid,\nand called twice.")
    assert desk.entries(2)[-1].text == "She has paid,\nand called twice."
    assert "✔ /note: an internal note" in told
    assert len(desk.inbox(BEN)) == 1
    assert desk.quarantined() == []


def test_a_new_case_for_somebody_with_a_name(desk: StoryDesk, own: str) -> None:
    _told(desk, own, "/new for Eve Example <eve@elsewhere.test>\n\nShe called.", "A price")
    case = desk.case(3)
    assert (case.requester, case.requester_name, case.subject) == (EVE.address, "Eve Example", "A price")
    _told(desk, own, 'new for "Gus Caller" gus@elsewhere.test quietly\n\nHe called.')
    assert (desk.case(4).requester, desk.case(4).requester_name) == ("gus@elsewhere.test", "Gus Caller")
    assert len(desk.cases()) == 4


def test_T09_a_subject_is_obeyed_where_it_only_looks_and_nothing_else_stands_in_a_new_mail(
    desk: StoryDesk, own: str
) -> None:
    assert "✔ /list mine: my open cases: 1" in _told(desk, own, "", "list mine")
    assert "✔ /show 1: [Case #1]" in _told(desk, own, "-- \nBea", "/show 1")
    for subject in ("/away until 2026-03-14", "/case 1 /close", "/take"):
        told = _told(desk, own, "", subject)
        assert f"✖ Subject “{subject}”: that was not obeyed." in told
    assert desk.logged("agent.away") == []
    assert desk.case(1).status == "Open"
    assert "✔" not in _told(desk, own, "", "Re: list mine")
    told = _told(desk, own, "Her invoice is wrong, and she is right.", "/new for eve@elsewhere.test")
    assert "✖ Subject “/new for eve@elsewhere.test”: that was not obeyed." in told
    assert len(desk.cases()) == 2
    assert desk.quarantined() == ["agent-without-case"]


@pytest.mark.parametrize(
    "text",
    [
        "Dear Ann,\n\nyour parcel has left.",
        "/take\n\nDear Ann,\nyour parcel has left.",
        "/case 1\n/close\n\nDear Ann,\nyour parcel has left.",
        "/note\n\nAnn called.",
    ],
)
def test_a_text_without_a_place_is_held_and_it_is_said_where_and_what_to_do(
    desk: StoryDesk, own: str, text: str
) -> None:
    told = _told(desk, own, text, "For Ann")
    assert desk.quarantined() == ["agent-without-case"]
    assert desk.case(1).status == "Open"
    assert "It lies in quarantine under its subject, “For Ann”; the admins see it, and" in told
    assert "To answer a customer: reply to a notice of the case, or" in told
    desk.later(hours=1)
    assert len(desk.inbox(ANN)) == 1


@pytest.mark.parametrize(
    ("order", "said"),
    [
        ("/new", "✖ /new: for whom?"),
        ("/new for Ann Example", "✖ /new for Ann Example: a case needs an address, where its answers go."),
        ("/nte", "✖ /nte: there is no such command; did you mean /note?"),
        ("/take 1", "✖ /take 1: did you mean /case 1 /take?"),
    ],
)
def test_what_is_wrong_with_a_command_is_said_where_its_text_is_held(
    desk: StoryDesk, own: str, order: str, said: str
) -> None:
    told = _told(desk, own, f"{order}\n\nAnn called.\nHer invoice is wrong.")
    assert said in told
    assert "It lies in quarantine" in told
    assert desk.quarantined() == ["agent-without-case"]


def test_T07_nobody_else_commands_by_that_address_with_or_without_a_slash(desk: StoryDesk, own: str) -> None:
    for who in (CARL, EVE, ANN):
        desk.mail(who.writes(own, "list mine", "case 1 /close", desk.now))
    assert desk.case(1).status == "Open"
    assert not any("my open cases" in mail.text for who in (CARL, EVE, ANN) for mail in desk.inbox(who))


def test_without_the_proof_bare_words_are_held_and_done_after_a_yes(desk: StoryDesk, own: str) -> None:
    desk.mail(BEA.writes(DESK, "list mine", "list mine", desk.now))
    question = desk.newest(BEA)
    assert "Was this mail from you?" in question.subject
    desk.mail(BEA.replies(question, "yes", desk.now))
    assert "✔ /list mine: my open cases: 1" in desk.newest(BEA).text


@pytest.mark.parametrize(
    "text",
    [
        "/case 2\n/note\nBen is a VIP.\n\n/case 1\n/severity high",
        "/case 1\n/severity high\n/case 2\n/note\n\nBen is a VIP.",
        "/case 2 /note Ben is a VIP.\n/case 1 /severity high",
        "/case 1 /severity high\n/case 2 /note\n\nBen is a VIP.\n\n-- \nBea",
    ],
)
def test_a_note_for_one_case_and_commands_for_another_go_together(desk: StoryDesk, own: str, text: str) -> None:
    assert "✖" not in _told(desk, own, text)
    assert desk.entries(2)[-1].text == "Ben is a VIP."
    assert desk.case(1).severity == "High"
    assert desk.quarantined() == []


@pytest.mark.parametrize("order", ["/ask carl", "/public"])
def test_what_would_send_the_text_to_somebody_is_said_to_need_a_reply(desk: StoryDesk, own: str, order: str) -> None:
    told = _told(desk, own, f"/case 2\n{order}\n\nDo you know Ben?")
    assert f"✖ {order}: only in a reply to a notice of case 2" in told
    assert f"✖ {order}: not done" not in told
    assert desk.quarantined() == ["agent-without-case"]


def test_the_words_behind_the_address_are_the_subject_of_the_new_case(desk: StoryDesk, own: str) -> None:
    _told(desk, own, "/new for ben@customer.test Invoice of May\n\nHe called.", "a call")
    assert (desk.case(3).subject, desk.case(3).requester) == ("Invoice of May", "ben@customer.test")
    assert "With your first answer they read its subject, “Invoice of May”." in " ".join(
        desk.newest(BEA).text.split()
    )
    _told(desk, own, "/new for Gus <gus@elsewhere.test> quietly A price list\n\nHe called.", "a call")
    _told(desk, own, "new for Gus <gus@elsewhere.test>: A price list, quietly\n\nHe called.", "a call")
    assert [desk.case(number).subject for number in (4, 5)] == ["A price list"] * 2
    assert not [mail for mail in desk.sink.to("gus@elsewhere.test")]


def test_a_reminder_beside_a_new_case_is_of_that_case(desk: StoryDesk, own: str) -> None:
    order = "/new for gus@elsewhere.test quietly\n/called\n/remind tomorrow 9:00\n/spend 10m"
    told = _told(desk, own, f"{order}\n\nHe wants a price list.")
    assert told == ""
    receipt = " ".join(desk.newest(BEA).text.split())
    assert "✔ /remind tomorrow 9:00: you are reminded Tuesday" in receipt
    assert "✔ /spend 10m" in receipt
    assert desk.case(3).status == "Waiting on Customer"
    desk.later(hours=24)
    (reminder,) = [mail for mail in desk.inbox(BEA) if mail.header("X-Maild-Event") == "reminder"]
    assert reminder.subject.startswith("[Case #3]")
    assert "You wanted to be reminded: He wants a price list." in reminder.text
