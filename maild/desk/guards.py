"""Whether an agent's answer leaves at once, or is held until they have looked once more.

    stale   since the notice that they answer a customer has written, or a colleague has answered

What an agent wrote themselves, what machines wrote, notes, and a mere word of thanks hold nothing.
"""

from __future__ import annotations

from maild.desk.courtesy import is_courtesy
from maild.desk.drafts import Held
from maild.desk.settings import Agent
from maild.desk.situation import Situation
from store.records import Direction, Entry, fold_address

_LONGEST = 300
_SPOKEN = {Direction.CALL: "spoke with the customer", Direction.CHAT: "chatted with the customer"}


def guard(situation: Situation, agent: Agent) -> Held | None:
    """Why this agent's answer is to be held, if it is."""
    news = unread(situation, agent) if situation.desk.guards.stale else []
    if not news:
        return None
    head = "It was not sent: since the notice that you answered, this came."
    lines = (head, *(_line(entry, situation) for entry in news))
    return Held("stale", "more has come since the notice that they answered", lines)


def unread(situation: Situation, agent: Agent) -> list[Entry]:
    """What people said in public since the notice that an agent answers, or since they last answered themselves: that
    answer went out in the knowledge of what stood before it."""
    mine = fold_address(agent.address)
    own = [at for at, one in enumerate(situation.since) if _is_answer(one) and fold_address(one.sender) == mine]
    newer = situation.since[own[-1] + 1 :] if own else situation.since
    return [one for one in newer if _is_news(one) and fold_address(one.sender) != mine]


def _is_answer(entry: Entry) -> bool:
    return entry.direction is Direction.OUT and entry.public and not entry.automatic


def _is_news(entry: Entry) -> bool:
    if entry.automatic:
        return False
    if entry.direction is Direction.IN:
        return entry.public and not is_courtesy(entry.text, entry.sender_name)
    return _is_answer(entry) or entry.direction in _SPOKEN


def _line(entry: Entry, situation: Situation) -> str:
    did = _SPOKEN.get(entry.direction, "answered" if entry.direction is Direction.OUT else "wrote")
    who = entry.sender_name or entry.sender
    text = " ".join(entry.text.split())
    said = text if len(text) <= _LONGEST else text[: _LONGEST - 1] + "…"
    return f"{who} {did}, {entry.at.astimezone(situation.desk.zone):%d %b %Y %H:%M}: “{said}”"
