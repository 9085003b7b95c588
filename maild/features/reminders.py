"""Reminders: an agent who asked to be reminded of a case is told of it at that time.

Whatever has become of the case meanwhile: they asked, and the notice shows how it stands. Only what is spam now is
not worth a mail, and who is an agent no more gets none. A reminder of a case that was merged is told of the one in
which it goes on.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from maild.desk.decide import Feature
from maild.desk.effects import Effect, Notify, Remember
from maild.desk.plans import reminder_of
from maild.desk.situation import Situation
from store.records import Status, Timer


def react(situation: Situation, plan: Sequence[Effect], now: datetime) -> list[Effect]:  # noqa: ARG001
    """Reminders are set by commands alone."""
    return []


def fire(situation: Situation, timer: Timer, now: datetime) -> list[Effect]:  # noqa: ARG001
    """Tell who asked."""
    number = reminder_of(timer)
    found = next((one for one in situation.reminders if one.id == number), None)
    if found is None or situation.case is None:
        return []
    agent = situation.desk.agent(found.agent)
    if agent is None or situation.case.status is Status.SPAM:
        cause = "the case is spam" if agent is not None else f"{found.agent} is an agent no more"
        return [Remember(event="not-reminded", why=cause)]
    lines = (f"You wanted to be reminded: {found.text}",) if found.text else ("You wanted to be reminded of it.",)
    why = f"{agent.address} wanted to be reminded"
    return [Notify(why=why, event="reminder", to=agent.address, note=True, lines=lines, quote_last=True)]


FEATURE = Feature("reminders", react, fire)
