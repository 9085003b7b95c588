"""Holds the silence clock's timers when a mass of cases is about to close, and asks the admins (maild.desk.breaker).

Only closes are counted. Warnings are held with them: whatever made the closes wrong has made the warnings wrong. A
mass of warnings alone passes: it closes nothing, leaves each customer a day to answer, and its closes come by here.

Of rules on time that end cases only what really ends one is counted, when it is about to: the clock of such a rule
runs for every case, and mostly does nothing.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from maild.apply import post_report
from maild.desk.breaker import is_suspect, most
from maild.features.autoclose import CLOSE, WARNING
from maild.features.no_response import NAME as NO_RESPONSE
from maild.log import Event
from maild.pipeline.office import Office
from maild.pipeline.staffing import with_staff
from store import Unit
from store.records import ENDED, Timer

ENDING = (CLOSE, NO_RESPONSE)
"""The names of the timers that end a case."""

GUARDED = (WARNING, *ENDING)
"""The names of the timers that are held."""


@dataclass(frozen=True, slots=True)
class Mass:
    """Too many closes at once; `is_new`: nobody has been told yet."""

    reason: str
    is_new: bool
    passed: datetime | None
    """What was due by then goes on all the same: an admin let it pass."""


class TooMany(Exception):
    """A rule on time is about to end one case more than is usual."""

    def __init__(self, mass: Mass) -> None:
        super().__init__(mass.reason)
        self.mass = mass


def is_guarded(timer: Timer) -> bool:
    return timer.name in GUARDED


def guarded(office: Office) -> tuple[str, ...]:
    """The names of all timers that are held, those of rules among them."""
    ended = {status.value for status in ENDED}
    return (*GUARDED, *(rule.timer for rule in office.desk.rules.on_timer if dict(rule.sets).get("status") in ended))


def mass(
    office: Office, unit: Unit, deadlines: Mapping[str, datetime], others: datetime | None, now: datetime
) -> Mass | None:
    """Whether these timers are held, or have to be; None in ordinary times. Asked only when one of them is due."""
    passed = unit.facts.timers_passed()
    if (reason := unit.facts.timers_held()) is not None:
        return Mass(reason, is_new=False, passed=passed)
    closes = unit.timers.count_due(deadlines, others, ENDING, passed)
    closes += unit.facts.closes_within_hour(now) if closes else 0
    if not closes or not is_suspect(office.desk.policy, closes):
        return None
    reason = _reason(office, unit, closes, now)
    return Mass(reason, is_new=True, passed=passed) if reason else None


def _reason(office: Office, unit: Unit, closes: int, now: datetime) -> str | None:
    """Why so many closes are too many."""
    usual = most(office.desk.policy, unit.cases.count_unclosed())
    if closes <= usual:
        return None
    return f"{now:%Y-%m-%d %H:%M}Z: {closes} cases would have been closed within an hour, and at most {usual} may be"


def hold(office: Office, found: Mass, now: datetime) -> None:
    """Hold them until an admin releases them; the admins are told once, whoever of several nodes sees it first."""
    with office.store.write() as unit:
        admins = with_staff(office, unit).desk.admins()
        if not unit.facts.hold_timers(found.reason):
            return
        post_report(unit, office.stationery, "timers-held", admins, found.reason, (), now)
    office.log.emit(Event.TIMERS_HELD, reason=found.reason, told=len(admins))


def check(office: Office, unit: Unit, timer: Timer, now: datetime) -> None:
    """A rule on time is about to end a case. Raises TooMany."""
    passed = unit.facts.timers_passed()
    if passed is not None and timer.due_at <= passed:
        return
    if (held := unit.facts.timers_held()) is not None:
        raise TooMany(Mass(held, is_new=False, passed=passed))
    closes = unit.facts.closes_within_hour(now) + 1
    if is_suspect(office.desk.policy, closes) and (reason := _reason(office, unit, closes, now)):
        raise TooMany(Mass(reason, is_new=True, passed=passed))


def count(unit: Unit, timer: Timer, now: datetime) -> None:
    """A case is being closed by this timer: one more in this hour, unless an admin let it pass."""
    passed = unit.facts.timers_passed()
    if passed is None or timer.due_at > passed:
        unit.facts.count_close(now)
