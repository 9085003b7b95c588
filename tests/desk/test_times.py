"""Times as people write them behind a command."""

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from maild.desk.orders.times import in_words, read_moment, read_worked

BERLIN = ZoneInfo("Europe/Berlin")
NOW = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)  # a Monday, ten o'clock there


@pytest.mark.parametrize(
    ("said", "at", "rest"),
    [
        ("tomorrow 9:00 check the logs", "03-03 09:00", "check the logs"),
        ("tomorrow: call", "03-03 09:00", "call"),
        ("2d", "03-04 10:00", ""),
        ("in 3 weeks ask", "03-23 10:00", "ask"),
        ("30 min", "03-02 10:30", ""),
        ("2026-12-01", "12-01 09:00", ""),
        ("2026-12-01 15:30 x", "12-01 15:30", "x"),
        ("2026-12-01T07:05", "12-01 07:05", ""),
        ("monday", "03-09 09:00", ""),
        ("next friday at 14 look", "03-06 14:00", "look"),
        ("friday 2pm look", "03-06 14:00", "look"),
        ("15:00 call", "03-02 15:00", "call"),
        ("9:00", "03-03 09:00", ""),
        ("tomorrow 3 people come", "03-03 09:00", "3 people come"),
        ("today 23:59", "03-02 23:59", ""),
        ("2026-03-29 02:30", "03-29 03:30", ""),  # clocks are put forth
    ],
)
def test_moment(said: str, at: str, rest: str) -> None:
    found = read_moment(said, NOW, BERLIN, 9)
    assert found is not None
    assert (f"{found[0].astimezone(BERLIN):%m-%d %H:%M}", found[1]) == (at, rest)


@pytest.mark.parametrize(
    "said", ["", "hello", "12", "2 dogs", "today 9:00", "2025-01-01", "2026-13-01", "2026-02-30", "9999d", "25:00"]
)
def test_no_moment(said: str) -> None:
    assert read_moment(said, NOW, BERLIN, 9) is None


@pytest.mark.parametrize(
    ("said", "minutes", "rest"),
    [
        ("15m", 15, ""),
        ("15 min on the phone", 15, "on the phone"),
        ("90", 90, ""),
        ("1h30m", 90, ""),
        ("1h 30m: logs", 90, "logs"),
        ("1.5h", 90, ""),
        ("1,5 hours", 90, ""),
        ("2h 30 mails read", 120, "30 mails read"),
    ],
)
def test_time_worked(said: str, minutes: int, rest: str) -> None:
    assert read_worked(said) == (timedelta(minutes=minutes), rest)


@pytest.mark.parametrize("said", ["", "m", "h", "long", "15moo"])
def test_no_time_worked(said: str) -> None:
    assert read_worked(said) is None


@pytest.mark.parametrize(("minutes", "said"), [(0, "0 min"), (59, "59 min"), (60, "1 h"), (95, "1 h 35 min")])
def test_time_in_words(minutes: int, said: str) -> None:
    assert in_words(timedelta(minutes=minutes)) == said
