"""The grammar of orders by mail: which lines of an agent's own new text are commands. No meaning, no rights.

A command is a line of its own, `/verb arguments` (also `#verb`, `!verb`), in the block at the head or at the end of
the text. Prose and quoted lines never are: `/etc/passwd` is a path, `#1042` a number. An unknown verb is returned
too: the caller answers "did you mean …". (T08, T09)

`[Case #1042]` alone, right above an order, is `/case 1042`. `Key: value` is an order only where the caller says so of
this key and this value, since people write such lines in prose, too. One that stands in a paragraph with text may be
either: it is returned, and marked as doubtful.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import replace

from parsers.message import Command

_ORDER = re.compile(r"[/#!]([A-Za-z][A-Za-z-]{0,30})(?:[ \t]+(\S.*))?")
_KEY = re.compile(r"([A-Za-z][A-Za-z -]{0,30}?)[ \t]*:[ \t]*(\S.{0,200})")
_TAG = re.compile(r"\[[^\[\]]{1,40}#([0-9]{1,12})\]")
_STOPS = frozenset({"thanks", "quit", "thank you", "thx"})
_MAX = 50

Keys = Callable[[str, str], bool]
"""(key in lower case, value) → whether such a line is meant as an order, well or badly written."""


def split_commands(text: str, keys: Keys | None = None) -> tuple[tuple[Command, ...], str]:
    """The orders in the text's head and end block, in order, and the text without them."""
    lines = text.split("\n")
    orders = _orders(lines, keys)
    head, first = _head(lines, orders)
    stop = _stop(lines, orders)
    if stop < first:
        return _found(lines, orders, head), _joined(lines[first:])
    tail, last = _tail(lines, orders, first, stop)
    after = stop + 1 if stop < len(lines) and tail and not _is_signature(lines[stop]) else stop
    rest = lines[first:last] + lines[after:] if tail else lines[first:]
    return _found(lines, orders, head + tail), _joined(rest)


def _orders(lines: list[str], keys: Keys | None) -> list[Command | None]:
    """Line by line. A tag alone means `/case` where the next line is an order."""
    orders = [_order(line, keys) for line in lines]
    below: Command | None = None
    for at in range(len(lines) - 1, -1, -1):
        tag = _TAG.fullmatch(lines[at].strip()) if below is not None else None
        if tag:
            orders[at] = Command("case", tag[1], lines[at].strip())
        if lines[at].strip():
            below = orders[at]
    return orders


def _joined(lines: list[str]) -> str:
    rest = "\n".join(lines).strip("\n")
    return rest if rest.strip() else ""


def _found(lines: list[str], orders: list[Command | None], places: list[int]) -> tuple[Command, ...]:
    """The orders of these lines; those by key that share a paragraph with text are doubtful."""
    found = []
    for at in places[:_MAX]:
        order = orders[at]
        if order is not None:
            by_key = order.line[0] not in "/#!["
            found.append(replace(order, doubtful=by_key and _is_beside_text(lines, orders, at)))
    return tuple(found)


def _is_beside_text(lines: list[str], orders: list[Command | None], at: int) -> bool:
    for step in (-1, 1):
        near = at + step
        while 0 <= near < len(lines) and lines[near].strip() and not _ends(lines[near]):
            if orders[near] is None:
                return True
            near += step
    return False


def _head(lines: list[str], orders: list[Command | None]) -> tuple[list[int], int]:
    """Orders from the top down to the first other line, and where the text begins."""
    found: list[int] = []
    end = 0
    for at, line in enumerate(lines):
        if not line.strip():
            continue
        if orders[at] is None:
            return found, at + 1 if found and _is_word_of_end(line) else end
        found.append(at)
        end = at + 1
    return found, end


def _stop(lines: list[str], orders: list[Command | None]) -> int:
    """The line below which nothing is an order: a signature, or `thanks`, `quit` right after an order."""
    after_order = False
    for at, line in enumerate(lines):
        if _is_signature(line) or (after_order and _is_word_of_end(line)):
            return at
        if line.strip():
            after_order = orders[at] is not None
    return len(lines)


def _tail(lines: list[str], orders: list[Command | None], first: int, stop: int) -> tuple[list[int], int]:
    """Orders upwards from `stop`, and where they begin."""
    found: list[int] = []
    begin = stop
    for at in range(stop - 1, first - 1, -1):
        if not lines[at].strip():
            continue
        if orders[at] is None:
            break
        found.insert(0, at)
        begin = at
    return found, begin


def _ends(line: str) -> bool:
    return _is_signature(line) or _is_word_of_end(line)


def _is_signature(line: str) -> bool:
    return line.rstrip() == "--"


def _is_word_of_end(line: str) -> bool:
    return line.strip().rstrip(".!,").casefold() in _STOPS


def _order(line: str, keys: Keys | None) -> Command | None:
    stripped = line.strip()
    match = _ORDER.fullmatch(stripped)
    if match:
        return Command(match.group(1).lower(), (match.group(2) or "").strip(), stripped)
    match = _KEY.fullmatch(stripped) if keys is not None else None
    if match and keys is not None:
        key, value = " ".join(match.group(1).lower().split()), match.group(2).strip()
        if keys(key, value):
            return Command(key, value, stripped)
    return None
