"""Causes: what each level found of the cause of a case (`/rca`) goes to those who worked on it when it is closed."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from maild.desk.decide import Feature
from maild.desk.effects import AddEntry, Effect, MoveStatus, Notify
from maild.desk.situation import Arrived, Situation
from store.records import Status, fold_address


def react(situation: Situation, plan: Sequence[Effect], now: datetime) -> list[Effect]:
    """One closing note to the creator, the owner and whoever wrote a finding, but not to who closes it."""
    case = situation.case
    closes = any(isinstance(effect, MoveStatus) and effect.status is Status.CLOSED for effect in plan)
    if case is None or not closes:
        return []
    found = [(one.finding_of, one.sender, one.sender_name, one.at, one.text) for one in situation.findings or ()]
    new = (effect for effect in plan if isinstance(effect, AddEntry) and effect.finding_of)
    found += [(one.finding_of, one.sender, one.sender_name, now, one.text) for one in new]
    if not found:
        return []
    lines = tuple(f"{level}, {name or sender}, {at:%Y-%m-%d}: {text}" for level, sender, name, at, text in found)
    occasion = situation.occasion
    actor = fold_address(occasion.sender.address) if isinstance(occasion, Arrived) else ""
    people = {fold_address(who): who for who in (case.creator, case.owner, *(one[1] for one in found)) if who}
    why = "the case is closed, and its cause was looked for"
    return [
        Notify(why=why, event="closing-note", to=who, note=True, lines=lines)
        for key, who in people.items()
        if key != actor and situation.desk.agent(who) is not None
    ]


FEATURE = Feature("causes", react)
