"""Effects of the closed list (`effects.py`): answers that do not leave."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class TakeBack:
    """Remove the mails of the held answers; their entries become notes."""

    why: str
    mails: tuple[int, ...]
    entries: tuple[int, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class HoldAnswer:
    """An agent's answer is kept as a draft, with all that was meant to happen with it: they look at it once more."""

    why: str
    cause: str
    """Which guard held it."""
    sender: str
    sender_name: str
    text: str


@dataclass(frozen=True, slots=True, kw_only=True)
class DropDraft:
    """Held answers will not be sent; they stay as notes."""

    why: str
    entries: tuple[int, ...]


Holding = TakeBack | HoldAnswer | DropDraft
