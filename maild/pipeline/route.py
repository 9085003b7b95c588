"""Stage 2, route: stored letters become entries, with all their effects, in one transaction.

    L1 stored → L2 routed · duplicate · ignored · quarantined

The attempt is counted and committed before a letter is parsed, so that one that kills the process is counted too.
Several letters share one commit. Where one raises they are tried again, each in a savepoint of its own: now it falls
out alone. What was never tried goes before what failed once, and has less time, so that a row of bad letters delays
the others but little.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from contextlib import closing
from dataclasses import replace
from datetime import datetime

from maild.apply import Applied, apply
from maild.desk.effects import Effect
from maild.desk.matching import references_newest_first
from maild.desk.rules.ruling import ruled
from maild.desk.settings import Desk
from maild.desk.situation import Arrived, Situation
from maild.errors import Temporary
from maild.log import Event
from maild.pipeline.abreast import parts_of, side_by_side
from maild.pipeline.ahead import Read, reading
from maild.pipeline.carry import carry_on
from maild.pipeline.gather import gather
from maild.pipeline.leases import keeping
from maild.pipeline.office import MOST_ATTEMPTS, Beat, Clock, Office, no_beat
from maild.pipeline.proving import note_guesses
from maild.pipeline.quarantine import with_quarantine
from maild.pipeline.record import recorded, tell
from maild.pipeline.rounds import probe_is_back
from maild.pipeline.staffing import decided
from maild.pipeline.storable import storable
from maild.pipeline.views import asked
from parsers.message import ParsedMessage
from store import Busy, Conflict, StoreUnavailable, Unit
from store.failpoints import reach
from store.records import Letter, LetterState, fold_address, without_plus

_BATCH = 50
_PAUSE = 0.05
"""Seconds after which letters are tried again that another transaction was in the way of."""


class _TooEarly(Exception):
    """It answers a mail that we do not know, and another node has an older letter in hand, which may be that one."""


def route_waiting(office: Office, clock: Clock, beat: Beat = no_beat) -> int:
    """Try every letter that waits, once; how many were tried. The third failure puts one into quarantine."""
    before = tried_before(office, clock())
    tried = route_fresh(office, clock, beat)
    for letter in before:
        if not beat():
            break
        route_again(office, letter, clock)
        tried += 1
    return tried


def route_fresh(office: Office, clock: Clock, beat: Beat = no_beat, most: int | None = None) -> int:
    """Try the letters that were never tried, `most` of them or a few more; how many there were."""
    tried, found, early = 0, 0, set[int]()

    def fresh() -> list[Letter]:
        nonlocal found
        if most is not None and found >= most:
            return []
        with office.store.read() as unit:  # mostly there is nothing to do, and then nothing is locked
            letters = unit.waiting.fresh(_BATCH, office.node, unit.clock(clock()), early)
        found += len(letters)
        return letters if letters and beat() else []

    while letters := fresh():
        found = tried = tried + _route(office, letters, clock, early, more=fresh)
    return tried


def tried_before(office: Office, now: datetime) -> list[Letter]:
    """Letters whose routing failed before, or was cut short; the least tried first."""
    with office.store.read() as unit:
        return unit.waiting.tried(_BATCH, office.node, unit.clock(now))


def route_again(office: Office, letter: Letter, clock: Clock) -> None:
    """One letter that was tried before, alone, so that it accuses no other, and with all the time it may have."""
    if letter.attempts >= MOST_ATTEMPTS:
        _give_up(office, letter, letter.error or "died each time while it was routed", in_hand=False)
    else:
        _route(office, [letter], clock, set())


def _route(
    office: Office,
    letters: Sequence[Letter],
    clock: Clock,
    early: set[int],
    *,
    more: Callable[[], Sequence[Letter]] | None = None,
) -> int:
    """Take these letters, read as many as go well, and settle them, several in one commit; how many were tried.

    One that cannot be read ends it: those before it are settled, those behind it are given back untried.
    Those that must wait for another node are given back as well, and are put into `early`.
    `more`: letters that come for the first time, and what follows them while there are many. They are in a hurry.
    """
    in_hand: list[Letter] = []

    def take(letters: Sequence[Letter]) -> list[Letter]:
        office.owed.settle()
        office.read.ready()
        with office.store.write() as unit:
            at = unit.clock(clock())
            taken = unit.waiting.take([letter.id for letter in letters], office.node, at, at + office.lease)
        in_hand.extend(taken)
        reach("route.taken")
        return taken  # or nothing, where another node was quicker

    def follow() -> Sequence[Letter]:
        nonlocal letters
        letters = more() if more is not None and len(letters) == _BATCH else []
        return take(letters) if letters else []

    def keep(unit: Unit) -> None:
        if held := tuple(in_hand):
            unit.waiting.keep(held, office.node, unit.clock(clock()) + office.lease)

    tried = 0
    first = take(letters)
    try:
        with (
            keeping(office, keep),
            closing(reading(office, first, follow, clock, hurried=more is not None)) as being_read,
        ):
            for some in being_read:
                _route_all(office, some.read, early, clock())
                if some.failure is not None:
                    _give_up(office, *some.failure)
                done = len(some.read) + (some.failure is not None)
                del in_hand[:done]
                tried += done
    except (StoreUnavailable, Temporary):  # the letters are not to blame
        _give_back(office, in_hand)
        raise
    _give_back(office, in_hand)
    return tried


def _give_back(office: Office, letters: Sequence[Letter]) -> None:
    def untried() -> None:
        with office.store.write() as unit:
            unit.waiting.give_back(letters, office.node)

    if letters:
        office.owed.pay(untried)


def _route_all(office: Office, read: Sequence[Read], early: set[int], now: datetime) -> None:
    """One commit for all, or one for each of the parts that have nothing to do with each other, at the same time."""
    if not read:
        return
    side_by_side(lambda part: _route_part(office, part, early, now), parts_of(office, read, now))


def _route_part(office: Office, read: Sequence[Read], early: set[int], now: datetime) -> None:
    """One commit for all. What another transaction was in the way of follows in a commit after that one: its first
    letter waits for the first thing that it needs, so most commits settle one letter at least."""
    conflicts: set[int] = set()
    try:
        done = _route_together(office, read, now)
    except StoreUnavailable:
        raise
    except Exception:  # one of them, and nothing is written: now each falls alone, and says why
        while read:
            before, read = len(read), _route_each(office, read, early, conflicts, now)
            if len(read) == before:  # all were in the way of others, at something that is not waited for
                time.sleep(_PAUSE)
        return
    for letter, applied in done:
        tell(office, letter, applied)


def _route_together(office: Office, read: Sequence[Read], now: datetime) -> list[tuple[Letter, Applied]]:
    """One commit, or nothing at all. Hardly ever does one raise, and savepoints cost a tenth of the road."""
    with office.store.write() as unit:
        held = unit.waiting.lock([letter for letter, _ in read], office.node)
        elsewhere = unit.waiting.oldest_elsewhere(read[-1][0].id, office.node, unit.clock(now))
        seen = unit.letters.originals({message.digest for _, message in read})
        done = [
            (letter, route_one(office, unit, letter, message, now, elsewhere, seen))
            for letter, message in read
            if letter.id in held
        ]
        reach("route.pre_commit")
    reach("route.post_commit")
    return done


def _route_each(
    office: Office, read: Sequence[Read], early: set[int], conflicts: set[int], now: datetime
) -> list[Read]:
    """One commit; whoever raises is left out and said afterwards. Gives those that another node is in the way of."""
    done: list[tuple[Letter, Applied]] = []
    failed: list[tuple[Letter, Exception]] = []
    busy: list[Read] = []
    with office.store.write() as unit:
        held = unit.waiting.lock([letter for letter, _ in read], office.node)
        elsewhere = unit.waiting.oldest_elsewhere(read[-1][0].id, office.node, unit.clock(now))
        for letter, message in read:
            if letter.id not in held:
                continue
            try:
                with unit.savepoint():
                    done.append((letter, route_one(office, unit, letter, message, now, elsewhere)))
            except StoreUnavailable:
                raise
            except _TooEarly:
                unit.waiting.give_back([letter], office.node)
                early.add(letter.id)
            except Busy:
                busy.append((letter, message))
            except Conflict as conflict:  # another node was quicker with the same: look again, once
                if letter.id in conflicts:
                    failed.append((letter, conflict))
                else:
                    conflicts.add(letter.id)
                    busy.append((letter, message))
            except Exception as bug:  # the one broad catch of this road: a bug holds one letter, not the desk
                failed.append((letter, bug))
        reach("route.pre_commit")
    reach("route.post_commit")
    for letter, applied in done:
        tell(office, letter, applied)
    for letter, reason in failed:
        _give_up(office, letter, _in_short(reason))
    return busy


def route_one(
    office: Office,
    unit: Unit,
    letter: Letter,
    message: ParsedMessage,
    now: datetime,
    elsewhere: int | None = None,
    seen: dict[tuple[str, str], Letter] | None = None,
) -> Applied:
    """Claim, match, decide, apply: one letter, in the caller's transaction. `elsewhere` is the oldest letter that
    another node has in hand; `seen` has the letters of the same content that were routed before, by queue and digest,
    and takes in this one. Raises Busy and Conflict when another node is in the way."""
    message = storable(message)
    queue = letter.queue or _spread(office, unit, letter, message)
    seen = unit.letters.originals([message.digest]) if seen is None else seen
    if (queue, message.digest) in seen:  # as it is now: it may have been moved since
        seen |= unit.letters.originals([message.digest])
    original = seen.get((queue, message.digest))
    if original is not None:
        return _duplicate(unit, letter, original, queue, message)
    situation, effects = consider(office, unit, message, queue, now, letter.cause, late=letter.late)
    twin = _twin(office, unit, queue, message, situation)
    if twin is not None:
        return _duplicate(unit, letter, twin, queue, message)
    if (
        situation.case is None
        and elsewhere is not None
        and elsewhere < letter.id
        and references_newest_first(message)
    ):
        raise _TooEarly
    applied = apply(effects, situation, unit, office.stationery, now, letter.id)
    carry_on(office, unit, situation, applied, now)
    if isinstance(situation.occasion, Arrived):
        applied.wrong_tokens = situation.occasion.marks.wrong
        applied.guessed = note_guesses(office, unit, situation.desk, message, applied.wrong_tokens, now)
        if situation.occasion.probe is not None:
            probe_is_back(unit, situation.occasion.probe, letter.received_at)
    unit.letters.settle(
        letter.id,
        applied.state,
        queue=queue,
        # Only what became an entry makes others duplicates: a mail like one that was held is judged anew.
        digest=message.digest if applied.state is LetterState.ROUTED else None,
        message_id=message.message_id,
        sender=message.sender.address,
        subject=message.subject,
        case_number=applied.case if applied.state is LetterState.ROUTED else None,
        entry_id=applied.entry,
        cause=applied.cause,
        decision=recorded(situation, effects, applied.case),
    )
    if applied.state is LetterState.ROUTED:
        seen[queue, message.digest] = replace(letter, case=applied.case, entry=applied.entry)
    return applied


def consider(
    office: Office,
    unit: Unit,
    message: ParsedMessage,
    queue: str,
    now: datetime,
    passed: str | None = None,
    *,
    late: bool = False,
) -> tuple[Situation, list[Effect]]:
    """What would happen to a message that is storable, and why. Changes nothing. `passed`: see `gather`."""
    situation = gather(office, unit, message, queue, now, passed, late=late)
    if not (isinstance(situation.occasion, Arrived) and situation.occasion.joined is not None):
        situation = ruled(with_quarantine(unit, asked(office, unit, situation, now)), now)
    return decided(unit, situation, now)


def queues_of(desk: Desk, message: ParsedMessage) -> list[str]:
    """The queues whose addresses a mail was sent to; the first queue of all where none was.

    Of queues with one address the first has its mail: the others are filled by rules."""
    if len(desk.queues) == 1:
        return [desk.queues[0].name]
    people = (*message.delivered_to, *message.to, *message.cc)
    sent_to = {without_plus(fold_address(person.address)) for person in people}
    first = {fold_address(queue.address): queue.name for queue in reversed(desk.queues)}
    found = [queue.name for queue in desk.queues if first[fold_address(queue.address)] == queue.name]
    return [n for n in found if fold_address(desk.queue(n).address) in sent_to] or [desk.queues[0].name]


def _spread(office: Office, unit: Unit, letter: Letter, message: ParsedMessage) -> str:
    """The queues whose addresses the mail was sent to: the letter takes the first, a sibling goes to each other."""
    first, *others = queues_of(office.desk, message)
    for other in others:
        unit.letters.store_sibling(letter.id, letter.mailbox, other, letter.received_at)
    return first


def _twin(office: Office, unit: Unit, queue: str, message: ParsedMessage, situation: Situation) -> Letter | None:
    """The same mail in the same case already, by way of another queue that it was sent to as well: once is enough."""
    others = [one.name for one in office.desk.queues if one.name != queue]
    if situation.case is None or not others:
        return None
    return unit.letters.entered(others, message.digest, situation.case.number)


def _duplicate(unit: Unit, letter: Letter, original: Letter, queue: str, message: ParsedMessage) -> Applied:
    """Same content in the same queue: it points to the first one's entry and has no effect (threats T77)."""
    cause = f"same content as letter {original.id}"
    unit.letters.settle(
        letter.id,
        LetterState.DUPLICATE,
        queue=queue,
        message_id=message.message_id,
        sender=message.sender.address,
        subject=message.subject,
        case_number=original.case,
        entry_id=original.entry,
        cause=cause,
    )
    return Applied(state=LetterState.DUPLICATE, case=original.case, entry=original.entry, cause=cause)


def _in_short(bug: Exception) -> str:
    """What a bug says, in one short line: an exception's text may hold words of the mail."""
    lines = str(bug).splitlines()
    return f"{type(bug).__name__}: {lines[0][:200] if lines else ''}"


def _give_up(office: Office, letter: Letter, error: str, *, in_hand: bool = True) -> None:
    """One more failure; the third one puts the letter into quarantine with its cause."""
    attempt = min(letter.attempts, MOST_ATTEMPTS)
    last = attempt == MOST_ATTEMPTS
    with office.store.write() as unit:
        if in_hand and not unit.waiting.lock([letter], office.node):
            return  # another node has it
        if last and not unit.letters.settle(
            letter.id, LetterState.QUARANTINED, cause="cannot-be-routed", error=error
        ):
            return  # another node has routed it meanwhile
        if not last:
            unit.letters.failed(letter.id, error)
    event = Event.LETTER_QUARANTINED if last else Event.LETTER_FAILED
    office.log.emit(event, letter=letter.id, attempt=attempt, error=error)
