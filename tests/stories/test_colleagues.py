"""Asking a colleague without giving the case away; and what colleagues are told of each other, at the time when it is
true."""

from pathlib import Path

import pytest

from maild.demo.people import Mail, Person
from tests.servers.sink import SinkServer
from tests.stories.desk import ANN, BEA, CARL, DESK, StoryDesk, story_desk

DORA = Person("Dora", "dora@desk.test")
A_THIRD = """
[[agent]]
address = "dora@desk.test"
name = "Dora"
queues = ["billing"]
[[queue]]
name = "support"
address = "support@desk.test"
[[queue]]
name = "billing"
address = "billing@desk.test"
"""


@pytest.fixture
def notice(desk: StoryDesk) -> Mail:
    """Ann asked, and Carl took the case; the notice that Bea got."""
    desk.mail(ANN.writes(DESK, "Where is my parcel?", "It is two weeks late.", desk.now))
    desk.mail(CARL.replies(desk.newest(CARL), "/take", desk.now))
    return desk.inbox(BEA)[0]


def _flat(mail: Mail) -> str:
    return " ".join(mail.text.split())


def _events(desk: StoryDesk, who: Person, event: str) -> list[Mail]:
    return [mail for mail in desk.inbox(who) if mail.header("X-Maild-Event") == event]


def test_a_colleague_is_asked_and_answers_and_the_case_stays_as_it_is(desk: StoryDesk, notice: Mail) -> None:
    before, timers = desk.case(1), desk.timers(1, every=True)
    desk.mail(CARL.replies(desk.inbox(CARL)[0], "/ask bea\n\nDid the carrier lose this one?", desk.now))
    (question,) = _events(desk, BEA, "question")
    assert "Carl asks you something about case 1." in question.text
    assert "Your reply goes to Carl, as an internal note" in _flat(question)
    assert "The case stays with Carl." in _flat(question)
    assert "| Did the carrier lose this one?" in question.text
    receipt = _flat(desk.newest(CARL))
    assert "✔ /ask bea: Bea gets your text as a question, and you get the answer" in receipt
    assert "Told of it: Bea." in receipt

    desk.mail(BEA.replies(question, "Yes, they did.", desk.now))
    (answer,) = _events(desk, CARL, "note")
    assert "It answers what you wrote inside." in answer.text
    assert "| Yes, they did." in answer.text
    case = desk.case(1)
    assert (case.owner, case.status, case.creator) == (before.owner, before.status, before.creator)
    assert desk.timers(1, every=True) == timers
    assert len(desk.inbox(ANN)) == 1


def test_who_asks_gets_the_answer_also_where_the_case_is_somebody_elses(
    tmp_path: Path, sink: SinkServer, store_url: str
) -> None:
    with story_desk(tmp_path, sink, store_url, A_THIRD.replace('["billing"]', "[]")) as desk:
        desk.mail(ANN.writes(DESK, "Hello", "It burns.", desk.now))
        desk.mail(CARL.replies(desk.newest(CARL), "/take", desk.now))
        desk.mail(BEA.replies(desk.inbox(BEA)[0], "/ask dora: Is it an old one?", desk.now))
        assert _events(desk, DORA, "question")[0].text.count("Is it an old one?") == 1
        assert len(_events(desk, CARL, "note")) == 1  # whose case it is, reads along
        desk.mail(DORA.replies(desk.newest(DORA), "From before the war.", desk.now))
        assert "It answers what you wrote inside." in _events(desk, BEA, "note")[0].text
        assert "It answers" not in _events(desk, CARL, "note")[1].text
        desk.mail(BEA.replies(desk.newest(BEA), "Then it is nothing.", desk.now))
        assert "Then it is nothing." in _events(desk, DORA, "note")[0].text
        assert desk.case(1).owner == CARL.address


