"""Whether an agent could believe that the customer got what is only kept as a note. Pure."""

from __future__ import annotations

from maild.desk.settings import Agent
from maild.desk.situation import Situation
from store.records import Direction, fold_address


def stays_unsaid(situation: Situation, agent: Agent, text: str) -> bool:
    """A text without a word of whom it is for, in reply to a reminder, a receipt, a vendor's mail and the like. What
    answers a colleague's note is meant for that colleague."""
    note = situation.answered if situation.answered and situation.answered.direction is Direction.NOTE else None
    if note is not None and fold_address(note.sender) == fold_address(agent.address):
        return bool(text) and note.text != text  # a machine that answers what it is told repeats itself
    return bool(text) and note is None
