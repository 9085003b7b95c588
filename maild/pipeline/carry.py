"""What a decision on one case means for others: each takes the same road, decide → apply, in the same transaction."""

from __future__ import annotations

from datetime import datetime

from maild.apply import Applied, apply
from maild.apply.actors import actor_of
from maild.desk.situation import Passed, Situation
from maild.pipeline.gather import of_case
from maild.pipeline.office import Office
from maild.pipeline.staffing import decided
from store import Unit


def carry_on(office: Office, unit: Unit, situation: Situation, applied: Applied, now: datetime) -> None:
    """Do what was passed on. Raises Busy when another transaction has one of the cases in hand."""
    by = actor_of(situation)
    # In the order of their numbers, so that two that pass on to the same cases get in each other's way only once.
    for passed in sorted(applied.passed_on, key=lambda one: one.case or 0):
        occasion = Passed(by=by, effects=passed.effects, lines=passed.lines)
        other, effects = decided(unit, of_case(office, unit, passed.case, occasion, now), now)
        applied.others.append(apply(effects, other, unit, office.stationery, now))
