"""The effects by which it is settled who is believed: tokens made void, questions asked, answers to them. They belong
to the closed list of `effects`.
"""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Ask:
    """Ask this agent, by a mail with a one-time code, whether the quarantined letter is theirs, or meant."""

    why: str
    event: str
    to: str
    lines: tuple[str, ...]
    """What it says."""
    letter: int | None = None
    """Which letter; None: the one that is at hand."""


@dataclass(frozen=True, slots=True, kw_only=True)
class SettleQuestion:
    """A question is answered: the letter goes its way (confirmed), is dropped (denied), or stays (refused)."""

    why: str
    code: int
    letter: int
    outcome: str


@dataclass(frozen=True, slots=True, kw_only=True)
class VoidToken:
    """The tokens that were given out to this agent for a case (0: for none) are good for nothing from now on."""

    why: str
    address: str
    case: int


Proving = VoidToken | Ask | SettleQuestion
"""Who is believed, and what is asked of whom."""
