"""When something is to be sent: `mon,thu 08:00`, `mon-fri 07:30`, `daily 08:00`, `1 09:00` (the first of each month),
in a time zone. Pure: no clock; days of summer time are the zone's business."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import UTC, datetime, time, timedelta, tzinfo

_DAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
_FORM = re.compile(r"([a-z0-9,-]+) +([0-2]?[0-9]):([0-5][0-9])")
_LONGEST = 40
"""Days: more than lie between two times of the rarest schedule, a day of the month."""


@dataclass(frozen=True, slots=True)
class Schedule:
    """Days of the week (0: Monday) or of the month, and a time of day."""

    text: str
    weekdays: frozenset[int]
    monthdays: frozenset[int]
    at: time

    def last(self, now: datetime, zone: tzinfo) -> datetime:
        """The newest time of it that is not after now."""
        here = now.astimezone(zone)
        for back in range(_LONGEST):
            day = here.date() - timedelta(days=back)
            if day.weekday() in self.weekdays or day.day in self.monthdays:
                at = datetime.combine(day, self.at, zone).astimezone(UTC)
                if at <= now:
                    return at
        raise AssertionError("a schedule names a day of the week or of each month")


def parse_schedule(text: str) -> Schedule:
    """Raises ValueError that says what is wrong."""
    found = _FORM.fullmatch(" ".join(text.lower().split()))
    if found is None or int(found[2]) > 23:
        raise ValueError(f"{text!r} is no schedule; write such as “mon,thu 08:00”, “daily 08:00” or “1 09:00”")
    weekdays: set[int] = set()
    monthdays: set[int] = set()
    for part in found[1].split(","):
        if part == "daily":
            weekdays |= set(range(7))
        elif part.isdigit() and 1 <= int(part) <= 28:
            monthdays.add(int(part))
        else:
            weekdays |= _weekdays(part, text)
    return Schedule(
        " ".join(text.split()), frozenset(weekdays), frozenset(monthdays), time(int(found[2]), int(found[3]))
    )


def _weekdays(part: str, text: str) -> set[int]:
    first, dash, last = part.partition("-")
    if first not in _DAYS or (dash and last not in _DAYS):
        raise ValueError(f"{text!r}: {part!r} is no day; days are {', '.join(_DAYS)}, daily, or 1 to 28 of the month")
    begin, end = _DAYS.index(first), _DAYS.index(last or first)
    return {day % 7 for day in range(begin, end + 1 if end >= begin else end + 8)}


EVERY_MORNING = parse_schedule("daily 08:00")
