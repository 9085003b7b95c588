"""The settings of the case process, declared as those of `model.py` are: calendars and targets."""

from __future__ import annotations

from dataclasses import dataclass

from maild.settings.checks import is_word, is_zone
from maild.settings.declare import setting
from maild.settings.spans import parse_hours


def is_hours(value: str) -> str | None:
    try:
        parse_hours(value)
    except ValueError as error:
        return str(error)
    return None


def _zone_or_empty(value: str) -> str | None:
    return is_zone(value) if value else None


@dataclass(frozen=True, slots=True, kw_only=True)
class HoursSettings:
    """The hours of a week. A day that is not named is free; without the table they are Monday to Friday, 9 to 17."""

    mon: str = setting("Monday's hours, several with a comma between them. Empty: none.", "", check=is_hours)
    tue: str = setting("Tuesday's.", "", check=is_hours)
    wed: str = setting("Wednesday's.", "", check=is_hours)
    thu: str = setting("Thursday's.", "", check=is_hours)
    fri: str = setting("Friday's.", "", check=is_hours)
    sat: str = setting("Saturday's.", "", check=is_hours)
    sun: str = setting("Sunday's.", "", check=is_hours)


@dataclass(frozen=True, slots=True, kw_only=True)
class CalendarSettings:
    """When a queue is at work."""

    name: str = setting("A word for it, for `calendar` of a queue.", check=is_word)
    timezone: str = setting("The zone of its hours. Empty: that of the desk.", "", check=_zone_or_empty)
    hours: HoursSettings | None = setting("A table: [calendar.hours].", None)
    holidays: str = setting(
        "Whose public holidays are free: a country, or a part of one. Empty: none are.", "", example='"PL"'
    )
    holiday_file: str = setting("An .ics file whose events are free days as well.", "", example='"holidays.ics"')
