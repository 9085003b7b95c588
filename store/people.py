"""The nouns that last, of people: agents and customers as they were changed, and how much work an agent has. As
`records.py`: standard library only; no SQL, no decisions.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class AgentRow:
    """What was said of an agent since the configuration was written; None: what that says."""

    address: str
    added: bool = False
    """Whether they stand in no configuration."""
    active: bool = True
    name: str | None = None
    level: str | None = None
    role: str | None = None
    queues: tuple[str, ...] | None = None
    skills: tuple[str, ...] | None = None
    away_until: datetime | None = None
    away_why: str | None = None
    digest: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Contact:
    """What was said of a customer, beside what their mails say; None: nothing was."""

    address: str
    active: bool = True
    name: str | None = None
    language: str | None = None
    organisation: str | None = None
    plan: str | None = None
    same_as: str | None = None
    """The address under which this person is known, where an admin said that it is another one of theirs."""
    blocked_at: datetime | None = None
    """Since when what they write has no effect."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Known(Contact):
    """A customer with what their cases know of them."""

    undeliverable: bool
    cases: int
    open_cases: int
    last_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Load:
    """What an agent has to do, and has done."""

    open: int = 0
    """Cases of theirs that are not done."""
    closed_alike: int = 0
    """Cases of the kind and queue in question that were closed while theirs, in the time looked at."""
    given_at: datetime | None = None
    """When they were last given a case, and which."""
    given: int = 0
