"""Working time against an oracle that knows no arithmetic: it walks from minute to minute by the wall clock.

MAILD_EXAMPLES=10000 makes the random calendars as many ; by default there are few.
"""

from __future__ import annotations

import os
from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from maild.desk.clocks.calendar import Calendar, Hours, Term, Unit, spelled

EXAMPLES = int(os.environ.get("MAILD_EXAMPLES", "60"))
MINUTE = timedelta(minutes=1)
HOUR = timedelta(hours=1)
NINE_TO_FIVE: Hours = ((9 * 3600, 17 * 3600),)
ALL_DAY: Hours = ((0, 86_400),)
WEEKDAYS = [NINE_TO_FIVE] * 5 + [(), ()]

# Zones, and days around which their clocks are set: an hour, half an hour, at midnight, a whole date, not at all.
TURNS = {
    "Europe/Warsaw": (date(2026, 3, 29), date(2026, 10, 25)),
    "America/New_York": (date(2026, 3, 8), date(2026, 11, 1)),
    "Australia/Lord_Howe": (date(2026, 4, 5), date(2026, 10, 4)),
    "America/Santiago": (date(2026, 4, 5), date(2026, 9, 6)),
    "Pacific/Apia": (date(2011, 12, 30),),
    "Africa/Casablanca": (date(2026, 2, 15), date(2026, 3, 22)),
    "Asia/Kathmandu": (date(2028, 2, 29),),
    "UTC": (date(2024, 2, 29), date(2026, 12, 31)),
}


class Walk:
    """The oracle: minute after minute from an instant on, each working or not by its own local time."""

    def __init__(self, zone: ZoneInfo, hours: list[Hours], holidays: set[date]) -> None:
        self.zone, self.hours, self.holidays = zone, hours, holidays

    def is_working(self, at: datetime) -> bool:
        local = at.astimezone(self.zone)
        second = local.hour * 3600 + local.minute * 60 + local.second
        return local.date() not in self.holidays and any(a <= second < b for a, b in self.hours[local.weekday()])

    def between(self, begin: datetime, end: datetime) -> timedelta:
        total = timedelta(0)
        while begin < end:
            total += MINUTE * self.is_working(begin)
            begin += MINUTE
        return total

    def add(self, begin: datetime, worked: timedelta, most: datetime) -> datetime | None:
        while worked > timedelta(0):
            if begin >= most:
                return None
            worked -= MINUTE * self.is_working(begin)
            begin += MINUTE
        return begin


@st.composite
def _hours(draw: st.DrawFn) -> Hours:
    marks = sorted(draw(st.sets(st.integers(0, 1440), max_size=6)))
    if len(marks) % 2:
        marks.pop()
    return tuple((a * 60, b * 60) for a, b in zip(marks[::2], marks[1::2], strict=True))


@st.composite
def _cases(draw: st.DrawFn) -> tuple[Calendar, Walk, datetime, datetime]:
    name = draw(st.sampled_from(sorted(TURNS)))
    zone, turn = ZoneInfo(name), draw(st.sampled_from(TURNS[name]))
    hours = draw(st.lists(st.one_of(_hours(), st.just(()), st.just(ALL_DAY)), min_size=7, max_size=7))
    days = [turn + timedelta(days=n) for n in range(-3, 4)]
    holidays = draw(st.sets(st.sampled_from(days), max_size=2))
    middle = datetime(turn.year, turn.month, turn.day, tzinfo=UTC)
    begin = middle + draw(st.integers(-2880, 1440)) * MINUTE
    end = begin + draw(st.integers(0, 4320)) * MINUTE
    return Calendar("c", zone, hours, holidays), Walk(zone, hours, holidays), begin, end


@settings(max_examples=EXAMPLES, deadline=None, suppress_health_check=list(HealthCheck))
@given(_cases(), st.integers(1, 1440))
def test_working_time_is_what_the_clock_on_the_wall_says(
    case: tuple[Calendar, Walk, datetime, datetime], minutes: int
) -> None:
    calendar, walk, begin, end = case
    assert calendar.is_working(begin) is walk.is_working(begin)
    between = calendar.between(begin, end)
    assert between == walk.between(begin, end)

    added = walk.add(begin, minutes * MINUTE, end)
    if added is None:
        assert calendar.add(begin, minutes * MINUTE) > end
    else:
        assert calendar.add(begin, minutes * MINUTE) == added
        assert calendar.between(begin, added) == minutes * MINUTE


