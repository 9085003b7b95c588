"""An agent's commands that say what a case is: its kind, its severity, its queue, its level. From these corrections
the desk learns (`learning.py`).
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace

from maild.desk.orders.orders import Orders, Refusal, Verb
from maild.desk.rules.names import KINDS, LEVELS, SEVERITIES
from maild.desk.settings import Agent, Desk
from maild.desk.situation import Situation

FIELDS: dict[str, Callable[[Desk], Sequence[str]]] = {
    "kind": lambda _: KINDS,
    "severity": lambda _: SEVERITIES,
    "queue": lambda desk: [queue.name for queue in desk.queues],
    "level": lambda _: LEVELS,
}
"""Field → what it can be."""
_OTHER_WORDS = {
    "severity": {"urgent": "Immediate", "critical": "Immediate", "emergency": "Immediate", "blocker": "Immediate",
                 "normal": "Medium", "minor": "Low"},
    "kind": {"issue": "incident", "request": "question", "defect": "bug", "call": "callback"},
    "level": {"1": "L1", "2": "L2", "3": "L3"},
}  # fmt: skip
"""What other desks call it."""


def find_value(field: str, argument: str, desk: Desk) -> str:
    """One of the field's values, by its name or a beginning that only one has, whatever the case of letters; or by
    another desk's word for it. Raises Refusal."""
    values, wanted = FIELDS[field](desk), _plain(argument)
    plain = {_plain(value): value for value in values}
    exact = plain.get(wanted) or _OTHER_WORDS.get(field, {}).get(wanted)
    found = [exact] if exact else [value for name, value in plain.items() if wanted and name.startswith(wanted)]
    if len(found) != 1:
        raise Refusal(f"which {field}? Say one of: {', '.join(found or values)}")
    return found[0]


def _plain(text: str) -> str:
    return " ".join(text.replace("-", " ").replace("_", " ").lower().split())


def _kind(orders: Orders, argument: str, situation: Situation, _a: Agent) -> tuple[Orders, str]:
    return _said(orders, "kind", argument, situation)


def _severity(orders: Orders, argument: str, situation: Situation, _a: Agent) -> tuple[Orders, str]:
    return _said(orders, "severity", argument, situation)


def _queue(orders: Orders, argument: str, situation: Situation, _a: Agent) -> tuple[Orders, str]:
    return _said(orders, "queue", argument, situation)


def _level(orders: Orders, argument: str, situation: Situation, _a: Agent) -> tuple[Orders, str]:
    return _said(orders, "level", argument, situation)


def _said(orders: Orders, field: str, argument: str, situation: Situation) -> tuple[Orders, str]:
    value = find_value(field, argument, situation.desk)
    others = tuple((name, said) for name, said in orders.fields if name != field)
    return replace(orders, fields=(*others, (field, value))), f"the {field} is {value} now"


VERBS_FIELDS: dict[str, Verb] = {"kind": _kind, "severity": _severity, "queue": _queue, "level": _level}

HELP_FIELDS = {
    "kind NAME": "what kind of matter it is",
    "severity NAME": "how urgent it is",
    "queue NAME": "whose matter it is",
    "level L1|L2|L3|vendor": "on which level it is worked; nobody is told but its owner (/escalate tells more)",
}
