"""Looks up what an agent's commands ask to be shown: lists, whole cases, searches, summaries. Reads only.

Only cases on which the agent may act: of others the answer is that there is no such case (threats T31).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime

from maild.desk.clocks.ledger import headline
from maild.desk.entries import told_once
from maild.desk.foresight import clocks
from maild.desk.orders.asking import (
    READING,
    VIEWS,
    Dossier,
    Listing,
    listed,
    no_such_case,
    read_list,
    read_number,
    read_words,
    summary,
    whole,
)
from maild.desk.orders.orders import Refusal
from maild.desk.orders.reading import commands_in, numbers_in
from maild.desk.orders.sections import at_hand, sections_of
from maild.desk.plans import reminder_in_words, reminder_of
from maild.desk.relations import said
from maild.desk.settings import Agent, Desk
from maild.desk.situation import Arrived, Shown, Situation, Speaker
from maild.pipeline.casefile import HELD, history_of
from maild.pipeline.gather import of_case
from maild.pipeline.office import Office
from maild.pipeline.reporting import found_cases
from maild.render.answers import canned
from parsers.message import Command
from store import Unit
from store.planned import Reminder
from store.records import Case, fold_address

_MOST = 5
"""So many of these commands in one mail are answered."""
_MOST_FOUND = 30


def asked(office: Office, unit: Unit, situation: Situation, now: datetime) -> Situation:
    """With what the commands of a proven agent's mail ask to be shown, and the other cases that they are about."""
    arrived = situation.occasion
    agent = arrived.sender.agent if isinstance(arrived, Arrived) else None
    if not isinstance(arrived, Arrived) or arrived.sender.speaker is not Speaker.AGENT or agent is None:
        return situation
    commands = arrived.commands
    here, sections = sections_of(commands, at_hand(situation))
    if situation.draft is not None:  # what stood beside an answer that was held is understood once more
        here = (*here, *sections_of(commands_in(situation.draft, situation.desk), at_hand(situation))[0])
    found = _shown(office, unit, situation, here, agent, now)
    others: dict[int, Situation] = {}
    # In the order of their numbers, so that two mails that name the same cases get in each other's way only once.
    for section in sorted(sections, key=lambda one: one.number or 0):
        if section.number is None:
            continue
        numbers = set(numbers_in(section.commands))
        other = of_case(office, unit, section.number, arrived, now, numbers)
        if other.case is not None and agent.may_act_on(other.case):
            other = replace(other, desk=situation.desk)
            shown = _shown(office, unit, other, section.commands, agent, now)
            others[section.number] = replace(other, shown=shown)
    return replace(situation, shown=found, others=others) if found or others else situation


def _shown(
    office: Office, unit: Unit, situation: Situation, commands: Sequence[Command], agent: Agent, now: datetime
) -> dict[tuple[str, str], Shown]:
    """(verb, argument) → what is to be shown, for those of the commands that ask for something."""
    wanted = list(dict.fromkeys((one.verb, one.argument.strip()) for one in commands if one.verb in READING))
    found = {}
    for verb, argument in wanted[:_MOST]:
        try:
            if verb != "template":
                lines = _answer(unit, situation.desk, agent, verb, argument, situation.case, now)
                found[verb, argument] = Shown(lines=lines)
            elif situation.case is not None:
                found[verb, argument] = canned(office.stationery, argument, situation.case, agent)
        except Refusal as refusal:
            found[verb, argument] = Shown(refusal=str(refusal))
    return found


def _answer(
    unit: Unit, desk: Desk, agent: Agent, verb: str, argument: str, here: Case | None, now: datetime
) -> tuple[str, ...]:
    if verb == "list":
        listing = read_list(argument, desk)
        title = VIEWS[listing.view] + (f", queue {listing.queue}" if listing.queue else "")
        return listed(_listed(unit, desk, agent, listing, now), desk, now, title)
    if verb == "search":
        words = read_words(argument)
        cases = unit.search.found(words, _queues(agent), _MOST_FOUND)
        return listed(cases, desk, now, f"with {' and '.join(words)}")
    number = read_number(f"/{verb}", argument, here)
    case = unit.cases.get(unit.relations.survivors([number]).get(number, number))
    if case is None or not agent.may_act_on(case):
        raise no_such_case(number)
    dossier = _dossier(unit, desk, case, now)
    first, *more = (whole if verb == "show" else summary)(dossier, desk, now)
    led = f"case {number} was merged into case {case.number}. " if case.number != number else ""
    return (f"{led}{first}", *more)


def _listed(unit: Unit, desk: Desk, agent: Agent, listing: Listing, now: datetime) -> list[Case]:
    seen = _queues(agent)
    if listing.view == "mine":
        mine = unit.reports.of_owner(fold_address(agent.address))
        return [case for case in mine if listing.queue in (None, case.queue)]
    if listing.queue is not None and seen and listing.queue not in seen:
        return []
    queues = (listing.queue,) if listing.queue is not None else seen
    return found_cases(unit, desk, listing.view, now, queues)


def _queues(agent: Agent) -> tuple[str, ...]:
    """The queues of whose cases they may know; none named: all."""
    return () if agent.role in ("manager", "admin") else agent.queues


def _reminders(unit: Unit, numbers: Sequence[int]) -> list[Reminder]:
    timers = [timer for number in numbers for timer in unit.timers.of_case(number)]
    return unit.reminders.get_many([found for timer in timers if (found := reminder_of(timer)) is not None])


def _dossier(unit: Unit, desk: Desk, case: Case, now: datetime) -> Dossier:
    one = [case.number, *unit.relations.threads([case.number]).get(case.number, [])]
    people = unit.cases.participants(one)
    return Dossier(
        case=case,
        participants=[person for number in one for person in people[number]],
        entries=told_once(unit.entries.of_cases(one)),
        worked=unit.worked.of_cases(one),
        clocks=[headline(clock, now) for clock in clocks(case, history_of(unit, case.number, now), desk, now)],
        reminders=[reminder_in_words(found, desk) for found in _reminders(unit, one)],
        waiting=frozenset(mail.entry for mail in unit.outbox.held(one, HELD, now) if mail.entry is not None),
        related=[said(relation, case.number) for relation in unit.relations.of_case(case.number)],
    )