@settings(max_examples=EXAMPLES, deadline=None, suppress_health_check=list(HealthCheck))
@given(_cases(), st.integers(0, 4320))
def test_time_passes_in_parts_as_in_one_piece(case: tuple[Calendar, Walk, datetime, datetime], cut: int) -> None:
    calendar, _, begin, end = case
    middle = min(begin + cut * MINUTE, end)
    assert calendar.between(begin, middle) + calendar.between(middle, end) == calendar.between(begin, end)


def _at(text: str) -> datetime:
    return datetime.fromisoformat(text)


def test_work_that_begins_outside_hours_counts_from_the_next_opening() -> None:
    calendar = Calendar("c", ZoneInfo("Europe/Warsaw"), WEEKDAYS)
    friday_evening = _at("2026-03-06T18:00:00+01:00")
    assert calendar.add(friday_evening, 8 * HOUR) == _at("2026-03-09T17:00:00+01:00")
    assert calendar.between(friday_evening, _at("2026-03-09T09:00:00+01:00")) == timedelta(0)
    assert calendar.add(_at("2026-03-06T16:00:00+01:00"), 8 * HOUR) == _at("2026-03-09T16:00:00+01:00")


def test_a_holiday_inside_is_left_out() -> None:
    calendar = Calendar("c", ZoneInfo("Europe/Warsaw"), WEEKDAYS, {date(2026, 5, 1)})
    assert calendar.add(_at("2026-04-30T16:00:00+02:00"), 2 * HOUR) == _at("2026-05-04T10:00:00+02:00")
    assert not calendar.works_on(date(2026, 5, 1))


def test_a_night_shift_is_an_hour_shorter_where_clocks_are_put_forth_and_longer_where_they_are_put_back() -> None:
    calendar = Calendar("c", ZoneInfo("Europe/Warsaw"), [((0, 6 * 3600),)] * 7)
    assert calendar.between(_at("2026-03-29T00:00:00+01:00"), _at("2026-03-29T12:00:00+02:00")) == 5 * HOUR
    assert calendar.between(_at("2026-10-25T00:00:00+02:00"), _at("2026-10-25T12:00:00+01:00")) == 7 * HOUR


def test_a_date_that_a_zone_leaves_out_has_no_time_in_it() -> None:
    calendar = Calendar("c", ZoneInfo("Pacific/Apia"), [ALL_DAY] * 7)
    assert calendar.between(_at("2011-12-29T12:00:00+00:00"), _at("2011-12-31T12:00:00+00:00")) == 48 * HOUR
    assert not calendar.works_on(date(2011, 12, 30))


def test_a_calendar_that_never_works_is_given_up_after_ten_years() -> None:
    calendar = Calendar("c", ZoneInfo("UTC"), [()] * 7)
    now = _at("2026-01-01T00:00:00+00:00")
    assert calendar.add(now, HOUR) - now >= timedelta(days=3650)


def test_seven_working_days_are_counted_by_date_at_the_same_time_of_day() -> None:
    calendar = Calendar("c", ZoneInfo("Europe/Warsaw"), WEEKDAYS)
    # Over the change of the clocks, so that the time in UTC is another.
    assert calendar.add_days(_at("2026-03-25T10:30:00+01:00"), 7) == _at("2026-04-03T10:30:00+02:00")
    assert calendar.add_days(_at("2026-03-28T10:30:00+01:00"), 1) == _at("2026-03-30T10:30:00+02:00")  # a Saturday
    assert calendar.after(_at("2026-03-28T10:30:00+01:00"), Term(timedelta(days=1), Unit.WORKING_DAYS)) == _at(
        "2026-03-30T10:30:00+02:00"
    )


@pytest.mark.parametrize(
    ("term", "said"),
    [
        (Term(timedelta(hours=48)), "48 hours"),
        (Term(timedelta(days=21)), "21 days"),
        (Term(timedelta(hours=8), Unit.WORKING_TIME), "8 working hours"),
        (Term(timedelta(minutes=30), Unit.WORKING_TIME), "30 working minutes"),
        (Term(timedelta(days=7), Unit.WORKING_DAYS), "7 working days"),
        (Term(timedelta(minutes=90)), "1 hour 30 minutes"),
    ],
)
def test_a_term_says_what_it_is(term: Term, said: str) -> None:
    assert str(term) == said
    assert spelled(timedelta(0)) == "0 minutes"
