"""Working time: when a desk works, when so much of it has passed, and how much of it lies between two instants.

An instant is working time when its local time stands in the hours of its weekday and its date is no holiday. So where
clocks are put forth, the hour that is left out is nobody's; where they are put back, the hour that comes twice counts
twice. Whole seconds inside; knows no settings and no library of holidays.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Container, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta, tzinfo
from enum import StrEnum
from itertools import pairwise

DAY = 86_400
MOST_DAYS = 3660
"""How far a calendar is looked through for working time: one without any for ten years has none."""

Hours = tuple[tuple[int, int], ...]
"""The hours of a weekday: (from, to), in seconds since its midnight, in order, apart from each other."""


class Unit(StrEnum):
    """What a term is counted in."""

    CLOCK = "by the clock"
    WORKING_TIME = "working time"
    WORKING_DAYS = "working days"


@dataclass(frozen=True, slots=True)
class Term:
    """A span of time that is allowed for something: "24h", "8 working hours" or "7 working days"."""

    length: timedelta
    """For working days: as many days."""
    unit: Unit = Unit.CLOCK

    def __str__(self) -> str:
        hours = self.length.total_seconds() / 3600
        if self.unit is Unit.WORKING_DAYS:
            return _plural(hours / 24, "working day")
        if self.unit is Unit.WORKING_TIME:
            return _plural(hours, "working hour") if hours >= 1 else _plural(hours * 60, "working minute")
        return spelled(self.length)


class Calendar:
    """Working hours in a zone. Keeps what it has found out of each date."""

    def __init__(self, name: str, zone: tzinfo, hours: Sequence[Hours], holidays: Container[date] = ()) -> None:
        if len(hours) != 7:
            raise ValueError("hours are those of seven weekdays, Monday first")
        self.name = name
        self.zone = zone
        self._hours = tuple(hours)
        self._holidays = holidays
        self._dates: dict[date, tuple[tuple[int, int], ...]] = {}

    def is_working(self, at: datetime) -> bool:
        second = _second(at)
        return any(begin <= second < end for day in self._around(at) for begin, end in self._work(day))

    def works_on(self, day: date) -> bool:
        """Whether any of that date is working time."""
        return bool(self._work(day))

    def between(self, begin: datetime, end: datetime) -> timedelta:
        """The working time from one instant to another; nothing when the second is not the later one."""
        if end <= begin:
            return timedelta(0)
        total, first, last = 0.0, begin.timestamp(), end.timestamp()
        day, stop = self._around(begin)[0], self._around(end)[-1]
        while day <= stop:
            for opens, closes in self._work(day):
                total += max(0.0, min(closes, last) - max(opens, first))
            day += timedelta(days=1)
        return timedelta(seconds=total)

    def add(self, begin: datetime, worked: timedelta) -> datetime:
        """The first instant by which so much working time has passed. Nothing: the instant itself."""
        left, first = worked.total_seconds(), begin.timestamp()
        if left <= 0:
            return begin
        for opens, closes in self._from(begin):
            room = closes - max(opens, first)
            if room >= left:
                return datetime.fromtimestamp(max(opens, first) + left, UTC)
            left -= max(0.0, room)
        return begin + timedelta(days=MOST_DAYS)

    def add_days(self, begin: datetime, days: int) -> datetime:
        """The same time of day on the so-many-th date behind it on which there is work."""
        local = begin.astimezone(self.zone)
        day = local.date()
        for _ in range(MOST_DAYS):
            if days <= 0:
                break
            day += timedelta(days=1)
            days -= self.works_on(day)
        return datetime.combine(day, local.timetz().replace(fold=0)).astimezone(UTC)

    def after(self, begin: datetime, term: Term) -> datetime:
        """When a term that begins then is over."""
        match term.unit:
            case Unit.WORKING_TIME:
                return self.add(begin, term.length)
            case Unit.WORKING_DAYS:
                return self.add_days(begin, term.length.days)
        return begin + term.length

    def _around(self, at: datetime) -> tuple[date, date, date]:
        """The date of an instant and its neighbours: where a zone leaves a date out, they stand in for it."""
        day = at.astimezone(self.zone).date()
        return day - timedelta(days=1), day, day + timedelta(days=1)

    def _from(self, begin: datetime) -> Iterator[tuple[int, int]]:
        day = self._around(begin)[0]
        for _ in range(MOST_DAYS):
            yield from self._work(day)
            day += timedelta(days=1)

    def _work(self, day: date) -> tuple[tuple[int, int], ...]:
        """The working time of a date, as seconds of the epoch, in order."""
        found = self._dates.get(day)
        if found is None:
            hours = self._hours[day.weekday()]
            found = tuple(_instants(day, hours, self.zone)) if hours and day not in self._holidays else ()
            self._dates[day] = found
        return found


def _instants(day: date, hours: Hours, zone: tzinfo) -> list[tuple[int, int]]:
    """The instants whose local time stands in these hours of this date."""
    midnight = _second(datetime.combine(day, time(), UTC))
    found = []
    for since, until, offset in _offsets(midnight - DAY, midnight + 2 * DAY, zone):
        for opens, closes in hours:
            begin, end = max(since, midnight + opens - offset), min(until, midnight + closes - offset)
            if begin < end:
                found.append((begin, end))
    return sorted(found)


_STEP = DAY // 8


def _offsets(begin: int, end: int, zone: tzinfo) -> list[tuple[int, int, int]]:
    """(since, until, seconds east of UTC): how the zone's clocks were set from one instant to another."""
    samples = [*range(begin, end, _STEP), end]
    pieces = [[begin, end, _offset(begin, zone)]]
    for early, late in pairwise(samples):
        if _offset(late, zone) == pieces[-1][2]:
            continue
        # The clocks were set between the two: the first second of the new time.
        seconds = range(early, late + 1)
        before = pieces[-1][2]
        turn = seconds[bisect_right(seconds, False, key=lambda second: _offset(second, zone) != before)]
        pieces[-1][1] = turn
        pieces.append([turn, end, _offset(late, zone)])
    return [(since, until, offset) for since, until, offset in pieces]


def _offset(second: int, zone: tzinfo) -> int:
    offset = datetime.fromtimestamp(second, zone).utcoffset()
    assert offset is not None
    return int(offset.total_seconds())


def _second(at: datetime) -> int:
    return int(at.timestamp() // 1)


def spelled(span: timedelta) -> str:
    """“48 hours”, “1 hour 30 minutes”, “21 days”: a span as people say it, to the minute."""
    minutes = round(span.total_seconds() / 60)
    if minutes >= 72 * 60 and minutes % 1440 == 0:
        return _plural(minutes / 1440, "day")
    hours, rest = divmod(minutes, 60)
    parts = [_plural(hours, "hour")] if hours else []
    parts += [_plural(rest, "minute")] if rest or not hours else []
    return " ".join(parts)


def _plural(number: float, word: str) -> str:
    return f"{number:g} {word}" if number == 1 else f"{number:g} {word}s"
