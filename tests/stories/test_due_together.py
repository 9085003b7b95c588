"""Timers that are due at once: what is done for several in one go is what each of them alone would have done."""

import threading
from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from maild.demo.people import Person
from maild.desk.situation import Due, Situation
from maild.pipeline import due
from maild.pipeline.due import fire_due
from maild.pipeline.office import Office
from store import Unit
from store.records import Timer
from tests.servers.sink import SinkServer
from tests.store.asking import asking
from tests.stories.desk import BEA, DESK, StoryDesk, story_desk

_PEOPLE = [Person(f"Customer {n}", f"c{n}@customer{n // 2}.test") for n in range(8)]


def _answered(desk: StoryDesk, people: Sequence[Person]) -> None:
    for person in people:
        desk.mail(person.writes(DESK, f"{person.name} asks", "How?", desk.now))
        desk.mail(BEA.replies(desk.newest(BEA), f"So, {person.name}.", desk.now))
        desk.later(seconds=1)
    desk.answers_leave()


def _of_all_kinds(desk: StoryDesk) -> None:
    """Cases 1 to 11: 2 goes on in 1 and left a timer, 3 is an incident of 4, of 5 the agent wants to be reminded at
    the same time, 6 and 7 are of one customer, 8 is plain, and the others nobody has answered."""
    people = [*_PEOPLE[:6], _PEOPLE[5], _PEOPLE[7]]
    _answered(desk, people)
    for number, order in ((2, "/merge 1"), (3, "/problem 4"), (5, "/remind 1d look at it again")):
        notice = next(mail for mail in reversed(desk.inbox(BEA)) if mail.subject.startswith(f"[Case #{number}]"))
        desk.mail(BEA.replies(notice, order, desk.now))
    for person in _PEOPLE[:3]:
        desk.mail(person.writes(DESK, f"{person.name} asks again", "Why?", desk.now))
    desk.answers_leave()
    with desk.office.store.write() as unit:
        unit.timers.start(2, "stale", "support", desk.now + timedelta(hours=5), desk.now)
    desk.clock.move(timedelta(hours=30))


def _standing(desk: StoryDesk) -> dict[int, Any]:
    """All that timers may change, but for what chance adds to the ids of mails."""
    with desk.office.store.read() as unit:
        return {
            case.number: (
                replace(case, root_message_id=None),
                sorted((one.name, one.queue, one.due_at, one.armed_at) for one in unit.timers.of_case(case.number)),
                unit.targets.of_case(case.number),
                unit.changes.of_case(case.number),
                [(line.event, line.why, line.actor) for line in unit.journal.of_case(case.number)],
                [(entry.event, entry.direction, entry.text) for entry in unit.entries.of_case(case.number)],
                sorted((mail.event, mail.recipient) for mail in unit.outbox.of_case(case.number)),
            )
            for case in unit.cases.listed()
        }


@pytest.mark.parametrize("limit", ["", "[limits]\nnotices_per_hour = 1\n"])
def test_timers_that_fire_together_do_what_each_alone_does(
    tmp_path: Path, sink: SinkServer, store_url: str, monkeypatch: pytest.MonkeyPatch, limit: str
) -> None:
    found = []
    for name in ("together", "alone"):
        (folder := tmp_path / name).mkdir()
        url = store_url if name == "together" else "sqlite:///alone.db"
        with story_desk(folder, sink, url, limit) as desk, monkeypatch.context() as patch:
            _of_all_kinds(desk)
            apart, seen = Counter[str](), dict[Any, Any]()
            if name == "alone":
                patch.setattr(due, "_take_apart", lambda _office, _unit, timers, _now: ([], list(timers)))
            else:
                patch.setattr(due, "_take_apart", _counted(due._take_apart, apart))
            patch.setattr(due, "decided", _noted(due.decided, seen))
            patch.delattr(due, "_fire_each")  # nothing raises
            fire_due(desk.office, desk.clock)
            assert desk.logged("tick.failed") == []
            with desk.office.store.read() as unit:
                assert bool(unit.digests.waiting()) == bool(limit)
            found.append((_standing(desk), seen))
            fired = Counter((line["timer"], line["case"]) for line in desk.logged("timer.fired"))
            assert set(fired.values()) == {1}
            assert name == "alone" or min(apart["together"], apart["one by one"]) > 0
    (together, seen), (alone, seen_alone) = found
    for number, kinds in together.items():
        for one, other in zip(kinds, alone[number], strict=True):
            assert one == other, number
    assert seen == seen_alone


