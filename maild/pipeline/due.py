"""Due timers: each takes the same road as a message, decide → apply, in one transaction with its own end.

T1 waiting → T2 fired, together with its effects (nothing in between)
"""

from __future__ import annotations

from datetime import datetime

from maild.apply import apply
from maild.desk.decide import decide
from maild.desk.situation import Due
from maild.features import FEATURES
from maild.log import Event
from maild.pipeline.gather import of_case
from maild.pipeline.office import Office, fresh_deadlines
from maild.pipeline.route import tell_changes
from store.records import Timer

_BATCH = 100


def fire_due(office: Office, now: datetime, *, assume_read: bool = False) -> int:
    """Fire every timer that is due, once; how many acted.

    None acts on a case whose mailbox was not read since the timer was due, unless `assume_read`.
    """
    fired = 0
    while timers := _due(office, now, assume_read):
        fired += sum(_fire(office, timer, now) for timer in timers)
        if len(timers) < _BATCH:
            break
    return fired


def _due(office: Office, now: datetime, assume_read: bool) -> list[Timer]:
    with office.store.read() as unit:
        deadlines = fresh_deadlines(office, unit, now, assume_read=assume_read)
        # Timers of a queue that is not configured any more wait for the stalest mailbox.
        others = min(deadlines.values()) if len(deadlines) == len(office.desk.queues) else None
        return unit.timers.due_before(deadlines, others, _BATCH)


def _fire(office: Office, timer: Timer, now: datetime) -> bool:
    with office.store.write() as unit:
        if not unit.timers.take(timer):  # stopped or armed anew since it was read
            return False
        situation = of_case(office, unit, timer.case, Due(timer=timer), now)
        effects = decide(situation, FEATURES, now)
        applied = apply(effects, situation, unit, office.stationery, now)
    office.log.emit(Event.TIMER_FIRED, timer=timer.name, case=timer.case, due=timer.due_at, effects=len(effects))
    tell_changes(office, applied)
    return True
