"""One effect after the other becomes rows and a line in the journal, in the order in which they were decided."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from typing import assert_never

from maild.apply.actors import actor_of
from maild.apply.applied import Applied
from maild.apply.changing import change_of
from maild.apply.posting import post
from maild.apply.relating import relate, take_entry
from maild.apply.rows import is_meant, opening_row, reply_entry, vendor_entry
from maild.apply.staffing import change_agent
from maild.desk import effects as e
from maild.desk.digests import can_wait, told
from maild.desk.relations import said
from maild.desk.rules import tagged
from maild.desk.situation import Arrived, Situation
from maild.render.stationery import Stationery, Written
from maild.render.vendors import to_vendor
from parsers.message import Attachment
from store import Unit
from store.records import (
    ENDED,
    REQUESTER,
    Case,
    Change,
    Entry,
    JournalLine,
    LetterState,
    Participant,
    RelationKind,
    Status,
    fold_address,
)


def apply(
    effects: Sequence[e.Effect],
    situation: Situation,
    unit: Unit,
    stationery: Stationery,
    now: datetime,
    letter: int | None = None,
) -> Applied:
    """Carry out all effects, in order."""
    return _Applying(situation, unit, stationery, now, letter).run(effects)


class _Applying:
    def __init__(
        self, situation: Situation, unit: Unit, stationery: Stationery, now: datetime, letter: int | None
    ) -> None:
        self._situation = situation
        self._unit = unit
        self._stationery = stationery.at(situation.desk)
        self._now = now
        self._letter = letter
        self._case = situation.case
        self._entry: Entry | None = None
        self._participants = list(situation.participants)
        self._journal: list[JournalLine] = []
        self._changes: list[Change] = []
        self._result = Applied(case=situation.case.number if situation.case else None)

    def run(self, effects: Sequence[e.Effect]) -> Applied:
        for effect in effects:
            self._carry_out(effect)
        self._unit.journal.add_all(self._journal)
        self._unit.changes.add_all(self._changes)
        return self._result

    def _carry_out(self, effect: e.Effect) -> None:  # one line per kind of effect
        match effect:
            case e.OpenCase():
                self._open(effect)
            case e.AddEntry():
                self._add_entry(effect)
            case e.Reply():
                self._reply(effect)
            case e.Notify():
                self._notify(effect)
            case e.MoveStatus():
                self._move(effect)
            case e.Assign():
                self._assign(effect.owner, effect.why)
            case e.Classify():
                self._classify(effect)
            case e.Tag():
                self._tag(effect)
            case e.SetCreator():
                self._set_creator(effect)
            case e.StartTimer():
                self._unit.timers.start(self._here.number, effect.name, self._here.queue, effect.due_at, self._now)
                self._note("timer.started", f"{effect.name}, due {effect.due_at:%Y-%m-%d %H:%M:%S}Z: {effect.why}")
            case e.StopTimer():
                if self._unit.timers.stop(self._here.number, effect.name):
                    self._note("timer.stopped", f"{effect.name}: {effect.why}")
            case e.Track():
                self._unit.targets.put(replace(effect.tracked, case=self._here.number), is_new=effect.is_new)
                self._note("target.set", effect.why)
            case e.TakeBack():
                self._take_back(effect)
            case e.MarkUndeliverable():
                self._mark(effect)
            case e.MarkAway() | e.SetDigest():
                self._note(*change_agent(self._unit, effect, self._result, self._now))
            case e.Remember():
                self._note(effect.event, effect.why)
            case e.Ruled():
                self._ruled(effect)
            case e.Ignore():
                self._result.state, self._result.cause = LetterState.IGNORED, effect.rule
                self._note("letter.ignored", f"{effect.rule}: {effect.why}")
            case e.Quarantine():
                self._result.state, self._result.cause = LetterState.QUARANTINED, effect.cause
                self._note("letter.quarantined", f"{effect.cause}: {effect.why}")
            case _:
                self._join_or_part(effect)

    def _join_or_part(self, effect: e.Joining) -> None:
        """The same, for who and what belongs together."""
        match effect:
            case e.AddParticipant():
                self._add_participant(effect)
            case e.RemoveParticipant():
                self._remove_participant(effect)
            case e.TakeEntry():
                self._take_entry(effect)
            case e.Relate():
                self._relate(effect)
            case e.Unrelate():
                self._unrelate(effect)
            case e.AskVendor():
                self._ask_vendor(effect)
            case e.PassOn():
                self._result.passed_on.append(effect)
            case _:
                assert_never(effect)

    @property
    def _here(self) -> Case:
        if self._case is None:
            raise RuntimeError("an effect on a case was decided, but there is no case")
        return self._case

    def _open(self, effect: e.OpenCase) -> None:
        columns = opening_row(effect, self._now)
        number = self._unit.cases.open(status=Status.NEW.value, events=0, **columns)
        self._case = Case(number=number, status=Status.NEW, events=0, owner=None, creator=None, **columns)  # type: ignore[arg-type]
        self._result.case, self._result.opened = number, True
        arrived = self._situation.occasion
        if isinstance(arrived, Arrived) and arrived.queue != effect.queue:
            self._unit.facts.note_moves()
        self._note("case.opened", effect.why)
        for kind, target in (
            (RelationKind.CONTINUES, effect.continuation_of),
            (RelationKind.LINKED, effect.linked_to),
            (RelationKind.SPLIT, effect.split_from),
        ):
            if target is not None:
                self._relate(e.Relate(why=effect.why, source=number, kind=kind, target=target))

    def _relate(self, effect: e.Relate) -> None:
        relate(self._unit, effect, self._here.number, actor_of(self._situation), self._now)
        self._note("case.related", f"{effect.source} {effect.kind.value} {effect.target}: {effect.why}")

    def _add_participant(self, effect: e.AddParticipant) -> None:
        self._participants.append(
            self._unit.cases.add_participant(self._here.number, effect.address, effect.name, effect.role)
        )
        self._note("participant.added", f"{effect.address} ({effect.role}): {effect.why}")

    def _remove_participant(self, effect: e.RemoveParticipant) -> None:
        key = fold_address(effect.address)
        gone = [p for p in self._participants if p.address == key and p.role != REQUESTER]
        for person in gone:
            self._participants.remove(person)
            self._unit.cases.remove_participant(person.case, person.address)
            self._note("participant.removed", f"{effect.address}: {effect.why}")

    def _take_entry(self, effect: e.TakeEntry) -> None:
        was, self._entry = take_entry(self._unit, effect.entry, self._here.number, self._next_event())
        self._note("entry.moved", f"from case {was.case} e{was.event}: {effect.why}")

    def _add_entry(self, effect: e.AddEntry) -> None:
        arrived = self._situation.occasion if isinstance(self._situation.occasion, Arrived) else None
        message = arrived.message if arrived and effect.of_letter else None
        number = effect.thread or self._here.number
        self._record(
            Entry(
                id=0,
                case=number,
                event=self._next_event(number),
                direction=effect.direction,
                public=effect.public,
                automatic=effect.automatic,
                sender=effect.sender,
                sender_name=effect.sender_name,
                to=tuple(a.address for a in (*message.to, *message.cc)) if message else (),
                message_id=message.message_id if message else None,
                at=self._now,
                text=effect.text,
                letter=self._letter if effect.of_letter else None,
                finding_of=effect.finding_of,
            ),
            effect.why,
        )

    def _record(self, entry: Entry, why: str) -> None:
        entry_id = self._unit.entries.add(entry)
        self._entry = replace(entry, id=entry_id)
        if entry.letter is not None:
            self._result.entry = entry_id
        self._note("entry.added", f"e{entry.event} {entry.direction.value}: {why}")

    def _reply(self, effect: e.Reply) -> None:
        """To the people of the case, and to those of each case that was merged into it by a mail of their own, under
        their own number: none of them sees the others, and nobody is written twice."""
        reached: set[str] = set()
        for case in (self._here, *self._situation.threads):
            people = [
                p for p in self._participants if p.case == case.number and is_meant(p, everyone=effect.everyone)
            ]
            people = [p for p in people if p.address not in reached]
            reached |= {p.address for p in people}
            if people:
                self._reply_in(case, effect, people)

    def _reply_in(self, thread: Case, effect: e.Reply, people: list[Participant]) -> None:
        own = thread.number == self._here.number
        references = self._references(thread)
        if not own or (self._situation.threads and effect.replies_to not in references):
            effect = replace(effect, replies_to=None, of_letter=effect.of_letter and own)
        event = self._next_event(thread.number)
        case = self._here if own else replace(thread, status=self._here.status, events=event)
        written = self._stationery.reply(effect, case, event, people, references, self._now)
        desk = self._stationery.letterhead.desk
        entry = reply_entry(effect, case, event, written, desk, self._letter, self._now)
        before = self._entry
        self._record(entry, effect.why)
        self._post(written, effect.event, effect.automatic, effect.why, effect.hold, case.number)
        if not own:  # what is told of it is told of the case's own
            self._entry = before

    def _ask_vendor(self, effect: e.AskVendor) -> None:
        event = self._next_event()
        written = to_vendor(self._stationery, effect, self._here, event, self._now)
        self._record(vendor_entry(effect, self._here, event, written, self._letter, self._now), effect.why)
        self._post(written, "vendor", False, effect.why, effect.hold)

    def _notify(self, effect: e.Notify) -> None:
        agent = self._situation.desk.agent(effect.to)
        if agent is None:
            return
        if self._case is None:
            self._post(
                self._stationery.question(effect, agent, self._letter or 0, self._now), effect.event, True, effect.why
            )
            return
        entry = self._situation.last_public if effect.quote_last else self._entry
        if can_wait(effect, agent, self._here):
            self._unit.digests.add(agent.address, self._here.number, effect.event, told(effect, entry), self._now)
            self._note("notice.collected", f"{effect.event} for {agent.address}: {effect.why}")
            return
        here = self._here.requester
        others = [p.address for p in self._participants if p.address != here and is_meant(p, everyone=True)]
        files = () if effect.event == "receipt" else self._files()
        event = self._next_event()
        related = [said(relation, self._here.number) for relation in self._situation.relations]
        written = self._stationery.notice(
            effect, self._here, event, agent, entry, tuple(dict.fromkeys(others)), related, files, self._now
        )
        self._post(written, effect.event, True, effect.why)

    def _post(
        self,
        mail: Written,
        event: str,
        automatic: bool,
        why: str,
        hold: timedelta = timedelta(0),
        number: int | None = None,
    ) -> None:
        if mail.fallback is not None:
            self._result.faults.append(mail.fallback)
        entry = self._entry.id if self._entry and self._case else None
        case = number or (self._case.number if self._case else None)
        posted = post(self._unit, mail, event, self._now, automatic=automatic, case=case, entry=entry, hold=hold)
        for mail_id, recipient in posted:
            self._result.mails.append((mail_id, event, recipient))
            self._note("mail.queued", f"{event} to {recipient}: {why}")

    def _move(self, effect: e.MoveStatus) -> None:
        was = self._here.status
        self._set("status", effect.status, effect.why)
        self._set("closed_at", self._now if effect.status in ENDED else None)
        self._note(
            "case.moved", f"{was.value} → {effect.status.value}: {effect.why}", f"status={effect.status.value}"
        )

    def _classify(self, effect: e.Classify) -> None:
        if getattr(self._here, effect.field) != effect.value:
            self._set(effect.field, effect.value, effect.why)
            if effect.field == "queue":
                self._unit.timers.move(self._here.number, effect.value)
                self._unit.facts.note_moves()
        said = f"{effect.field}={effect.value}"
        self._note("case.classified", f"{said}: {effect.why}", said)

    def _assign(self, owner: str | None, why: str) -> None:
        self._set("owner", owner, why)
        self._unit.cases.set(self._here.number, assigned_at=self._now if owner else None)
        self._note("case.assigned", f"to {owner or 'nobody'}: {why}", f"owner={owner or 'nobody'}")

    def _set_creator(self, effect: e.SetCreator) -> None:
        self._set("creator", effect.creator)
        self._note("case.creator", f"{effect.creator}: {effect.why}")

    def _unrelate(self, effect: e.Unrelate) -> None:
        self._unit.relations.remove(effect.source, effect.kind, effect.target)
        self._note("case.parted", f"{effect.source} is not {effect.kind.value} {effect.target}: {effect.why}")

    def _tag(self, effect: e.Tag) -> None:
        tags = tagged(self._here.tags, effect.add, effect.remove)
        self._unit.cases.set_tags(self._here.number, tags)
        self._case = replace(self._here, tags=tags)
        said = " ".join([*(f"+{tag}" for tag in effect.add), *(f"-{tag}" for tag in effect.remove)])
        self._note("case.tagged", f"{said}: {effect.why}", f"tags={' '.join(tags) or 'none'}")

    def _ruled(self, effect: e.Ruled) -> None:
        if effect.error is not None:
            self._result.failed_rules += ((effect.rule, effect.error),)
        word = "failed" if effect.error is not None else "applied" if effect.applied else "not-applied"
        self._note(f"rule-{word}", effect.why)

    def _take_back(self, effect: e.TakeBack) -> None:
        gone = self._result.taken_back = self._unit.outbox.take_back(effect.mails)
        self._unit.entries.make_notes(effect.entries)
        self._note("mail.taken-back", f"{gone} mails: {effect.why}")

    def _mark(self, effect: e.MarkUndeliverable) -> None:
        numbers = [self._here.number, *(thread.number for thread in self._situation.threads)]
        self._unit.cases.set_undeliverable(numbers, effect.address, effect.undeliverable)
        word = "undeliverable" if effect.undeliverable else "deliverable"
        self._note(f"participant.{word}", f"{effect.address}: {effect.why}")

    def _set(self, column: str, value: object, why: str = "") -> None:
        change = change_of(self._here, column, value, why, actor_of(self._situation), self._now)
        if change is not None:
            self._changes.append(change)
        stored = value.value if isinstance(value, Status) else value
        self._unit.cases.set(self._here.number, **{column: stored, "updated_at": self._now})
        self._case = replace(self._here, **{column: value})  # type: ignore[arg-type]

    def _next_event(self, number: int | None = None) -> int:
        """The next number of the case's events, or of those of a case that was merged into it."""
        here = self._here.number
        event = self._unit.cases.next_event(number or here, self._now)
        if number in (None, here):
            self._case = replace(self._here, events=event)
        return event

    def _references(self, case: Case) -> list[str]:
        root = [case.root_message_id] if case.root_message_id else []
        return [*root, *self._unit.entries.public_ids(case.number, limit=9)]

    def _files(self) -> tuple[Attachment, ...]:
        occasion = self._situation.occasion
        return occasion.message.attachments if isinstance(occasion, Arrived) else ()

    def _note(self, event: str, why: str, change: str | None = None) -> None:
        if change is not None:
            self._result.changes.append(change)
        self._journal.append(
            JournalLine(
                at=self._now,
                event=event,
                why=why,
                actor=actor_of(self._situation),
                case=self._case.number if self._case else None,
                letter=self._letter,
            )
        )
