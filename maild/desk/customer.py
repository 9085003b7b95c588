"""Somebody outside writes: a new case, or one more message in theirs."""

from __future__ import annotations

from datetime import datetime

from maild.desk.addresses import can_be_written_to
from maild.desk.courtesy import is_courtesy
from maild.desk.domains import domain_of
from maild.desk.effects import (
    AddEntry,
    AddParticipant,
    Effect,
    MarkUndeliverable,
    MoveStatus,
    OpenCase,
    Quarantine,
    Remember,
    RemoveParticipant,
)
from maild.desk.entries import came_in
from maild.desk.lifecycle import Happening, after
from maild.desk.process import first_level
from maild.desk.reopening import stays_done, too_often
from maild.desk.situation import Arrived, Match, Situation, Speaker
from maild.desk.standing import Tell
from maild.desk.wishes import does_wish
from parsers.message import Address, ParsedMessage
from parsers.wishes import Wish, wish_of
from store.records import CC, Case, StateType, fold_address, without_plus


def customer_writes(situation: Situation, arrived: Arrived, now: datetime) -> list[Effect]:
    """The effects of a message from outside, without what the features add."""
    reopens = situation.asked is not None and situation.asked.wish is Wish.REOPEN
    if situation.asked is not None and not (reopens and too_often(situation, now)):
        return does_wish(situation, arrived, situation.asked.wish, now)
    if situation.case is None:
        return open_case(situation, arrived)
    return _reply(situation.case, situation, arrived, now)


def open_case(situation: Situation, arrived: Arrived) -> list[Effect]:
    """A new case for the sender; whom they copied takes part, too."""
    if not can_be_written_to(arrived.sender.address):
        return [Quarantine(cause="no-sender", why="From names nobody who could be answered")]
    desk, message, match = situation.desk, arrived.message, arrived.match
    automatic, contact = message.automatic is not None, situation.contact(message.sender.address)
    name = message.sender.name or (contact.name if contact else None) or ""
    language = (contact.language if contact else None) or message.language or desk.language
    effects: list[Effect] = [
        OpenCase(
            why=match.why,
            queue=arrived.queue,
            subject=message.base_subject or "(no subject)",
            requester=fold_address(message.sender.address),
            requester_name=name,
            severity=desk.policy.severity,
            kind=desk.policy.kind,
            level=first_level(desk.policy.kind, desk.queue(arrived.queue).level),
            language=language,
            root_message_id=message.message_id,
            continuation_of=match.continues,
            linked_to=match.linked_to or arrived.elsewhere,
            domain=None if arrived.late else domain_of(message.sender.address),
        ),
        AddParticipant(
            why="wrote the mail that opened the case",
            address=message.sender.address,
            name=name,
            role="requester",
        ),
    ]
    # Whoever uses another's name must not be let in beside them.
    for person in () if arrived.sender.forged else copied(message, situation):
        why = "was in Cc of the mail that opened the case"
        effects.append(AddParticipant(why=why, address=person.address, name=person.name, role="cc"))
    effects.append(_entry(arrived, message.text, automatic=automatic, public=True))
    return [*effects, *_remarks(match, arrived)]


def _reply(case: Case, situation: Situation, arrived: Arrived, now: datetime) -> list[Effect]:
    message = arrived.message
    if leaves(situation, arrived):
        why = f"{arrived.sender.address} does not want to take part any more"
        kept = _entry(arrived, message.reply_text or message.text, automatic=False, public=False)
        # Whoever else takes part could say so in their name: they must learn of it.
        said = Tell(
            why=why,
            event="left",
            to=fold_address(arrived.sender.address),
            number=arrived.match.thread or case.number,
            language=case.language,
            replies_to=message.message_id,
        )
        return [kept, RemoveParticipant(why=why, address=arrived.sender.address), said]
    takes_part = arrived.sender.speaker is Speaker.PARTICIPANT
    text = message.reply_text or message.text
    effects: list[Effect] = [_entry(arrived, text, automatic=False, public=takes_part)]
    if not takes_part:
        # Somebody to whom our mail was passed on: their words are kept, who reads the case stays the same (R4).
        event = "attached" if arrived.attached else "token-from-stranger"
        effects.append(Remember(event=event, why=f"{arrived.sender.address} is not added to the case"))
    elif any(p.undeliverable and p.address == fold_address(arrived.sender.address) for p in situation.participants):
        why = "they wrote from that address again"
        effects.append(MarkUndeliverable(why=why, address=arrived.sender.address, undeliverable=False))
    bare = not message.attachments
    if case.status.state is StateType.DONE and bare and is_courtesy(text, arrived.sender.name):
        effects.append(Remember(event="courtesy", why="a word of thanks does not open a finished case again"))
        return effects
    status, enough = after(case, Happening.CUSTOMER_WROTE), too_often(situation, now)
    if status is not case.status and enough is not None:
        effects += stays_done(situation, enough, now)
    elif status is not case.status:
        effects.append(MoveStatus(status=status, why=Happening.CUSTOMER_WROTE.value))
    return [*effects, *_remarks(arrived.match, arrived)]


def leaves(situation: Situation, arrived: Arrived) -> bool:
    """Whether somebody who was only copied wants no more mail: themselves, and with a token of ours, which whoever
    merely uses their address does not have."""
    key = fold_address(arrived.sender.address)
    if arrived.sender.speaker is not Speaker.PARTICIPANT or not arrived.sender.proven:
        return False
    mine = [person for person in situation.participants if person.address == key]
    return wish_of(arrived.message) is Wish.LEAVE and bool(mine) and all(person.role == CC for person in mine)


def _entry(arrived: Arrived, text: str, *, automatic: bool, public: bool) -> AddEntry:
    match = arrived.match
    return came_in(arrived, text, match.why, public=public, automatic=automatic, thread=match.thread)


def copied(message: ParsedMessage, situation: Situation) -> list[Address]:
    """Whom a mail copied; not ourselves, our agents, and people who were deactivated."""
    desk = situation.desk
    seen = {fold_address(message.sender.address)}
    # Where the last server delivered it is another name of our own mailbox.
    aliases = {without_plus(fold_address(person.address)) for person in message.delivered_to}
    people = []
    for person in (*message.to, *message.cc):
        key = fold_address(person.address)
        ours = desk.is_own(person.address) or without_plus(key) in aliases or desk.agent(person.address) is not None
        contact = situation.contact(key)
        left = contact is not None and not contact.active
        if can_be_written_to(key) and key not in seen and not ours and not left:
            seen.add(key)
            people.append(person)
    return people[: desk.policy.participants]


def _remarks(match: Match, arrived: Arrived) -> list[Effect]:
    remarks: list[Effect] = []
    if match.reason is not None:
        remarks.append(Remember(event=match.reason, why=match.why))
    if arrived.elsewhere is not None:
        why = f"the same mail went to another queue, as case {arrived.elsewhere}"
        remarks.append(Remember(event="also-elsewhere", why=why))
    return remarks
