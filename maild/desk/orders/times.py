"""Times and spans as people write them behind a command: `tomorrow 9:00`, `2d`, `2026-12-01`, `1h30m`. Pure."""

from __future__ import annotations

import re
from datetime import UTC, date, datetime, time, timedelta, tzinfo

_DAYS = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")
_UNITS = {
    "m": timedelta(minutes=1), "min": timedelta(minutes=1), "minute": timedelta(minutes=1),
    "h": timedelta(hours=1), "hour": timedelta(hours=1),
    "d": timedelta(days=1), "day": timedelta(days=1),
    "w": timedelta(weeks=1), "week": timedelta(weeks=1),
}  # fmt: skip
_SPAN = re.compile(r"(?:in[ \t]+)?([0-9]{1,4})[ \t]?(minute|min|m|hour|h|day|d|week|w)s?(?![a-z0-9])", re.IGNORECASE)
_ISO = re.compile(r"([0-9]{4})-([0-9]{1,2})-([0-9]{1,2})(?![0-9-])")
_WEEKDAY = re.compile(rf"(?:on[ \t]+|next[ \t]+)?({'|'.join(_DAYS)})(?![a-z])", re.IGNORECASE)
_NEAR = re.compile(r"(today|tomorrow)(?![a-z])", re.IGNORECASE)
_CLOCK = re.compile(
    r"(?:T|[ \t,]*(?:at[ \t]+)?)([0-9]{1,2})(?:[:.h]([0-9]{2}))?[ \t]?(am|pm|uhr)?(?![a-z0-9:])", re.IGNORECASE
)
_WORKED = re.compile(
    r"(?:([0-9]{1,3}(?:[.,][0-9]{1,2})?)[ \t]?h(?:ours?)?(?![a-z]))?"
    r"(?:[ \t]*([0-9]{1,4})[ \t]?m(?:in(?:ute)?s?)?(?![a-z]))?",
    re.IGNORECASE,
)
_MINUTES = re.compile(r"([0-9]{1,4})(?=[ \t]|$)")
_LONGEST = timedelta(days=5 * 366)


def read_moment(text: str, now: datetime, zone: tzinfo, hour: int) -> tuple[datetime, str] | None:
    """The moment that the text begins with, and the rest of it. A day without a time means that `hour`. None where it
    begins with no time, or with one that is past or years away."""
    here = now.astimezone(zone)
    found = _span(text, now) or _on_a_day(text, here, hour) or _at_a_time(text, here)
    if found is None or not now < found[0] <= now + _LONGEST:
        return None
    return found[0].astimezone(UTC), text[found[1] :].lstrip(" \t:,")


def read_worked(text: str) -> tuple[timedelta, str] | None:
    """How long somebody worked, and the rest: `15m`, `1h30m`, `1.5h`; a bare number counts minutes."""
    text = text.strip()
    found = _WORKED.match(text)
    if found is not None and found.end() > 0:
        span = timedelta(hours=float((found[1] or "0").replace(",", ".")), minutes=int(found[2] or 0))
        return span, text[found.end() :].strip(" \t:,")
    if bare := _MINUTES.match(text):
        return timedelta(minutes=int(bare[1])), text[bare.end() :].strip(" \t:,")
    return None


def in_words(span: timedelta) -> str:
    """“1 h 30 min”."""
    minutes = round(span.total_seconds() / 60)
    parts = [f"{minutes // 60} h"] * (minutes >= 60) + [f"{minutes % 60} min"] * (minutes % 60 > 0 or minutes == 0)
    return " ".join(parts)


def _span(text: str, now: datetime) -> tuple[datetime, int] | None:
    found = _SPAN.match(text)
    if found is None:
        return None
    return now + int(found[1]) * _UNITS[found[2].lower()], found.end()


def _on_a_day(text: str, here: datetime, hour: int) -> tuple[datetime, int] | None:
    day: date | None = None
    if found := _ISO.match(text):
        try:
            day = date(int(found[1]), int(found[2]), int(found[3]))
        except ValueError:
            return None
    elif found := _WEEKDAY.match(text):
        ahead = (_DAYS.index(found[1].lower()) - here.weekday() - 1) % 7 + 1
        day = here.date() + timedelta(days=ahead)
    elif found := _NEAR.match(text):
        day = here.date() + timedelta(days=found[1].lower() == "tomorrow")
    if day is None or found is None:
        return None
    at, end = _clock(text, found.end()) or (time(hour), found.end())
    return datetime.combine(day, at, here.tzinfo), end


def _at_a_time(text: str, here: datetime) -> tuple[datetime, int] | None:
    """`15:00`: today, or tomorrow where that is over."""
    found = _CLOCK.match(text)
    read = _clock(text, 0) if found and (found[2] or found[3]) else None
    if read is None:
        return None
    today = datetime.combine(here.date(), read[0], here.tzinfo)
    return (today if today > here else datetime.combine(here.date() + timedelta(days=1), read[0], here.tzinfo)), read[
        1
    ]


def _clock(text: str, begin: int) -> tuple[time, int] | None:
    """The time of day that stands here. A bare number is the hour only behind a day and `at`, or with am or pm."""
    found = _CLOCK.match(text, begin)
    if found is None or not (found[2] or found[3] or "at" in found[0].lower()):
        return None
    hours, half = int(found[1]), (found[3] or "").lower()
    if half in ("am", "pm"):
        hours = hours % 12 + 12 * (half == "pm")
    minutes = int(found[2] or 0)
    return (time(hours, minutes), found.end()) if hours < 24 and minutes < 60 else None
