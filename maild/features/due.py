"""Due dates: whoever is responsible for a case is warned a day before it is to be done, and told when that is past.

The date is an agent's word (`/due`), and no promise to a customer: those are targets. A case that is done needs no
warning; opened again before its date, it has one.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta

from maild.desk.changes import case_after
from maild.desk.decide import Feature
from maild.desk.effects import Effect, Notify, SetDue, StartTimer, StopTimer
from maild.desk.people.audience import responsible
from maild.desk.plans import DUE
from maild.desk.situation import Arrived, Due, Passed, Situation
from store.records import Case, StateType, Timer

_AHEAD = timedelta(days=1)


def react(situation: Situation, plan: Sequence[Effect], now: datetime) -> list[Effect]:
    """Arm or stop the timer."""
    fires = isinstance(situation.occasion, Due) and situation.occasion.timer.name == DUE
    if fires or not isinstance(situation.occasion, Arrived | Due | Passed):
        return []
    case, armed = case_after(situation.case, plan, now), situation.has_timer(DUE)
    if case is None:
        return []
    if case.due_at is None or case.status.state is StateType.DONE:
        why = "it has no due date" if case.due_at is None else f"the case is {case.status.value}"
        return [StopTimer(why=why, name=DUE)] if armed else []
    is_new = any(isinstance(effect, SetDue) for effect in plan)
    if (armed and not is_new) or case.due_at <= now:
        return []
    warned = case.due_at - _AHEAD
    at = warned if warned > now else case.due_at
    return [StartTimer(why=f"the case is due {_said(case.due_at, situation)}", name=DUE, due_at=at)]


def fire(situation: Situation, timer: Timer, now: datetime) -> list[Effect]:
    """Warn, or say that it is past."""
    case = situation.case
    if timer.name != DUE or case is None or case.due_at is None or case.status.state is StateType.DONE:
        return []
    when = _said(case.due_at, situation)
    if now >= case.due_at:
        return _told(case, situation, now, f"It was due {when}, and is not done.")
    again = StartTimer(why="it is said again when it is past", name=DUE, due_at=case.due_at)
    return [*_told(case, situation, now, f"It is due {when}."), again]


def _told(case: Case, situation: Situation, now: datetime, line: str) -> list[Effect]:
    people = responsible(case, situation.desk, now)
    lines = (f"{line} /due DATE puts it off, /due off takes the date away.",)
    return [
        Notify(why=line, event="due", to=agent.address, note=True, lines=lines, quote_last=True) for agent in people
    ]


def _said(at: datetime, situation: Situation) -> str:
    return f"{at.astimezone(situation.desk.zone):%a %d %b %Y %H:%M}"


FEATURE = Feature("due", react, fire)
