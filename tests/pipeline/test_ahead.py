"""Letters are read while others are routed, also from one heap that was taken to the next; here heaps of four, read
two by two."""

import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from maild.demo.people import Person
from maild.desk.situation import Arrived, Situation
from maild.errors import Temporary
from maild.pipeline import ahead, route, staffing
from maild.pipeline.intake import hand_in
from maild.pipeline.office import Unreadable
from maild.pipeline.route import route_fresh
from store.records import Letter
from tests.servers.sink import SinkServer
from tests.stories.desk import DESK, StoryDesk, story_desk

_LETTERS = 10


@pytest.fixture
def desk(tmp_path: Path, sink: SinkServer, monkeypatch: pytest.MonkeyPatch) -> Iterator[StoryDesk]:
    monkeypatch.setattr(route, "_BATCH", 4)
    monkeypatch.setattr(ahead, "_AT_ONCE", 2)
    with story_desk(tmp_path, sink) as made:
        for number in range(1, _LETTERS + 1):
            customer = Person(f"Customer {number}", f"customer@of-{number}.test")
            hand_in(made.office, "inject", customer.writes(DESK, f"number {number}.", "Help.", made.now), made.now)
        yield made


class _Telling:
    """The parser, which says before each letter that it reads it."""

    def __init__(self, desk: StoryDesk, told: Callable[[int], None]) -> None:
        self._parser, self._told = desk.office.read, told
        object.__setattr__(desk.office, "read", self)

    def ready(self) -> None:
        self._parser.ready()

    def __call__(self, raw: bytes, seconds: float | None = None) -> Any:
        self._told(int(raw.partition(b"number ")[2].partition(b".")[0]))
        return self._parser(raw, seconds)


def _waiting(desk: StoryDesk) -> list[Letter]:
    """What is still to be routed, as if it were another node's to take."""
    with desk.office.store.read() as unit:
        return unit.waiting.fresh(100, "another", unit.clock(desk.now))


def _subjects(desk: StoryDesk) -> list[str]:
    return [case.subject for case in desk.cases()]


def test_the_next_heap_is_read_while_the_last_of_the_one_before_are_routed(
    desk: StoryDesk, monkeypatch: pytest.MonkeyPatch
) -> None:
    next_is_read, real = threading.Event(), staffing.decide
    _Telling(desk, lambda number: next_is_read.set() if number == 5 else None)
    waited = []

    def deciding(situation: Situation, features: Any, now: Any) -> Any:
        if isinstance(situation.occasion, Arrived) and situation.occasion.message.subject == "number 4.":
            waited.append(next_is_read.wait(20))
        return real(situation, features, now)

    monkeypatch.setattr(staffing, "decide", deciding)
    assert route_fresh(desk.office, desk.clock) == _LETTERS
    assert waited[:1] == [True]
    assert _subjects(desk) == [f"number {number}." for number in range(1, _LETTERS + 1)]


@pytest.mark.parametrize("bad", [1, 2, 4, 5, 7, 10])
def test_F36_one_that_cannot_be_read_holds_up_none_of_the_heaps_before_and_behind_it(
    desk: StoryDesk, bad: int
) -> None:
    def choke(number: int) -> None:
        if number == bad:
            raise Unreadable("took longer than 10 s")

    _Telling(desk, choke)
    assert route_fresh(desk.office, desk.clock) == _LETTERS
    assert _subjects(desk) == [f"number {number}." for number in range(1, _LETTERS + 1) if number != bad]
    with desk.office.store.read() as unit:
        (left,) = unit.waiting.tried(10, desk.office.node, unit.clock(desk.now))
    assert (left.id, left.attempts) == (bad, 1)


def test_whoever_is_told_to_stop_finishes_what_it_has_in_hand_and_takes_no_more(desk: StoryDesk) -> None:
    beats = iter([True, False, False])
    assert route_fresh(desk.office, desk.clock, lambda: next(beats)) == 4
    left = _waiting(desk)
    assert [letter.id for letter in left] == [5, 6, 7, 8, 9, 10]
    assert {letter.attempts for letter in left} == {0}


def test_those_behind_the_last_heap_that_was_asked_for_are_left(desk: StoryDesk) -> None:
    assert route_fresh(desk.office, desk.clock, most=5) == 8
    assert len(_waiting(desk)) == 2


def test_when_a_parser_cannot_be_had_all_that_was_taken_is_given_back_untried(desk: StoryDesk) -> None:
    def gone(number: int) -> None:
        if number == 5:
            raise Temporary("the parser process does not start")

    _Telling(desk, gone)
    with pytest.raises(Temporary):
        route_fresh(desk.office, desk.clock)
    left = _waiting(desk)
    assert {letter.attempts for letter in left} == {0}
    assert len(left) + len(desk.cases()) == _LETTERS


def test_F36_a_row_of_bad_ones_uses_up_no_more_of_a_turn_than_it_is_long(desk: StoryDesk) -> None:
    def choke(number: int) -> None:
        if number <= 2:
            raise Unreadable("took longer than 10 s")

    _Telling(desk, choke)
    assert route_fresh(desk.office, desk.clock, most=3) == 6
    assert _subjects(desk) == [f"number {number}." for number in (3, 4, 5, 6)]


def test_what_was_read_is_routed_though_nothing_can_follow_it(desk: StoryDesk) -> None:
    beats = iter([1, 0])
    with pytest.raises(ZeroDivisionError):
        route_fresh(desk.office, desk.clock, lambda: bool(1 / next(beats)))
    assert _subjects(desk) == [f"number {number}." for number in (1, 2, 3, 4)]
    left = _waiting(desk)
    assert [letter.id for letter in left] == [5, 6, 7, 8, 9, 10]
    assert {letter.attempts for letter in left} == {0}
