"""A finished case that mail from outside opens again and again (threats T50): so often a day, and no more. Pure.

What comes then is kept, and the case stays as it is. Whoever works on it is told of the first at once, of the others
together once an hour, and may open it; the next day it opens as ever.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta

from maild.desk.effects import Effect, Notify, Remember, StartTimer
from maild.desk.situation import Situation
from maild.desk.storms import STORM
from store.records import StateType, Status

_WITHIN = timedelta(days=1)
_TOGETHER = timedelta(hours=1)
_EVENT = "not-reopened"
_DONE = frozenset(status.value for status in Status if status.state is StateType.DONE)


def too_often(situation: Situation, now: datetime) -> str | None:
    """Why mail from outside opens the case no more for now; None: it may."""
    case, most = situation.case, situation.desk.policy.reopenings_per_day
    if case is None or case.status.state is not StateType.DONE or not most or situation.history is None:
        return None
    found = [
        change
        for change in situation.history.changes
        if change.field == "status" and change.was in _DONE and change.value not in _DONE
        # Of an agent, a clock or an admin it is no reopening by mail.
        if change.at > now - _WITHIN and "@" in change.actor and situation.desk.agent(change.actor) is None
    ]
    return f"mail from outside opened it {len(found)} times within a day" if len(found) >= most else None


def stays_done(situation: Situation, why: str, now: datetime) -> list[Effect]:
    """It is remembered; and while more comes, it is told together (features/storms.py)."""
    effects: list[Effect] = [Remember(event=_EVENT, why=f"it stays as it is: {why}")]
    if not situation.has_timer(STORM):
        effects.append(StartTimer(why=why, name=STORM, due_at=now + _TOGETHER))
    return effects


def told_of(situation: Situation, plan: Sequence[Effect], people: Sequence[str]) -> list[Effect] | None:
    """What those who work on the case are told of such a mail; None: it is none."""
    kept = next((effect for effect in plan if isinstance(effect, Remember) and effect.event == _EVENT), None)
    if kept is None or situation.case is None:
        return None
    if situation.has_timer(STORM):
        return []
    lines = (
        f"The case stays {situation.case.status.value}: {kept.why.removeprefix('it stays as it is: ')}.",
        "What else comes is kept in the case, and told together once an hour. /reopen opens it; a day later mail "
        "does so again.",
    )
    return [Notify(why=kept.why, event="reply", to=to, attach=True, lines=lines) for to in people]
