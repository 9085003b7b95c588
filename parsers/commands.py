"""The grammar of orders by mail: which lines of an agent's own new text are commands. No meaning, no rights.

A command is a line of its own, `/verb arguments` (also `#verb`, `!verb`; `Key: value` for keys that the caller
names), in the block at the head or at the end of the text. Prose and quoted lines never are: `/etc/passwd` is a
path, `#1042` a number. An unknown verb is returned too: the caller answers "did you mean …". (T08, T09)
"""

from __future__ import annotations

import re
from collections.abc import Set

from parsers.message import Command

_ORDER = re.compile(r"[/#!]([A-Za-z][A-Za-z-]{0,30})(?:[ \t]+(\S.*))?")
_KEY = re.compile(r"([A-Za-z][A-Za-z -]{0,30}):[ \t]*(\S.*)?")
_STOPS = frozenset({"thanks", "quit", "thank you", "thx"})
_MAX = 50


def split_commands(text: str, keys: Set[str] = frozenset()) -> tuple[tuple[Command, ...], str]:
    """The orders in the text's head and end block, in order, and the text without them.

    `keys`: the names, in lower case, for which `Key: value` is an order too.
    """
    lines = text.split("\n")
    head, first = _head(lines, keys)
    stop = _stop(lines, keys)
    if stop < first:
        return tuple(head[:_MAX]), _joined(lines[first:])
    tail, last = _tail(lines, first, stop, keys)
    after = stop + 1 if stop < len(lines) and tail and not _is_signature(lines[stop]) else stop
    rest = lines[first:last] + lines[after:] if tail else lines[first:]
    return tuple((head + tail)[:_MAX]), _joined(rest)


def _joined(lines: list[str]) -> str:
    rest = "\n".join(lines).strip("\n")
    return rest if rest.strip() else ""


def _head(lines: list[str], keys: Set[str]) -> tuple[list[Command], int]:
    """Orders from the top down to the first other line, and where the text begins."""
    found: list[Command] = []
    end = 0
    for at, line in enumerate(lines):
        if not line.strip():
            continue
        order = _order(line, keys)
        if order is None:
            return found, at + 1 if found and _is_word_of_end(line) else end
        found.append(order)
        end = at + 1
    return found, end


def _stop(lines: list[str], keys: Set[str]) -> int:
    """The line below which nothing is an order: a signature, or `thanks`, `quit` right after an order."""
    after_order = False
    for at, line in enumerate(lines):
        if _is_signature(line) or (after_order and _is_word_of_end(line)):
            return at
        if line.strip():
            after_order = _order(line, keys) is not None
    return len(lines)


def _tail(lines: list[str], first: int, stop: int, keys: Set[str]) -> tuple[list[Command], int]:
    """Orders upwards from `stop`, and where they begin."""
    found: list[Command] = []
    begin = stop
    for at in range(stop - 1, first - 1, -1):
        if not lines[at].strip():
            continue
        order = _order(lines[at], keys)
        if order is None:
            break
        found.insert(0, order)
        begin = at
    return found, begin


def _is_signature(line: str) -> bool:
    return line.rstrip() == "--"


def _is_word_of_end(line: str) -> bool:
    return line.strip().rstrip(".!,").casefold() in _STOPS


def _order(line: str, keys: Set[str]) -> Command | None:
    stripped = line.strip()
    match = _ORDER.fullmatch(stripped)
    if match:
        return Command(match.group(1).lower(), (match.group(2) or "").strip(), stripped)
    match = _KEY.fullmatch(stripped) if keys else None
    if match and match.group(1).strip().lower() in keys:
        return Command(match.group(1).strip().lower(), (match.group(2) or "").strip(), stripped)
    return None
