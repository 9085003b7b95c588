"""What an effect means in a row: whom a public mail reaches, how a new case begins."""

from __future__ import annotations

from datetime import datetime

from maild.desk import effects as e
from maild.desk.settings import Desk
from maild.render.stationery import Written
from store.records import CC, REQUESTER, Case, Direction, Entry, Participant


def is_meant(person: Participant, *, everyone: bool) -> bool:
    """Whether a public mail goes to this person."""
    return person.role == REQUESTER or (person.role == CC and everyone and not person.undeliverable)


def reply_entry(
    effect: e.Reply, case: Case, event: int, written: Written, desk: Desk, letter: int | None, now: datetime
) -> Entry:
    """A public mail, as a line of the timeline."""
    return Entry(
        id=0,
        case=case.number,
        event=event,
        direction=Direction.OUT,
        public=True,
        automatic=effect.automatic,
        sender=effect.author or desk.queue(case.queue).address,
        sender_name=effect.author_name or desk.name,
        to=written.recipients,
        message_id=written.message_id,
        at=now,
        text=effect.text or written.text,
        letter=letter if effect.of_letter else None,
    )


def vendor_entry(
    effect: e.AskVendor, case: Case, event: int, written: Written, letter: int | None, now: datetime
) -> Entry:
    """What was written to a vendor, as a line of the timeline."""
    return Entry(
        id=0,
        case=case.number,
        event=event,
        direction=Direction.OUT,
        public=False,
        automatic=False,
        sender=effect.author,
        sender_name=effect.author_name,
        to=written.recipients,
        message_id=written.message_id,
        at=now,
        text=effect.text,
        letter=letter,
    )
