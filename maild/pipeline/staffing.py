"""What decisions need to know of the people, read in the same transaction: who is an agent now, and who has how much
to do when a case needs an owner, or was written how many automatic mails."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import replace
from datetime import datetime, timedelta

from maild.desk.decide import decide
from maild.desk.effects import Effect, MoveStatus
from maild.desk.limiter import readers, within_limits
from maild.desk.people.assignment import LOOK_BACK, wants
from maild.desk.people.staff import staffed
from maild.desk.situation import Situation
from maild.desk.wishes import ANSWERS
from maild.features import FEATURES
from maild.pipeline.office import Office
from store import Unit
from store.records import Status

_LIMITED = timedelta(hours=1)


def with_staff(office: Office, unit: Unit) -> Office:
    """The office with the agents as they are now: whoever was deactivated has no rights from this transaction on."""
    desk = staffed(office.desk, unit.agents.listed())
    return office if desk is office.desk else replace(office, desk=desk)


def decided(unit: Unit, situation: Situation, now: datetime) -> tuple[Situation, list[Effect]]:
    """What is to happen. Where the first thought leaves a case without the owner that its queue is to find, it is
    looked up how much everybody has to do; where it closes one, what was found of its cause; and thought again. What
    of it is too much automatic mail does not leave."""
    situation, effects = _decided(unit, situation, now)
    people = readers(situation, effects)
    if not people:
        return situation, effects
    cases = {person.case for person in situation.participants}
    mails = unit.outbox.automatic_to(people, cases, now - _LIMITED)
    # What a customer asked for by a word of theirs is limited as acknowledgements are.
    unasked = {which: n for which, n in mails.items() if which[2] not in ANSWERS}
    return situation, within_limits(situation, effects, unasked)


def count_ahead(unit: Unit, people: Collection[str], cases: Collection[int], now: datetime) -> None:
    """It will be decided on these cases one after the other, all at this time, and most likely these people written
    to: what they were written is asked once."""
    if people:
        unit.outbox.count_ahead(people, cases, now - _LIMITED)


def _decided(unit: Unit, situation: Situation, now: datetime) -> tuple[Situation, list[Effect]]:
    effects = decide(situation, FEATURES, now)
    matter, closes = wants(situation, effects), _closes(effects)
    if closes and situation.case is not None:
        numbers = [situation.case.number, *(thread.number for thread in situation.threads)]
        situation = replace(situation, findings=tuple(unit.entries.findings(numbers)))
    if matter is None:
        return situation, decide(situation, FEATURES, now) if situation.findings else effects
    asked = [agent.address for agent in situation.desk.team(matter.queue)]
    loads = unit.agents.loads(asked, matter.kind, matter.queue, now - LOOK_BACK)
    situation = replace(situation, loads=loads)
    return situation, decide(situation, FEATURES, now)


def _closes(effects: list[Effect]) -> bool:
    return any(isinstance(effect, MoveStatus) and effect.status is Status.CLOSED for effect in effects)
