"""Whether an agent could believe that the customer got what is only kept as a note. Pure."""

from __future__ import annotations

from maild.desk.greetings import greets, names, names_one_of
from maild.desk.settings import Agent
from maild.desk.situation import Situation
from store.records import Direction, fold_address


def stays_unsaid(situation: Situation, agent: Agent, text: str) -> bool:
    """A text without a word of whom it is for, in reply to a reminder, a receipt, a vendor's mail and the like. What
    answers a colleague's note is meant for that colleague, unless it greets a customer."""
    note = situation.answered if situation.answered and situation.answered.direction is Direction.NOTE else None
    if note is not None and fold_address(note.sender) == fold_address(agent.address):
        return bool(text) and note.text != text  # a machine that answers what it is told repeats itself
    return bool(text) and (note is None or _greets_customer(situation, text, note.sender_name))


def _greets_customer(situation: Situation, text: str, colleague: str) -> bool:
    people = [(one.name, one.address) for one in situation.participants]
    if situation.case is not None:
        people.append((situation.case.requester_name, situation.case.requester))
    return any(greets(text, *one) for one in people) and not names_one_of(text, names(colleague))
