"""iCalendar files (RFC 5545): the free days of one, and one with an appointment. The home of icalendar.

Imported only by those who have such a file or need one.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, date, datetime, time, timedelta
from typing import Any

import icalendar
from dateutil.rrule import rrulestr

_YEARS = (1990, 2100)
"""What recurs is followed through these."""


def free_days(text: str) -> frozenset[date]:
    """The dates of all events of a file, those that recur too. Raises ValueError saying what is wrong."""
    try:
        events = [e for c in icalendar.Calendar.from_ical(text, multiple=True) for e in c.walk("VEVENT")]
    except (ValueError, IndexError, TypeError) as error:
        raise ValueError(f"is no iCalendar file: {error}") from error
    if not events:
        raise ValueError("has no events in it; is it an .ics file of holidays?")
    return frozenset(day for event in events for day in _days(event))


def _days(event: Any) -> Iterator[date]:
    name = str(event.get("SUMMARY", "an event"))
    if str(event.get("STATUS", "")).upper() == "CANCELLED":
        return
    try:
        begin = _date(event["DTSTART"].dt)
        end = _end(event, begin)
    except (KeyError, AttributeError, TypeError) as error:
        raise ValueError(f"“{name}” has no date that can be read: {error}") from error
    length = max(1, (end - begin).days)
    left_out = set(_dates_of(event, "EXDATE"))
    for first in [*_recurrences(event, begin, name), *_dates_of(event, "RDATE")]:
        if first not in left_out:
            yield from (first + timedelta(days=n) for n in range(length))


def _end(event: Any, begin: date) -> date:
    """RFC 5545 3.6.1: DTEND is not in it any more; without one it is one day."""
    if "DTEND" in event:
        end = event["DTEND"].dt
        # An event by the hour takes the date on which it ends as well, unless it ends at midnight.
        part = isinstance(end, datetime) and end.time() != time()
        return _date(end) + timedelta(days=int(part))
    if "DURATION" in event:
        return begin + timedelta(days=-(-event["DURATION"].dt // timedelta(days=1)))
    return begin + timedelta(days=1)


def _recurrences(event: Any, begin: date, name: str) -> list[date]:
    if "RRULE" not in event:
        return [begin]
    rules = event["RRULE"] if isinstance(event["RRULE"], list) else [event["RRULE"]]
    found: list[date] = []
    first = datetime.combine(begin, time())
    for rule in rules:
        until = [moment for moment in rule.get("UNTIL", ())]
        plain = {key: value for key, value in rule.items() if key != "UNTIL"}
        text = bytes(icalendar.vRecur(plain).to_ical()).decode()  # type: ignore[no-untyped-call]
        last = datetime.combine(_date(until[0]), time.max) if until else datetime(_YEARS[1], 12, 31)  # noqa: DTZ001
        try:
            recurs = rrulestr(text, dtstart=first)
            found += [at.date() for at in recurs.between(datetime(_YEARS[0], 1, 1), last, inc=True)]  # noqa: DTZ001
        except (ValueError, TypeError) as error:
            raise ValueError(f"“{name}” recurs in a way that cannot be read: {text}: {error}") from error
    return found


def _dates_of(event: Any, name: str) -> list[date]:
    values = event.get(name, [])
    lists = values if isinstance(values, list) else [values]
    return [_date(one.dt) for several in lists for one in several.dts]


def _date(value: date | datetime) -> date:
    return value.date() if isinstance(value, datetime) else value


def appointment(uid: str, summary: str, description: str, begin: datetime, end: datetime, now: datetime) -> bytes:
    """A file with one appointment, which a mail client offers to put into its calendar."""
    event = icalendar.Event()
    event.add("uid", uid)
    event.add("dtstamp", now.astimezone(UTC))
    event.add("dtstart", begin.astimezone(UTC))
    event.add("dtend", end.astimezone(UTC))
    event.add("summary", summary)
    event.add("description", description)
    calendar = icalendar.Calendar()
    calendar.add("prodid", "-//maild//EN")
    calendar.add("version", "2.0")
    calendar.add("method", "PUBLISH")
    calendar.add_component(event)
    return bytes(calendar.to_ical())
