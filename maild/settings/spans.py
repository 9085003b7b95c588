"""Spans of time as people write them: "48h", "1h 30m", "14d"; terms such as "8 working hours"; a day's hours."""

from __future__ import annotations

import re
from datetime import timedelta

from maild.desk.clocks.calendar import Hours, Term, Unit

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


_HOURS = re.compile(r"(\d{1,2}):(\d{2})\s*[-–]\s*(\d{1,2}):(\d{2})")


def parse_hours(text: str) -> Hours:
    """ "09:00-12:30, 13:00-17:00": the hours of a day. Raises ValueError saying how they are to be written."""
    found: list[tuple[int, int]] = []
    for part in text.split(","):
        if not part.strip():
            continue
        match = _HOURS.fullmatch(part.strip())
        if match is None:
            raise ValueError(f"“{part.strip()}” are no hours; write 09:00-17:00")
        h1, m1, h2, m2 = map(int, match.groups())
        begin, end = h1 * 60 + m1, h2 * 60 + m2
        if m1 > 59 or m2 > 59 or end > 24 * 60:
            raise ValueError(f"“{part.strip()}” is no time of day; a day ends at 24:00")
        if end <= begin:
            raise ValueError(f"“{part.strip()}” ends before it begins; hours over midnight are those of two days")
        if found and begin * 60 < found[-1][1]:
            raise ValueError(f"“{part.strip()}” begins before the hours in front of it end; put them in order")
        found.append((begin * 60, end * 60))
    return tuple(found)


_WORKING = re.compile(r"(\d+(?:\.\d+)?)\s*working\s*(m|min|minutes?|h|hours?|d|days?)")


def parse_term(text: str) -> Term:
    """ "24h", "8 working hours" or "7 working days". Raises ValueError saying how it is to be written."""
    if "working" not in text.lower():
        return Term(parse_span(text))
    match = _WORKING.fullmatch(text.strip().lower())
    if match is None:
        raise ValueError(f"“{text}” is no span of working time; write 8 working hours or 7 working days")
    number, unit = float(match.group(1)), match.group(2)[0]
    if unit == "d":
        if not number.is_integer():
            raise ValueError(f"“{text}”: working days are whole ones; write working hours for parts of them")
        return Term(timedelta(days=number), Unit.WORKING_DAYS)
    return Term(timedelta(hours=number) if unit == "h" else timedelta(minutes=number), Unit.WORKING_TIME)
