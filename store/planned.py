"""The nouns that last, of what agents plan and of the time they worked. As `records.py`: standard library only; no
SQL, no decisions.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Reminder:
    """What an agent wants to be reminded of; the timer `remind-` and its id says when."""

    id: int
    case: int
    agent: str
    text: str
    due_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Worked:
    """How long somebody worked on a case. Written once; what was wrong is set right by a line below zero."""

    case: int
    agent: str
    minutes: int
    text: str
    at: datetime