@pytest.mark.parametrize(
    ("mail", "said"),
    [
        ("/ask\n\nWhy?", "✖ /ask: whom? Say /ask NAME, with your question below it"),
        ("/ask carl", "✖ /ask: what? Write your question below it"),
        ("/ask nobody\n\nWhy?", "✖ /ask nobody: no agent “nobody”; there are: bea, carl"),
        ("/ask bea\n\nWhy?", "✖ /ask bea: that is you"),
        ("/ask carl\n/public\n\nWhy?", "✖ /ask: it does not go with /public"),
        ("/public\n/ask carl\n/called\n\nWhy?", "✖ /ask: it does not go with /public"),
        ("/ask carl\n/ntoe\n\nWhy?", "– /ask carl: not done, because your text was kept back"),
    ],
)
def test_a_question_that_cannot_be_asked_goes_to_nobody(desk: StoryDesk, notice: Mail, mail: str, said: str) -> None:
    desk.mail(BEA.replies(notice, mail, desk.now))
    desk.answers_leave()
    assert said in _flat(desk.newest(BEA))
    assert _events(desk, CARL, "question") == []
    assert len(desk.inbox(ANN)) == 1


def test_T31_nobody_is_asked_of_a_case_that_they_must_not_read(
    tmp_path: Path, sink: SinkServer, store_url: str
) -> None:
    with story_desk(tmp_path, sink, store_url, A_THIRD) as desk:
        desk.mail(ANN.writes(DESK, "Hello", "It burns.", desk.now))
        desk.mail(BEA.replies(desk.newest(BEA), "/ask dora\n\nIs it yours?", desk.now))
        assert "✖ /ask dora: Dora does not serve the queue support; /assign gives" in _flat(desk.newest(BEA))
        assert desk.inbox(DORA) == []


def test_a_question_comes_at_once_whatever_else_is_collected(desk: StoryDesk, notice: Mail) -> None:
    desk.mail(BEA.replies(notice, "/digest daily", desk.now))
    desk.mail(CARL.replies(desk.inbox(CARL)[0], "/ask bea\n\nWhy?", desk.now))
    assert len(_events(desk, BEA, "question")) == 1


def test_an_observer_is_told_when_an_answer_leaves_not_that_it_has(desk: StoryDesk, notice: Mail) -> None:
    desk.mail(BEA.replies(notice, "It is on its way.", desk.now))
    told = _events(desk, CARL, "answered")[0]
    assert "Bea has written to the customer in case 1." in told.text
    assert "It leaves at 09:01:00 UTC. Until then Bea can take it back" in _flat(told)
    desk.mail(CARL.replies(told, "/note\n/summary\n\nI see.", desk.now))
    receipt = desk.newest(CARL).text
    assert "Bea <bea@desk.test> (held, not sent yet): It is on its way." in receipt
    assert "Bea, answer, not sent yet: It is on its way." in receipt

    desk.mail(BEA.replies(notice, "/undo", desk.now))
    assert "Bea: the status is Open now (the answer was taken back)." in _flat(desk.newest(CARL))
    desk.mail(BEA.replies(notice, "/public\n\nIt is at our door.", desk.now))
    desk.answers_leave()
    desk.mail(CARL.replies(told, "/summary", desk.now))
    assert "not sent yet" not in desk.newest(CARL).text
    assert "Bea <bea@desk.test>: It is at our door." in desk.newest(CARL).text


def test_of_an_answer_that_a_guard_held_nobody_is_told_until_it_goes(desk: StoryDesk, notice: Mail) -> None:
    desk.mail(ANN.replies(desk.inbox(ANN)[0], "And it was expensive.", desk.now))
    desk.mail(BEA.replies(notice, "It is on its way.", desk.now))
    assert _events(desk, CARL, "answered") == []
    desk.mail(CARL.replies(desk.newest(CARL), "/summary", desk.now))
    assert "Bea <bea@desk.test> (held, not sent yet): It is on its way." in desk.newest(CARL).text
    desk.mail(BEA.replies(notice, "/send", desk.now))
    assert "It leaves at 09:01:00 UTC" in _flat(_events(desk, CARL, "answered")[0])


@pytest.mark.parametrize(
    ("who", "said"), [(BEA, "Told of it: Carl."), (CARL, "No colleague was told of it.")], ids=["other", "owner"]
)
def test_the_receipt_for_a_note_says_who_was_told(desk: StoryDesk, notice: Mail, who: Person, said: str) -> None:
    desk.mail(who.replies(desk.inbox(who)[0], "/note\n\nShe has called before.", desk.now))
    assert said in _flat(desk.newest(who))


