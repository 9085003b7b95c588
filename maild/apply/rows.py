"""What an effect means in a row: how a new case begins, what a mail of ours is in the timeline."""

from __future__ import annotations

from datetime import datetime

from maild.desk import effects as e
from maild.desk.settings import Desk
from maild.render.stationery import Written
from store.records import Case, Direction, Entry


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
