"""Clocks against an oracle that walks through a case's life minute by minute; and what one reads off a clock."""

from __future__ import annotations

import os
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from maild.desk.clocks.calendar import Calendar, Term, Unit
from maild.desk.clocks.clocks import DEFAULTS, Clock, Goal, History, Target, clocks_of, most_used, target_of
from store.records import Case, Change, Deed, Direction, StateType, Status
from tests.desk.test_rules import CASE

EXAMPLES = int(os.environ.get("MAILD_EXAMPLES", "60"))
MINUTE, HOUR = timedelta(minutes=1), timedelta(hours=1)
WARSAW = Calendar("w", ZoneInfo("Europe/Warsaw"), [((9 * 3600, 17 * 3600),)] * 5 + [(), ()], {date(2026, 3, 31)})
NIGHTS = Calendar("n", ZoneInfo("America/New_York"), [((0, 6 * 3600), (20 * 3600, 86_400))] * 7)
CALENDARS = {"support": WARSAW, "billing": NIGHTS}
MONDAY = datetime(2026, 3, 2, 8, 0, tzinfo=UTC)  # nine o'clock in Warsaw
BORN = replace(CASE, status=Status.NEW, created_at=MONDAY)


def _clocks(
    case: Case, now: datetime, *changes: Change, deeds: tuple[Deed, ...] = (), targets: object = DEFAULTS
) -> list[Clock]:
    history = History(changes=changes, deeds=deeds, as_of=now)
    return clocks_of(case, history, targets, CALENDARS.__getitem__, now)  # type: ignore[arg-type]


def _moved(at: datetime, was: Status, value: Status, why: str = "because") -> Change:
    return Change(case=7, at=at, field="status", was=was.value, value=value.value, why=why, actor="bea@desk.test")


def _answer(at: datetime) -> Deed:
    return Deed(at=at, direction=Direction.OUT, public=True, automatic=False)


def _one(clocks: list[Clock], goal: Goal) -> Clock:
    (clock,) = [clock for clock in clocks if clock.goal is goal]
    return clock


def test_a_medium_case_of_friday_evening_is_due_on_monday_at_five() -> None:
    friday = datetime(2026, 3, 6, 18, 0, tzinfo=UTC)
    clock = _one(_clocks(replace(BORN, created_at=friday), friday), Goal.ADDRESS)
    assert clock.due_at == datetime(2026, 3, 9, 16, 0, tzinfo=UTC)
    assert clock.at(75) == datetime(2026, 3, 9, 14, 0, tzinfo=UTC)
    assert clock.used == timedelta(0)


def test_a_high_case_pauses_while_it_waits_and_says_why() -> None:
    changes = (
        _moved(MONDAY + HOUR, Status.NEW, Status.WAITING_ON_CUSTOMER, "we answered"),
        _moved(MONDAY + 5 * HOUR, Status.WAITING_ON_CUSTOMER, Status.OPEN, "the customer wrote"),
    )
    now = MONDAY + 6 * HOUR
    case = replace(BORN, severity="High", status=Status.OPEN)
    clock = _one(_clocks(case, now, *changes, deeds=(_answer(MONDAY + HOUR),)), Goal.RESOLVE)
    assert [(span.status.value, span.runs, span.why, span.counted) for span in clock.spans] == [
        ("New", True, "opened", HOUR),
        ("Waiting on Customer", False, "we answered", timedelta(0)),
        ("Open", True, "the customer wrote", HOUR),
    ]
    assert clock.due_at == MONDAY + 8 * HOUR
    assert clock.percent == 50
    assert not clock.is_violated(MONDAY + 7 * HOUR)


def test_a_paused_clock_is_due_at_no_time_unless_it_was_used_up_before() -> None:
    waits = _moved(MONDAY + HOUR, Status.NEW, Status.WAITING_ON_CUSTOMER)
    case = replace(BORN, severity="High", status=Status.WAITING_ON_CUSTOMER)
    assert _one(_clocks(case, MONDAY + 99 * HOUR, waits), Goal.RESOLVE).due_at is None
    late = _moved(MONDAY + 5 * HOUR, Status.NEW, Status.WAITING_ON_CUSTOMER)
    clock = _one(_clocks(case, MONDAY + 99 * HOUR, late), Goal.RESOLVE)
    assert clock.due_at == MONDAY + 4 * HOUR
    assert clock.is_violated(MONDAY + 99 * HOUR)