def _counted(real: Any, apart: Counter[str]) -> Any:
    def take_apart(*arguments: Any) -> Any:
        ready, left = real(*arguments)
        apart["together"] += len(ready)
        apart["one by one"] += len(left)
        return ready, left

    return take_apart


def _noted(real: Any, seen: dict[Any, Any]) -> Any:
    """Keeps what each timer's decision could look at."""

    def decided(unit: Unit, situation: Situation, now: datetime) -> Any:
        assert isinstance(situation.occasion, Due)
        last = situation.last_public
        seen[situation.occasion.timer.case, situation.occasion.timer.name] = (
            situation.case and situation.case.number,
            {timer.name for timer in situation.timers},
            situation.participants,
            (last.case, last.event, last.text) if last else None,
            situation.history,
            situation.targets,
            situation.reminders,
            [(one.source, one.kind, one.target) for one in situation.relations],
            [case.number for case in situation.threads],
        )
        return real(unit, situation, now)

    return decided


def test_more_timers_need_hardly_more_looks_into_the_store(desk: StoryDesk) -> None:
    _answered(desk, _PEOPLE)
    desk.clock.move(timedelta(hours=30))
    said: list[str] = []
    with asking(desk.office.store._database.engine, lambda statement, _: said.append(statement)):
        assert fire_due(desk.office, desk.clock) >= len(_PEOPLE)
    for table in ("relations", "participants", "changes", "targets"):
        assert sum(f"FROM {table}" in statement for statement in said) <= 2, table


@pytest.mark.servers
def test_a_case_that_somebody_else_has_waits_for_the_next_tick_and_the_others_do_not(
    tmp_path: Path, sink: SinkServer, pg_url: str
) -> None:
    with story_desk(tmp_path, sink, pg_url) as desk:
        _answered(desk, _PEOPLE[:3])
        desk.clock.move(timedelta(hours=25))
        with _case_held(desk.office, 2):
            fire_due(desk.office, desk.clock)
            assert "silence-warning" in desk.timers(2)
            assert all("silence-close" in desk.timers(number) for number in (1, 3))
        fire_due(desk.office, desk.clock)
        assert "silence-close" in desk.timers(2)
        assert desk.logged("tick.failed") == []


@contextmanager
def _case_held(office: Office, number: int) -> Iterator[None]:
    """Another transaction has this case."""
    has_it, over = threading.Event(), threading.Event()

    def hold() -> None:
        with office.store.write() as unit:
            unit.cases.lock(number)
            has_it.set()
            over.wait(30)

    thread = threading.Thread(target=hold)
    thread.start()
    assert has_it.wait(30)
    try:
        yield
    finally:
        over.set()
        thread.join()


def test_of_timers_that_are_taken_together_only_those_armed_as_they_were_read_are_taken(desk: StoryDesk) -> None:
    _answered(desk, _PEOPLE[:3])
    now: datetime = desk.now
    with desk.office.store.write() as unit:
        first, second, third = (_warning(unit, number) for number in (1, 2, 3))
        unit.timers.start(2, second.name, second.queue, now + timedelta(days=9), now + timedelta(seconds=1))
        unit.timers.stop(3, third.name)
        assert unit.timers.take_all([first, second, third]) == {first.id}
        assert unit.timers.take_all([first, second, third]) == set()
        assert unit.timers.take_all([]) == set()
    assert list(desk.timers(1)) == []
    assert desk.timers(2)["silence-warning"] == now + timedelta(days=9)


def test_a_timer_that_was_armed_anew_since_it_was_seen_does_not_fire_with_the_others(desk: StoryDesk) -> None:
    _answered(desk, _PEOPLE[:3])
    desk.clock.move(timedelta(hours=25))
    with desk.office.store.write() as unit:
        those = [_warning(unit, number) for number in (1, 2, 3)]
        unit.timers.start(2, those[1].name, those[1].queue, desk.now + timedelta(days=9), desk.now)
    assert [fired.timer.case for fired in due._fire_some(desk.office, those, desk.clock).done] == [1, 3]
    assert desk.timers(2)["silence-warning"] == desk.now + timedelta(days=9)


def _warning(unit: Unit, number: int) -> Timer:
    return next(timer for timer in unit.timers.of_case(number) if timer.name == "silence-warning")
