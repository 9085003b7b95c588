"""Until when somebody is away. A day that is named is the last one away: they are back when it is over, where the
desk is."""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta, tzinfo


def back_after(day: date, zone: tzinfo) -> datetime:
    """The first instant after this day."""
    return datetime.combine(day + timedelta(days=1), time(), tzinfo=zone).astimezone(UTC)


def last_day(until: datetime, zone: tzinfo) -> date:
    """The last day away of somebody who is back then."""
    return (until.astimezone(zone) - timedelta(microseconds=1)).date()
