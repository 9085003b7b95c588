"""An agent's answer or command ends what the limiter held: mail about the case goes to everybody again."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from maild.desk.decide import Feature
from maild.desk.effects import Effect, HoldMail
from maild.desk.situation import Arrived, Situation, Speaker


def react(situation: Situation, plan: Sequence[Effect], now: datetime) -> list[Effect]:  # noqa: ARG001
    match situation.occasion:
        case Arrived(sender=sender) if sender.speaker is Speaker.AGENT and sender.agent is not None:
            held = dict.fromkeys(person.address for person in situation.participants if person.held)
            why = f"{sender.agent.address} wrote"
            return [HoldMail(why=why, address=address, held=False) for address in held]
    return []


FEATURE = Feature("loops", react)
