"""Until when somebody is away. A day that is named is the last one away: they are back when it is over, where the
desk is."""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta, tzinfo

from maild.desk.orders.times import read_moment
from maild.desk.settings import Agent
from parsers.absence import until

_LAST_HOUR = 23
"""A day without an hour is meant whole."""


def back_after(day: date, zone: tzinfo) -> datetime:
    """The first instant after this day."""
    return datetime.combine(day + timedelta(days=1), time(), tzinfo=zone).astimezone(UTC)


def read_last_day(text: str, sent: datetime | None, zone: tzinfo) -> date | None:
    """The last day away: a date in any of the ways in which absence notes write it, or a time as behind `/remind`.
    None where it is no such day, or one that is past."""
    word, _, rest = text.partition(" ")
    named = word.lower() == "until"
    words, found = (rest.strip(), until(rest, sent)) if named else (text, None)
    if found is None and sent is not None:
        read = read_moment(words, sent, zone, _LAST_HOUR)
        found = read[0].astimezone(zone).date() if read is not None and not read[1] else None
    return found if found is not None and (sent is None or back_after(found, zone) > sent) else None


def said_away(agent: Agent, now: datetime, zone: tzinfo) -> str:
    """What whoever gives them something should know; empty where they are there."""
    if agent.away_until is None or not agent.is_away(now):
        return ""
    return f". But they are away until {last_day(agent.away_until, zone):%A %Y-%m-%d}"


def last_day(until: datetime, zone: tzinfo) -> date:
    """The last day away of somebody who is back then."""
    return (until.astimezone(zone) - timedelta(microseconds=1)).date()
