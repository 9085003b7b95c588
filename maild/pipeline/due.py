"""Due timers: each takes the same road as a message, decide → apply, in one transaction with its own end.

T1 waiting → T2 fired, together with its effects (nothing in between)

Several share one commit, each decided on what those before it left; what a kill in the middle leaves is that none of
them has fired. Those of cases that have nothing to do with each other are locked, taken and read together. Where one
raises they are fired again, each in a savepoint of its own: now it falls out alone.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from maild.apply import Applied, apply
from maild.desk.effects import MoveStatus
from maild.desk.rules.later import is_rules
from maild.desk.situation import Due
from maild.log import Event
from maild.pipeline import breaker
from maild.pipeline.abreast import side_by_side
from maild.pipeline.casefile import CaseFile, case_files
from maild.pipeline.gather import of_case
from maild.pipeline.office import Beat, Clock, Office, fresh_deadlines, no_beat
from maild.pipeline.record import tell_changes
from maild.pipeline.staffing import count_ahead, decided
from store import Busy, StoreUnavailable, Unit
from store.failpoints import reach
from store.records import ENDED, Case, Timer

_BATCH = 500
"""Timers that are read at once: what must be known before any may act is asked once for them."""
_AT_ONCE = 20
"""Timers of one commit: for so long whoever else writes must wait (SQLite)."""
_PARTS = 2
"""Commits at the same time (PostgreSQL): while one waits for the server, the other thinks."""
_MAILS = 2
"""As many mails as most timers write."""
_PUT_OFF = timedelta(hours=1)


def fire_due(office: Office, clock: Clock, beat: Beat = no_beat, *, assume_read: bool = False) -> int:
    """Fire every timer that is due, once; how many acted.

    None acts on a case whose mailbox was not read since the timer was due, unless `assume_read`; and where a mass of
    closes is due, the silence clock's are held (maild.pipeline.breaker).
    """
    fired = 0
    while timers := _due(office, clock(), assume_read):
        left, acted, some_held = timers, 0, False
        while left and not some_held:
            parts, left = _parts(office, left)
            for some in side_by_side(lambda part: _fire_some(office, part, clock), parts):
                left, acted = [*some.left, *left], acted + len(some.done)
                some_held = some_held or some.held
            if not beat():
                return fired + acted
        fired += acted
        # Else the rest is in others' hands, for now.
        if not acted or (len(timers) < _BATCH and not some_held):
            break
    return fired


def _parts(office: Office, timers: Sequence[Timer]) -> tuple[list[Sequence[Timer]], list[Timer]]:
    """What is fired next, in one commit or in several at the same time, and the rest. Timers of one case stay
    together, and all for which it is counted what others did: closes, and who was given how much."""
    deals = any(queue.assign != "none" for queue in office.desk.queues)
    if not office.store.is_shared or deals or len(timers) <= _AT_ONCE:
        return [timers[:_AT_ONCE]], list(timers[_AT_ONCE:])
    some, rest = timers[: _PARTS * _AT_ONCE], timers[_PARTS * _AT_ONCE :]
    first = {timer.case for timer in some if _may_be_counted(office, timer)}
    parts: list[list[Timer]] = [[] for _ in range(_PARTS)]
    for timer in some:
        parts[0 if timer.case in first else timer.case % _PARTS].append(timer)
    return [part for part in parts if part], list(rest)


@dataclass(frozen=True, slots=True)
class _Taken:
    """A timer that is ours to fire, and its case."""

    timer: Timer
    case: Case | None
    file: CaseFile | None = None
    """What is kept of the case; None: to be read when it fires."""


@dataclass(frozen=True, slots=True)
class _Fired:
    """What became of one timer, for the log."""

    timer: Timer
    effects: int
    applied: Applied
    counted: bool
    """Whether it was counted that it ended a case."""


@dataclass(frozen=True, slots=True)
class _Some:
    done: list[_Fired]
    left: list[Timer]
    """Those that nobody has looked at."""
    held: bool = False
    """Whether closes are held from now on: what is due must be read anew."""


def _fire_some(office: Office, timers: Sequence[Timer], clock: Clock) -> _Some:
    """Fire these in one commit, or the first of them."""
    try:
        some = _fire_together(office, timers, clock)
    except StoreUnavailable:
        raise
    except Exception:  # one of them, and nothing is written: now it falls out alone, and says why
        some = _fire_each(office, timers, clock)
    for one in some.done:
        timer = one.timer
        office.log.emit(Event.TIMER_FIRED, timer=timer.name, case=timer.case, due=timer.due_at, effects=one.effects)
        tell_changes(office, one.applied)
    return some


def _fire_together(office: Office, timers: Sequence[Timer], clock: Clock) -> _Some:
    """All of them, or nothing at all. Hardly ever does one raise, and savepoints cost as much as a tenth."""
    with office.store.write() as unit:
        now = clock()
        taken, left = _take_apart(office, unit, timers, now)
        with unit.ahead(len(taken), _MAILS * len(taken)):
            done = [_fire(office, unit, one, now) for one in taken]
        others_wait = any(_others_wait(office, fired) for fired in done)
        while left and not others_wait:
            if one := _take(unit, left.pop(0)):
                done.append(_fire(office, unit, one, clock()))
                others_wait = _others_wait(office, done[-1])
        reach("timer.pre_commit")
    reach("timer.post_commit")
    return _Some(done, left)


def _fire_each(office: Office, timers: Sequence[Timer], clock: Clock) -> _Some:
    """One that a bug keeps from firing is put off, so that it does not stand before all others."""
    done, failed, left = list[_Fired](), list[tuple[Timer, Exception]](), list(timers)
    mass: breaker.Mass | None = None
    with office.store.write() as unit:
        while left:
            timer = left.pop(0)
            try:
                with unit.savepoint():
                    one = _take(unit, timer)
                    fired = _fire(office, unit, one, clock()) if one else None
            except StoreUnavailable:
                raise
            except breaker.TooMany as found:  # it is rolled back: the timer waits until an admin has looked
                if found.mass.is_new:
                    mass = found.mass
                    break
            except Busy:  # another node fires it, or routes a letter of its case: the next tick looks again
                pass
            except Exception as bug:  # the one broad catch of this road
                failed.append((timer, bug))
            else:
                done += [fired] if fired else []
                if fired and _others_wait(office, fired):
                    break
        reach("timer.pre_commit")
    reach("timer.post_commit")
    if mass is not None:
        breaker.hold(office, mass, clock())
    for timer, error in failed:
        _put_off(office, timer, error, clock())
    return _Some(done, left, held=mass is not None)


def _others_wait(office: Office, fired: _Fired) -> bool:
    """Whether other nodes wait for rows that all share, until this commit."""
    return office.store.is_shared and bool(fired.counted or fired.applied.withheld)


def _put_off(office: Office, timer: Timer, error: Exception, now: datetime) -> None:
    office.log.emit(Event.TICK_FAILED, duty=timer.name, case=timer.case, error=f"{type(error).__name__}: {error}")
    with office.store.write() as unit:
        unit.timers.start(timer.case, timer.name, timer.queue, now + _PUT_OFF, now)


def _due(office: Office, now: datetime, assume_read: bool) -> list[Timer]:
    with office.store.read() as unit:
        first = unit.timers.next_due()
        if first is None or first > now:  # mostly; and it costs one look into an index
            return []
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


def _take(unit: Unit, timer: Timer) -> _Taken | None:
    """None where it is not to act any more: it was fired, stopped or armed anew since it was read."""
    # The case first, as a letter's routing does: two that lock in different orders would wait for each other.
    case = unit.cases.lock(timer.case, wait=False)
    return _Taken(timer, case) if unit.timers.take(timer) else None


def _take_apart(
    office: Office, unit: Unit, timers: Sequence[Timer], now: datetime
) -> tuple[list[_Taken], list[Timer]]:
    """Those that nothing else in this commit has to do with, each with all that is kept of its case; and the others,
    to be taken one by one. Those of a case that somebody else has wait for the next tick."""
    times = Counter(timer.case for timer in timers)
    apart = [timer for timer in timers if times[timer.case] == 1 and not _may_be_counted(office, timer)]
    cases = unit.cases.lock_free([timer.case for timer in apart])
    files = case_files(unit, cases, now, ids=True)
    alone = [timer for timer in apart if timer.case in cases and files[timer.case].stands_alone]
    people = {person.address for timer in alone for person in files[timer.case].participants}
    count_ahead(unit, people, [timer.case for timer in alone], now)
    taken, ready = unit.timers.take_all(alone), list[_Taken]()
    for timer in alone:
        if timer.id in taken:
            file = files[timer.case]
            others = tuple(one for one in file.timers if one.id != timer.id)
            ready.append(_Taken(timer, cases[timer.case], replace(file, timers=others)))
    together = {timer.id for timer in apart if timer.case not in cases} | {timer.id for timer in alone}
    return ready, [timer for timer in timers if timer.id not in together]


def _may_be_counted(office: Office, timer: Timer) -> bool:
    """Whether other nodes may have to wait once it has fired."""
    return office.store.is_shared and (is_rules(timer) or timer.name in breaker.ENDING)


def _fire(office: Office, unit: Unit, taken: _Taken, now: datetime) -> _Fired:
    timer, occasion = taken.timer, Due(timer=taken.timer)
    found = of_case(office, unit, timer.case, occasion, now, locked=taken.case, file=taken.file)
    situation, effects = decided(unit, found, now)
    ends = any(isinstance(effect, MoveStatus) and effect.status in ENDED for effect in effects)
    if ends and is_rules(timer):
        breaker.check(office, unit, timer, now)
    applied = apply(effects, situation, unit, office.stationery, now)
    counted = ends and (is_rules(timer) or timer.name in breaker.ENDING)
    if counted:
        breaker.count(unit, timer, now)
    return _Fired(timer, len(effects), applied, counted)
