"""What came of carrying out effects. Only holds it."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime

from maild.desk.effects import PassOn
from store.records import LetterState


@dataclass(slots=True, kw_only=True)
class Applied:
    """What came of it: for the letter's row, and for the log."""

    state: LetterState = LetterState.ROUTED
    case: int | None = None
    entry: int | None = None
    cause: str | None = None
    opened: bool = False
    changes: list[str] = field(default_factory=list)
    mails: list[tuple[int, str, str]] = field(default_factory=list)
    """(outbox id, event, recipient)"""
    faults: list[str] = field(default_factory=list)
    """Templates that failed."""
    wrong_tokens: int = 0
    failed_rules: tuple[tuple[str, str], ...] = ()
    """(rule, error) of those that were skipped."""
    absences: list[tuple[str, datetime | None]] = field(default_factory=list)
    """(agent, until when they are away; None: they are back)"""
    voided: list[tuple[str, int]] = field(default_factory=list)
    """(agent, case) whose tokens are good for nothing any more."""
    answered: str | None = None
    """How a question about a quarantined letter ended."""
    guessed: bool = False
    """Whether its sender has shown so many wrong tokens that none of theirs counts for a day."""
    passed_on: list[PassOn] = field(default_factory=list)
    """What is still to follow for other cases."""
    others: list[Applied] = field(default_factory=list)
    """What came of that."""
    withheld: list[tuple[str, str, str]] = field(default_factory=list)
    """(event, recipient, why) of mails that the limiter kept back."""
    handled: list[tuple[str, int | None]] = field(default_factory=list)
    """(what an admin said, of which quarantined letter)"""
    flood: str | None = None
    """The source of a flood that began."""
    taken_back: int = 0
    """How many mails of held answers will not leave."""
    held: str | None = None
    """Which guard held an agent's answer."""
