"""What of the notices can wait for a person's one mail a day, and how it is said there. Pure.

What an agent must act on at once does not wait: answers to their own commands, warnings and violations of targets,
cases that are passed up to them, and whatever is Immediate. Mail to customers is never collected.
"""

from __future__ import annotations

from maild.desk.effects import Notify
from maild.desk.lines import in_short
from maild.desk.settings import Agent
from store.records import Case, Direction, Entry

_WORDS = {
    "new-case": "a new case",
    "reply": "the customer wrote",
    "vendor-reply": "a vendor wrote",
    "note": "a note",
    "answered": "the customer was answered",
    "assigned": "the case was given to you",
    "changed": "changed",
    "stale": "nothing has happened for long",
    "undelivered": "a mail did not arrive",
}
"""The notices that can wait."""
_LONGEST = 300


def can_wait(effect: Notify, agent: Agent, case: Case) -> bool:
    return agent.digest and effect.event in _WORDS and case.severity != "Immediate"


def told(effect: Notify, entry: Entry | None) -> str:
    """One line: what happened, what is to be said of it, and how the text begins."""
    told = ". ".join(line.rstrip(".") for line in effect.lines)
    text = f"{entry.sender_name or entry.sender}: {entry.text}" if entry is not None and _is_worth(entry) else ""
    parts = (_WORDS.get(effect.event, effect.event.replace("-", " ")), told, text)
    return in_short("; ".join(part for part in parts if part), _LONGEST)


def _is_worth(entry: Entry) -> bool:
    """Our own automatic words say nothing that an agent needs."""
    return not entry.automatic or entry.direction is Direction.IN
