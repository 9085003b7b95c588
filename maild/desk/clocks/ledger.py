"""The ledger of a case: each promise with its clock, span by span, as lines for people. Reckons nothing itself."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta, tzinfo

from maild.desk.clocks.calendar import Unit, spelled
from maild.desk.clocks.clocks import Clock, in_words


def state_of(clock: Clock, now: datetime) -> str:
    """met, late (met, or not, after its time), runs or paused."""
    if clock.is_violated(now):
        return "late"
    if clock.met_at is not None:
        return "met"
    return "runs" if clock.runs else "paused"


def headline(clock: Clock, now: datetime) -> str:
    """“resolve within 4 hours: runs, 1 hour used (25 %), due 02 Mar 2026 13:00 CET”"""
    turn = f" no. {clock.round + 1}" if clock.round else ""
    said = f"{in_words(clock.goal)}{turn} within {clock.term}: {state_of(clock, now)}, {spelled(clock.used)} used"
    said += f" ({clock.percent:.0f} %)"
    zone = clock.spans[-1].calendar.zone if clock.spans else now.tzinfo
    if clock.due_at is not None and zone is not None:
        said += f", {'was' if clock.due_at <= now else 'is'} due {_at(clock.due_at, zone)}"
    if clock.met_at is not None and zone is not None:
        said += f", met {_at(clock.met_at, zone)}"
    return said


def span_lines(clock: Clock) -> list[str]:
    """From when until when, in which status, how much of it counted, and why."""
    lines = []
    for span in clock.spans:
        zone = span.calendar.zone
        name = f" ({span.calendar.name})" if span.calendar.name and clock.term.unit is Unit.WORKING_TIME else ""
        counted = _clock_face(span.counted) if span.runs else "paused"
        between = f"{_at(span.begin, zone)} – {_at(span.end, zone)}"
        lines.append(f"{between}  {span.status.value:<19}  {counted:>7}{name}  {span.why}")
    return lines


def ledger(clocks: Sequence[Clock], now: datetime) -> list[str]:
    """All of it."""
    lines = []
    for clock in clocks:
        lines.append(headline(clock, now))
        lines += [f"    {line}" for line in span_lines(clock)]
    return lines or ["nothing is promised for this case"]


def _at(at: datetime, zone: tzinfo) -> str:
    return f"{at.astimezone(zone):%d %b %Y %H:%M %Z}"


def _clock_face(span: timedelta) -> str:
    minutes = round(span.total_seconds() / 60)
    return f"{minutes // 60}:{minutes % 60:02}"
