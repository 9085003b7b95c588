"""From [[calendar]] to calendars. The home of the library of public holidays, imported only where one needs it."""

from __future__ import annotations

import threading
from collections.abc import Container
from dataclasses import fields
from datetime import date
from pathlib import Path
from zoneinfo import ZoneInfo

from maild.desk.clocks.calendar import Calendar, Hours
from maild.desk.settings import NINE_TO_FIVE
from maild.errors import UserError
from maild.settings.model import Settings
from maild.settings.process_model import CalendarSettings, HoursSettings
from maild.settings.spans import parse_hours


def calendars(settings: Settings, folder: Path) -> dict[str, Calendar]:
    """Every calendar by its name; the empty name is that of queues without one. Raises UserError."""
    zone = settings.desk.timezone
    found = {"": Calendar("", ZoneInfo(zone), NINE_TO_FIVE)}
    for said in settings.calendar:
        where = f"[[calendar]] {said.name}"
        hours = NINE_TO_FIVE if said.hours is None else _hours(said.hours)
        free = _free_days(said, where, folder)
        found[said.name] = Calendar(said.name, ZoneInfo(said.timezone or zone), hours, free)
    return found


def _hours(said: HoursSettings) -> tuple[Hours, ...]:
    return tuple(parse_hours(getattr(said, day.name)) for day in fields(said))


def _free_days(said: CalendarSettings, where: str, folder: Path) -> Container[date]:
    free: list[Container[date]] = []
    if said.holidays:
        free.append(_public(said.holidays, f"{where}.holidays"))
    if said.holiday_file:
        free.append(_of_file(folder / said.holiday_file, f"{where}.holiday_file"))
    return free[0] if len(free) == 1 else _Several(tuple(free))


class _Public:
    """The library's days. It works out a year when that is first asked for, and does not expect several to ask."""

    def __init__(self, days: Container[date]) -> None:
        self._days = days
        self._lock = threading.Lock()

    def __contains__(self, day: object) -> bool:
        with self._lock:
            return day in self._days


class _Several:
    """The days of several sets."""

    def __init__(self, sets: tuple[Container[date], ...]) -> None:
        self._sets = sets

    def __contains__(self, day: object) -> bool:
        return any(day in one for one in self._sets)


def _public(code: str, where: str) -> Container[date]:
    import holidays

    country, _, part = code.upper().partition("-")
    known = holidays.list_supported_countries()
    if country not in known:
        raise UserError(f"{where}: no public holidays are known of {country!r}; write PL or US-CA")
    if part and part not in {one.upper() for one in known[country]}:
        parts = ", ".join(known[country]) or "none"
        raise UserError(f"{where}: {country} has no part {part!r}; it has {parts}")
    subdivision = next((one for one in known[country] if one.upper() == part), None)
    return _Public(holidays.country_holidays(country, subdiv=subdivision))


def _of_file(path: Path, where: str) -> frozenset[date]:
    # Here, because the library takes a while to import.
    from maild.render.ics import free_days

    try:
        return free_days(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise UserError(f"{where}: {path} cannot be read: {error.strerror}") from error
    except (UnicodeDecodeError, ValueError) as error:
        raise UserError(f"{where}: {path} {error}") from error
