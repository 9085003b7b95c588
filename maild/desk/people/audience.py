"""Who is told of what time brings: the owner of the case, if they are there to act; else all who serve its queue."""

from __future__ import annotations

from datetime import datetime

from maild.desk.settings import Agent, Desk
from store.records import Case


def responsible(case: Case, desk: Desk, now: datetime) -> list[Agent]:
    """The owner; while they are away, everybody of the queue as well; where there is none, everybody of the queue."""
    owner = desk.agent(case.owner) if case.owner else None
    if owner is not None and not owner.is_away(now):
        return [owner]
    team = desk.team(case.queue)
    return [owner, *(agent for agent in team if agent is not owner)] if owner is not None else team
