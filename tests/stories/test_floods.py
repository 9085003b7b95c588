"""Thousands of mails at once: all kept, nobody else waits for them, and nobody is told of each (threats T49)."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from maild.demo.people import Person
from maild.pipeline.intake import hand_in
from maild.pipeline.route import route_fresh
from tests.servers.sink import SinkServer
from tests.stories.desk import ANN, BEA, DESK, StoryDesk, story_desk

ROOT = Person("Root", "root@desk.test")
FEW = (
    '[[agent]]\naddress = "root@desk.test"\nname = "Root"\nrole = "admin"\n'
    "[limits]\nflood_per_sender = 3\nflood_per_domain = 5\nflood_in_all = 8\n"
)


@pytest.fixture
def low(tmp_path: Path, sink: SinkServer, store_url: str) -> Iterator[StoryDesk]:
    """A desk with low limits."""
    with story_desk(tmp_path, sink, store_url, FEW) as made:
        yield made


def _floods(desk: StoryDesk) -> list[tuple[str, int]]:
    return [(case.requester, len(desk.entries(case.number))) for case in desk.cases() if "A flood" in case.subject]


def test_T49_one_sender_gets_so_many_cases_and_the_rest_is_one_more(low: StoryDesk) -> None:
    for number in range(12):
        low.mail(ANN.writes(DESK, f"Question {number}", "Hello?", low.now))
    notices = len(low.inbox(BEA))

    assert len(low.cases()) == 4
    assert _floods(low) == [(ANN.address, 9)]
    assert low.letters() == {"routed": 12}
    (told,) = [mail for mail in low.inbox(ROOT) if "3 new cases came from ann@customer.test" in mail.text]
    assert "[Case #4]" in told.subject
    assert [line["source"] for line in low.logged("case.flooded")] == [ANN.address]
    low.mail(Person("Zoe", "zoe@elsewhere.test").writes(DESK, "Mine", "Hello?", low.now))
    assert len(low.cases()) == 5
    assert len(low.inbox(BEA)) == notices + 1
    low.later(hours=3)
    assert not low.timers(4, every=True), "it has no clocks"


def test_T49_many_senders_of_one_domain_are_one_flood(low: StoryDesk) -> None:
    for number in range(12):
        low.mail(Person("", f"c{number}@evil.test").writes(DESK, f"Question {number}", "Hello?", low.now))
    assert _floods(low) == [("@evil.test", 7)]
    low.mail(ANN.writes(DESK, "Mine", "Hello?", low.now))
    assert low.cases()[-1].requester == ANN.address
    assert len(low.inbox(ANN)) == 1


def test_T49_everybody_at_once_is_one_flood_and_all_is_kept(low: StoryDesk) -> None:
    people = [Person("", f"a@d{number}.test") for number in range(14)]
    for person in people:
        low.mail(person.writes(DESK, "Question", "Hello?", low.now))
    assert _floods(low) == [("@", 6)]
    assert sum(len(low.inbox(person)) for person in people) == 8
    assert low.letters() == {"routed": 14}


def test_T49_users_of_a_large_provider_have_nothing_to_do_with_each_other(low: StoryDesk) -> None:
    for number in range(7):
        low.mail(Person("", f"u{number}@gmail.com").writes(DESK, "Question", "Hello?", low.now))
    assert _floods(low) == []


def test_T49_a_flood_ends_an_hour_after_its_last_mail(low: StoryDesk) -> None:
    for number in range(6):
        low.mail(ANN.writes(DESK, f"Question {number}", "Hello?", low.now))
        low.later(minutes=30 if number > 2 else 0)
    low.later(minutes=61)
    low.mail(ANN.writes(DESK, "A real one", "Hello?", low.now))
    assert low.cases()[-1].subject == "A real one"


def test_T49_closing_the_case_of_a_flood_ends_it_and_an_answer_reaches_its_one_sender(low: StoryDesk) -> None:
    for number in range(6):
        low.mail(ANN.writes(DESK, f"Question {number}", "Hello?", low.now))
    told = next(mail for mail in low.inbox(ROOT) if "new cases came from" in mail.text)
    low.mail(ROOT.replies(told, "/public\n/close\n\nPlease write one mail instead of many.", low.now))
    low.answers_leave()
    assert low.case(4).status.value == "Closed"
    assert "one mail instead of many" in low.newest(ANN).text
    low.mail(ANN.writes(DESK, "A real one", "Hello?", low.now))
    assert low.cases()[-1].subject == "A real one"


def test_T49_a_reply_to_a_case_is_never_part_of_a_flood(low: StoryDesk) -> None:
    for number in range(6):
        low.mail(ANN.writes(DESK, f"Question {number}", "Hello?", low.now))
    low.mail(ANN.replies(low.inbox(ANN)[0], "More on the first.", low.now))
    assert "More on the first." in [entry.text for entry in low.entries(1)]


def _order(desk: StoryDesk, most: int) -> list[int]:
    """The letters in the order in which they are routed."""
    route_fresh(desk.office, desk.clock, most=most)
    return [line["letter"] for line in desk.logged("letter.routed")]


def test_T49_one_mail_among_six_hundred_of_another_sender_is_in_the_first_batch(
    tmp_path: Path, sink: SinkServer, store_url: str
) -> None:
    zoe = Person("Zoe", "zoe@elsewhere.test")
    with story_desk(tmp_path, sink, store_url) as desk:
        hers = 0
        for number in range(600):
            sender = zoe if number == 300 else ANN
            letter = hand_in(desk.office, "inject", sender.writes(DESK, f"{number}", "Hello?", desk.now), desk.now)
            hers = letter if sender is zoe else hers
        order = _order(desk, 1)
        assert len(order) <= 50
        assert hers in order


def test_T49_one_mail_among_six_hundred_of_one_domain_is_in_the_first_batch(
    tmp_path: Path, sink: SinkServer, store_url: str
) -> None:
    with story_desk(tmp_path, sink, store_url) as desk:
        hers = 0
        for number in range(600):
            sender = ANN if number == 300 else Person("", f"c{number}@evil.test")
            letter = hand_in(desk.office, "inject", sender.writes(DESK, f"{number}", "Hello?", desk.now), desk.now)
            hers = letter if sender is ANN else hers
        assert hers in _order(desk, 1)


def test_F15_new_mail_behind_a_long_absence_does_not_wait_for_all_of_it(
    tmp_path: Path, sink: SinkServer, store_url: str
) -> None:
    with story_desk(tmp_path, sink, store_url) as desk:
        for number in range(300):
            person = Person("", f"a@d{number}.test")
            hand_in(desk.office, "inject", person.writes(DESK, f"{number}", "Hello?", desk.now), desk.now)
        new = hand_in(desk.office, "inject", ANN.writes(DESK, "Now", "Hello?", desk.now), desk.now)
        order = _order(desk, 1)
        assert new in order
        assert min(order) == 1, "the oldest are not forgotten"


def test_mails_of_one_sender_keep_their_order(tmp_path: Path, sink: SinkServer, store_url: str) -> None:
    with story_desk(tmp_path, sink, store_url) as desk:
        people = [Person("", f"p{n}@d{n % 3}.test") for n in range(7)]
        theirs: dict[str, list[int]] = {}
        for number in range(160):
            person = people[(number * number) % 7]
            raw = person.writes(DESK, f"{number}", "Hello?", desk.now)
            theirs.setdefault(person.address, []).append(hand_in(desk.office, "inject", raw, desk.now))
        order = _order(desk, 1000)
        assert sorted(order) == list(range(1, 161))
        for letters in theirs.values():
            assert [letter for letter in order if letter in letters] == letters
