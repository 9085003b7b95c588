"""What an effect means in a row: whom a public mail reaches, how a new case begins."""

from __future__ import annotations

from datetime import datetime

from maild.desk import effects as e
from store.records import REQUESTER, Participant


def is_meant(person: Participant, *, everyone: bool) -> bool:
    """Whether a public mail goes to this person."""
    return person.role == REQUESTER or (everyone and not person.undeliverable)


def opening_row(effect: e.OpenCase, now: datetime) -> dict[str, object]:
    return {
        "queue": effect.queue,
        "subject": effect.subject,
        "severity": effect.severity,
        "kind": effect.kind,
        "level": effect.level,
        "requester": effect.requester,
        "requester_name": effect.requester_name,
        "language": effect.language,
        "created_at": now,
        "updated_at": now,
        "root_message_id": effect.root_message_id,
        "continuation_of": effect.continuation_of,
        "linked_to": effect.linked_to,
    }