def test_what_is_met_in_the_last_second_is_met_and_opened_again_it_goes_on() -> None:
    done = _moved(MONDAY + 4 * HOUR, Status.NEW, Status.RESOLVED)
    case = replace(BORN, severity="High", status=Status.RESOLVED)
    clock = _one(_clocks(case, MONDAY + 9 * HOUR, done), Goal.RESOLVE)
    assert clock.met_at == MONDAY + 4 * HOUR
    assert not clock.is_violated(MONDAY + 9 * HOUR)

    again = _moved(MONDAY + 8 * HOUR, Status.RESOLVED, Status.OPEN)
    clock = _one(_clocks(replace(case, status=Status.OPEN), MONDAY + 9 * HOUR, done, again), Goal.RESOLVE)
    assert clock.met_at is None
    assert clock.used == 5 * HOUR
    assert clock.is_violated(MONDAY + 9 * HOUR)


def test_each_answer_begins_a_new_update() -> None:
    target = Target(goal=Goal.UPDATE, within=Term(2 * HOUR))
    answers = (_answer(MONDAY + HOUR), _answer(MONDAY + 4 * HOUR))
    clocks = _clocks(replace(BORN, status=Status.NEW), MONDAY + 5 * HOUR, deeds=answers, targets=[target])
    assert [(clock.round, clock.used, clock.is_violated(MONDAY + 5 * HOUR)) for clock in clocks] == [
        (0, HOUR, False),
        (1, 3 * HOUR, True),
        (2, HOUR, False),
    ]


def test_a_case_that_moved_to_another_queue_is_counted_on_both_calendars() -> None:
    moved = Change(
        case=7, at=MONDAY + 2 * HOUR, field="queue", was="support", value="billing", why="r", actor="bea@desk.test"
    )
    clock = _one(_clocks(replace(BORN, queue="billing"), MONDAY + 3 * HOUR, moved), Goal.ADDRESS)
    assert [span.counted for span in clock.spans] == [2 * HOUR, HOUR]  # two in the morning in New York is late there


def test_an_acknowledgement_and_what_the_customer_writes_are_nobodys_work() -> None:
    deeds = (
        Deed(at=MONDAY + MINUTE, direction=Direction.OUT, public=True, automatic=True),
        Deed(at=MONDAY + HOUR, direction=Direction.IN, public=True, automatic=False),
        Deed(at=MONDAY + 2 * HOUR, direction=Direction.NOTE, public=False, automatic=False),
    )
    assert _one(_clocks(BORN, MONDAY + 3 * HOUR, deeds=deeds), Goal.COMMENT).met_at == MONDAY + 2 * HOUR
    answer = Target(goal=Goal.ANSWER, within=Term(HOUR))
    assert _one(_clocks(BORN, MONDAY + 3 * HOUR, deeds=deeds, targets=[answer]), Goal.ANSWER).met_at is None


def _did(at: datetime, direction: Direction, *, public: bool = False) -> Deed:
    return Deed(at=at, direction=direction, public=public, automatic=False)


def test_commands_alone_are_no_word_to_anybody_and_a_note_is_none_to_the_customer() -> None:
    deeds = [_did(MONDAY + HOUR, Direction.ORDERS), _did(MONDAY + 2 * HOUR, Direction.NOTE)]
    now = MONDAY + 4 * HOUR
    assert _met(deeds[:1], now) == {Goal.ADDRESS: None, Goal.COMMENT: None}
    assert _met(deeds, now) == {Goal.ADDRESS: None, Goal.COMMENT: MONDAY + 2 * HOUR}
    asked = _did(MONDAY + 2 * HOUR, Direction.OUT)  # a question to a vendor, of which the customer knows nothing
    assert _met([*deeds[:1], asked], now) == {Goal.ADDRESS: None, Goal.COMMENT: MONDAY + 2 * HOUR}
    for word in (
        _answer(MONDAY + 3 * HOUR),
        _did(MONDAY + 3 * HOUR, Direction.CALL),
        _did(MONDAY + 3 * HOUR, Direction.CHAT),
    ):
        assert _met([*deeds, word], now) == {Goal.ADDRESS: MONDAY + 3 * HOUR, Goal.COMMENT: MONDAY + 2 * HOUR}


def _met(deeds: list[Deed], now: datetime) -> dict[Goal, datetime | None]:
    return {clock.goal: clock.met_at for clock in _clocks(BORN, now, deeds=tuple(deeds))}


