"""The steady clock: what it makes of a wall clock that jumps, sleeps, changes its zone or counts a leap second."""

from __future__ import annotations

import threading
import time
from datetime import UTC, datetime, timedelta

import pytest

from maild.daemon.clock import SteadyClock, Turn

NOON = datetime(2026, 1, 31, 12, tzinfo=UTC)


class Machine:
    """Two clocks moved by hand."""

    def __init__(self) -> None:
        self.wall = NOON
        self.passed = 1000.0

    def runs(self, **span: float) -> None:
        """Time passes, for both clocks alike: also while the machine sleeps."""
        self.wall += timedelta(**span)
        self.passed += timedelta(**span).total_seconds()

    def is_set(self, **span: float) -> None:
        """Somebody sets the wall clock."""
        self.wall += timedelta(**span)

    def clock(self) -> SteadyClock:
        return SteadyClock(lambda: self.wall, lambda: self.passed)


def _turns(clock: SteadyClock) -> list[Turn]:
    return [jump.turn for jump in clock.news()]


@pytest.mark.parametrize("by", [{"hours": 1}, {"hours": -1}, {"days": 30}, {"days": -30}, {"minutes": 6}])
def test_F30_a_clock_that_is_set_changes_no_time_and_is_said_once(by: dict[str, float]) -> None:
    machine = Machine()
    clock = machine.clock()
    machine.runs(seconds=10)
    machine.is_set(**by)

    assert clock() == NOON + timedelta(seconds=10)
    assert clock.in_doubt()
    machine.runs(seconds=5)
    assert clock() == NOON + timedelta(seconds=15)
    (jump,) = clock.news()
    assert (jump.turn, jump.by) == (Turn.JUMPED, timedelta(**by))
    machine.runs(seconds=5)
    assert clock.news() == []


def test_F30_a_clock_that_is_put_back_is_believed_at_once() -> None:
    machine = Machine()
    clock = machine.clock()
    machine.is_set(days=30)
    assert clock.in_doubt()
    machine.runs(minutes=20)
    machine.is_set(days=-30)

    assert not clock.in_doubt()
    assert clock() == NOON + timedelta(minutes=20)
    assert _turns(clock) == [Turn.JUMPED, Turn.BACK]


def test_F30_a_new_time_is_offered_after_an_hour_and_is_there_when_it_is_taken() -> None:
    machine = Machine()
    clock = machine.clock()
    machine.is_set(hours=-1)
    assert clock.in_doubt()
    machine.runs(minutes=59)
    assert clock.new_time() is None
    machine.runs(minutes=2)
    assert clock.new_time() is not None
    assert clock.in_doubt()  # until somebody takes it

    clock.take_new_time()

    assert not clock.in_doubt()
    assert clock() == machine.wall == NOON + timedelta(minutes=1)


def test_F30_a_clock_that_goes_on_jumping_begins_its_hour_anew() -> None:
    machine = Machine()
    clock = machine.clock()
    machine.is_set(hours=5)
    assert clock.in_doubt()
    machine.runs(minutes=50)
    machine.is_set(hours=5)
    assert clock.in_doubt()
    machine.runs(minutes=50)

    assert clock.new_time() is None
    assert _turns(clock) == [Turn.JUMPED, Turn.JUMPED]
    machine.runs(minutes=11)
    assert clock.new_time() is not None


def test_F30_a_sleep_of_three_days_is_no_jump() -> None:
    machine = Machine()
    clock = machine.clock()
    machine.runs(days=3)

    assert clock() == NOON + timedelta(days=3)
    assert not clock.in_doubt()
    assert clock.news() == []


@pytest.mark.parametrize("step", [{"seconds": 1}, {"seconds": -1}, {"minutes": 4}, {"minutes": -4}])
def test_F30_a_leap_second_or_a_clock_that_is_a_little_off_is_followed(step: dict[str, float]) -> None:
    machine = Machine()
    clock = machine.clock()
    for _ in range(10):  # each is measured from the last look
        machine.is_set(**step)
        machine.runs(seconds=5)
        assert clock() == machine.wall
    assert clock.news() == []


def test_F30_a_process_that_stood_still_between_both_clocks_sees_no_jump() -> None:
    machine, reads = Machine(), [0]

    def stopped_once() -> datetime:
        wall, reads[0] = machine.wall, reads[0] + 1
        if reads[0] == 2:
            machine.runs(minutes=10)
        return wall

    clock = SteadyClock(stopped_once, lambda: machine.passed)
    assert clock() == NOON + timedelta(minutes=10)
    assert clock.news() == []


def test_clock_may_be_asked_by_many_at_once() -> None:
    clock, wrong = SteadyClock(), []

    def ask() -> None:
        for _ in range(300):
            if abs(clock() - datetime.now(UTC)) > timedelta(seconds=5):
                wrong.append(1)

    threads = [threading.Thread(target=ask) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert wrong == []
    assert clock.news() == []


def test_real_clocks_agree_over_a_moment() -> None:
    clock = SteadyClock()
    time.sleep(0.05)
    assert abs(clock() - datetime.now(UTC)) < timedelta(seconds=1)
