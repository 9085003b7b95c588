"""Reads what the limiter must know: who was written how much, and what somebody writes again and again.
Decides nothing."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import replace
from datetime import datetime, timedelta

from maild.desk.floods import WINDOW, floods, is_on, may_be_of_one, sources
from maild.desk.loops import repeated
from maild.desk.settings import Desk
from maild.desk.situation import Arrived, Joined, Sender, Situation, Speaker
from maild.desk.wishes import ANSWERS
from maild.pipeline.office import Office
from parsers.message import ParsedMessage
from store import Unit
from store.outbox import Written
from store.records import Case, Status

_HOUR = timedelta(hours=1)
_SIMILAR_WITHIN = timedelta(days=7)
_MOST_SIMILAR = 20
_ANSWERS = ("acknowledgement",)
"""What the limiter counts of all who write, beside the answers of rules."""


def counted(
    unit: Unit, situation: Situation, arrived: Arrived, now: datetime, written: Written | None = None
) -> Situation:
    """With what the limiter must know of this sender, of the customer for whom they open a case, and of the requester
    whom a rule may answer. `written`: what this sender was, where that is known already."""
    sender = arrived.sender
    if sender.speaker is Speaker.CLAIMS_AGENT:
        unit.outbox.alone_with(sender.address)
        count = unit.outbox.automatic_since(sender.address, ("unproven",), now - _HOUR)
        return replace(situation, challenged_last_hour=count)
    if situation.asked is not None:
        return limited(unit, situation, sender.address, now, ("acknowledgement", *ANSWERS))
    if situation.case is not None:
        return limited(unit, situation, situation.case.requester, now) if situation.desk.rules.replies else situation
    if arrived.behalf is not None:
        return limited(unit, situation, arrived.behalf.address, now, ("logged",))
    similar: Sequence[Case] = ()
    if sender.speaker in (Speaker.PARTICIPANT, Speaker.STRANGER):
        similar = unit.cases.unfinished_of(sender.address, now - _SIMILAR_WITHIN, _MOST_SIMILAR)
    if written is None:
        return limited(unit, situation, sender.address, now, similar=similar)
    return _with_written(replace(situation, similar=tuple(similar)), written)


def limited(
    unit: Unit,
    situation: Situation,
    address: str,
    now: datetime,
    answers: Collection[str] = _ANSWERS,
    similar: Sequence[Case] = (),
) -> Situation:
    """With how many automatic answers this address had, those of rules among them; and with these cases of theirs."""
    written = _written(unit, situation.desk, address, now, answers)
    return _with_written(replace(situation, similar=tuple(similar)), written)


def _written(unit: Unit, desk: Desk, address: str, now: datetime, answers: Collection[str] = _ANSWERS) -> Written:
    """How many automatic answers this address had; nobody adds to them before the end of this transaction."""
    unit.outbox.alone_with(address)
    events, most = (*answers, *sorted(desk.rules.replies)), desk.policy.acknowledgements_in_all
    return unit.outbox.automatic(address, events, now - _HOUR, now - timedelta(days=1), most)


def _with_written(situation: Situation, written: Written) -> Situation:
    return replace(
        situation,
        acknowledged_last_hour=written.last_hour,
        acknowledged_last_day=written.last_day,
        acknowledged_in_all=written.in_all,
    )


def joined_case(
    unit: Unit, office: Office, message: ParsedMessage, sender: Sender, now: datetime, *, late: bool = False
) -> tuple[Joined | None, Case | None, Written | None]:
    """Whether a mail that no signal brings to a case opens none all the same, and where it is kept then; and what its
    sender was written, if that was counted."""
    if not may_be_of_one(message, sender):
        return None, None, None
    joined, case = _flooding(unit, office, sender, now) if not late else (None, None)
    if joined is not None or sender.speaker is Speaker.MACHINE:
        return joined, case, None
    written = _written(unit, office.desk, sender.address, now)
    return *_repeating(unit, office, message, sender, now, written), written


def _flooding(unit: Unit, office: Office, sender: Sender, now: datetime) -> tuple[Joined | None, Case | None]:
    """Whether it is one of a flood; the flood's case, where there is one already."""
    found = sources(sender.address, office.desk.policy)
    kept = unit.facts.get_many([f"flood {source.name}" for source in found])
    since = {source.name: (now - WINDOW, source.most) for source in found}
    for source in found:
        if (number := kept.get(f"flood {source.name}")) is None:
            continue
        case = unit.cases.lock(int(number))
        if case is not None and is_on(case, now):
            return Joined(why=f"part of the flood of case {case.number}", flood=source.name), case
        if case is not None:  # from its end on a new count
            since[source.name] = max(now - WINDOW, case.updated_at), source.most
    flooded = floods(found, unit.cases.opened_since(since))
    if flooded is None:
        return None, None
    whose = flooded.name if flooded.name != "@" else "everywhere"
    return Joined(why=f"{flooded.most} new cases came from {whose} within an hour", flood=flooded.name), None


def _repeating(
    unit: Unit, office: Office, message: ParsedMessage, sender: Sender, now: datetime, written: Written
) -> tuple[Joined | None, Case | None]:
    """Whether it answers ours again and again; the case of the last one like it."""
    most = office.desk.policy.automatic_per_case
    if written.last_hour < most:
        return None, None
    numbers = unit.cases.opened_by(sender.address, now - _HOUR, _MOST_SIMILAR)
    found = repeated(message.reply_text or message.text, unit.entries.first_of(numbers), most)
    case = unit.cases.lock(found.case) if found is not None else None
    if case is None or case.status is Status.MERGED:
        return None, None
    why = f"{sender.address} wrote nearly the same again after {most} of our mails within an hour"
    return Joined(why=why), case
