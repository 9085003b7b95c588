"""The silence clock: we answered, nothing is left for us to do, and the requester says nothing.

    answer accepted by the mail server → warned after `warn_after` → closed after `close_after`

It stops on a reply, a bounce, an out-of-office, and whenever the case leaves the statuses that wait for the
customer. One timer is armed at a time: the warning, then the close.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta

from maild.desk.clocks.clocks import is_unanswered, last_call
from maild.desk.decide import Feature
from maild.desk.effects import (
    AddEntry,
    Effect,
    MarkUndeliverable,
    MoveStatus,
    OpenCase,
    Remember,
    RemoveParticipant,
    Reply,
    StartTimer,
    StopTimer,
)
from maild.desk.lifecycle import SILENCE_CLOSE, SILENCE_WARNING, WAITS_FOR_CUSTOMER, Happening, after
from maild.desk.settings import Policy
from maild.desk.situation import Accepted, Arrived, Due, Passed, Refused, Situation
from parsers.message import Automatic
from store.records import REQUESTER, Direction, Status, Timer, fold_address

WARNING = SILENCE_WARNING
CLOSE = SILENCE_CLOSE


def react(situation: Situation, plan: Sequence[Effect], now: datetime) -> list[Effect]:
    """Start, advance or stop the clock, as the occasion and the plan want it."""
    if situation.case is None:
        return _opened(situation, plan, now)
    match situation.occasion:
        case Accepted(mail=mail) if mail.event == "answer" and mail.recipient == fold_address(
            situation.case.requester
        ):
            if situation.case.status in WAITS_FOR_CUSTOMER:
                return _start(_policy(situation), now, "the mail server took our answer")
        case Arrived() | Refused() | Passed() | Due():
            return _follow(situation, plan, now)
    return []


def _opened(situation: Situation, plan: Sequence[Effect], now: datetime) -> list[Effect]:
    """A rule may begin a case as one that waits for the customer."""
    waits = (e for e in plan if isinstance(e, MoveStatus) and e.status in WAITS_FOR_CUSTOMER)
    opened = next((e.queue for e in plan if isinstance(e, OpenCase)), "")
    after = situation.desk.policy_of(opened).warn_after
    return [StartTimer(why=f"set to {e.status.value}", name=WARNING, due_at=now + after) for e in waits]


def fire(situation: Situation, timer: Timer, now: datetime) -> list[Effect]:
    """Warn, or close."""
    case = situation.case
    if case is None or case.status not in WAITS_FOR_CUSTOMER:
        return []
    policy = _policy(situation)
    if timer.name == WARNING:
        why = f"no reply for {_spell(policy.warn_after)}"
        due_at = _close_at(timer, policy, now)
        spoken = last_call(situation.history) if situation.history is not None else None
        warning = Reply(why=why, event="closing-soon", spoken=spoken, unanswered=_is_unanswered(situation))
        return [warning, StartTimer(why=why, name=CLOSE, due_at=due_at)]
    if timer.name == CLOSE:
        why = f"no reply for {_spell(policy.close_after)}, and they were warned"
        closed = Reply(why=why, event="closed", unanswered=_is_unanswered(situation))
        return [MoveStatus(why=why, status=after(case, Happening.SILENCE)), closed]
    return []


def _is_unanswered(situation: Situation) -> bool:
    return situation.history is not None and is_unanswered(situation.history)


def _follow(situation: Situation, plan: Sequence[Effect], now: datetime) -> list[Effect]:
    """A message came, a mail did not arrive, or a clock has acted."""
    lost = [effect.address for effect in plan if isinstance(effect, MarkUndeliverable) and effect.undeliverable]
    if lost and all(_is_only_copied(situation, address) for address in lost):
        return []  # who is to answer got it
    if lost:
        return _stop(situation, "our mail did not arrive")
    if any(isinstance(effect, Remember) and effect.event == "courtesy" for effect in plan):
        return _confirmed(situation, now)
    if any(isinstance(effect, RemoveParticipant) for effect in plan) and not any(
        isinstance(effect, MoveStatus | Reply) for effect in plan
    ):
        return []  # that somebody who was only copied left says nothing of the matter
    # A rule may set a status that waits, against the mail that came: then its word counts, not the mail.
    by_rule = any(isinstance(effect, MoveStatus) and effect.status in WAITS_FOR_CUSTOMER for effect in plan)
    moves = [effect for effect in plan if isinstance(effect, MoveStatus)]
    for effect in plan:
        match effect:
            case AddEntry(direction=Direction.IN) if by_rule:
                continue
            case AddEntry(direction=Direction.CALL | Direction.CHAT as direction):
                return _spoken(situation, plan, direction, now)
            case MoveStatus() if effect is not moves[-1]:
                continue
            case Reply(event="answer"):
                return _stop(situation, "the clock starts anew when this answer is accepted")
            case MoveStatus(status=status) if status in WAITS_FOR_CUSTOMER:
                return _start(_policy(situation), now, f"set to {status.value} without a mail")
            case MoveStatus(status=status):
                return _stop(situation, f"the case is {status.value}")
            case AddEntry(direction=Direction.IN, automatic=True):
                return _machine(situation, now)
            case AddEntry(direction=Direction.IN):
                return _stop(situation, "the customer wrote")
            case _:
                continue
    return []


def _spoken(situation: Situation, plan: Sequence[Effect], direction: Direction, now: datetime) -> list[Effect]:
    """A call or a chat is an answer that needs no mail server: the clock starts at once."""
    stands = situation.case.status if situation.case else Status.NEW
    status = next((effect.status for effect in plan if isinstance(effect, MoveStatus)), stands)
    if status in WAITS_FOR_CUSTOMER:
        return _start(_policy(situation), now, f"answered by a {direction.value}")
    return _stop(situation, f"the case is {status.value}")


def _confirmed(situation: Situation, now: datetime) -> list[Effect]:
    """They thanked us for a resolved case: it closes within a day."""
    if situation.case is None or situation.case.status is not Status.RESOLVED:
        return []
    why = "the customer confirmed that it is resolved"
    due_at = now + _policy(situation).confirmed_after
    return [StopTimer(why=why, name=WARNING), StartTimer(why=why, name=CLOSE, due_at=due_at)]


def _machine(situation: Situation, now: datetime) -> list[Effect]:
    """An absence note stops the clock, or sets it to the day of their return; other machines say nothing of them."""
    arrived = situation.occasion
    running = situation.has_timer(WARNING) or situation.has_timer(CLOSE)
    if not isinstance(arrived, Arrived) or arrived.message.automatic is not Automatic.AUTO_REPLY or not running:
        return []
    if _is_only_copied(situation, arrived.sender.address):
        return []
    until = arrived.message.absent_until
    if until is None or until <= now.date():
        return _stop(situation, "an automatic answer; they may be away")
    back = datetime.combine(until + timedelta(days=1), datetime.min.time(), tzinfo=UTC)
    return _start(_policy(situation), max(back, now), f"they are away until {until}")


def _is_only_copied(situation: Situation, address: str) -> bool:
    """Whether it is nobody whose silence counts: not a requester, and no address that we do not know."""
    key = fold_address(address)
    roles = {person.role for person in situation.participants if person.address == key}
    return bool(roles) and REQUESTER not in roles


def _start(policy: Policy, now: datetime, why: str) -> list[Effect]:
    """The warning is armed; a close left over from an earlier answer is not due any more."""
    return [StartTimer(why=why, name=WARNING, due_at=now + policy.warn_after), StopTimer(why=why, name=CLOSE)]


def _policy(situation: Situation) -> Policy:
    """That of the case's queue."""
    return situation.desk.policy_of(situation.case.queue) if situation.case else situation.desk.policy


def _stop(situation: Situation, why: str) -> list[Effect]:
    return [StopTimer(why=why, name=name) for name in (WARNING, CLOSE) if situation.has_timer(name)]


def _close_at(timer: Timer, policy: Policy, now: datetime) -> datetime:
    """When the case closes whose warning goes out now.

    On time: `close_after` counted from the answer. After downtime the warning went late, and the customer still
    gets the whole span between warning and close.
    """
    span = policy.close_after - policy.warn_after
    grace = max(span / 12, timedelta(minutes=10))
    return timer.due_at + span if now - timer.due_at <= grace else now + span


def _spell(span: timedelta) -> str:
    hours = span.total_seconds() / 3600
    return f"{hours:g} hours" if hours >= 1 else f"{span.total_seconds() / 60:g} minutes"


FEATURE = Feature("autoclose", react, fire)