def test_the_first_target_for_a_case_holds_and_never_is_one() -> None:
    mine = Target(goal=Goal.COMMENT, within=None, queue=("billing",))
    assert target_of(BORN, Goal.COMMENT, (mine, *DEFAULTS)) is DEFAULTS[-2]
    assert target_of(replace(BORN, queue="billing"), Goal.COMMENT, (mine, *DEFAULTS)) is None
    assert target_of(BORN, Goal.CALL_BACK, DEFAULTS) is None
    assert target_of(replace(BORN, kind="callback"), Goal.CALL_BACK, DEFAULTS) is not None


def test_the_share_of_a_case_is_that_of_its_most_used_clock() -> None:
    clocks = _clocks(replace(BORN, severity="Low"), MONDAY + 12 * HOUR)
    assert most_used(clocks) == 50
    assert most_used([]) == 0


# --- the oracle


_STATES = [Status.NEW, Status.OPEN, Status.WAITING_ON_CUSTOMER, Status.WAITING_ON_VENDOR, Status.RESOLVED]


@st.composite
def _lives(draw: st.DrawFn) -> tuple[Case, list[Change], list[Deed], Target, datetime]:
    """A life over one of the two changes of the clocks, which fall on different days in the two zones."""
    turn = draw(st.sampled_from([date(2026, 3, 7), date(2026, 3, 28), date(2026, 10, 24), date(2026, 10, 31)]))
    born = datetime(turn.year, turn.month, turn.day, tzinfo=UTC) + draw(st.integers(0, 1440)) * MINUTE
    at, status, queue = born, Status.NEW, "support"
    changes: list[Change] = []
    for minutes in draw(st.lists(st.integers(0, 900), max_size=5)):
        at += minutes * MINUTE
        if draw(st.integers(0, 3)):
            following = draw(st.sampled_from([one for one in _STATES if one is not status]))
            changes.append(_moved(at, status, following))
            status = following
        else:
            other = "billing" if queue == "support" else "support"
            changes.append(Change(case=7, at=at, field="queue", was=queue, value=other, why="w", actor=""))
            queue = other
    now = at + draw(st.integers(0, 600)) * MINUTE
    length = draw(st.integers(1, 2000)) * MINUTE
    term = Term(length, draw(st.sampled_from([Unit.CLOCK, Unit.WORKING_TIME])))
    goal = draw(st.sampled_from([Goal.RESOLVE, Goal.ANSWER]))
    deeds = [_answer(born + draw(st.integers(0, 2000)) * MINUTE)] if draw(st.booleans()) else []
    deeds = [deed for deed in deeds if deed.at <= now]
    case = replace(BORN, created_at=born, status=status, queue=queue)
    return case, changes, deeds, Target(goal=goal, within=term), now


def _walk(
    case: Case, changes: list[Change], deeds: list[Deed], target: Target, now: datetime
) -> tuple[timedelta, datetime | None]:
    """(used, when it was used up), minute by minute."""
    assert target.within is not None
    used, ended, minute = timedelta(0), None, case.created_at
    while minute < now:
        status, queue = Status.NEW, "support"
        for change in changes:
            if change.at <= minute and change.field == "status":
                status = Status(change.value)
            elif change.at <= minute:
                queue = change.value
        if target.goal is Goal.ANSWER and any(deed.at <= minute for deed in deeds):
            break
        runs = status.state in (StateType.NEW, StateType.ACTIVE)
        if runs and (target.within.unit is Unit.CLOCK or CALENDARS[queue].is_working(minute)):
            used += MINUTE
            if used == target.within.length:
                ended = minute + MINUTE
        minute += MINUTE
    return used, ended


@settings(max_examples=EXAMPLES, deadline=None, suppress_health_check=list(HealthCheck))
@given(_lives())
def test_a_clock_counts_what_walking_through_the_life_of_the_case_counts(
    life: tuple[Case, list[Change], list[Deed], Target, datetime],
) -> None:
    case, changes, deeds, target, now = life
    (clock,) = _clocks(case, now, *changes, deeds=tuple(deeds), targets=[target])
    used, ended = _walk(case, changes, deeds, target, now)
    assert clock.used == used
    if ended is not None:
        assert clock.due_at == ended
    elif clock.due_at is not None:  # nothing happens from now on: then it is used up when it says
        assert clock.due_at > now
        assert target.within is not None
        later = _clocks(case, clock.due_at, *changes, deeds=tuple(deeds), targets=[target])
        assert later[0].used == target.within.length
