"""The case process, one story for each row of the table in docs/process.md: its docstring is what the row says first.

Each is told once here, in the simplest way: mail in, clock on, mail out. What else may happen is told in the stories
of silence, timers, targets, people, phone, vendors, relations and reports.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest

from maild.demo.people import Mail, Person
from tests.servers.sink import SinkServer
from tests.stories.desk import ANN, BEA, BEN, CARL, DESK, StoryDesk, story_desk

LEO = Person("Leo Second", "leo@desk.test")
MAX = Person("Max Manager", "max@desk.test")
VIC = Person("Vic Vendor", "help@acme.test")
TEAM = """
[[agent]]
address = "leo@desk.test"
name = "Leo"
level = "L2"
[[agent]]
address = "max@desk.test"
name = "Max"
role = "manager"
level = "L3"
[[vendor]]
name = "ACME"
address = "help@acme.test"
""" + "".join(
    f'[[rule]]\nname = "{word}"\nwhen = \'message.subject =~~ "{word}"\'\nset = {{ {field} = "{word}" }}\n'
    for field, word in (("severity", "Immediate"), ("severity", "High"), ("severity", "Low"), ("kind", "callback"))
)


@pytest.fixture
def desk(tmp_path: Path, sink: SinkServer, store_url: str) -> Iterator[StoryDesk]:
    with story_desk(tmp_path, sink, store_url, TEAM) as made:
        yield made


def _asked(desk: StoryDesk, subject: str = "A question", person: Person = ANN) -> None:
    desk.mail(person.writes(DESK, subject, "Please help.", desk.now))


def _does(desk: StoryDesk, agent: Person, text: str, number: int = 1) -> None:
    """They answer the first notice that they got of the case; what is to leave leaves."""
    notice = next(mail for mail in desk.inbox(agent) if mail.header("X-Maild-Case") == str(number))
    desk.mail(agent.replies(notice, text, desk.now))
    desk.answers_leave()


def _at(desk: StoryDesk, text: str) -> None:
    desk.clock.move(datetime.fromisoformat(text).replace(tzinfo=UTC) - desk.now)
    desk.work()


def _got(desk: StoryDesk, person: Person, event: str) -> list[Mail]:
    return [mail for mail in desk.inbox(person) if mail.header("X-Maild-Event") == event]


@pytest.mark.parametrize(
    ("severity", "just_before", "due", "goal"),
    [
        ("Immediate", "2026-03-02 10:59", "2026-03-02 11:00", "resolve"),
        ("High", "2026-03-02 12:59", "2026-03-02 13:00", "resolve"),
        ("Medium", "2026-03-02 16:59", "2026-03-02 17:00", "address (a word to the customer)"),
        ("Low", "2026-03-03 08:59", "2026-03-03 09:00", "address (a word to the customer)"),
    ],
)
def test_targets_by_severity(desk: StoryDesk, severity: str, just_before: str, due: str, goal: str) -> None:
    """targets by severity"""
    _asked(desk, f"{severity}: it does not work")
    _at(desk, just_before)
    assert not _got(desk, MAX, "target-violated")
    _at(desk, due)
    assert f"{goal}: it was due" in _got(desk, MAX, "target-violated")[0].text
    assert _got(desk, BEA, "target-violated")


def test_first_comment(desk: StoryDesk) -> None:
    """first comment on a case"""
    _asked(desk)
    _asked(desk, "Another", BEN)
    _does(desk, BEA, "/note\nI have seen it.", 2)
    _at(desk, "2026-03-04 09:00")
    late = [
        mail.subject
        for mail in _got(desk, MAX, "target-violated")
        if "comment (a note or an answer): it was due" in mail.text
    ]
    assert len(late) == 1
    assert "[Case #1]" in late[0]


def test_call_back(desk: StoryDesk) -> None:
    """somebody wants to be called"""
    _asked(desk, "A callback, please")
    _asked(desk, "Another callback, please", BEN)
    _does(desk, BEA, "/called\nHe knows now.", 2)
    _at(desk, "2026-03-04 09:00")
    late = [mail.subject for mail in _got(desk, MAX, "target-violated") if "call-back: it was due" in mail.text]
    assert len(late) == 1
    assert "[Case #1]" in late[0]


def test_silence(desk: StoryDesk) -> None:
    """we answered, and the requester is silent"""
    _asked(desk)
    _does(desk, BEA, "Like this.")
    desk.later(hours=24)
    assert "we will close" in desk.newest(ANN).text
    desk.later(hours=24)
    assert "we have closed" in desk.newest(ANN).text
    assert desk.case(1).status == "Closed"


def test_still_owing(desk: StoryDesk) -> None:
    """we answered, and still owe something"""
    _asked(desk)
    _does(desk, BEA, "/wait us\nI will look it up.")
    desk.later(days=5)
    assert "I will look it up." in desk.newest(ANN).text
    assert desk.case(1).status == "Open"


def test_voicemail(desk: StoryDesk) -> None:
    """we called, and reached a voicemail"""
    _asked(desk)
    _does(desk, BEA, "/called voicemail")
    assert desk.case(1).status == "Waiting on Customer"
    desk.later(hours=24)
    desk.later(hours=24)
    assert desk.case(1).status == "Closed"


def test_downtime(desk: StoryDesk) -> None:
    """the desk was down meanwhile"""
    _asked(desk)
    _does(desk, BEA, "Like this.")
    desk.later(days=4)
    assert "we will close" in desk.newest(ANN).text
    assert desk.case(1).status == "Waiting on Customer"
    desk.later(hours=24)
    assert desk.case(1).status == "Closed"


def test_resolved(desk: StoryDesk) -> None:
    """resolved"""
    _asked(desk)
    _asked(desk, "Another", BEN)
    for number in (1, 2):
        _does(desk, BEA, "/resolve\nRestart it.", number)
    desk.mail(ANN.replies(desk.newest(ANN), "Thanks!", desk.now))
    desk.later(hours=24)
    assert [case.status.value for case in desk.cases()] == ["Closed", "Resolved"]
    desk.later(hours=24)
    assert desk.case(2).status == "Closed"


def test_no_response(desk: StoryDesk) -> None:
    """a vendor is silent after several attempts"""
    _asked(desk)
    _does(desk, BEA, "/vendor acme\nWhere is number 17?")
    _does(desk, BEA, "/vendor acme\nWe asked where it is.")
    desk.later(days=20)
    assert desk.case(1).status == "Waiting on Vendor"
    desk.later(days=1)
    assert desk.case(1).status == "No Response"
    assert "we need an answer of somebody else" in desk.newest(ANN).text
    assert len(desk.inbox(VIC)) == 2


def test_stale(desk: StoryDesk) -> None:
    """nothing happens on a case"""
    _asked(desk)
    _does(desk, BEA, "/take\n/note\nI look into it.")
    _at(desk, "2026-03-11 08:59")
    assert not _got(desk, BEA, "stale")
    _at(desk, "2026-03-11 09:00")  # seven working days after what she did
    assert len(_got(desk, BEA, "stale")) == 1


def test_asks(desk: StoryDesk) -> None:
    """the requester asks how it stands"""
    _asked(desk)
    _does(desk, BEA, "/take\n/wait hold")
    _at(desk, "2026-03-30 09:00")
    assert not _got(desk, BEA, "stale"), "never while it waits"
    desk.mail(ANN.replies(desk.newest(ANN), "And now?", desk.now))
    assert "And now?" in _got(desk, BEA, "reply")[0].text


def test_who_is_told(desk: StoryDesk) -> None:
    """who is told of changes"""
    _asked(desk)
    _does(desk, BEA, "/take")
    _does(desk, BEA, "/assign carl")
    before = len(desk.inbox(BEA)), len(desk.inbox(CARL))
    desk.mail(LEO.replies(desk.inbox(LEO)[0], "/severity high\n/note\nIt is urgent.", desk.now))
    assert "It is urgent." in desk.newest(BEA).text, "she is the creator"
    assert "It is urgent." in desk.newest(CARL).text, "he is the owner"
    assert (len(desk.inbox(BEA)), len(desk.inbox(CARL))) == (before[0] + 1, before[1] + 1)
    assert [mail.header("X-Maild-Event") for mail in desk.inbox(LEO)][-1] == "receipt", "nobody is told of their own"


def test_question_to_a_colleague(desk: StoryDesk) -> None:
    """a question to a colleague"""
    _asked(desk)
    _does(desk, BEA, "/assign carl\n/note\nDid the carrier lose it?")
    assert desk.case(1).owner == CARL.address
    assert "Did the carrier lose it?" in _got(desk, CARL, "assigned")[0].text
    assert not any("carrier" in mail.whole for mail in desk.inbox(ANN))


def test_who_closes(desk: StoryDesk) -> None:
    """who closes"""
    _asked(desk)
    _does(desk, BEA, "/take\n/escalate\n/note\nIt is a setting.")
    _does(desk, LEO, "/take")
    _does(desk, LEO, "/note\nI have set it right.")
    told = desk.newest(BEA)
    assert "I have set it right." in told.text, "she stays the one contact"
    desk.mail(BEA.replies(told, "/public\n/close\nIt works again.", desk.now))
    desk.answers_leave()
    assert "It works again." in desk.newest(ANN).text
    assert (desk.case(1).status.value, desk.case(1).creator) == ("Closed", BEA.address)
    assert _got(desk, LEO, "answered")


def test_comments(desk: StoryDesk) -> None:
    """comments"""
    _asked(desk)
    _does(desk, BEA, "/note\nShe is difficult.")
    desk.mail(CARL.replies(desk.newest(CARL), "She is.", desk.now))
    desk.mail(CARL.replies(desk.newest(CARL), "/public\nWe are on it.", desk.now))
    desk.answers_leave()
    assert [(entry.text, entry.public) for entry in desk.entries(1) if entry.sender == CARL.address] == [
        ("She is.", False),
        ("We are on it.", True),
    ]
    assert not any("She is" in mail.whole for mail in desk.inbox(ANN))


def test_levels(desk: StoryDesk) -> None:
    """levels"""
    _asked(desk, "Immediate: all is down")
    _does(desk, BEA, "/take\n/rca the server does not answer")
    _at(desk, "2026-03-02 11:00")
    assert desk.case(1).level == "L2"
    assert _got(desk, LEO, "escalated")
    assert _got(desk, MAX, "target-violated")
    _does(desk, LEO, "/rca a cable was loose\n/note\nBack again.")
    _does(desk, BEA, "/close\nAll works.")
    for finding in ("L1, Bea, ", "the server does not answer", "L2, Leo, ", "a cable was loose"):
        assert finding in " ".join(_got(desk, LEO, "closing-note")[0].text.split())


def test_assignment(tmp_path: Path, sink: SinkServer, store_url: str) -> None:
    """assignment"""
    queue = '[[queue]]\nname = "support"\nassign = "least-loaded"\n'
    with story_desk(tmp_path, sink, store_url, TEAM + queue) as desk:
        for subject in ("One", "Two"):
            _asked(desk, subject)
        assert [case.owner for case in desk.cases()] == [BEA.address, CARL.address]
        _does(desk, BEA, "/away until 2026-03-20")
        _asked(desk, "Three")
        assert desk.case(3).owner == CARL.address
        assert not _got(desk, LEO, "new-case"), "he works at another level"


def test_reports(tmp_path: Path, sink: SinkServer, store_url: str) -> None:
    """reports by mail"""
    report = '[[report]]\nname = "created"\nto = ["max@desk.test"]\nat = "mon,thu 08:00"\n'
    with story_desk(tmp_path, sink, store_url, TEAM + report) as desk:
        for number, agent in ((1, CARL), (2, BEA)):
            _asked(desk, f"Question {number}")
            _does(desk, agent, "/take", number)
        for when, reports in (("2026-03-04 08:00", 0), ("2026-03-05 08:00", 1), ("2026-03-09 08:00", 2)):
            _at(desk, when)
            mails = [mail for mail in desk.inbox(MAX) if "the team created" in mail.subject]
            assert len(mails) == reports, when
        said = mails[0].text
        assert said.index("Bea (1)") < said.index("Question 2") < said.index("Carl (1)") < said.index("Question 1")
