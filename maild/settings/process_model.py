"""The settings of the case process, declared as those of `model.py` are: calendars, targets, timers."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta

from maild.desk.clocks.clocks import Goal
from maild.desk.rules.names import KINDS, SEVERITIES
from maild.settings.checks import is_address, is_not_negative, is_positive, is_word, is_zone
from maild.settings.declare import Check, one_of, setting
from maild.settings.spans import parse_hours, parse_term


def is_hours(value: str) -> str | None:
    try:
        parse_hours(value)
    except ValueError as error:
        return str(error)
    return None


def is_term(value: str) -> str | None:
    try:
        term = parse_term(value)
    except ValueError as error:
        return str(error)
    return None if term.length else "must be more than nothing"


def _is_promise(value: str) -> str | None:
    if value == "never":
        return None
    if "working day" in value.lower():
        return "is counted in working hours, not days; write 16 working hours"
    return is_term(value)


def _each(check: Check) -> Check:
    return lambda values: next((said for value in values if (said := check(value))), None)


def _percent(value: int) -> str | None:
    return is_not_negative(value) or (None if value <= 500 else "is a share in percent, such as 75")


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


@dataclass(frozen=True, slots=True, kw_only=True)
class TargetSettings:
    """A promise. Of those with one goal the first that is for a case holds; yours go before those of maild."""

    goal: str = setting(
        "What is promised: " + ", ".join(Goal) + ".",
        example='"address"',
        check=one_of(*(goal.value for goal in Goal)),
    )
    within: str = setting(
        "Within which time: 2h, 8 working hours; never: not at all.", example='"8 working hours"', check=_is_promise
    )
    severity: tuple[str, ...] = setting("Only for cases of these severities.", (), check=_each(one_of(*SEVERITIES)))
    kind: tuple[str, ...] = setting("Only for cases of these kinds.", (), check=_each(one_of(*KINDS)))
    queue: tuple[str, ...] = setting("Only for cases in these queues.", ())
    warn_at: int = setting("The owner is warned when so many percent are used. 0: never.", 75, check=_percent)
    escalate_at: int = setting(
        "The case goes up a level when so many percent are used: 100 is the violation. 0: never.", 0, check=_percent
    )


def _or_nothing(check: Check) -> Check:
    return lambda value: check(value) if value else None


def _is_span(value: str) -> str | None:
    return "is counted by the clock; write 48h or 14d" if "working" in value.lower() else is_term(value)


@dataclass(frozen=True, slots=True, kw_only=True)
class QueueTimersSettings:
    """Spans of [timers] for the cases of one queue. What is empty is as there."""

    warn_after: str = setting("As warn_after of [timers].", "", check=_or_nothing(_is_span))
    auto_close_after: str = setting("As auto_close_after.", "", check=_or_nothing(_is_span))
    confirmed_close_after: str = setting("As confirmed_close_after.", "", check=_or_nothing(_is_span))
    stale_after: str = setting("As stale_after.", "", check=_or_nothing(is_term))
    no_response_after: str = setting("As no_response_after.", "", check=_or_nothing(_is_span))


@dataclass(frozen=True, slots=True, kw_only=True)
class TimersSettings:
    """The spans of the case process."""

    warn_after: timedelta = setting("Answered and silent: warned.", timedelta(hours=24), check=is_positive)
    auto_close_after: timedelta = setting("Answered and silent: closed.", timedelta(hours=48), check=is_positive)
    confirmed_close_after: timedelta = setting(
        "Resolved, and the requester said that it is: closed.", timedelta(hours=24), check=is_positive
    )
    stale_after: str = setting(
        "Nothing happened on a case that waits for nobody: its owner is asked for a word.", "7 working days",
        check=is_term,
    )  # fmt: skip
    no_response_after: timedelta = setting(
        "A third party says nothing: the case is given up.", timedelta(days=21), check=is_positive
    )
    no_response_attempts: int = setting(
        "If it was asked so often; else the owner is told to ask again.", 2, check=is_not_negative
    )
    reopen_within: timedelta = setting(
        "A reply to a closed case opens it again; later it begins a new one.",
        timedelta(days=14),
        check=is_not_negative,
    )
    away_for: timedelta = setting(
        "So long is an agent away whose out-of-office names no day.", timedelta(days=3), check=is_positive
    )
    most_closes: int = setting(
        "If more cases are to close within an hour, and more than the share below, none does until an admin says so.",
        20, check=is_not_negative,
    )  # fmt: skip
    most_closes_percent: int = setting(
        "The same, as a share of the cases that are not closed.", 5, check=is_not_negative
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class VendorSettings:
    """Somebody outside whom agents ask for help with a case (docs/relations.md)."""

    name: str = setting("What agents call them, behind /vendor.", check=is_word)
    address: str = setting("Where mail to them goes, and whom theirs is from.", check=is_address)
