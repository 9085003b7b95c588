"""Who is told of what happens to a case: its owner, if they are there to act; else those of its queue who are."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime

from maild.desk.settings import Agent, Desk
from store.records import Case, fold_address


def responsible(case: Case, desk: Desk, now: datetime) -> list[Agent]:
    """The owner; while they are away, those of the queue as well; where there is none, those of the queue."""
    owner = desk.agent(case.owner) if case.owner else None
    return team(case.queue, desk, now) if owner is None else [owner, *stand_ins(owner, case.queue, desk, now)]


def team(queue: str, desk: Desk, now: datetime) -> list[Agent]:
    """All of the queue who are there; where nobody is, all of it: somebody must learn of it."""
    people = desk.team(queue)
    return [agent for agent in people if not agent.is_away(now)] or people


def stand_ins(owner: Agent | None, queue: str, desk: Desk, now: datetime) -> list[Agent]:
    """Who must hear of it besides an owner who is away: those of the queue who are there."""
    if owner is None or not owner.is_away(now):
        return []
    return [agent for agent in desk.team(queue) if agent is not owner and not agent.is_away(now)]


def absence(owner: Agent | None, others: Sequence[Agent], to: str, now: datetime) -> tuple[str, ...]:
    """What one of them is told of that."""
    if owner is None or not owner.is_away(now):
        return ()
    if fold_address(to) != fold_address(owner.address):
        return (f"The owner, {owner.name or owner.address}, is away; /take makes the case yours.",)
    return (
        (f"You are away, so this went to {listed(a.name or a.address for a in others)} as well.",) if others else ()
    )


def listed(names: Iterable[str]) -> str:
    """“Bea, Carl and Dora”."""
    *most, last = names
    return f"{', '.join(most)} and {last}" if most else last
