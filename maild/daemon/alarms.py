"""What is wrong with a mailbox, and whether it is to be said now. Decides; does nothing.

Each trouble is said once, again every so often while it lasts, and once more when it is over. One that comes and goes
is said once an hour at most.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import Enum, StrEnum
from typing import assert_never

_CALM = timedelta(hours=1)
"""A trouble that was over is not said again before."""


class Trouble(StrEnum):
    REFUSED = "refused"
    FAILING = "failing"
    SILENT = "silent"
    PROBE = "probe"


@dataclass(frozen=True, slots=True, kw_only=True)
class Patience:
    """How long each may last before it is said; none: never."""

    silent_after: timedelta
    failing_after: timedelta
    probe_within: timedelta
    again_every: timedelta


@dataclass(frozen=True, slots=True, kw_only=True)
class Known:
    """What is known of one mailbox."""

    name: str
    since: datetime
    """When this process began to look."""
    read_at: datetime | None = None
    mail_at: datetime | None = None
    failing_since: datetime | None = None
    failure: str | None = None
    refused: bool = False
    """The server answers, and does not let us in: expired credentials, a locked account, no such folder."""
    probe_waiting_since: datetime | None = None
    probe_back_at: datetime | None = None
    routing: bool = False
    """Letters wait to be routed; one may be the probe."""


@dataclass(frozen=True, slots=True)
class Finding:
    """One trouble: since when, and in words."""

    trouble: Trouble
    since: datetime
    words: str


def findings(known: Known, patience: Patience, now: datetime) -> list[Finding]:
    """What is wrong with a mailbox just now."""
    found = [_unreadable(known, patience, now), _silent(known, patience), _lost_probe(known, patience)]
    return [one for one in found if one is not None]


def _unreadable(known: Known, patience: Patience, now: datetime) -> Finding | None:
    since = known.failing_since
    if since is None:
        return None
    if known.refused:
        words = f"mailbox {known.name}: the server does not let us in: {known.failure}"
        return Finding(Trouble.REFUSED, since, words)
    if not patience.failing_after or now - since < patience.failing_after:
        return None
    words = f"mailbox {known.name} cannot be read since {_minute(since)}: {known.failure}"
    return Finding(Trouble.FAILING, since, words)


def _silent(known: Known, patience: Patience) -> Finding | None:
    """Counted up to the last reading: what was not read cannot be known to be empty."""
    last = known.mail_at or known.since
    if not patience.silent_after or known.read_at is None or known.read_at - last < patience.silent_after:
        return None
    return Finding(
        Trouble.SILENT, last, f"mailbox {known.name} is read, but no mail has come into it since {_minute(last)}"
    )


def _lost_probe(known: Known, patience: Patience) -> Finding | None:
    """Counted up to the last reading, as above."""
    since = known.probe_waiting_since
    if since is None or known.routing or known.read_at is None or known.read_at - since <= patience.probe_within:
        return None
    words = f"the probe of mailbox {known.name}, sent {_minute(since)}, did not come back"
    return Finding(Trouble.PROBE, since, words)


@dataclass(frozen=True, slots=True)
class Told:
    """When a trouble was said last, and whether it has been over since."""

    at: datetime
    over: bool = False

    def as_fact(self) -> str:
        return f"{'over' if self.over else 'open'} {self.at.isoformat()}"


def told_of(value: str | None) -> Told | None:
    """The same, of a fact."""
    if value is None:
        return None
    word, _, at = value.partition(" ")
    return Told(datetime.fromisoformat(at), word == "over")


def is_over(trouble: Trouble, known: Known, told: Told) -> bool:
    """Whether what was said has ended, by what was seen since; a trouble that only changed its face has not."""
    match trouble:
        case Trouble.REFUSED | Trouble.FAILING:
            return known.failing_since is None
        case Trouble.SILENT:
            return known.mail_at is not None and known.mail_at > told.at
        case Trouble.PROBE:
            return known.probe_back_at is not None and known.probe_back_at > told.at
    assert_never(trouble)


class Say(Enum):
    NOTHING = 0
    ALARM = 1
    OVER = 2


def what_to_say(*, found: bool, over: bool, told: Told | None, again_every: timedelta, now: datetime) -> Say:
    """Whether a trouble, or its end, is to be said now."""
    if found:
        pause = timedelta(0) if told is None else _CALM if told.over else again_every
        quiet = told is not None and timedelta(0) <= now - told.at < pause  # a told time to come: a clock was wrong
        return Say.NOTHING if quiet else Say.ALARM
    return Say.OVER if over and told is not None and not told.over else Say.NOTHING


def over_in_words(trouble: Trouble, known: Known) -> str:
    """That it is over."""
    match trouble:
        case Trouble.REFUSED | Trouble.FAILING:
            return f"mailbox {known.name} is read again"
        case Trouble.SILENT:
            return f"mailbox {known.name}: mail has come again" + (
                f", at {_minute(known.mail_at)}" if known.mail_at else ""
            )
        case Trouble.PROBE:
            return f"mailbox {known.name}: its probe came back"
    assert_never(trouble)


def _minute(at: datetime) -> str:
    return f"{at:%Y-%m-%d %H:%M}Z"