@pytest.mark.parametrize(
    ("order", "says"),
    [
        ("/resolve", "With this we take case 1 as solved. If it is not, just reply to this mail."),
        ("/close", "With this, case 1 is closed. If something is left to do, just reply to this mail"),
    ],
)
def test_an_answer_that_ends_the_case_says_so_and_what_to_do_if_it_is_not_settled(
    desk: StoryDesk, notice: Mail, order: str, says: str
) -> None:
    desk.mail(BEA.replies(notice, f"{order}\n\nIt lay in the yard.", desk.now))
    desk.answers_leave()
    answer = desk.newest(ANN)
    assert says in _flat(answer)
    assert "* reopen, if it is not settled" in answer.text
    assert ("we close it when we have heard nothing for 2 days" in _flat(answer)) == (order == "/resolve")
    assert desk.entries(1)[-1].text == "It lay in the yard."
    desk.mail(ANN.replies(answer, "No, it still is not here.", desk.now))
    assert desk.case(1).status == "Open"


@pytest.mark.parametrize("order", ["", "/wait us\n\n", "/wait vendor\n\n", "/wait customer\n\n"])
def test_an_answer_that_ends_nothing_says_nothing_of_an_end(desk: StoryDesk, notice: Mail, order: str) -> None:
    desk.mail(BEA.replies(notice, f"{order}We look for it.", desk.now))
    desk.answers_leave()
    assert "We look for it." in desk.newest(ANN).text
    assert "With this" not in desk.newest(ANN).text


def test_reminders_stand_in_the_case_until_they_are_taken_away(desk: StoryDesk, notice: Mail) -> None:
    line = "Tue 03 Mar 2026 09:00 UTC, for Bea: ask the carrier"
    desk.mail(BEA.replies(notice, "/remind tomorrow ask the carrier\n/summary", desk.now))
    assert f"Reminder:  {line}" in desk.newest(BEA).text
    desk.mail(CARL.replies(desk.inbox(CARL)[0], "/summary\n/show", desk.now))
    shown = desk.newest(CARL).text
    assert shown.count(f"reminder: {line}") == 2
    assert f"Reminder:  {line}" in shown
    desk.mail(ANN.replies(desk.inbox(ANN)[0], "Well?", desk.now))
    assert f"Reminder:  {line}" in desk.newest(CARL).text

    desk.mail(BEA.replies(notice, "/remind off", desk.now))
    assert "ask the carrier" not in desk.newest(BEA).text.partition("How the case stands now")[2]
    desk.mail(BEA.replies(notice, "/remind 4h", desk.now))
    desk.later(hours=4)
    assert "Reminder:" not in _events(desk, BEA, "reminder")[0].text


def test_the_mark_of_what_is_internal_is_explained_where_it_stands_and_nowhere_else(
    desk: StoryDesk, notice: Mail
) -> None:
    assert "inside-" not in notice.text
    desk.mail(BEA.replies(notice, "/note\n\nShe has called before.", desk.now))
    told = _flat(_events(desk, CARL, "note")[0])
    mark = told.partition("(inside-")[2][:8]
    assert f"inside-{mark} stands beside what is internal: an answer to the customer with this word in it" in told


def test_who_is_given_a_case_is_told_by_whom_not_who_wrote_last(desk: StoryDesk, notice: Mail) -> None:
    desk.mail(CARL.replies(desk.inbox(CARL)[0], "/assign bea\n/severity high", desk.now))
    told = _events(desk, BEA, "assigned")[0]
    assert "Case 1 is yours now." in told.text
    assert "Carl gave it to you; the severity is High now." in told.text
    assert "| It is two weeks late." in told.text


def test_a_call_is_told_as_a_call(desk: StoryDesk, notice: Mail) -> None:
    desk.mail(BEA.replies(notice, "/called\n\nShe waits at home.", desk.now))
    assert "It is what was said in a call with the customer" in _flat(_events(desk, CARL, "note")[0])


def test_a_question_beside_another_owner_says_whose_the_case_is_then(desk: StoryDesk) -> None:
    desk.mail(ANN.writes(DESK, "Where is my parcel?", "It is late.", desk.now))
    desk.mail(BEA.replies(desk.inbox(BEA)[0], "/take", desk.now))
    desk.mail(BEA.replies(desk.inbox(BEA)[0], "/ask carl\n/assign carl\n\nWhat now?", desk.now))
    question = " ".join(desk.newest(CARL).text.split())
    assert "Bea asks you something" in question
    assert "The case stays with Carl." in question
    assert "Owner: Carl" in question
