"""Answers that a guard held. Each is an entry of its own kind in the case. The mail that it came in holds the rest,
its files and the commands that were meant to happen with it: to send it is to understand that mail once more, as the
case stands by then.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from maild.desk.effects import DropDraft, HoldAnswer, Notify
from maild.desk.orders.orders import Orders
from maild.desk.settings import Agent
from maild.desk.situation import Situation
from parsers.message import Command, ParsedMessage
from store.records import Entry, fold_address


@dataclass(frozen=True, slots=True)
class Draft:
    """A held answer that is to be sent: its words as they were decided, and the mail that it came in."""

    entry: Entry
    message: ParsedMessage


@dataclass(frozen=True, slots=True)
class Held:
    """Why an answer is not sent at once: a stable word, a sentence, and what the agent is to look at."""

    cause: str
    why: str
    lines: tuple[str, ...]


def of_agent(situation: Situation, agent: Agent) -> tuple[Entry, ...]:
    """Their own held answers."""
    mine = fold_address(agent.address)
    return tuple(draft for draft in situation.drafts if fold_address(draft.sender) == mine)


def asked_for(situation: Situation, agent: Agent, commands: Sequence[Command], text: str) -> Draft | None:
    """Their held answer, if that is what this mail is to send: it has no text of its own, but for what the held one
    ends with, which is the signature that a mail client puts below everything."""
    mine = of_agent(situation, agent)
    if not mine or situation.draft is None or not any(command.verb == "send" for command in commands):
        return None
    signature, words = text.split(), mine[-1].text.split()
    return Draft(mine[-1], situation.draft) if words[len(words) - len(signature) :] == signature else None


def checked(orders: Orders, text: str) -> Orders:
    """The orders, failed where `/send` stands beside what would make something else of that answer."""
    if not orders.send:
        return orders
    if text:
        line = "✖ /send: it sends the held answer as it is. Leave your new text out, or send it without /send instead"
    elif orders.note or orders.vendor or orders.channel or orders.undo or orders.drop:
        line = "✖ /send: it does not go with /note, /vendor, /undo, /called or /chat"
    else:
        return orders
    return replace(orders, failed=True, lines=(*orders.lines, line))


def held(agent: Agent, found: Held, text: str, commands: Sequence[Command]) -> list[HoldAnswer | Notify]:
    """It is kept, with all that stood beside it, and its agent is told why."""
    hold = HoldAnswer(why=found.why, cause=found.cause, sender=agent.address, sender_name=agent.name, text=text)
    waits = tuple(command.line for command in commands)
    lines = (*found.lines, f"With it waits: {', '.join(waits)}.") if waits else found.lines
    return [hold, Notify(why=found.why, event="held", to=agent.address, lines=lines)]


def dropped(situation: Situation, agent: Agent, why: str, sent: Draft | None = None) -> list[DropDraft]:
    """Their held answers are none any more, the one aside that is being sent."""
    entries = tuple(one.id for one in of_agent(situation, agent) if sent is None or one.id != sent.entry.id)
    return [DropDraft(why=why, entries=entries)] if entries else []
