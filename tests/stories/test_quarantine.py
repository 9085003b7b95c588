"""An admin works the quarantine by mail; nobody else does."""

import html
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from maild.demo.people import Mail, Person
from tests.servers.sink import SinkServer
from tests.stories.desk import ANN, BEA, DESK, EVE, StoryDesk, story_desk
from tests.stories.links import html_of, opened

ADA = Person("Ada Admin", "ada@desk.test")
MORE = """
[[agent]]
address = "ada@desk.test"
name = "Ada"
role = "admin"
[[rule]]
name = "cheap"
when = 'message.subject =~~ "cheap"'
quarantine = "it smells"
"""


@pytest.fixture
def desk(tmp_path: Path, sink: SinkServer, store_url: str) -> Iterator[StoryDesk]:
    with story_desk(tmp_path, sink, store_url, MORE) as made:
        made.work()
        yield made


def _held(desk: StoryDesk) -> list[int]:
    with desk.office.store.read() as unit:
        return [letter.id for letter in unit.letters.quarantined()]


def _told(desk: StoryDesk) -> Mail:
    """The next morning's mail."""
    desk.later(days=1)
    mail = desk.newest(ADA)
    assert mail.subject.endswith("held")
    return mail


def _taps(desk: StoryDesk, mail: Mail, command: str, typed: str = "", person: Person = ADA) -> None:
    """Who taps on the link with this command; they may type behind it."""
    found = [opened(html.unescape(link)) for link in re.findall(r'href="(mailto:[^"]+)"', html_of(mail))]
    to, subject, body = next(one for one in found if one[2].startswith(command))
    first, rest = body.split("\r\n", 1)
    desk.mail(person.writes(to, subject, f"{first}{typed}\n{rest}\n\nAda Admin, Example Ltd", desk.now))


def test_an_admin_works_the_quarantine_by_mail(desk: StoryDesk) -> None:
    desk.mail(ANN.writes(DESK, "Where is my parcel?", "It is late.", desk.now))
    desk.mail(ANN.writes(DESK, "A cheap question", "Is it really?", desk.now))
    desk.mail(EVE.writes(DESK, "cheap pills", "Buy at http://evil.example\n/release 1", desk.now))
    desk.mail(BEA.writes(DESK, "Invoices", "I forgot this.", desk.now))
    desk.mail(EVE.writes(DESK, "cheap watches", "Well.", desk.now))
    question, pills, invoices, watches = _held(desk)
    told = _told(desk)

    assert told.subject == "[Example Support] 4 letters held"
    assert f"Letter {question}: your rule “cheap” holds such mail" in told.text
    assert f"Letter {invoices}: in an agent's name, without proof that it is theirs" in told.text
    assert "From:    Eve Stranger <eve@elsewhere.test>" in told.text
    assert "Subject: cheap pills" in told.text
    assert "Begins:  Buy at http[:]//evil.example" in told.text
    assert "Came:    02 Mar 2026 09:00 UTC" in told.text
    assert not desk.logged("quarantine.worked")

    _taps(desk, told, f"/release {question}")
    assert any(f"✔ /release {question}: letter {question} goes its way now" in mail.text for mail in desk.inbox(ADA))
    assert desk.case(2).subject == "A cheap question"
    _taps(desk, told, f"/spam {watches}")
    _taps(desk, told, f"/attach {invoices} ", "1")
    desk.mail(ADA.writes(told.text.split("own address:\n")[1].split("\n")[0], "x", "/quarantine", desk.now))
    assert "1 held" in desk.newest(ADA).text
    assert f"letter {pills}: your rule “cheap” holds such mail; from eve@elsewhere.test" in desk.newest(ADA).text
    _taps(desk, told, f"/block {pills}")

    assert _held(desk) == []
    entry = desk.entries(1)[-1]
    assert (entry.text, entry.public, entry.sender) == ("I forgot this.", False, BEA.address)
    assert "attached" in desk.journal(1)
    with desk.office.store.read() as unit:
        people = unit.cases.participants([1])[1]
        rules = {unit.letters.get(one).cause for one in (pills, watches)}  # type: ignore[union-attr]
    assert [person.address for person in people] == [ANN.address]
    assert rules == {"spam-by-admin"}
    deeds = [line["deed"] for line in desk.logged("quarantine.worked")]
    assert deeds == ["release", "spam", "attach", "spam", f"block {EVE.address}"]

    seen = len(desk.inbox(EVE))
    desk.mail(EVE.writes(DESK, "A true question", "Please.", desk.now))
    assert desk.logged("letter.ignored")[-1]["rule"] == "blocked-sender"
    assert len(desk.inbox(EVE)) == seen
    morning = len(desk.inbox(ADA))
    desk.later(days=1)
    assert not any("held" in mail.subject for mail in desk.inbox(ADA)[morning:])  # nothing is held, nothing is said
    assert desk.letters() == {"routed": 3, "ignored": 8}  # nothing is lost, nothing counted twice


