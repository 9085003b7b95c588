"""What a report says: tables made from rows that the store found. Pure; who gets it and when is others' business."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta, tzinfo
from itertools import groupby, pairwise

from maild.desk.clocks.schedules import Schedule
from store.records import Case

_CASE_COLUMNS = ("case", "severity", "status", "owner", "creator", "queue", "kind", "level", "age", "updated",
                 "requester", "subject")  # fmt: skip
_NOBODY = "nobody"


@dataclass(frozen=True, slots=True, kw_only=True)
class Scheduled:
    """A report that is mailed by itself."""

    name: str
    to: tuple[str, ...]
    at: Schedule
    zone: tzinfo
    queues: tuple[str, ...] = ()

    @property
    def key(self) -> str:
        """What is remembered of it is known by this: another time or another reader makes another report."""
        return f"report {self.name} {','.join(self.to)} {self.at.text} {','.join(self.queues)}".strip()


@dataclass(frozen=True, slots=True)
class Section:
    """Some rows under a heading."""

    heading: str
    rows: tuple[tuple[str, ...], ...]
    link: str = ""
    """The address by which something can be said on it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Report:
    """A whole report: its sections share their columns."""

    name: str
    title: str
    columns: tuple[str, ...]
    sections: tuple[Section, ...]
    remark: str = ""
    shown: tuple[str, ...] = field(default=())
    """The columns that a mail shows; the table beside it has all of them."""

    @property
    def count(self) -> int:
        return sum(len(section.rows) for section in self.sections)

    def short(self) -> tuple[Section, ...]:
        """The sections with the columns that a mail shows."""
        places = [self.columns.index(name) for name in self.shown]
        return tuple(
            Section(one.heading, tuple(tuple(row[n] for n in places) for row in one.rows)) for one in self.sections
        )


def of_cases(
    name: str, title: str, cases: Sequence[Case], names: Mapping[str, str], now: datetime, zone: tzinfo, tag: str
) -> Report:
    """Cases by their owners; those that nobody owns come first. `names`: address → what a person is called."""
    ordered = sorted(cases, key=lambda case: (case.owner or "", case.number))
    sections = tuple(
        Section(f"{names.get(owner, owner) or _NOBODY} ({len(rows)})", rows)
        for owner, rows in (
            (owner, tuple(_row(case, now, zone, tag) for case in group))
            for owner, group in groupby(ordered, key=lambda case: case.owner or "")
        )
    )
    count = len(ordered)
    return Report(
        name=name,
        title=f"{title}: {count or 'none'}",
        columns=_CASE_COLUMNS,
        sections=sections,
        shown=("case", "severity", "status", "age", "requester", "subject"),
    )


def _row(case: Case, now: datetime, zone: tzinfo, tag: str) -> tuple[str, ...]:
    return (
        f"[{tag} #{case.number}]",
        case.severity,
        case.status.value,
        case.owner or "",
        case.creator or "",
        case.queue,
        case.kind,
        case.level,
        age_in_words(now - case.created_at),
        f"{case.updated_at.astimezone(zone):%Y-%m-%d %H:%M}",
        case.requester,
        case.subject,
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class Week:
    """What happened in one week: level → how many cases were opened, and closed."""

    begins: datetime
    opened: Mapping[str, int]
    closed: Mapping[str, int]


def of_volume(weeks: Sequence[Week], levels: Sequence[str], zone: tzinfo) -> Report:
    """One row a week, the newest first, and one for all of them."""
    opened, closed = Counter[str](), Counter[str]()
    for week in weeks:
        opened.update(week.opened)
        closed.update(week.closed)
    total = Week(begins=weeks[-1].begins, opened=opened, closed=closed)
    rows = [_volume(f"{week.begins.astimezone(zone):%Y-%m-%d}", week, levels) for week in reversed(weeks)]
    columns = ("week from", "opened", "closed", *(f"closed at {level}" for level in levels))
    return Report(
        name="volume",
        title=f"Volume of {len(weeks)} weeks: {opened.total()} opened, {closed.total()} closed",
        columns=columns,
        sections=(Section("week by week", (*rows, _volume("all", total, levels))),),
        remark="The last week is not over yet.",
        shown=columns,
    )


def _volume(title: str, week: Week, levels: Sequence[str]) -> tuple[str, ...]:
    closed = sum(week.closed.values())
    shares = (share(week.closed.get(level, 0), closed) for level in levels)
    return (title, str(sum(week.opened.values())), str(closed), *shares)


@dataclass(frozen=True, slots=True, kw_only=True)
class Kept:
    """The targets that were due in one week: goal → (how many, how many of them were kept)."""

    begins: datetime
    goals: Mapping[str, tuple[int, int]]


def of_targets(weeks: Sequence[Kept], zone: tzinfo) -> Report:
    """One row a week and goal, the newest week first."""
    rows = tuple(
        (f"{week.begins.astimezone(zone):%Y-%m-%d}", goal, str(due), str(due - kept), share(kept, due))
        for week in reversed(weeks)
        for goal, (due, kept) in sorted(week.goals.items())
    )
    due = sum(one for week in weeks for one, _ in week.goals.values())
    kept = sum(one for week in weeks for _, one in week.goals.values())
    columns = ("week from", "target", "due", "missed", "kept")
    return Report(
        name="sla",
        title=f"Targets of {len(weeks)} weeks: {share(kept, due)} of {due} kept",
        columns=columns,
        sections=(Section("week by week", rows),),
        remark="A target counts in the week in which it was due.",
        shown=columns,
    )


def weeks_before(now: datetime, count: int, zone: tzinfo) -> list[tuple[datetime, datetime]]:
    """The begin and the end of so many weeks, Monday to Sunday in that zone, the present one last."""
    here = now.astimezone(zone)
    monday = (here - timedelta(days=here.weekday())).replace(hour=0, minute=0, second=0, microsecond=0, tzinfo=None)
    begins = [(monday - timedelta(weeks=n)).replace(tzinfo=zone) for n in range(count - 1, -2, -1)]
    return list(pairwise(begins))


def share(part: int, whole: int) -> str:
    return f"{100 * part / whole:.0f} %" if whole else "-"


def age_in_words(span: timedelta) -> str:
    """“less than a minute”, “20 minutes”, “3 hours”, “12 days”."""
    minutes = int(span.total_seconds() // 60)
    if minutes < 1:
        return "less than a minute"
    count, unit = (minutes, "minute") if minutes < 60 else (minutes // 60, "hour")
    count, unit = (count, unit) if minutes < 48 * 60 else (minutes // (24 * 60), "day")
    return f"{count} {unit}{'s' * (count != 1)}"
