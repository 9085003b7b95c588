"""Reminders of stale cases: whoever owns a case on which nothing has happened for long is asked for a word on it.

Never while it waits for somebody else. Not before `stale_after`, unless the requester asks: then `notices` tells the
owner at once. Armed when a case begins to be ours to work on; when due, it looks how long nothing has happened.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from maild.desk.decide import Feature
from maild.desk.effects import Effect, Notify, StartTimer, StopTimer
from maild.desk.foresight import foreseen
from maild.desk.people.audience import responsible
from maild.desk.process import reminds
from maild.desk.situation import Arrived, Due, Passed, Situation

NAME = "stale"


def react(situation: Situation, plan: Sequence[Effect], now: datetime) -> list[Effect]:
    """Arm, stop or fire the reminder."""
    found = foreseen(situation, plan, now) if isinstance(situation.occasion, Arrived | Due | Passed) else None
    if found is None:
        return []
    case, history = found
    desk, armed = situation.desk, situation.has_timer(NAME)
    if not reminds(case.status):
        return [StopTimer(why=f"the case is {case.status.value}", name=NAME)] if armed else []
    fires = isinstance(situation.occasion, Due) and situation.occasion.timer.name == NAME
    if armed and not fires:
        return []
    calendar, term = desk.queue(case.queue).calendar, desk.policy_of(case.queue).stale_after
    last = history.last_change(case)
    due_at = calendar.after(last, term)
    if due_at > now or not fires:
        return [] if armed else [StartTimer(why=f"if nothing happens for {term}", name=NAME, due_at=due_at)]
    people = responsible(case, desk, now)
    why = f"nothing has happened for {term}"
    lines = (f"Nothing has happened on it since {last.astimezone(calendar.zone):%d %b %Y}. What is to come next?",)
    notices = [
        Notify(why=why, event="stale", to=agent.address, note=True, lines=lines, quote_last=True) for agent in people
    ]
    return [*notices, StartTimer(why="asked again after as long", name=NAME, due_at=calendar.after(now, term))]


FEATURE = Feature("stale", react)
