"""Reads from the store what must be known when an agent writes: what the notice was about that they answer, what was
said since, and which answers are held."""

from __future__ import annotations

from dataclasses import replace

from maild.desk.drafts import of_agent
from maild.desk.echoes import RUN
from maild.desk.settings import Agent
from maild.desk.situation import Arrived, Situation
from maild.pipeline.office import Office
from parsers.message import ParsedMessage
from store import Unit
from store.records import Direction, Entry, Outgoing, RelationKind, fold_address

_MOST = 100
"""What stands further back in a case is in no notice that they could have quoted."""


def answered(office: Office, unit: Unit, situation: Situation, arrived: Arrived, agent: Agent) -> Situation:
    """The situation with all of it."""
    message, notice = arrived.message, _notice(unit, arrived.message, agent)
    numbers = [situation.case.number] if situation.case else []
    numbers += [thread.number for thread in situation.threads]
    if notice is not None:
        entry = unit.entries.get(notice.entry) if notice.entry is not None else None
        about = entry if entry is not None and entry.case in numbers else None
        situation = replace(situation, answered=about, noticed_at=notice.created_at)
    if not numbers:
        return situation
    found = unit.entries.since(numbers, notice.created_at if notice else None)
    situation = replace(
        situation,
        since=tuple(one for one in found if notice is not None and _is_after(one, notice, situation)),
        drafts=tuple(one for one in found if one.direction is Direction.DRAFT),
    )
    if office.desk.guards.internal and len(message.reply_text.split()) >= RUN:
        situation = replace(situation, recent=tuple(unit.entries.recent(numbers, _MOST)))
    return _held(office, unit, situation, arrived, agent)


def _notice(unit: Unit, message: ParsedMessage, agent: Agent) -> Outgoing | None:
    """The mail of ours to them that theirs answers; else the newest that it refers to, or was begun from."""
    ids = [message.in_reply_to, *(mark.message_id for mark in message.marks if mark.message_id)]
    asked = [unit.outbox.by_message_id(ids[0])] if ids[0] else []
    if not (asked and asked[0]):
        asked = [unit.outbox.by_message_id(one) for one in dict.fromkeys(ids[1:]) if one]
        events = {(mark.case, mark.event) for mark in message.marks if mark.place == "address"}
        asked += [unit.outbox.of_event(case, event) for case, event in events if event is not None]
    theirs = [mail for mails in asked for mail in mails if mail.recipient == fold_address(agent.address)]
    return max(theirs, key=lambda mail: mail.id, default=None)


def _is_after(entry: Entry, notice: Outgoing, situation: Situation) -> bool:
    """Of its own case a notice tells by its number what stood before it; of others by its time. What a case held
    when it was merged into this one came by that, and who merged them was told."""
    head = f"<c{entry.case}.e"
    if notice.case == entry.case and notice.message_id.startswith(head):
        return entry.event > int(notice.message_id[len(head) :].partition(".")[0])
    merged = [r.at for r in situation.relations if r.kind is RelationKind.MERGED and r.source == entry.case]
    return notice.created_at is not None and entry.at > max([notice.created_at, *merged])


def _held(office: Office, unit: Unit, situation: Situation, arrived: Arrived, agent: Agent) -> Situation:
    """With the mail in which their held answer came, where they may ask for it."""
    mine = of_agent(situation, agent)
    if not mine or mine[-1].letter is None or not any(command.verb == "send" for command in arrived.commands):
        return situation
    return replace(situation, draft=office.read(unit.letters.raw(mine[-1].letter)))
