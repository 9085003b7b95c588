"""The effects of the limiter: mail that is not written, people to whom none is, and floods (`effects` has the whole
list)."""

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


Limiting = Withhold | HoldMail | MarkFlood
