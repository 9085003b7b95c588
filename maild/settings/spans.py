"""Spans of time as people write them: "48h", "30m", "1h 30m", "14d", "60 s"."""

from __future__ import annotations

import re
from datetime import timedelta

_PART = re.compile(r"(\d+(?:\.\d+)?)\s*(s|sec|seconds?|m|min|minutes?|h|hours?|d|days?|w|weeks?)(?![a-z])\s*")
_UNITS = {"s": "seconds", "m": "minutes", "h": "hours", "d": "days", "w": "weeks"}


def parse_span(text: str) -> timedelta:
    """The span; raises ValueError saying how it is to be written."""
    rest, total = text.strip().lower(), timedelta(0)
    if "working" in rest:
        raise ValueError("working time has no meaning here; write plain hours or days, such as 48h")
    while rest:
        part = _PART.match(rest)
        if part is None:
            raise ValueError(f"“{text}” is no span of time; write 30m, 48h or 14d")
        total += timedelta(**{_UNITS[part.group(2)[0]]: float(part.group(1))})
        rest = rest[part.end() :]
    if not text.strip():
        raise ValueError("is empty; write 30m, 48h or 14d")
    return total


def format_span(span: timedelta) -> str:
    """The shortest way to write it."""
    seconds = int(span.total_seconds())
    for unit, size in (("d", 86400), ("h", 3600), ("m", 60)):
        if seconds and seconds % size == 0 and (unit != "d" or seconds > 2 * size):
            return f"{seconds // size}{unit}"
    return f"{seconds}s"
