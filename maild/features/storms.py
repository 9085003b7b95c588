"""A storm of mails to one case is told in one notice, when it is over: that of each is left away (notices.py)."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from maild.desk.decide import Feature
from maild.desk.effects import Effect, Notify, StartTimer
from maild.desk.people.audience import responsible
from maild.desk.situation import Arrived, Due, Situation
from maild.desk.storms import MANY, STORM, WITHIN, rages, told


def react(situation: Situation, plan: Sequence[Effect], now: datetime) -> list[Effect]:  # noqa: ARG001
    match situation.occasion:
        case Arrived() if rages(situation.history) and not situation.has_timer(STORM):
            why = f"more than {MANY} mails came within {WITHIN.total_seconds() / 60:g} minutes"
            return [StartTimer(why=why, name=STORM, due_at=now + WITHIN)]
        case Due(timer=timer) if timer.name == STORM and situation.unseen and situation.case is not None:
            why = f"{len(situation.unseen)} mails came at once"
            lines = (f"{why[0].upper()}{why[1:]}:", *told(situation.unseen))
            people = responsible(situation.case, situation.desk, now)
            return [Notify(why=why, event="changed", to=one.address, note=True, lines=lines) for one in people]
    return []


FEATURE = Feature("storms", react)
