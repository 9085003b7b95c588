"""Calendars as admins write them: hours, public holidays, files; and what is wrong with them, said with the line."""

from __future__ import annotations

import subprocess
import sys
import threading
from concurrent.futures import ThreadPoolExecutor
from datetime import date, datetime, timedelta
from pathlib import Path

import pytest

from maild.desk.clocks.calendar import Calendar, Term, Unit
from maild.errors import UserError
from maild.settings.build import build
from maild.settings.load import parse
from maild.settings.spans import parse_term

HEAD = '[desk]\naddress = "support@desk.test"\ntimezone = "Europe/Warsaw"\n'
CALENDAR = '[[queue]]\nname = "support"\ncalendar = "office"\n[[calendar]]\nname = "office"\n'


def _calendar(folder: Path, text: str) -> Calendar:
    plan = build(parse(HEAD + text, "maild.toml"), folder / "maild.toml")
    return plan.desk.queue("support").calendar


def _wrong(folder: Path, text: str) -> str:
    with pytest.raises(UserError) as error:
        _calendar(folder, text)
    return str(error.value)


def test_without_a_calendar_work_is_monday_to_friday_9_to_17_where_the_desk_is(tmp_path: Path) -> None:
    calendar = _calendar(tmp_path, "")
    friday = datetime.fromisoformat("2026-03-06T16:30:00+01:00")
    assert calendar.add(friday, timedelta(hours=1)) == datetime.fromisoformat("2026-03-09T09:30:00+01:00")


def test_hours_may_be_several_a_day_and_days_without_any_are_free(tmp_path: Path) -> None:
    calendar = _calendar(
        tmp_path, f'{CALENDAR}[calendar.hours]\nmon = "09:00-12:00, 13:00-17:00"\nsat = "00:00-24:00"\n'
    )
    week = datetime.fromisoformat("2026-03-02T00:00:00+01:00")
    assert calendar.between(week, week + timedelta(days=7)) == timedelta(hours=7 + 24)


def test_public_holidays_of_a_country_and_of_a_part_of_one_are_free(tmp_path: Path) -> None:
    assert not _calendar(tmp_path, f'{CALENDAR}holidays = "PL"\n').works_on(date(2026, 5, 1))
    californian = _calendar(tmp_path, f'{CALENDAR}holidays = "us-ca"\n')
    assert californian.works_on(date(2026, 5, 1))
    assert not californian.works_on(date(2026, 3, 31))  # Cesar Chavez Day, not one of the whole country
    assert _calendar(tmp_path, f'{CALENDAR}holidays = "US"\n').works_on(date(2026, 3, 31))


ICS = """BEGIN:VCALENDAR
VERSION:2.0
BEGIN:VEVENT
SUMMARY:Between the years
DTSTART;VALUE=DATE:20241228
DTEND;VALUE=DATE:20250101
RRULE:FREQ=YEARLY;UNTIL=20281231
EXDATE;VALUE=DATE:20271228
END:VEVENT
BEGIN:VEVENT
SUMMARY:The outing
DTSTART:20260506T080000Z
DTEND:20260506T150000Z
END:VEVENT
BEGIN:VEVENT
SUMMARY:Not this one
STATUS:CANCELLED
DTSTART;VALUE=DATE:20260507
END:VEVENT
END:VCALENDAR
"""


def test_events_of_an_ics_file_are_free_those_that_recur_too(tmp_path: Path) -> None:
    (tmp_path / "free.ics").write_text(ICS.replace("\n", "\r\n"))
    calendar = _calendar(tmp_path, f'{CALENDAR}holiday_file = "free.ics"\nholidays = "PL"\n')
    free = {day for n in range(1800) if not calendar.works_on(day := date(2025, 1, 1) + timedelta(days=n))}
    weekdays = {day for day in free if day.weekday() < 5}
    assert {
        date(2026, 12, 28),
        date(2026, 12, 29),
        date(2026, 12, 30),
        date(2026, 12, 31),
        date(2028, 12, 29),
    } <= weekdays
    assert {date(2026, 5, 6), date(2026, 5, 1)} <= weekdays
    assert not {date(2026, 5, 7), date(2027, 12, 28), date(2029, 12, 28), date(2027, 1, 4)} & weekdays


@pytest.mark.parametrize(
    ("said", "answer"),
    [
        ('holidays = "XX"', "no public holidays are known of 'XX'"),
        ('holidays = "US-ZZ"', "US has no part 'ZZ'"),
        ('holiday_file = "no.ics"', "cannot be read: No such file"),
        ('holiday_file = "maild.toml"', "is no iCalendar file"),
        ('timezone = "Mars/Olympus"', "maild.toml:9: [[calendar]] number 1, timezone: is no time zone"),
        ('hours = { mon = "9-5" }', "hours.mon: “9-5” are no hours; write 09:00-17:00"),
        ('hours = { mon = "22:00-06:00" }', "hours over midnight are those of two days"),
        ('hours = { mon = "09:00-25:00" }', "a day ends at 24:00"),
        ('hours = { mon = "09:00-12:00, 11:00-13:00" }', "put them in order"),
        ("hours = { }", "name no hours at all"),
        ('hours = { monday = "09:00-17:00" }', "unknown key; did you mean mon?"),
    ],
)
def test_what_is_wrong_is_said_at_the_start(tmp_path: Path, said: str, answer: str) -> None:
    (tmp_path / "maild.toml").write_text("no calendar\n")
    assert answer in _wrong(tmp_path, f"{CALENDAR}{said}\n")


def test_a_queue_whose_calendar_is_not_there_is_refused(tmp_path: Path) -> None:
    assert "there is no calendar office; there is no [[calendar]] at all" in _wrong(
        tmp_path, '[[queue]]\nname = "support"\ncalendar = "office"\n'
    )


def test_who_has_no_calendar_imports_no_library_for_it(tmp_path: Path) -> None:
    code = (
        "import sys; from pathlib import Path; from maild.settings.build import build; "
        f"from maild.settings.load import parse; build(parse({HEAD!r}, 'm'), Path({str(tmp_path / 'm')!r})); "
        "print({'holidays', 'icalendar', 'dateutil'} & set(sys.modules))"
    )
    run = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert run.stdout.strip() == "set()"


def test_terms_are_read_as_people_write_them() -> None:
    assert parse_term("48h") == Term(timedelta(hours=48))
    assert parse_term("8 working hours") == Term(timedelta(hours=8), Unit.WORKING_TIME)
    assert parse_term("7 Working days") == Term(timedelta(days=7), Unit.WORKING_DAYS)
    for bad in ("working", "8 working", "1.5 working days", "soon"):
        with pytest.raises(ValueError, match="write"):
            parse_term(bad)


def test_several_threads_may_be_the_first_to_ask_for_a_year(tmp_path: Path) -> None:
    for _ in range(5):
        calendar = _calendar(tmp_path, f'{CALENDAR}holidays = "PL"\n')
        gate = threading.Barrier(4)

        def ask(calendar: Calendar = calendar, gate: threading.Barrier = gate) -> bool:
            gate.wait()
            return calendar.works_on(date(2031, 12, 25))

        with ThreadPoolExecutor(4) as pool:
            assert [one.result() for one in [pool.submit(ask) for _ in range(4)]] == [False] * 4
