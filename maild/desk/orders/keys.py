"""`Key: value` as another way to give a command, for those that people know so from other desks.

People write such lines in prose, too. In doubt it is an order, which is refused and holds the text back: a text that
was held is sent anew, one that left by mistake is not fetched back. So a line is meant where the key is known, or
nearly, and its value is one that the key can have, or not longer than two words.
"""

from __future__ import annotations

import difflib

from maild.desk.orders.fields import FIELDS, find_value
from maild.desk.orders.orders import Refusal
from maild.desk.orders.verbs import KEYS, find_status
from maild.desk.settings import Desk

_SHORT = 2


def is_meant(desk: Desk, key: str, value: str) -> bool:
    """Whether such a line is meant as a command, well or badly written."""
    if key not in KEYS and not difflib.get_close_matches(key, KEYS, n=1, cutoff=0.8):
        return False
    return len(value.split()) <= _SHORT or _can_be(desk, KEYS.get(key, ""), value)


def _can_be(desk: Desk, verb: str, value: str) -> bool:
    try:
        if verb == "status":
            find_status(value)
        elif verb in FIELDS:
            find_value(verb, value, desk)
        else:
            return verb == "assign" and any(value.lower() == agent.name.lower() for agent in desk.agents)
    except Refusal:
        return False
    return True
