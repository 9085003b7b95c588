"""The commands about a case's time and level: `/sla` shows its clocks, `/escalate` passes it up the ladder."""

from __future__ import annotations

from dataclasses import replace

from maild.desk.clocks.ledger import ledger
from maild.desk.effects import Notify
from maild.desk.escalation import LADDER, escalate, next_level, of_level
from maild.desk.foresight import clocks
from maild.desk.orders.orders import Orders, Refusal, Verb
from maild.desk.settings import Agent
from maild.desk.situation import Situation
from store.records import Case


def _sla(orders: Orders, argument: str, situation: Situation, _a: Agent) -> tuple[Orders, str]:
    if argument:
        raise Refusal("/sla takes nothing behind it; put it on a line of its own")
    history = situation.history
    if situation.case is None or history is None:
        raise Refusal("there is no case here whose clocks could be shown")
    found = clocks(situation.case, history, situation.desk, history.as_of)
    lines = (*orders.lines, *ledger(found, history.as_of))
    return replace(orders, lines=lines), "how its clocks stood before this mail"


def _escalate(orders: Orders, argument: str, situation: Situation, agent: Agent) -> tuple[Orders, str]:
    case = situation.case
    if case is None:
        raise Refusal("there is no case here that could be passed up")
    above = LADDER[LADDER.index(case.level) + 1 :] if case.level in LADDER else LADDER
    wanted = next((level for level in above if level.lower() == argument.lower()), None)
    if argument and wanted is None:
        levels = " or ".join(above) or "nothing: it is at the top"
        raise Refusal(f"the case is {case.level}; above it is {levels}")
    why = f"{agent.address} passed it up"
    deeds = escalate(case, situation.desk, why, to=wanted, actor=agent.address)
    told = ", ".join(effect.to for effect in deeds if isinstance(effect, Notify))
    level = wanted or next_level(case.level)
    said = f"the level is {level} now" if level else f"the case is {case.level} already, the top"
    said += f"; told: {told}" if told else _nobody(case, level or case.level, situation, agent)
    return replace(orders, deeds=(*orders.deeds, *deeds), hands_on=orders.hands_on or "/escalate"), said


def _nobody(case: Case, level: str, situation: Situation, agent: Agent) -> str:
    """What it means that nobody was told, and what to do then."""
    there = of_level(situation.desk, case.queue, level)
    why = f"you are alone on {level}" if agent in there else f"nobody of the queue {case.queue} works on {level}"
    return f"; but nobody was told, because {why}, and it has no other manager. /assign WHO gives it to somebody"


VERBS: dict[str, Verb] = {"sla": _sla, "escalate": _escalate}
HELP = {
    "sla": "what was promised for the case, and how its clocks stand",
    "escalate L2|L3|vendor": "pass the case up to that level, or one up; its people are told",
}
