"""Due timers: each takes the same road as a message, decide → apply, in one transaction with its own end.

T1 waiting → T2 fired, together with its effects (nothing in between)
"""

from __future__ import annotations

from datetime import datetime, timedelta

from maild.apply import apply
from maild.desk.effects import MoveStatus
from maild.desk.rules.later import is_rules
from maild.desk.situation import Due
from maild.log import Event
from maild.pipeline import breaker
from maild.pipeline.gather import of_case
from maild.pipeline.office import Beat, Clock, Office, fresh_deadlines, no_beat
from maild.pipeline.record import tell_changes
from maild.pipeline.staffing import decided
from store import Busy, StoreUnavailable
from store.failpoints import reach
from store.records import ENDED, Timer

_BATCH = 100
_PUT_OFF = timedelta(hours=1)


def fire_due(office: Office, clock: Clock, beat: Beat = no_beat, *, assume_read: bool = False) -> int:
    """Fire every timer that is due, once; how many acted.

    None acts on a case whose mailbox was not read since the timer was due, unless `assume_read`; and where a mass of
    closes is due, the silence clock's are held (maild.pipeline.breaker).
    """
    fired = 0
    while timers := _due(office, clock(), assume_read):
        outcomes = [_fired(office, timer, clock()) for timer in timers]
        fired += sum(outcomes)
        if not beat() or len(timers) < _BATCH or not any(outcomes):  # the rest is in others' hands, for now
            break
    return fired


def _fired(office: Office, timer: Timer, now: datetime) -> bool:
    """Fire one; a timer that a bug keeps from firing is put off, so that it does not stand before all others."""
    try:
        return _fire(office, timer, now)
    except StoreUnavailable:
        raise
    except breaker.TooMany as mass:  # all of it is rolled back: the timer waits until an admin has looked
        if mass.found.is_new:
            breaker.hold(office, mass.found, now)
        return False
    except Busy:  # another node fires it, or routes a letter of its case: the next tick looks again
        return False
    except Exception as bug:  # the one broad catch of this road
        office.log.emit(Event.TICK_FAILED, duty=timer.name, case=timer.case, error=f"{type(bug).__name__}: {bug}")
        with office.store.write() as unit:
            unit.timers.start(timer.case, timer.name, timer.queue, now + _PUT_OFF, now)
        return False


def _due(office: Office, now: datetime, assume_read: bool) -> list[Timer]:
    with office.store.read() as unit:
        if unit.facts.outbox_held():  # replies may lie where only `maild reconcile` looks
            return []
        deadlines = fresh_deadlines(office, unit, now, assume_read=assume_read)
        # Timers of a queue that is not configured any more wait for the stalest mailbox.
        others = min(deadlines.values()) if len(deadlines) == len(office.desk.queues) else None
        timers = unit.timers.due_before(deadlines, others, _BATCH)
        names = breaker.guarded(office)
        is_due = any(timer.name in names for timer in timers)
        mass = breaker.mass(office, unit, deadlines, others, now) if is_due else None
        if mass is None:
            return timers
        rest = unit.timers.due_before(deadlines, others, _BATCH, held=names, passed=mass.passed)
    if mass.is_new:
        breaker.hold(office, mass, now)
    return rest


def _fire(office: Office, timer: Timer, now: datetime) -> bool:
    with office.store.write() as unit:
        # The case first, as a letter's routing does: two that lock in different orders would wait for each other.
        unit.cases.lock(timer.case, wait=False)
        if not unit.timers.take(timer):  # fired, stopped or armed anew since it was read
            return False
        situation, effects = decided(unit, of_case(office, unit, timer.case, Due(timer=timer), now), now)
        ends = any(isinstance(effect, MoveStatus) and effect.status in ENDED for effect in effects)
        if ends and is_rules(timer):
            breaker.check(office, unit, timer, now)
        applied = apply(effects, situation, unit, office.stationery, now)
        if ends and (is_rules(timer) or timer.name in breaker.ENDING):
            breaker.count(unit, timer, now)
        reach("timer.pre_commit")
    reach("timer.post_commit")
    office.log.emit(Event.TIMER_FIRED, timer=timer.name, case=timer.case, due=timer.due_at, effects=len(effects))
    tell_changes(office, applied)
    return True
