"""The ladder: L1 → L2 → L3 → vendor. A step up changes the level and says who is to be told; the creator stays the
one who speaks for the case, and the owner stays until somebody takes it.
"""

from __future__ import annotations

from collections.abc import Iterable

from maild.desk.effects import Classify, Effect, Notify, Remember, SetCreator
from maild.desk.settings import Agent, Desk
from store.records import Case, fold_address

LADDER = ("L1", "L2", "L3", "vendor")
ESCALATED = "case.escalated"
"""The journal's word for a step up."""


def next_level(level: str) -> str | None:
    """The level above; None at the top."""
    place = LADDER.index(level) if level in LADDER else 0
    return LADDER[place + 1] if place + 1 < len(LADDER) else None


def managers(desk: Desk, queue: str) -> list[Agent]:
    """Who is told of violations, and of what nobody of the desk can mend: the managers of the queue."""
    return [agent for agent in desk.agents if agent.role == "manager" and agent.serves(queue)]


def of_level(desk: Desk, queue: str, level: str) -> list[Agent]:
    """The agents of a queue who work on this level."""
    return [agent for agent in desk.agents if agent.level == level and agent.serves(queue)]


def escalate(
    case: Case,
    desk: Desk,
    why: str,
    *,
    to: str | None = None,
    violated: bool = False,
    besides: Iterable[str] = (),
    actor: str = "",
) -> list[Effect]:
    """The effects of a step up the ladder (`to`: to this level): its agents are told once, managers when
    something was violated, or where nobody stands on that level. Nobody of `besides`, who
    are told otherwise, nor the actor."""
    level = to or next_level(case.level)
    told = {fold_address(address) for address in (*besides, actor) if address}
    effects: list[Effect] = []
    if level is None or level == case.level:
        said = f"it is {case.level} already, the top; {why}"
        effects.append(Remember(event=ESCALATED, why=said))
        people = managers(desk, case.queue)
    else:
        said = f"{case.level} → {level}: {why}"
        effects += [Classify(why=why, field="level", value=level), Remember(event=ESCALATED, why=said)]
        if case.creator is None and case.owner is not None:
            effects.append(SetCreator(creator=case.owner, why="the owner stands for the case, whoever works on it"))
        people = of_level(desk, case.queue, level)
        if violated or not people:
            people = [*people, *managers(desk, case.queue)]
    owner = [agent] if case.owner and (agent := desk.agent(case.owner)) else []
    contact = [agent] if case.creator and (agent := desk.agent(case.creator)) else []
    lines = (f"Escalated, {said}.",)
    for agent in (*people, *owner, *contact):
        if fold_address(agent.address) not in told:
            told.add(fold_address(agent.address))
            effects.append(
                Notify(why=why, event="escalated", to=agent.address, note=True, lines=lines, quote_last=True)
            )
    return effects
