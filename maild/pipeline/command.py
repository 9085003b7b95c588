"""The third door: somebody at the machine gives an order on a case. It takes the same road, decide → apply."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime

from maild.apply import Applied, apply
from maild.desk.effects import MoveStatus
from maild.desk.relations import merging
from maild.desk.situation import Passed
from maild.errors import UserError
from maild.pipeline.carry import carry_on
from maild.pipeline.gather import of_case
from maild.pipeline.office import Office
from maild.pipeline.staffing import decided
from store.records import StateType, Status


def merge(office: Office, number: int, into: int, by: str, now: datetime) -> Applied:
    """A case goes on in another one. Raises UserError where it cannot."""
    occasion = Passed(by=by)
    with office.store.write() as unit:
        situation = of_case(office, unit, number, occasion, now, ordered=[into])
        case, named = situation.case, situation.named.get(into)
        if case is None or case.number != number:
            raise UserError(
                f"case {number} was merged into case {case.number}" if case else f"there is no case {number}"
            )
        if named is None or named.case.number == number:
            raise UserError(f"there is no other case {into}" if named is None else f"case {into} is in case {number}")
        if named.case.status.state is StateType.DONE:
            raise UserError(f"case {named.case.number} is {named.case.status.value}; it must be open")
        why = f"{by} merged it into case {named.case.number}"
        effects = (MoveStatus(why=why, status=Status.MERGED), *merging(case, named.case, situation, by, case.owner))
        line = f"This case goes on in case {named.case.number}: {why}."
        situation = replace(situation, occasion=replace(occasion, effects=effects, lines=(line,)))
        situation, decision = decided(unit, situation, now)
        applied = apply(decision, situation, unit, office.stationery, now)
        carry_on(office, unit, situation, applied, now)
    return applied
