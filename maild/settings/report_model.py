"""The settings of reports (docs/reports.md), declared once. Reads and decides nothing."""

from __future__ import annotations

from dataclasses import dataclass

from maild.desk.clocks.schedules import parse_schedule
from maild.desk.reports.names import REPORTS
from maild.settings.checks import are_addresses
from maild.settings.declare import one_of, setting


def is_schedule(value: str) -> str | None:
    try:
        parse_schedule(value)
    except ValueError as error:
        return str(error)
    return None


@dataclass(frozen=True, slots=True, kw_only=True)
class ReportSettings:
    """A report that is mailed by itself."""

    name: str = setting(f"One of: {', '.join(REPORTS)}.", example='"created"', check=one_of(*REPORTS))
    to: tuple[str, ...] = setting("Who gets it.", example='["bea@example.com"]', check=are_addresses)
    at: str = setting(
        "When: days of the week, `daily`, or days of the month from 1 to 28, and a time of day.",
        "mon,thu 08:00",
        check=is_schedule,
    )
    queues: tuple[str, ...] = setting(
        "Only cases of these queues. Empty: of all. Of one queue: the time is that of its calendar's zone.", ()
    )
