"""Answers that do not leave: taken back before they left, held until their agent says so, or dropped."""

from __future__ import annotations

from typing import assert_never

from maild.apply.work import Work
from maild.apply.writing import record
from maild.desk import effects as e
from maild.desk.situation import Arrived
from store.records import Direction, Entry


def hold(work: Work, effect: e.Holding) -> None:
    match effect:
        case e.TakeBack():
            gone = work.result.taken_back = work.unit.outbox.take_back(effect.mails)
            work.unit.entries.make_notes(effect.entries)
            work.note("mail.taken-back", f"{gone} mails: {effect.why}")
        case e.HoldAnswer():
            _keep(work, effect)
        case e.DropDraft():
            work.unit.entries.make_notes(effect.entries)
            work.note("answer.dropped", effect.why)
        case _:
            assert_never(effect)


def _keep(work: Work, effect: e.HoldAnswer) -> None:
    """A line of the timeline that is all that its letter becomes; the letter holds the rest of it."""
    arrived = work.situation.occasion
    draft = Entry(
        id=0,
        case=work.here.number,
        event=work.next_event(),
        direction=Direction.DRAFT,
        public=False,
        automatic=False,
        sender=effect.sender,
        sender_name=effect.sender_name,
        to=(),
        message_id=arrived.message.message_id if isinstance(arrived, Arrived) else None,
        at=work.now,
        text=effect.text,
        letter=work.letter,
    )
    record(work, draft, effect.why)
    work.note("answer.held", f"{effect.cause}: {effect.why}")
    work.result.held = effect.cause
