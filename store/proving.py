"""The nouns that last, of who is believed: passes of agents, and one-time codes. As `records.py`: standard library
only; no SQL, no decisions.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Pass:
    """By which an agent's tokens for a case (0: for none) are good: those of this generation, last given out then."""

    address: str
    case: int
    generation: int
    issued_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Code:
    """A one-time code that an agent was sent, for a letter that is held."""

    id: int
    agent: str
    letter: int
    bound: str
    """A digest of the letter's bytes, for which alone it is good."""
    expires_at: datetime
    outcome: str | None = None
    """How it ended; None: it can be used."""
