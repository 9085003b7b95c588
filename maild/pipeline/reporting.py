"""Reports: asked of the store, put into words, mailed when their time has come.

Whether one was mailed is a fact in the store that is swapped in the transaction that posts the mails: once, whatever
restarts and however many nodes there are. What was missed while nobody was up is sent late, once, within a day.
"""

from __future__ import annotations

from datetime import datetime, timedelta

from maild.apply import post
from maild.desk.reports.names import OF_ONE, REPORTS
from maild.desk.reports.reports import (
    Kept,
    Report,
    Scheduled,
    Week,
    of_cases,
    of_targets,
    of_volume,
    weeks_before,
)
from maild.desk.rules.names import LEVELS
from maild.desk.settings import Agent, Desk
from maild.log import Event
from maild.pipeline.office import Clock, Office
from maild.pipeline.staffing import with_staff
from store import Unit
from store.records import Case, fold_address

_WEEKS = 12
_LATE = timedelta(days=1)
"""A report that is later than this is not sent any more."""


def made(
    unit: Unit, desk: Desk, name: str, now: datetime, *, queues: tuple[str, ...] = (), whose: str | None = None
) -> Report:
    """One report; `whose`: of this person alone."""
    zone = desk.zone
    ask = unit.reports
    if name == "volume":
        spans = weeks_before(now, _WEEKS, zone)
        weeks = [
            Week(begins=b, opened=ask.opened_by_level(b, e, queues), closed=ask.closed_by_level(b, e, queues))
            for b, e in spans
        ]
        return of_volume(weeks, LEVELS, zone)
    if name == "sla":
        spans = weeks_before(now, _WEEKS, zone)
        return of_targets([Kept(begins=b, goals=ask.targets_due(b, min(e, now), queues)) for b, e in spans], zone)
    found = found_cases(unit, desk, name, now, queues, whose)
    if whose is not None:
        found = [case for case in found if case.owner == fold_address(whose)]
    names = {fold_address(agent.address): agent.name or agent.address for agent in desk.agents}
    title = f"Open cases of {names.get(fold_address(whose), whose)}" if whose else REPORTS[name].capitalize()
    title += f" ({', '.join(queues)})" if queues else ""
    return of_cases(name, title, found, names, now, zone, desk.tag)


def found_cases(
    unit: Unit, desk: Desk, name: str, now: datetime, queues: tuple[str, ...], whose: str | None = None
) -> list[Case]:
    """The cases of a report, or of a list that an agent asks for by mail."""
    ask = unit.reports
    match name:
        case "mine":
            return ask.of_owner(fold_address(whose)) if whose is not None else ask.owned(queues)
        case "created":
            return ask.created(queues)
        case "stale":
            terms = {queue.name: desk.policy_of(queue.name).stale_after for queue in desk.queues}
            shortest = min(term.length for term in terms.values())  # on any calendar it takes as long at least
            return [
                case
                for case, last in ask.untouched_since(now - shortest, queues)
                if desk.queue(case.queue).calendar.after(last, desk.policy_of(case.queue).stale_after) <= now
            ]
        case "open":
            return ask.open(queues)
        case "unowned":
            return ask.unowned(queues)
        case "due":
            return ask.due(queues)
        case "waiting":
            return ask.waiting(queues)
        case "violated":
            return ask.violated(queues, now)
    raise ValueError(f"there is no report {name!r}")


def send_reports(office: Office, clock: Clock) -> int:
    """Mail what is due; how many reports. None while the outbox is held."""
    now, sent = clock(), 0
    for one in office.desk.reports:
        due = one.at.last(now, one.zone)
        with office.store.read() as unit:  # mostly there is nothing to do, and then nothing is locked
            seen, held = unit.facts.get(one.key), unit.facts.outbox_held() is not None
        if held:
            return sent
        if seen is not None and datetime.fromisoformat(seen) >= due:
            continue
        sent += _send(office, one, seen, due, now)
    return sent


def _send(office: Office, one: Scheduled, seen: str | None, due: datetime, now: datetime) -> int:
    """In one transaction: that it was sent, and the mails. One that is new in the configuration begins next time."""
    to_leave = seen is not None and now - due <= _LATE
    with office.store.write() as unit:
        if not unit.facts.swap(one.key, seen, due.isoformat()):
            return 0  # another node was quicker
        mails = mail_report(office, unit, one.name, one.to, one.queues, now, one.key) if to_leave else []
    for mail, recipient in mails:
        office.log.emit(Event.REPORT_SENT, report=one.name, mail=mail, to=recipient)
    return int(to_leave)


def mail_report(
    office: Office, unit: Unit, name: str, to: tuple[str, ...], queues: tuple[str, ...], now: datetime, mark: str = ""
) -> list[tuple[int, str]]:
    """Put a report into the outbox, one mail for each: (mail, recipient)."""
    desk = with_staff(office, unit).desk
    mails: list[tuple[int, str]] = []
    for address in to:
        if fold_address(address) in desk.leavers:  # a leaver reads nothing any more, whatever the configuration says
            continue
        report = made(unit, desk, name, now, queues=queues, whose=address if name in OF_ONE else None)
        reader = desk.agent(address) or Agent(address=address, name="")
        mails += post(unit, office.stationery.table(report, reader, mark, now), "report", now)
    return mails
