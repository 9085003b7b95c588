"""An agent's commands that say what a case is: its kind, its severity, its queue. From these corrections the desk
learns (`learning.py`).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from maild.desk.orders.orders import Orders, Refusal, Verb
from maild.desk.rules.names import KINDS, SEVERITIES
from maild.desk.settings import Agent
from maild.desk.situation import Situation


def _kind(orders: Orders, argument: str, _s: Situation, _a: Agent) -> tuple[Orders, str]:
    return _said(orders, "kind", argument, KINDS)


def _severity(orders: Orders, argument: str, _s: Situation, _a: Agent) -> tuple[Orders, str]:
    return _said(orders, "severity", argument, SEVERITIES)


def _queue(orders: Orders, argument: str, situation: Situation, _a: Agent) -> tuple[Orders, str]:
    return _said(orders, "queue", argument, [queue.name for queue in situation.desk.queues])


def _said(orders: Orders, field: str, argument: str, values: Sequence[str]) -> tuple[Orders, str]:
    """One of these values, by its name or a beginning that only one has, whatever the case of letters."""
    wanted = " ".join(argument.replace("-", " ").replace("_", " ").lower().split())
    plain = {" ".join(value.replace("-", " ").replace("_", " ").lower().split()): value for value in values}
    found = [plain[wanted]] if wanted in plain else [v for p, v in plain.items() if wanted and p.startswith(wanted)]
    if len(found) != 1:
        raise Refusal(f"which {field}? Say one of: {', '.join(found or values)}")
    others = tuple((name, value) for name, value in orders.fields if name != field)
    return replace(orders, fields=(*others, (field, found[0]))), f"the {field} is {found[0]} now"


VERBS_FIELDS: dict[str, Verb] = {"kind": _kind, "severity": _severity, "queue": _queue}

HELP_FIELDS = {
    "kind NAME": "what kind of matter it is",
    "severity NAME": "how urgent it is",
    "queue NAME": "whose matter it is",
}
