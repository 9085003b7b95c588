"""Absence: the out-of-office that an agent's mailbox sends back to a notice marks them as away until its day.

Believed only with their own token of the notice that it answers. Whoever is away is given no new case; everything
else goes on. `/away` says the same in a person's words, and a later day of theirs is not cut short here.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from maild.desk.decide import Feature
from maild.desk.effects import Effect, MarkAway
from maild.desk.people.away import back_after
from maild.desk.situation import Arrived, Situation, Speaker
from parsers.message import Automatic


def react(situation: Situation, plan: Sequence[Effect], now: datetime) -> list[Effect]:  # noqa: ARG001
    """Away until the day that the note names, or for a few days where it names none."""
    arrived = situation.occasion
    if not isinstance(arrived, Arrived) or arrived.sender.speaker is not Speaker.MACHINE:
        return []
    agent, message = arrived.sender.agent, arrived.message
    if agent is None or not arrived.sender.proven or message.automatic is not Automatic.AUTO_REPLY:
        return []
    desk = situation.desk
    named = back_after(message.absent_until, desk.zone) if message.absent_until else None
    until = named or now + desk.policy.away_for
    if until <= now or (agent.away_until is not None and until <= agent.away_until):
        return []
    why = "their out-of-office names the day" if named else "their out-of-office, which names no day"
    return [MarkAway(address=agent.address, until=until, why=why)]


FEATURE = Feature("absence", react)
