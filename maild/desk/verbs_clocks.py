"""The command that shows the clocks of a case: `/sla`."""

from __future__ import annotations

from dataclasses import replace

from maild.desk.foresight import clocks
from maild.desk.ledger import ledger
from maild.desk.orders import Orders, Refusal, Verb
from maild.desk.settings import Agent
from maild.desk.situation import Situation


def _sla(orders: Orders, argument: str, situation: Situation, _a: Agent) -> tuple[Orders, str]:
    if argument:
        raise Refusal("/sla takes nothing behind it; put it on a line of its own")
    history = situation.history
    if situation.case is None or history is None:
        raise Refusal("there is no case here whose clocks could be shown")
    found = clocks(situation.case, history, situation.desk, history.as_of)
    lines = (*orders.lines, *ledger(found, history.as_of))
    return replace(orders, lines=lines), "how its clocks stood before this mail"


VERBS: dict[str, Verb] = {"sla": _sla}
HELP = {"sla": "what was promised for the case, and how its clocks stand"}
