"""What becomes of the case itself: its row, its fields, its people, what it is to other cases."""

from __future__ import annotations

from dataclasses import replace
from typing import assert_never

from maild.apply.relating import relate as put
from maild.apply.work import Work
from maild.desk import effects as e
from maild.desk.changes import newly_opened
from maild.desk.plans import reminder_timer
from maild.desk.rules.rules import tagged
from maild.desk.situation import Arrived
from store.planned import Reminder, Worked
from store.records import ENDED, REQUESTER, RelationKind, fold_address

_OPENING = frozenset(
    "queue subject status severity kind level requester requester_name language created_at updated_at events "
    "root_message_id continuation_of linked_to domain".split()
)
"""What a case's row begins with."""


def open_case(work: Work, effect: e.OpenCase) -> None:
    opened = newly_opened(effect, work.now)
    number = work.unit.cases.open(**{name: getattr(opened, name) for name in _OPENING})
    work.case = replace(opened, number=number)
    work.result.case, work.result.opened = number, True
    arrived = work.situation.occasion
    if isinstance(arrived, Arrived) and arrived.queue != effect.queue:
        work.unit.facts.note_moves()
    work.note("case.opened", effect.why)
    for kind, target in (
        (RelationKind.CONTINUES, effect.continuation_of),
        (RelationKind.LINKED, effect.linked_to),
        (RelationKind.SPLIT, effect.split_from),
    ):
        if target is not None:
            relate(work, e.Relate(why=effect.why, source=number, kind=kind, target=target))


def move(work: Work, effect: e.MoveStatus) -> None:
    was = work.here.status
    work.set("status", effect.status, effect.why)
    work.set("closed_at", work.now if effect.status in ENDED else None)
    work.note("case.moved", f"{was.value} → {effect.status.value}: {effect.why}", f"status={effect.status.value}")


def classify(work: Work, effect: e.Classify) -> None:
    if getattr(work.here, effect.field) != effect.value:
        work.set(effect.field, effect.value, effect.why)
        if effect.field == "queue":
            work.timers.move(work.here.number, effect.value)
            work.unit.facts.note_moves()
    said = f"{effect.field}={effect.value}"
    work.note("case.classified", f"{said}: {effect.why}", said)


def assign(work: Work, owner: str | None, why: str) -> None:
    work.set("owner", owner, why)
    work.set_unseen("assigned_at", work.now if owner else None)
    work.note("case.assigned", f"to {owner or 'nobody'}: {why}", f"owner={owner or 'nobody'}")


def tag(work: Work, effect: e.Tag) -> None:
    tags = tagged(work.here.tags, effect.add, effect.remove)
    work.set_unseen("tags", " ".join(tags))
    work.case = replace(work.here, tags=tags)
    said = " ".join([*(f"+{tag}" for tag in effect.add), *(f"-{tag}" for tag in effect.remove)])
    work.note("case.tagged", f"{said}: {effect.why}", f"tags={' '.join(tags) or 'none'}")


def plan(work: Work, effect: e.Planned) -> None:
    case = work.here
    match effect:
        case e.Remind():
            one = Reminder(id=0, case=case.number, agent=effect.agent, text=effect.text, due_at=effect.due_at)
            one = replace(one, id=work.unit.reminders.add(one))
            name = reminder_timer(one.id)
            work.reminders.append(one)
            work.start_timer(name, effect.due_at)
            work.note("timer.started", f"{name}, due {effect.due_at:%Y-%m-%d %H:%M:%S}Z: {effect.why}")
        case e.NoteTime():
            one_more = Worked(
                case=case.number, agent=effect.agent, minutes=effect.minutes, text=effect.text, at=work.now
            )
            work.unit.worked.add(one_more)
            work.note("time.worked", f"{effect.minutes} minutes, {effect.agent}: {effect.text or effect.why}")
        case e.SetDue():
            work.set("due_at", effect.due_at)
            said = f"{effect.due_at:%Y-%m-%d %H:%M}Z" if effect.due_at else "none"
            work.note("case.due", f"{said}: {effect.why}", f"due={said}")
        case _:
            assert_never(effect)


def set_creator(work: Work, effect: e.SetCreator) -> None:
    work.set("creator", effect.creator)
    work.note("case.creator", f"{effect.creator}: {effect.why}")


def mark(work: Work, effect: e.MarkUndeliverable) -> None:
    numbers = [work.here.number, *(thread.number for thread in work.situation.threads)]
    work.unit.cases.set_undeliverable(numbers, effect.address, effect.undeliverable)
    word = "undeliverable" if effect.undeliverable else "deliverable"
    work.note(f"participant.{word}", f"{effect.address}: {effect.why}")


def hold_mail(work: Work, effect: e.HoldMail) -> None:
    numbers = [work.here.number, *(thread.number for thread in work.situation.threads)]
    work.unit.cases.set_held(numbers, effect.address, effect.held)
    work.note("mail.held" if effect.held else "mail.released", f"{effect.address}: {effect.why}")


def mark_flood(work: Work, effect: e.MarkFlood) -> None:
    work.unit.facts.put(f"flood {effect.source}", str(work.here.number))
    work.result.flood = effect.source
    work.note("flood.began", effect.why)


def ruled(work: Work, effect: e.Ruled) -> None:
    if effect.error is not None:
        work.result.failed_rules += ((effect.rule, effect.error),)
    word = "failed" if effect.error is not None else "applied" if effect.applied else "not-applied"
    work.note(f"rule-{word}", effect.why)


def add_participant(work: Work, effect: e.AddParticipant) -> None:
    work.participants.append(
        work.unit.cases.add_participant(work.here.number, effect.address, effect.name, effect.role)
    )
    work.note("participant.added", f"{effect.address} ({effect.role}): {effect.why}")


def remove_participant(work: Work, effect: e.RemoveParticipant) -> None:
    key = fold_address(effect.address)
    gone = [p for p in work.participants if p.address == key and p.role != REQUESTER]
    for person in gone:
        work.participants.remove(person)
        work.unit.cases.remove_participant(person.case, person.address)
        work.note("participant.removed", f"{effect.address}: {effect.why}")


def relate(work: Work, effect: e.Relate) -> None:
    work.relations.append(put(work.unit, effect, work.here.number, work.actor, work.now))
    work.note("case.related", f"{effect.source} {effect.kind.value} {effect.target}: {effect.why}")


def unrelate(work: Work, effect: e.Unrelate) -> None:
    work.unit.relations.remove(effect.source, effect.kind, effect.target)
    key = (effect.source, effect.kind, effect.target)
    work.relations = [one for one in work.relations if (one.source, one.kind, one.target) != key]
    if effect.kind is RelationKind.MERGED:  # with all that was merged into that one before
        gone = {effect.source, *work.unit.relations.threads([effect.source]).get(effect.source, ())}
        work.threads = [thread for thread in work.threads if thread.number not in gone]
        work.participants = [person for person in work.participants if person.case not in gone]
    work.note("case.parted", f"{effect.source} is not {effect.kind.value} {effect.target}: {effect.why}")