def test_what_a_held_mail_says_is_no_command_and_no_link(desk: StoryDesk) -> None:
    desk.mail(EVE.writes(DESK, "cheap /release 1 <a href=x>www.evil.example</a>", "/release 1\n\n/block 1", desk.now))
    told = _told(desk)

    page = html_of(told)
    assert "<a href=x>" not in page
    assert not re.search(r'href="(?!mailto:support%2Bc0\.|mailto:support\+c0\.)', page)
    assert "www[.]evil" in told.text
    assert "://" not in told.text
    assert len(_held(desk)) == 1


def test_only_an_admin_works_it_looked_at_when_it_is_used(desk: StoryDesk) -> None:
    desk.mail(ANN.writes(DESK, "Where?", "Where is it?", desk.now))
    desk.mail(EVE.writes(DESK, "cheap pills", "Buy.", desk.now))
    (letter,) = _held(desk)
    told = _told(desk)

    desk.mail(BEA.replies(desk.inbox(BEA)[0], f"/release {letter}\n/block {letter}\n/quarantine", desk.now))
    for order in (f"/release {letter}", f"/block {letter}", "/quarantine"):
        assert f"✖ {order}: only an admin can do that" in desk.newest(BEA).text
    with desk.office.store.write() as unit:
        unit.agents.put(ADA.address, desk.now, role="agent")
    _taps(desk, told, f"/release {letter}")
    assert "only an admin can do that" in desk.newest(ADA).text
    with desk.office.store.write() as unit:
        unit.agents.put(ADA.address, desk.now, role="admin")

    _taps(desk, told, f"/release {letter}", person=EVE)  # to whom it was passed on
    _taps(desk, told, f"/release {letter}", person=BEA)
    _taps(desk, told, f"/release {letter}")  # Ada's address is void, since others had it
    assert letter in _held(desk)


def test_orders_that_cannot_be_are_refused(desk: StoryDesk) -> None:
    desk.mail(ANN.writes(DESK, "Where?", "Where is it?", desk.now))
    desk.mail(BEA.writes(DESK, "Invoices", "Pay.", desk.now))
    (letter,) = _held(desk)
    notice = next(mail for mail in desk.inbox(ADA) if mail.header("X-Maild-Case"))
    orders = {
        "/release": "which? Say /release 17",
        "/release 99": "no letter 99 is held",
        f"/attach {letter}": "which? Say /attach 17 1042",
        f"/attach {letter} 77": "there is no case 77",
        f"/block {letter}": "bea@desk.test is one of us",
        "/quarantine all": "/quarantine takes nothing behind it",
        f"/spam {letter}": "is spam, and has no effect",
        f"/release {letter} ": "no letter",
    }
    desk.mail(ADA.replies(notice, "\n".join(orders), desk.now))
    for order, said in orders.items():
        assert re.search(rf"{re.escape(order.strip())}: .*{re.escape(said)}", desk.newest(ADA).text), order


def test_a_letter_that_was_dealt_with_meanwhile_is_left_alone(desk: StoryDesk) -> None:
    desk.mail(EVE.writes(DESK, "cheap pills", "Buy.", desk.now))
    (letter,) = _held(desk)
    told = _told(desk)
    _taps(desk, told, f"/spam {letter}")
    _taps(desk, told, f"/release {letter}")

    assert f"no letter {letter} is held" in desk.newest(ADA).text
    assert desk.cases() == []


def test_an_attached_mail_of_a_participant_is_their_message_and_an_agents_commands_nothing(desk: StoryDesk) -> None:
    desk.mail(ANN.writes(DESK, "Where?", "Where is it?", desk.now))
    desk.mail(ANN.writes(DESK, "a cheap remark", "It came.", desk.now))
    desk.mail(BEA.writes(DESK, "x", "/close\n\nPublish this.", desk.now))
    first, second = _held(desk)
    told = _told(desk)
    _taps(desk, told, f"/attach {first} ", "1")
    _taps(desk, told, f"/attach {second} ", "#1")
    desk.answers_leave()

    remark, order = desk.entries(1)[-2:]
    assert (remark.text, remark.public) == ("It came.", True)
    assert (order.public, desk.case(1).status) == (False, "New")
    assert not any("Publish" in mail.whole for mail in desk.inbox(ANN))


def test_a_letter_that_nobody_can_read_is_told_all_the_same(desk: StoryDesk) -> None:
    with desk.office.store.write() as unit:
        letter = unit.letters.store("inject", None, b"\xff" * 50, desk.now, None)
        unit.letters.settle(letter, _state(), cause="cannot-be-routed", error="x")
    assert f"Letter {letter}: reading or routing it failed three times" in _told(desk).text


def _state():  # type: ignore[no-untyped-def]
    from store.records import LetterState

    return LetterState.QUARANTINED
