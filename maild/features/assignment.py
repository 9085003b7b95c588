"""Assignment: a case that has no owner where its queue says how to find one is given to somebody (docs/people.md).

For a new case, one that moved to another queue or level where its owner does not work, and one whose owner has left.
An owner whom a rule or an agent named stays.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from maild.desk.decide import Feature
from maild.desk.effects import Assign, Effect, Remember, SetCreator
from maild.desk.people.assignment import choose, wants
from maild.desk.situation import HandedOn, Situation


def react(situation: Situation, plan: Sequence[Effect], now: datetime) -> list[Effect]:
    """The owner; nothing before somebody has looked who has how much to do: whoever decides does, and asks again."""
    matter = wants(situation, plan)
    if matter is None or situation.loads is None:
        return _left(situation, plan)
    choice = choose(matter, situation.desk.agents, situation.loads, now)
    if choice.owner is None:
        return [*_left(situation, plan), Remember(event="not-assigned", why=choice.why)]
    found: list[Effect] = [Assign(owner=choice.owner, why=choice.why)]
    named = situation.case is not None and situation.case.creator is not None
    if not named and not any(isinstance(effect, SetCreator) for effect in plan):
        found.append(SetCreator(creator=choice.owner, why="the first owner stands for the case"))
    return found


def _left(situation: Situation, plan: Sequence[Effect]) -> list[Effect]:
    """Whoever has left owns nothing, even where nobody takes their place."""
    occasion = situation.occasion
    if not isinstance(occasion, HandedOn) or any(isinstance(effect, Assign) for effect in plan):
        return []
    return [Assign(owner=None, why=f"{occasion.leaver} has left, and nobody was found")]


FEATURE = Feature("assignment", react)
