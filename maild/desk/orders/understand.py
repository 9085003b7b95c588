"""The commands of one mail are understood, line by line, against the case and the desk; nothing is done yet.

Grammar is the parsers' business (`parsers.commands`), what a verb means is `verbs.py`'s. A line that fails changes
nothing at all.
"""

from __future__ import annotations

import difflib
import re
import unicodedata
from collections.abc import Sequence
from dataclasses import replace

from maild.desk.orders.orders import Orders, Refusal, Verb
from maild.desk.orders.verbs import ALIASES, HINTS, VERBS
from maild.desk.settings import Agent
from maild.desk.situation import Situation
from parsers.commands import split_commands
from parsers.message import Command

_WITH_TEXT = (
    "status",
    "still_owing",
    "people",
    "deeds",
    "asked",
    "template",
    "update_incidents",
    "resolve_incidents",
)
"""What is done together with the text of the mail, or not at all."""
_ORDER_LINE = re.compile(r"(?:[/\\]\s{0,2}|[#!])([^\W\d_][\w-]{1,19})[:.,;]?(?:\s(.*))?")
_LONGEST = 60
_AROUND = " \t*_`\"'“”„‘’«»()[]"


def understand(
    commands: Sequence[Command], situation: Situation, agent: Agent, before: Orders | None = None
) -> Orders:
    """All lines, in order; behind those that were understood `before`."""
    orders = before or Orders()
    for command in commands:
        try:
            if command.doubtful:
                raise Refusal(
                    "an empty line between it and your text makes it a command; other words before it, text"
                )
            meant, said = _verb(command.verb)(orders, command.argument.strip(), situation, agent)
            line = f"✔ {command.line}: {said}"
            if any(getattr(meant, name) != getattr(orders, name) for name in _WITH_TEXT):
                meant = replace(meant, with_text=(*meant.with_text, (line, command.line)))
            orders = meant
        except Refusal as refusal:
            orders = replace(orders, failed=True)
            line = f"✖ {command.line}: {refusal}"
        orders = replace(orders, lines=(*orders.lines, line))
    return orders


def with_strays(orders: Orders, text: str) -> Orders:
    """The orders, failed if a line in the middle of the text looks like one of ours: above a signature that is not
    marked as one, say. Whether it was meant or not, a text with `/note` in it must not go to the customer."""
    strays = [line.strip() for line in text.split("\n") if _looks_like_order(line.strip())]
    said = tuple(f"✖ {line}: this was not obeyed; {_put_right(line)}" for line in strays)
    return replace(orders, lines=(*orders.lines, *said), failed=True) if strays else orders


def _put_right(line: str) -> str:
    """What is wrong with such a line: how it is written, or where it stands."""
    found = _order_in(line)
    if found is not None and not split_commands(line)[0]:
        verb, behind = found[1].lower(), (found[2] or "").strip()
        return f"write /{verb}{f' {behind}' if behind else ''}, with nothing before or behind it on its line"
    return (
        "text stands above it and below. Put it above all of your text; where your mail program writes a signature "
        "below, begin that with a line “-- ”"
    )


def _order_in(line: str) -> re.Match[str] | None:
    seen = "".join(c for c in unicodedata.normalize("NFKC", line[:500]) if unicodedata.category(c) != "Cf")
    return _ORDER_LINE.fullmatch(seen.strip(_AROUND))


def _looks_like_order(line: str) -> bool:
    """Also one that is written as no command is: with a blank, a colon, full-width, unseen or look-alike signs."""
    found = _order_in(line)
    if found is None:
        return False
    verb, behind = found[1].lower(), found[2] or ""
    # A long line is prose; but what may be meant to stay inside is not sent for that.
    known = [*VERBS, *ALIASES] if len(behind) <= _LONGEST else ["note", "internal"]
    return bool(difflib.get_close_matches(verb, known, n=1, cutoff=0.74))


def _verb(name: str) -> Verb:
    verb = VERBS.get(name)
    if verb is None:
        if name in HINTS:
            raise Refusal(f"there is no such command; {HINTS[name]}")
        near = difflib.get_close_matches(name, VERBS, n=1) or difflib.get_close_matches(name, ALIASES, n=1)
        hint = f"did you mean /{near[0]}?" if near else "known are " + ", ".join(f"/{v}" for v in VERBS)
        raise Refusal(f"there is no such command; {hint}")
    return verb
