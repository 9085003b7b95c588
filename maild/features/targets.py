"""Targets: keeps the clocks of a case with it; warns before one is used up, tells owner and managers when it is, and
passes the case up the ladder where the target says so.

One timer for each case, due when a clock next has something to say. Only when it fires is anything told, so each
thing is told once, however it came about.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta

from maild.desk.clocks.calendar import spelled
from maild.desk.clocks.clocks import Clock, in_words
from maild.desk.decide import Feature
from maild.desk.effects import Effect, Notify, Remember, Reply, StartTimer, StopTimer, Track
from maild.desk.escalation import escalate, managers
from maild.desk.foresight import clocks, foreseen
from maild.desk.people.audience import responsible
from maild.desk.settings import Desk
from maild.desk.situation import Arrived, Due, Passed, Situation
from store.records import ENDED, Case, Status, Tracked, fold_address

NAME = "targets"
CORRECTS = "recompute"
"""As whose timer all clocks are worked out anew (maild.pipeline.recompute)."""
_SAME = timedelta(seconds=1)
_MUTED = ENDED - {Status.CLOSED}
"""That a case was closed too late is said all the same."""


def react(situation: Situation, plan: Sequence[Effect], now: datetime) -> list[Effect]:
    """Keep the clocks; when their timer is due, say what there is to say."""
    if _leaves_all(situation, plan):
        return []
    found = foreseen(situation, plan, now) if isinstance(situation.occasion, Arrived | Due | Passed) else None
    if found is None:
        return []
    case, history = found
    running = clocks(case, history, situation.desk, now)
    said = _Said()
    known = {(one.goal, one.round): one for one in situation.targets}
    tracked: list[tuple[Clock, Tracked]] = []
    name = situation.occasion.timer.name if isinstance(situation.occasion, Due) else ""
    speaks, corrects = name == NAME, name == CORRECTS
    for clock in running:
        before = known.pop((clock.goal.value, clock.round), None)
        one = _tracked(case, clock, before)
        if corrects:
            one = _corrected(clock, one, now)
        if speaks:
            one = _spoken(clock, one, said, now, quiet=_is_late(running, clock, now))
        tracked.append((clock, one))
        if before is None or not _is_same(one, before):
            said.effects.append(Track(why=_state_of(clock, one), tracked=one))
    for gone in known.values():
        if gone.due_at is not None and gone.met_at is None:
            why = f"{gone.goal}: nothing is promised any more"
            said.effects.append(Track(why=why, tracked=replace(gone, due_at=None)))
    told = _told(case, situation.desk, said, now)
    return [
        *said.effects,
        *told,
        *_escalated(case, situation.desk, said, told),
        *_timer(situation, case, tracked, now),
    ]


def _leaves_all(situation: Situation, plan: Sequence[Effect]) -> bool:
    """Whether another clock of the case is due and only makes the desk write: no clock of ours looks at that."""
    occasion = situation.occasion
    if not isinstance(occasion, Due) or occasion.timer.name in (NAME, CORRECTS):
        return False
    return all(
        isinstance(effect, Notify | Remember | StartTimer | StopTimer)
        or (isinstance(effect, Reply) and effect.automatic)
        for effect in plan
    )


@dataclass(slots=True)
class _Said:
    """What came of looking at all clocks."""

    effects: list[Effect] = field(default_factory=list)
    warned: list[str] = field(default_factory=list)
    violated: list[str] = field(default_factory=list)
    escalated: list[str] = field(default_factory=list)


def _tracked(case: Case, clock: Clock, before: Tracked | None) -> Tracked:
    due_at = clock.due_at
    if due_at is None and clock.met_at is not None:  # kept: reports count it when it would have been due
        due_at = max(before.due_at if before and before.due_at else clock.met_at, clock.met_at)
    if before is not None:
        return replace(before, due_at=due_at, met_at=clock.met_at)
    return Tracked(case=case.number, goal=clock.goal.value, round=clock.round, due_at=due_at, met_at=clock.met_at)


def _corrected(clock: Clock, one: Tracked, now: datetime) -> Tracked:
    """What was said by a calendar that was wrong is not held against anybody."""
    if one.violated_at is not None and not clock.is_violated(now):
        one = replace(one, violated_at=None)
    if one.warned_at is not None and clock.percent < clock.target.warn_at:
        one = replace(one, warned_at=None)
    return one


def _spoken(clock: Clock, one: Tracked, said: _Said, now: datetime, *, quiet: bool) -> Tracked:
    """With what is said of it now; `quiet`: another of the case is late already, so nobody is warned of this one."""
    name = in_words(clock.goal)
    if one.violated_at is None and clock.is_violated(now):
        line = f"{name}: it was due {_shown(clock, clock.due_at)}; promised {clock.term}, used {_used(clock)}."
        said.violated.append(line)
        said.effects.append(Remember(event="target.violated", why=line))
        one = replace(one, violated_at=clock.due_at)
    elif one.warned_at is None and one.violated_at is None and _has_reached(clock, clock.target.warn_at, now):
        line = f"{name}: {_used(clock)} of {clock.term} are used; it is due {_shown(clock, clock.due_at)}."
        if not quiet:
            said.warned.append(line)
        said.effects.append(Remember(event="target.warned", why=line if not quiet else f"{line} (told to nobody)"))
        one = replace(one, warned_at=now)
    if one.escalated_at is None and _has_reached(clock, clock.target.escalate_at, now):
        said.escalated.append(f"{clock.goal}: {_used(clock)} of {clock.term} are used")
        one = replace(one, escalated_at=now)
    return one


def _has_reached(clock: Clock, percent: int, now: datetime) -> bool:
    at = clock.at(percent) if percent and clock.met_at is None else None
    return at is not None and at <= now


def _is_late(running: Sequence[Clock], clock: Clock, now: datetime) -> bool:
    return any(other is not clock and other.met_at is None and other.is_violated(now) for other in running)


def _told(case: Case, desk: Desk, said: _Said, now: datetime) -> list[Notify]:
    """The owner, or all agents of the queue; of violations the managers too. One mail a person."""
    if not said.violated and not said.warned:
        return []
    people = responsible(case, desk, now)
    if said.violated:
        people += managers(desk, case.queue)
    event = "target-violated" if said.violated else "target-warning"
    why = "; ".join([*said.violated, *said.warned])
    lines = (*said.violated, *said.warned)
    return [
        Notify(why=why, event=event, to=address, lines=lines, quote_last=True)
        for address in {fold_address(agent.address): agent.address for agent in people}.values()
    ]


def _escalated(case: Case, desk: Desk, said: _Said, told: Sequence[Notify]) -> list[Effect]:
    if not said.escalated:
        return []
    besides = [notice.to for notice in told]
    return escalate(case, desk, "; ".join(said.escalated), violated=bool(said.violated), besides=besides)


def _timer(situation: Situation, case: Case, tracked: Sequence[tuple[Clock, Tracked]], now: datetime) -> list[Effect]:
    """Armed for the next thing that is to be said; what is to be said already is said at the next tick.

    Of a case that is none of ours nothing is to be said, even if it was due before that was known.
    """
    moments = [at for clock, one in tracked for at in _moments(clock, one, now) if case.status not in _MUTED]
    armed = next((timer for timer in situation.timers if timer.name == NAME), None)
    if not moments:
        return [StopTimer(why="no clock of the case runs", name=NAME)] if armed else []
    due_at = min(moments)
    if armed is not None and abs(armed.due_at - due_at) < _SAME:
        return []
    return [StartTimer(why="when a clock has something to say", name=NAME, due_at=due_at)]


def _moments(clock: Clock, one: Tracked, now: datetime) -> list[datetime]:
    if clock.met_at is not None:
        return [now] if one.violated_at is None and clock.is_violated(now) else []
    wanted = []
    if one.violated_at is None:
        wanted.append(one.due_at)
        if one.warned_at is None and clock.target.warn_at:
            wanted.append(clock.at(clock.target.warn_at))
    if one.escalated_at is None and clock.target.escalate_at:
        wanted.append(clock.at(clock.target.escalate_at))
    return [at for at in wanted if at is not None]


def _state_of(clock: Clock, one: Tracked) -> str:
    if one.met_at is not None:
        return f"{clock.goal}: met, {_used(clock)} of {clock.term} used"
    if one.due_at is None:
        return f"{clock.goal}: paused, {_used(clock)} of {clock.term} used"
    return f"{clock.goal}: due {one.due_at:%Y-%m-%d %H:%M}Z, {_used(clock)} of {clock.term} used"


def _used(clock: Clock) -> str:
    return spelled(clock.used)


def _shown(clock: Clock, at: datetime | None) -> str:
    """Where the queue is."""
    return (
        f"{at.astimezone(clock.spans[-1].calendar.zone):%d %b %Y %H:%M %Z}" if at is not None else "when it goes on"
    )


def _is_same(one: Tracked, other: Tracked) -> bool:
    def near(a: datetime | None, b: datetime | None) -> bool:
        return a == b or (a is not None and b is not None and abs(a - b) < _SAME)

    return _told_of(one) == _told_of(other) and near(one.due_at, other.due_at)


def _told_of(one: Tracked) -> tuple[datetime | None, ...]:
    return one.met_at, one.warned_at, one.violated_at, one.escalated_at


FEATURE = Feature("targets", react)
