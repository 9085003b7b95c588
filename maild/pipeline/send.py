"""Stage 3, send: the outbox goes to the mail server.

    O1 waiting → O2 leased, attempt recorded → O3 sent | O1 later | O4 failed

The attempt is recorded before dialling, and what the server says is recorded with its effects (the silence clock
starts when an answer is accepted) in one transaction. While the store is away an answer is kept in memory, and
nothing more is sent before it is written. If we die between the last data byte and the stored 250, the lease runs
out and the same bytes leave once more: the one case in which a second copy is possible (promise 3).
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import Enum
from functools import partial
from typing import assert_never

from maild.apply import Applied, apply
from maild.desk.situation import Accepted, Occasion, Refused
from maild.errors import Temporary
from maild.log import Event
from maild.pipeline.gather import of_case
from maild.pipeline.leases import boottime
from maild.pipeline.office import Beat, Clock, Office, no_beat
from maild.pipeline.record import tell_changes
from maild.pipeline.staffing import decided
from store import StoreUnavailable, Unit
from store.failpoints import reach
from store.outbox import LONGEST_PAUSE
from store.records import Outgoing

_LEASE = 1.5
"""Times the longest wait for the relay's last reply: whoever waits for that still has the mail."""
_HOLD = 0.4
"""Times that wait: for so long a mail of a batch may begin to leave, with time left for its bytes and the reply."""
_BEGIN = 0.2
"""Times that wait: for so long the next mail of a batch is begun; the others are given back."""
_TOO_OLD = "not sent: its lease was nearly over; the server is slow, or this process stood still"
_BATCH = 20
_BACK_OFF = (*(timedelta(minutes=m) for m in (1, 5, 15, 60, 120)), LONGEST_PAUSE)
_GIVE_UP_AFTER = timedelta(days=5)
"""RFC 5321 section 4.5.4.1."""


class Verdict(Enum):
    """What the mail server said of one mail."""

    SENT = "sent"
    LATER = "later"
    FAILED = "failed"


@dataclass(frozen=True, slots=True)
class Answer:
    verdict: Verdict
    text: str


Post = Callable[[str, str, bytes, Callable[[], bool]], Answer | None]
"""(return path, recipient, bytes, may it leave?) → answer; the question is asked just before the first byte leaves,
and the answer is None when it may not. Raises Temporary when the server cannot be reached."""


@dataclass(frozen=True, slots=True)
class _Age:
    """How long ago mails were leased, by a clock that goes on while this process stands still."""

    passed: Callable[[], float]
    began: float
    wait: float
    """How long the last reply may take."""

    def is_below(self, part: float) -> bool:
        return self.passed() - self.began < part * self.wait


def send_due(
    office: Office, post: Post, clock: Clock, beat: Beat = no_beat, passed: Callable[[], float] = boottime
) -> int:
    """Send all mails that are due; how many the server took. Raises Temporary when it cannot be reached."""
    office.owed.settle()  # an answer that nobody wrote down yet: its mail must not leave again
    sent, wait, likely = 0, office.last_reply.total_seconds(), False
    while True:
        age = _Age(passed, passed(), wait)  # before asking: however long the answer takes is not ours
        mails, small = _leased(office, clock(), likely=likely)
        if not mails:
            break
        reach("outbox.claimed")
        with office.store.at_hand():
            sent += _send_all(office, post, mails, small, clock, beat, age)
        likely = len(mails) == _BATCH
        if not beat():
            break
    return sent


def _send_all(
    office: Office,
    post: Post,
    mails: Sequence[Outgoing],
    small: dict[int, bytes],
    clock: Clock,
    beat: Beat,
    age: _Age,
) -> int:
    """What was leased, one by one; what is left when something is in the way is given back untried. `small`: the
    bytes of those that are."""
    sent, left = 0, list(mails)
    try:
        # What the lease still covers must be enough for the slowest answer.
        while left and age.is_below(_BEGIN):
            content = small.pop(left[0].id, b"") or _content(office, left[0])
            answer = post(left[0].envelope_from, left[0].recipient, content, lambda: age.is_below(_HOLD))
            if answer is None:
                late = left[0]
                office.log.emit(Event.MAIL_DEFERRED, mail=late.id, to=late.recipient, next=clock(), error=_TOO_OLD)
                break
            sent += office.owed.pay(partial(_conclude, office, left.pop(0), answer, clock()))
            if not beat():
                break
    except (Temporary, StoreUnavailable):
        _give_back(office, left)
        raise
    _give_back(office, left)
    return sent


