"""What the commands share: the plan, and ways to print."""

from __future__ import annotations

import argparse
import json
from collections.abc import Iterator, Mapping
from datetime import datetime
from typing import Any

from maild.desk.lines import cut, one_line
from maild.settings.build import Plan, build
from maild.settings.load import find, load

HELD = "The outbox is HELD: nothing leaves and no timer acts until `maild outbox release`"

TIMERS_HELD = "Silent cases are HELD: none is warned or closed until `maild timers release`"


def plan_of(arguments: argparse.Namespace) -> Plan:
    """The configuration that this command is to use. Raises UserError."""
    path = find(arguments.config)
    return build(load(path), path)


def print_json(row: Mapping[str, Any]) -> None:
    print(json.dumps(row, ensure_ascii=False, default=_plain))


def _plain(value: Any) -> Any:
    if isinstance(value, datetime):
        return iso(value)
    raise TypeError(f"{type(value).__name__} has no place in JSON")


def iso(at: datetime | None) -> str | None:
    return at.isoformat() if at is not None else None


def short(at: datetime | None) -> str:
    return f"{at:%Y-%m-%d %H:%M}Z" if at is not None else "-"


def printable(text: str | None, width: int = 0) -> str:
    """One line of it, without controls that would play with a terminal; cut to a width."""
    line = one_line(text or "")
    return cut(line, width) if width else line


def print_whole(row: Mapping[str, Any], raw: bytes, *, as_json: bool) -> None:
    """One mail: what is known of it, then its very text."""
    text = raw.decode("utf-8", "replace")
    if as_json:
        print_json({**row, "raw": text})
        return
    for key, value in row.items():
        print(f"{key}: {printable(str(value))}")
    print()
    for line in lines_of(text):
        print(line)


def lines_of(text: str) -> Iterator[str]:
    for line in text.splitlines():
        yield "".join(c if c.isprintable() else "�" for c in line.expandtabs())
