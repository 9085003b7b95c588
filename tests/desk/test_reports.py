"""When reports are due, what weeks they count, and that their tables run nothing."""

from __future__ import annotations

import csv
import io
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from maild.desk.clocks.schedules import parse_schedule
from maild.desk.reports.reports import Week, age_in_words, of_volume, weeks_before
from maild.render.tables import as_csv, from_csv

WARSAW = ZoneInfo("Europe/Warsaw")


def at(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


@pytest.mark.parametrize(
    ("schedule", "now", "last"),
    [
        ("mon,thu 08:00", "2026-03-02 07:00", "2026-03-02 07:00"),  # Monday, 8:00 in Warsaw
        ("mon,thu 08:00", "2026-03-02 06:59", "2026-02-26 07:00"),
        ("mon,thu 08:00", "2026-03-05 12:00", "2026-03-05 07:00"),
        ("mon-fri 8:30", "2026-03-08 12:00", "2026-03-06 07:30"),  # a Sunday
        ("fri-mon 08:00", "2026-03-03 12:00", "2026-03-02 07:00"),
        ("daily 08:00", "2026-03-29 12:00", "2026-03-29 06:00"),  # summer time has begun
        ("daily 02:30", "2026-03-29 12:00", "2026-03-29 01:30"),  # a time that there was not
        ("daily 02:30", "2026-10-25 12:00", "2026-10-25 00:30"),  # one that there was twice: the first
        ("1 09:00", "2026-03-15 12:00", "2026-03-01 08:00"),
        ("1,15 09:00", "2026-03-15 12:00", "2026-03-15 08:00"),
        ("MON  08:00", "2026-03-02 07:00", "2026-03-02 07:00"),
    ],
)
def test_schedule_knows_its_last_time(schedule: str, now: str, last: str) -> None:
    assert parse_schedule(schedule).last(at(now), WARSAW) == at(last)


@pytest.mark.parametrize("text", ["", "mon", "08:00", "monday 08:00", "mon 24:00", "mon 8", "31 08:00", "mon- 08:00"])
def test_what_is_no_schedule_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match=r"schedule|no day"):
        parse_schedule(text)


@given(
    st.sampled_from(["daily 02:30", "mon,thu 08:00", "sun 03:00", "28 23:59"]),
    st.integers(1_577_836_800, 2_051_222_400).map(lambda second: datetime.fromtimestamp(second, UTC)),
)
def test_last_time_never_lies_ahead_and_never_goes_back(text: str, now: datetime) -> None:
    schedule = parse_schedule(text)
    last = schedule.last(now, WARSAW)
    assert last <= now
    assert schedule.last(last, WARSAW) == last
    assert last <= schedule.last(now + timedelta(hours=1), WARSAW)


def test_weeks_begin_on_monday_in_the_zone_also_when_the_clock_changes() -> None:
    weeks = weeks_before(at("2026-04-01 12:00"), 3, WARSAW)
    assert [begin.astimezone(UTC) for begin, _ in weeks] == [
        at("2026-03-15 23:00"), at("2026-03-22 23:00"), at("2026-03-29 22:00"),
    ]  # fmt: skip
    assert [end - begin for begin, end in weeks][1] == timedelta(days=7)
    assert weeks[1][1].astimezone(UTC) - weeks[1][0].astimezone(UTC) == timedelta(days=7) - timedelta(hours=1)


def test_volume_says_the_share_that_each_level_closed() -> None:
    weeks = [
        Week(begins=at("2026-03-02 00:00"), opened={"L1": 3}, closed={"L1": 1, "L2": 3}),
        Week(begins=at("2026-03-09 00:00"), opened={"L1": 1, "L2": 1}, closed={}),
    ]
    report = of_volume(weeks, ("L1", "L2"), ZoneInfo("UTC"))
    assert report.title == "Volume of 2 weeks: 5 opened, 4 closed"
    assert report.sections[0].rows == (
        ("2026-03-09", "2", "0", "-", "-"),
        ("2026-03-02", "3", "4", "25 %", "75 %"),
        ("all", "5", "4", "25 %", "75 %"),
    )


@pytest.mark.parametrize(
    ("span", "words"),
    [
        (timedelta(seconds=59), "less than a minute"),
        (timedelta(minutes=1), "1 minute"),
        (timedelta(minutes=59), "59 minutes"),
        (timedelta(hours=1), "1 hour"),
        (timedelta(hours=3.9), "3 hours"),
        (timedelta(hours=47.9), "47 hours"),
        (timedelta(days=3), "3 days"),
    ],
)
def test_age_is_said_in_a_word(span: timedelta, words: str) -> None:
    assert age_in_words(span) == words


# tables


RUNNING = ["=1+1", "+1", "-1", "@SUM(A1)", "\t=1", "\r=1", "\n=1", "  =1", "＝1", "=cmd|' /C calc'!A0", "'=1", "''"]


@pytest.mark.parametrize("cell", RUNNING)
def test_T82_no_cell_of_a_table_is_a_formula(cell: str) -> None:
    written = as_csv(("subject", "n"), [(cell, "1"), ('say "hi", =2', "2")])
    (_, first, second) = csv.reader(io.StringIO(written.decode("utf-8-sig"), newline=""))
    assert first[0] == f"'{cell}"
    assert second[0] == 'say "hi", =2', "it does not begin so"
    assert from_csv(written)[1:] == [[cell, "1"], ['say "hi", =2', "2"]]


@given(
    st.lists(
        st.lists(st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0")), min_size=2, max_size=2)
    )
)
def test_T82_reading_a_table_back_gives_the_text(rows: list[list[str]]) -> None:
    written = as_csv(("a", "b"), rows)
    assert from_csv(written)[1:] == rows
    cells = [cell for row in csv.reader(io.StringIO(written.decode("utf-8-sig"), newline="")) for cell in row]
    assert not [cell for cell in cells if cell.lstrip(" ")[:1] in set("=+-@\t\r\n") and cell.strip(" ")]
