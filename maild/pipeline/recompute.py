"""Works out the clocks of all cases that are not closed anew, with the calendars and targets as they are now.

What is due later or earlier than was kept is put right, timers with it; a violation that was none is struck out.
Nobody is told of anything here: what a timer has to say, it says when it fires.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import datetime

from maild.apply import apply
from maild.desk.decide import decide
from maild.desk.effects import Track
from maild.desk.situation import Due
from maild.features import FEATURES
from maild.features.targets import CORRECTS
from maild.pipeline.gather import of_case
from maild.pipeline.office import Office
from store.records import ENDED, Status, Timer, Tracked


@dataclass(frozen=True, slots=True)
class Corrected:
    """One clock that was kept otherwise than it is."""

    before: Tracked | None
    after: Tracked


def recompute(office: Office, now: datetime, *, only: int | None = None, write: bool) -> Iterator[Corrected]:
    """Every clock that changes, case by case; each case is written by itself."""
    with office.store.read() as unit:
        live = [status for status in Status if status not in ENDED]
        numbers = [case.number for case in unit.cases.listed(live) if only in (None, case.number)]
    for number in numbers:
        with office.store.write() if write else office.store.read() as unit:
            occasion = Due(timer=Timer(id=0, case=number, name=CORRECTS, queue="", due_at=now, armed_at=now))
            situation = of_case(office, unit, number, occasion, now)
            effects = decide(situation, FEATURES, now)
            if write:
                apply(effects, situation, unit, office.stationery, now)
        kept = {(one.goal, one.round): one for one in situation.targets}
        for effect in effects:
            if isinstance(effect, Track):
                after = replace(effect.tracked, case=number)
                yield Corrected(kept.get((after.goal, after.round)), after)
