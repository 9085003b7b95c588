"""An agent is away: what still reaches them, who hears of it instead, and what their colleagues are told."""

import pytest

from maild.demo.people import Mail, Person
from tests.stories.desk import ANN, BEA, BEN, CARL, DESK, StoryDesk


@pytest.fixture
def away(desk: StoryDesk) -> StoryDesk:
    """Bea owns Ann's case, and is away until Friday."""
    desk.mail(ANN.writes(DESK, "Where is my parcel?", "It is two weeks late.", desk.now))
    desk.mail(BEA.replies(desk.newest(BEA), "/take", desk.now))
    desk.mail(BEA.replies(desk.inbox(BEA)[0], "/away until friday", desk.now))
    return desk


def _flat(mail: Mail) -> str:
    return " ".join(mail.text.split())


def _of(desk: StoryDesk, who: Person, number: int) -> list[str]:
    return [m.header("X-Maild-Event") for m in desk.inbox(who) if m.header("X-Maild-Case") == str(number)]


def test_a_day_may_be_named_as_behind_remind_and_the_receipt_says_what_it_means(away: StoryDesk) -> None:
    receipt = _flat(away.newest(BEA))

    assert "✔ /away until friday: you get no new cases" in receipt
    assert "up to and including Friday 2026-03-06" in receipt


def test_a_new_case_reaches_those_who_are_there_until_it_is_over(away: StoryDesk) -> None:
    away.mail(BEN.writes(DESK, "Another matter", "Hello.", away.now))
    assert _of(away, CARL, 2) == ["new-case"]
    assert _of(away, BEA, 2) == []
    away.later(hours=23)  # it is late by then
    assert "target-violated" in _of(away, CARL, 2)
    assert _of(away, BEA, 2) == []
    away.later(days=4)
    away.mail(BEN.writes(DESK, "A third matter", "Hello.", away.now))
    assert _of(away, BEA, 3) == ["new-case"]


def test_where_all_are_away_all_are_told(away: StoryDesk) -> None:
    away.mail(CARL.replies(away.newest(CARL), "/away until friday", away.now))
    away.mail(BEN.writes(DESK, "Another matter", "Hello.", away.now))
    assert _of(away, BEA, 2) == _of(away, CARL, 2)[-1:] == ["new-case"]


def test_an_owner_who_is_away_is_told_who_else_heard_of_it_and_not_of_himself(away: StoryDesk) -> None:
    away.mail(ANN.replies(away.newest(ANN), "Any news?", away.now))

    assert "The owner, Bea, is away; /take makes the case yours." in away.newest(CARL).text
    assert "You are away, so this went to Carl as well." in away.newest(BEA).text
    assert "The owner, Bea" not in away.newest(BEA).text


def test_who_gives_a_case_to_somebody_away_is_told_so(away: StoryDesk) -> None:
    away.mail(BEN.writes(DESK, "Another matter", "Hello.", away.now))
    away.mail(CARL.replies(away.newest(CARL), "/assign bea", away.now))
    assert "✔ /assign bea: the owner is Bea now. But they are away until Friday 2026-03-06" in _flat(
        away.newest(CARL)
    )
    assert _of(away, BEA, 2) == ["assigned"]
