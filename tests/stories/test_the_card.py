"""The agent's card (docs/agents-card.md), sentence by sentence: what a newcomer is told there is what happens."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from maild.demo.people import Mail, Person
from tests.servers.sink import SinkServer
from tests.stories.desk import ANN, BEA, BEN, CARL, DESK, StoryDesk, story_desk
from tests.stories.links import taps

VIC = Person("Vic Vendor", "help@vendor.test")
_VENDOR = '\n[[vendor]]\nname = "acme"\naddress = "help@vendor.test"\n'


@pytest.fixture
def desk(tmp_path: Path, sink: SinkServer, store_url: str) -> Iterator[StoryDesk]:
    with story_desk(tmp_path, sink, store_url, more=_VENDOR) as made:
        made.mail(ANN.writes(DESK, "Where is my parcel?", "It is two weeks late.", made.now))
        yield made


def _flat(mail: Mail) -> str:
    return " ".join(mail.text.split())


def _last(desk: StoryDesk, who: Person, event: str) -> Mail:
    return [mail for mail in desk.inbox(who) if mail.header("X-Maild-Event") == event][-1]


def _says(desk: StoryDesk, who: Person, mail: Mail, text: str) -> Mail:
    """They reply; the newest mail that they have then."""
    desk.mail(who.replies(mail, text, desk.now))
    return desk.newest(who)


def test_a_newcomer_works_a_case_from_its_first_mail_to_its_end(desk: StoryDesk) -> None:
    first = desk.newest(BEA)
    assert first.header("From").startswith('"New case: Ann Customer (Example Support)"')
    desk.mail(taps(BEA, first, "Take it", desk.now))
    assert desk.case(1).owner == BEA.address

    desk.mail(BEA.replies(first, "I look into it, bea@desk.test.\n\n-- \nBea Agent, room 7", desk.now))
    desk.answers_leave()
    answer = desk.newest(ANN)
    assert "I look into it" in answer.text
    assert not any(word in answer.whole for word in (BEA.address, "room 7", "Status:"))
    assert answer.text.count("Bea") == 1
    assert desk.case(1).status == "Waiting on Customer"
    desk.mail(BEA.replies(first, "/wait us\n\nMore of it tomorrow.", desk.now))
    desk.answers_leave()
    assert desk.case(1).status == "Open"

    anns = len(desk.inbox(ANN))
    _says(desk, BEA, first, "/ask carl\n\nDid the carrier lose it?")
    _says(desk, CARL, _last(desk, CARL, "question"), "Ask acme.")
    assert "| Ask acme." in _last(desk, BEA, "note").text
    _says(desk, BEA, first, "/vendor acme\n\nWhere is it?")
    desk.answers_leave()
    desk.mail(VIC.replies(desk.newest(VIC), "In Lyon.", desk.now))
    assert "| In Lyon." in _last(desk, BEA, "vendor-reply").text
    _says(desk, BEA, first, "/remind 2d")
    desk.later(days=2, minutes=1)
    assert "A reminder of case 1." in _last(desk, BEA, "reminder").text
    assert len(desk.inbox(ANN)) == anns

    _says(desk, BEA, first, "/resolve\n\nIt comes from Lyon on Monday.")
    desk.answers_leave()
    assert desk.case(1).status == "Resolved"
    desk.later(hours=24, minutes=5)
    desk.later(hours=24, minutes=5)
    assert desk.case(1).status == "Closed"
    desk.later(days=10)
    desk.mail(ANN.replies(desk.newest(ANN), "It is broken.", desk.now))
    assert (desk.case(1).status, len(desk.cases())) == ("Open", 1)


def test_what_a_reply_goes_to_is_as_the_table_says(desk: StoryDesk) -> None:
    first = desk.newest(BEA)
    receipt = _says(desk, BEA, first, "/take\n/due 3h")
    change = _last(desk, CARL, "changed")
    _says(desk, CARL, change, "/note\n\nIt is in Lyon.")
    note = _last(desk, BEA, "note")
    desk.later(hours=3, minutes=1)
    due = _last(desk, BEA, "due")
    assert all("Your reply is an internal note" in _flat(mail)[:200] for mail in (change, due, note))
    for who, mail in ((BEA, receipt), (BEA, due), (CARL, change)):
        told = _says(desk, who, mail, f"A word in reply to {mail.header('X-Maild-Event')}.")
        assert "Your text is kept as a note" in told.text
    _says(desk, BEA, note, "Thank you, Carl.")
    assert "Thank you, Carl." in _last(desk, CARL, "note").text
    desk.answers_leave()
    assert len(desk.inbox(ANN)) == 1

    desk.later(hours=6)
    late = _last(desk, BEA, "target-violated")
    desk.mail(BEA.replies(late, "Dear Ann, we are late.", desk.now))
    desk.answers_leave()
    assert "Dear Ann, we are late." in desk.newest(ANN).text


def test_a_reply_to_what_a_colleague_answered_or_gave_goes_to_the_customer(desk: StoryDesk) -> None:
    first = desk.inbox(CARL)[0]
    _says(desk, BEA, desk.newest(BEA), "/take")
    _says(desk, CARL, first, "It is on its way.")
    desk.answers_leave()
    _says(desk, BEA, _last(desk, BEA, "answered"), "It comes on Monday.")
    _says(desk, BEA, _last(desk, BEA, "answered"), "/assign carl")
    desk.answers_leave()
    _says(desk, CARL, _last(desk, CARL, "assigned"), "By noon.")
    desk.answers_leave()
    assert ["way." in m.text or "Monday." in m.text or "noon." in m.text for m in desk.inbox(ANN)] == [
        False, True, True, True
    ]  # fmt: skip


def test_a_list_of_names_answers_one_that_the_desk_does_not_know(desk: StoryDesk) -> None:
    first = desk.newest(BEA)
    assert "there are: bea, carl" in _flat(_says(desk, BEA, first, "/ask dora\n\nWhy?"))
    assert "There are: acme" in _flat(_says(desk, BEA, first, "/vendor"))


def test_one_mail_answers_a_case_and_orders_something_for_another(desk: StoryDesk) -> None:
    desk.mail(BEN.writes(DESK, "Another matter", "Hello.", desk.now))
    receipt = _says(desk, BEA, desk.inbox(BEA)[0], "/take\n/public\n/case 2\n/severity high\n\nWe look into it.")
    desk.answers_leave()
    assert "✔ /take: the case is yours" in _flat(receipt)
    assert "✔ /severity high: the severity is High now" in _flat(receipt)
    assert (desk.case(2).severity, desk.case(1).owner) == ("High", BEA.address)
    assert "We look into it." in desk.newest(ANN).text
    assert len(desk.inbox(BEN)) == 1


def test_a_word_for_who_is_given_the_case_stays_inside(desk: StoryDesk) -> None:
    receipt = _says(desk, BEA, desk.newest(BEA), "/assign carl\n\nShe is upset.")
    assert "✔ /assign carl: the owner is Carl now" in _flat(receipt)
    assert "She is upset." in _last(desk, CARL, "assigned").text
    desk.answers_leave()
    assert len(desk.inbox(ANN)) == 1


def test_an_answer_with_the_word_that_stands_beside_what_is_internal_is_held(desk: StoryDesk) -> None:
    first = desk.newest(BEA)
    _says(desk, CARL, desk.newest(CARL), "/note\n\nIt is in Lyon.")
    mark = next(word for word in _last(desk, BEA, "note").text.split() if word.startswith("(inside-"))
    held = _says(desk, BEA, first, f"Dear Ann, see below.\n\nnote {mark} It is there.")
    assert "Your answer to case 1 is held." in held.text


def test_the_address_that_is_ones_own_looks_acts_and_opens_cases(desk: StoryDesk) -> None:
    receipt = _says(desk, BEA, desk.newest(BEA), "/take")
    own = next(word for word in receipt.text.split() if word.startswith("support+c0."))
    desk.mail(BEA.writes(own, "", "list mine", desk.now))
    assert "[Case #1]" in desk.newest(BEA).text
    desk.mail(BEA.writes(own, "", "/case 1\n/severity high", desk.now))
    assert desk.case(1).severity == "High"
    desk.mail(BEA.writes(own, "", "/case 1\n/note\n\nShe called twice.", desk.now))
    assert desk.entries(1)[-1].text == "She called twice."
    desk.mail(BEA.writes(own, "Invoice", "/new for ben@customer.test\n\nBen called.", desk.now))
    assert desk.case(2).requester == BEN.address
