"""Sends each person who wants it one mail a day with the notices that were collected for them.

What waits is taken away in the transaction that posts the mail, so nothing is told twice, whatever restarts and
however many nodes there are. Whoever wants single notices again gets what still waits at once; who has left, nothing.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from itertools import groupby

from maild.apply import Issuing, post
from maild.desk.reports.reports import Section
from maild.desk.settings import Agent
from maild.log import Event
from maild.pipeline.office import Clock, Office
from maild.pipeline.staffing import with_staff
from maild.render.stationery import Stationery
from store import Unit
from store.records import Collected


def send_digests(office: Office, clock: Clock) -> int:
    """How many were posted. None while the outbox is held."""
    now = clock()
    due = office.desk.digest_at.last(now, office.desk.zone)
    with office.store.read() as unit:  # mostly there is nothing to do, and then nothing is locked
        waiting = unit.digests.waiting()
        if not waiting or unit.facts.outbox_held() is not None:
            return 0
        desk = with_staff(office, unit).desk
    people = {person: desk.agent(person) for person in waiting}
    ripe = [p for p, agent in people.items() if agent is None or not agent.digest or waiting[p] < due]
    return sum(_send(office, person, now) for person in ripe)


def _send(office: Office, person: str, now: datetime) -> int:
    with office.store.write() as unit:
        agent = with_staff(office, unit).desk.agent(person)
        items = unit.digests.take(person)
        if agent is None or not items:
            return 0
        stationery = office.stationery.at(office.desk, Issuing(unit, office.desk.token_life, now))
        sections = _sections(office, stationery, unit, agent, items)
        mails = post(unit, stationery.digest(sections, agent, now), "digest", now)
    for mail, recipient in mails:
        office.log.emit(Event.DIGEST_SENT, notices=len(items), mail=mail, to=recipient)
    return 1


def _sections(
    office: Office, stationery: Stationery, unit: Unit, agent: Agent, items: Sequence[Collected]
) -> list[Section]:
    """One for each case, in the order in which something first happened to it."""
    first = {item.case: n for n, item in reversed(list(enumerate(items)))}
    cases = unit.cases.get_many(list(first))
    found = []
    for number, group in groupby(sorted(items, key=lambda item: first[item.case]), key=lambda item: item.case):
        case = cases[number]
        heading = f"[{office.desk.tag} #{number}] {case.severity}, {case.status.value}: {case.subject}"
        zone = office.desk.zone
        rows = tuple((f"{item.at.astimezone(zone):%a %H:%M}", item.said) for item in group)
        found.append(Section(heading, rows, stationery.answer_address(case, agent)))
    return found
