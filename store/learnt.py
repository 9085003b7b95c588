"""The nouns that last, of what is learnt from former cases. As `records.py`: standard library only; no SQL, no
decisions.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime

from store.records import Status


@dataclass(frozen=True, slots=True, kw_only=True)
class KeptModel:
    """What was learnt once; its content is read only where it is needed (`Models.content`)."""

    version: str
    made_at: datetime
    until: datetime
    """When the newest case came that it learnt from."""
    lessons: int
    report: dict[str, object] = field(hash=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class PastCase:
    """A former case as something to learn from: what came, and what agents, rules and learning said that it is."""

    number: int
    at: datetime
    status: Status
    subject: str
    text: str
    requester: str
    language: str
    came_to: str
    """The queue that its mail came to."""
    fields: dict[str, str] = field(hash=False)
    said: dict[str, list[str]] = field(hash=False)
    """Field → the journal's lines on it, the oldest first."""
