"""Until when somebody says that they are away, and who hears of a case meanwhile."""

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from maild.desk.people.audience import absence, stand_ins, team
from maild.desk.people.away import read_last_day, said_away
from maild.desk.settings import Agent, Desk

BERLIN = ZoneInfo("Europe/Berlin")
NOW = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)  # a Monday
BEA = Agent(address="bea@desk.test", name="Bea")
CARL = Agent(address="carl@desk.test", name="Carl")
DORA = Agent(address="dora@desk.test", name="", queues=("billing",))


def _away(agent: Agent) -> Agent:
    return replace(agent, away_until=NOW + timedelta(days=4))


def _desk(*agents: Agent) -> Desk:
    return Desk(name="Example", address="support@desk.test", instance="x", agents=agents)


@pytest.mark.parametrize(
    ("said", "last"),
    [
        ("until friday", date(2026, 3, 6)),
        ("Until next Friday", date(2026, 3, 6)),
        ("friday", date(2026, 3, 6)),
        ("until tomorrow", date(2026, 3, 3)),
        ("today", date(2026, 3, 2)),
        ("2d", date(2026, 3, 4)),
        ("until 3 weeks", date(2026, 3, 23)),
        ("until 2026-03-14", date(2026, 3, 14)),
        ("2026-03-14", date(2026, 3, 14)),
        ("until 14 August", date(2026, 8, 14)),
        ("until 14.8.2026", date(2026, 8, 14)),
        ("", None),
        ("until", None),
        ("for a while", None),
        ("friday or so", None),
        ("until 2026-03-01", None),
        ("2026-03-01", None),
        ("from 2026-03-10 until 2026-03-14", None),
    ],
)
def test_the_last_day_away_in_the_words_of_remind_and_of_absence_notes(said: str, last: date | None) -> None:
    assert read_last_day(said, NOW, BERLIN) == last


def test_a_mail_without_a_date_can_name_a_day_only_in_full() -> None:
    assert read_last_day("until 2026-03-14", None, BERLIN) == date(2026, 3, 14)
    assert read_last_day("until friday", None, BERLIN) is None


def test_who_gives_them_something_is_told_until_when_they_are_away() -> None:
    assert said_away(replace(BEA, away_until=datetime(2026, 3, 6, 23, 0, tzinfo=UTC)), NOW, BERLIN) == (
        ". But they are away until Friday 2026-03-06"
    )
    assert not said_away(BEA, NOW, BERLIN)
    assert not said_away(replace(BEA, away_until=NOW - timedelta(days=1)), NOW, BERLIN)


def test_of_a_queue_those_are_told_who_are_there_and_all_where_nobody_is() -> None:
    assert team("support", _desk(BEA, _away(CARL), DORA), NOW) == [BEA]
    assert team("support", _desk(_away(BEA), _away(CARL), DORA), NOW) == [_away(BEA), _away(CARL)]


def test_for_an_owner_who_is_away_those_of_the_queue_stand_in_who_are_there() -> None:
    owner, desk = _away(BEA), _desk(_away(BEA), CARL, DORA)
    assert stand_ins(owner, "support", desk, NOW) == [CARL]
    assert stand_ins(BEA, "support", _desk(BEA, CARL), NOW) == []
    assert stand_ins(None, "support", desk, NOW) == []


def test_nobody_is_told_of_himself_in_the_words_for_others() -> None:
    owner = _away(BEA)
    assert absence(owner, [CARL, DORA], CARL.address, NOW) == (
        "The owner, Bea, is away; /take makes the case yours.",
    )
    assert absence(owner, [CARL, DORA], owner.address, NOW) == (
        "You are away, so this went to Carl and dora@desk.test as well.",
    )
    assert absence(owner, [], owner.address, NOW) == ()
    assert absence(BEA, [], CARL.address, NOW) == ()
