"""Too many closes at once: all are held, the admins are asked, and a command lets pass what was due by then."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest

from maild.demo.people import Person
from maild.pipeline.due import fire_due
from store.records import Status
from tests.servers import commands
from tests.servers.sink import SinkServer
from tests.stories.desk import BEA, DESK, StoryDesk, story_desk

ADA = Person("Ada Admin", "ada@desk.test")
_ADMIN = f'[[agent]]\naddress = "{ADA.address}"\nname = "Ada"\nrole = "admin"\n'
_FEW = "[timers]\nmost_closes = 3\nmost_closes_percent = 5\n"


@pytest.fixture
def desk(tmp_path: Path, sink: SinkServer, store_url: str) -> Iterator[StoryDesk]:
    """A desk where three closes an hour are usual."""
    with story_desk(tmp_path, sink, store_url, _FEW + _ADMIN) as made:
        yield made


def _customer(number: int) -> Person:
    return Person(f"Customer {number}", f"c{number}@customer.test")


def _answered(desk: StoryDesk, numbers: range) -> None:
    """A case of each customer, which waits for them."""
    for number in numbers:
        desk.mail(_customer(number).writes(DESK, f"Question {number}", "How?", desk.now))
        desk.mail(BEA.replies(desk.newest(BEA), f"So, {number}.", desk.now))
    desk.answers_leave()


def _closed(desk: StoryDesk) -> int:
    return sum(case.status is Status.CLOSED for case in desk.cases())


def _letters_to(desk: StoryDesk, numbers: range) -> int:
    return sum(len(desk.inbox(_customer(number))) for number in numbers)


def _maild(desk: StoryDesk, *words: str) -> str:
    """A command of an admin at the desk's time."""
    run = commands.said([*words, "-c", str(desk.path)], desk.path.parent)
    assert run.returncode == 0, run.stderr
    return run.stdout


def test_F32_more_closes_than_usual_are_all_held_and_the_admin_is_told_once(desk: StoryDesk) -> None:
    _answered(desk, range(4))
    desk.later(hours=24)
    letters = _letters_to(desk, range(4))
    desk.later(hours=24)

    assert _closed(desk) == 0
    assert _letters_to(desk, range(4)) == letters
    assert all("silence-close" in desk.timers(number) for number in range(1, 5))
    (said,) = desk.logged("timers.held")
    assert "4 cases would have been closed" in said["reason"]
    assert "at most 3" in said["reason"]
    assert said["told"] == 1
    for _ in range(3):
        desk.later(hours=1)
    assert len(desk.logged("timers.held")) == 1
    (mail,) = [mail for mail in desk.inbox(ADA) if "Timers are held" in mail.subject]
    assert "maild timers release" in mail.text


def test_F32_as_many_closes_as_usual_pass(desk: StoryDesk) -> None:
    _answered(desk, range(3))
    desk.later(hours=24)
    desk.later(hours=24)
    assert _closed(desk) == 3
    assert desk.logged("timers.held") == []


def test_F32_closes_that_trickle_in_within_an_hour_are_counted_together(desk: StoryDesk) -> None:
    for number in range(5):
        _answered(desk, range(number, number + 1))
        desk.later(minutes=8)
    desk.later(hours=24)
    desk.later(hours=22, minutes=50)
    for _ in range(18):
        desk.later(minutes=5)
    assert _closed(desk) == 3
    assert "4 cases" in desk.logged("timers.held")[0]["reason"]


def test_F32_closes_further_apart_are_no_mass(desk: StoryDesk) -> None:
    for number in range(5):
        _answered(desk, range(number, number + 1))
        desk.later(minutes=30)
    for _ in range(52):
        desk.later(hours=1)
    assert _closed(desk) == 5


def test_F32_while_held_nobody_is_warned_and_all_else_goes_on(desk: StoryDesk) -> None:
    _answered(desk, range(4))
    desk.later(hours=24)
    desk.later(hours=12)
    _answered(desk, range(4, 5))
    desk.later(hours=12)
    desk.later(hours=24)
    assert "silence-warning" in desk.timers(5)
    assert not any("we will close" in mail.text for mail in desk.inbox(_customer(4)))

    desk.mail(_customer(0).replies(desk.newest(_customer(0)), "I am still here.", desk.now))
    assert desk.case(1).status is Status.OPEN
    assert desk.timers(1) == {}
    _answered(desk, range(6, 7))
    assert desk.case(6).status is Status.WAITING_ON_CUSTOMER


