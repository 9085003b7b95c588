"""What becomes of an answer that a guard held: `/send` sends it as it was written, `/undo` drops it."""

from __future__ import annotations

from dataclasses import replace

from maild.desk.drafts import of_agent
from maild.desk.orders.orders import Orders, Refusal, Verb
from maild.desk.settings import Agent
from maild.desk.situation import Situation


def _send(orders: Orders, argument: str, situation: Situation, agent: Agent) -> tuple[Orders, str]:
    if argument:
        raise Refusal("/send takes nothing behind it; it sends the answer that is held, as it was written")
    if not of_agent(situation, agent):
        others = ", ".join(draft.sender for draft in situation.drafts)
        raise Refusal(f"only {others} can send what is held here" if others else "no answer of yours is held here")
    return replace(orders, send=True), "the answer that was held goes out as you wrote it"


def drop(orders: Orders) -> tuple[Orders, str]:
    """`/undo` where a guard held an answer of theirs."""
    return replace(orders, drop=True), "your held answer will not be sent; it is kept as a note"


VERBS_DRAFTS: dict[str, Verb] = {"send": _send}

HELP_DRAFTS = {"send": "your answer that was held goes out as you wrote it"}
