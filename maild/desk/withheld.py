"""The effects of the limiter: mail that is not written, people to whom none is, floods, and warnings
(`effects` has the whole list)."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Withhold:
    """An automatic mail does not leave: the limiter says no. It is remembered, and an admin is told once an hour."""

    why: str
    event: str
    to: str


@dataclass(frozen=True, slots=True, kw_only=True)
class HoldMail:
    """No automatic mail about this case goes to this participant any more; or it goes again."""

    why: str
    address: str
    held: bool = True


@dataclass(frozen=True, slots=True, kw_only=True)
class MarkFlood:
    """The case is where the mails of a flood are kept."""

    why: str
    source: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Warn:
    """The admins are told of something about the desk itself, once an hour of each kind."""

    why: str
    about: str
    """Which kind; one word."""
    text: str
    """What happened, in one line."""
    lines: tuple[str, ...] = ()
    """What it means, and what to do."""


Limiting = Withhold | HoldMail | MarkFlood | Warn