def test_F32_release_lets_pass_exactly_what_is_due_by_then(desk: StoryDesk) -> None:
    _answered(desk, range(4))
    desk.later(hours=12)
    _answered(desk, range(4, 9))
    desk.later(hours=12)
    desk.later(hours=12)
    desk.later(hours=12)
    assert desk.logged("timers.held")
    desk.mail(_customer(0).replies(desk.newest(_customer(0)), "I am still here.", desk.now))
    _maild(desk, "timers", "release", "--now", desk.now.isoformat())
    desk.work()

    assert _closed(desk) == 3, "all that were due but the one that was answered"
    assert all("silence-close" in desk.timers(number) for number in range(5, 10))
    desk.later(hours=12)
    desk.later(hours=12)
    assert _closed(desk) == 3, "the next mass is asked about anew"
    assert len(desk.logged("timers.held")) == 2


def test_F32_what_a_rule_makes_too_many_holds_all_others_that_are_due_with_it(
    tmp_path: Path, sink: SinkServer, store_url: str
) -> None:
    rule = (
        '[[rule]]\nname = "away"\non = "timer"\nafter = "1h"\nwhen = \'case.status == "New"\'\n'
        'set = { status = "Closed" }\n'
    )
    with story_desk(tmp_path, sink, store_url, _FEW + rule + _ADMIN) as desk:
        _answered(desk, range(3))
        desk.later(hours=24, minutes=1)
        desk.later(hours=20)
        for number in range(10, 14):
            desk.mail(_customer(number).writes(DESK, f"Question {number}", "How?", desk.now))
        desk.later(hours=5)
        assert _closed(desk) == 3
        assert len(desk.logged("timers.held")) == 1


def test_F32_held_outlives_a_restart_and_every_node_obeys(
    tmp_path: Path, sink: SinkServer, store_url: str, desk: StoryDesk
) -> None:
    _answered(desk, range(4))
    desk.later(hours=24)
    desk.later(hours=24)
    other_folder = tmp_path / "other"
    other_folder.mkdir()
    url = store_url if store_url.startswith("postgres") else f"sqlite:///{tmp_path}/maild.db"
    (other_folder / "maild.key").write_bytes((tmp_path / "maild.key").read_bytes())
    (other_folder / "maild.key").chmod(0o600)
    with story_desk(other_folder, sink, url, _FEW + _ADMIN) as other:
        other.clock.move(desk.now - other.now + timedelta(hours=3))
        other.work()
        assert _closed(other) == 0
        assert other.logged("timers.held") == [], "said by the first already"
        assert fire_due(other.office, other.clock, assume_read=True) == 0


def test_F32_status_and_commands_say_what_is_held(desk: StoryDesk) -> None:
    _answered(desk, range(4))
    assert "HELD" not in _maild(desk, "status")
    assert "no timer is due" in _maild(desk, "timers", "list", "--now", desk.now.isoformat())
    assert "waits" in _maild(desk, "timers", "list", "--all", "--now", desk.now.isoformat())
    desk.later(hours=24)
    desk.later(hours=24)
    assert "HELD" in _maild(desk, "status")
    listed = _maild(desk, "timers", "list", "--now", desk.now.isoformat())
    assert listed.count("HELD  ") == 4
    assert "0 timers fired" in _maild(desk, "tick", "--assume-read", "--now", desk.now.isoformat())
    released = _maild(desk, "timers", "release", "--now", desk.now.isoformat())
    assert "timers.released timers=4" in released
    assert "4 timers fired" in _maild(desk, "tick", "--assume-read", "--now", desk.now.isoformat())


@pytest.mark.parametrize(
    ("limits", "closes"),
    [
        ("", 0),  # 21 of 21, and 20 are usual
        ("[timers]\nmost_closes_percent = 100\n", 21),
        ("[timers]\nmost_closes = 21\n", 21),
        ("[timers]\nmost_closes = 0\nmost_closes_percent = 0\n", 21),
        ("[timers]\nmost_closes = 0\n", 0),
    ],
)
def test_F32_limits_are_settings_and_may_be_off(tmp_path: Path, sink: SinkServer, limits: str, closes: int) -> None:
    with story_desk(tmp_path, sink, more=limits) as desk:
        _answered(desk, range(21))
        desk.later(hours=24)
        desk.later(hours=24)
        assert _closed(desk) == closes