def _content(office: Office, mail: Outgoing) -> bytes:
    with office.store.read() as unit:
        return unit.outbox.content(mail.id) or b""


def reclaim(office: Office, is_gone: Callable[[str], bool]) -> None:
    """Mailboxes, letters and mails that a process which is gone had in hand are free again at once."""
    with office.store.read() as unit:
        holders = unit.holders()
    if gone := [holder for holder in holders if is_gone(holder)]:
        with office.store.write() as unit:
            unit.reclaim(gone)


def longest_lease(office: Office) -> timedelta:
    """For how long mails are in a sender's hand at the most."""
    return _LEASE * office.last_reply


def _leased(office: Office, now: datetime, *, likely: bool) -> tuple[list[Outgoing], dict[int, bytes]]:
    """Mails that are ours to send, and the bytes of those that are small. `likely`: there are some, most likely."""
    if not likely:
        with office.store.read() as unit:  # mostly nothing is due, and then nothing is locked
            if not unit.outbox.is_due(now) or unit.facts.outbox_held():
                return [], {}
    with office.store.write() as unit:
        if likely and unit.facts.outbox_held():
            return [], {}
        mails = unit.outbox.lease(office.node, now, longest_lease(office), _BATCH)
        return mails, unit.outbox.small_contents([mail.id for mail in mails]) if mails else {}


def _give_back(office: Office, mails: Sequence[Outgoing]) -> None:
    def untried() -> None:
        with office.store.write() as unit:
            for mail in mails:
                unit.outbox.unlease(mail, office.node)

    if mails:
        office.owed.pay(untried)


def _conclude(office: Office, mail: Outgoing, answer: Answer, now: datetime) -> bool:
    match answer.verdict:
        case Verdict.SENT:
            _sent(office, mail, now)
            return True
        case Verdict.LATER if mail.created_at is None or now - mail.created_at < _GIVE_UP_AFTER:
            next_at = now + _BACK_OFF[min(mail.attempts, len(_BACK_OFF)) - 1]
            with office.store.write() as unit:
                unit.outbox.later(mail, office.node, next_at, answer.text)
            office.log.emit(Event.MAIL_DEFERRED, mail=mail.id, to=mail.recipient, next=next_at, error=answer.text)
            return False
        case Verdict.LATER | Verdict.FAILED:
            _failed(office, mail, answer.text, now)
            return False
    assert_never(answer.verdict)


def _sent(office: Office, mail: Outgoing, now: datetime) -> None:
    if mail.automatic:  # nothing follows from it that a notice of ours was taken
        reach("outbox.pre_commit")
        with office.store.mark() as unit:
            is_ours = unit.outbox.sent(mail, office.node, now)
    else:
        with office.store.write() as unit:
            is_ours = unit.outbox.sent(mail, office.node, now)
            if is_ours:
                _react(office, unit, mail, Accepted(mail=mail), now)
            reach("outbox.pre_commit")
    if not is_ours:
        return  # the lease passed on: its new holder concludes
    reach("outbox.post_commit")
    office.log.emit(Event.MAIL_SENT, mail=mail.id, case=mail.case, template=mail.event, to=mail.recipient)


def _failed(office: Office, mail: Outgoing, error: str, now: datetime) -> None:
    applied = None
    with office.store.write() as unit:
        if not unit.outbox.failed(mail, office.node, error):
            return
        applied = _react(office, unit, mail, Refused(mail=mail, error=error), now)
    office.log.emit(Event.MAIL_FAILED, mail=mail.id, case=mail.case, to=mail.recipient, error=error)
    if applied is not None:
        tell_changes(office, applied)


def _react(office: Office, unit: Unit, mail: Outgoing, occasion: Occasion, now: datetime) -> Applied | None:
    """What follows from the server's word, in the same transaction.

    If a bug keeps it from following, the server's word is still recorded: else the mail would go out again and again.
    """
    if mail.case is None:
        return None
    try:
        with unit.savepoint():
            situation, effects = decided(unit, of_case(office, unit, mail.case, occasion, now), now)
            return apply(effects, situation, unit, office.stationery, now)
    except StoreUnavailable:
        raise
    except Exception as bug:  # the one broad catch of this road
        error = f"{type(bug).__name__}: {bug}"
        office.log.emit(Event.TICK_FAILED, duty="what follows a mail", mail=mail.id, case=mail.case, error=error)
        return None
