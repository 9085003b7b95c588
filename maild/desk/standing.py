"""How a case stands, as its requester may know it: what `status` and `list` tell them.

Nothing of ours is in it: no owner, no severity, no note, and of a case that was merged into another's only what is
its own. What a status means in plain words is the templates' business.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from maild.desk.settings import Customer, Desk, Policy
from parsers.wishes import Wish
from store.records import Case, Status, fold_address


@dataclass(frozen=True, slots=True)
class Promised:
    """Until when something was promised."""

    goal: str
    due_at: datetime
    late: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Standing:
    """How one case stands."""

    number: int
    subject: str
    status: str
    queue: str
    opened_at: datetime
    since: datetime | None = None
    """Since when it has the status, where that is known."""
    requester: str = ""
    """Whose it is, where it is not the reader's own."""
    closes_at: datetime | None = None
    """When silence will close it."""
    reopens_until: datetime | None = None
    """Until when an answer opens a closed one again."""
    promised: tuple[Promised, ...] = ()
    tag: str = ""
    address: str = ""
    """Where the reader can write to it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """What somebody outside asked for in one word and may have, and what was looked up for it."""

    wish: Wish
    standings: tuple[Standing, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Tell:
    """An answer to one person outside, to nobody else, on what they may know of their cases; no entry of its own."""

    why: str
    event: str
    to: str
    number: int | None
    """The case it is about, by the number that they know; None: about none."""
    language: str
    """Of an answer that is about no case."""
    standings: tuple[Standing, ...] = ()
    replies_to: str | None = None


def in_list(case: Case, on: Case, address: str, desk: Desk, now: datetime) -> Standing:
    """One line of the list that somebody gets: `on` is the case in which it goes on, itself where it was not
    merged."""
    return Standing(
        number=case.number,
        subject=case.subject,
        status=on.status.value,
        queue=on.queue,
        opened_at=case.created_at,
        since=on.closed_at,
        requester="" if case.requester == fold_address(address) else case.requester,
        reopens_until=reopens_until(on, desk.policy_of(on.queue), now),
    )


def reopens_until(case: Case, policy: Policy, now: datetime) -> datetime | None:
    if case.status is not Status.CLOSED:
        return None
    until = (case.closed_at or now) + policy.reopen_within
    return until if until > now else None


def served(address: str, desk: Desk) -> list[Customer]:
    """The customers all of whose people's cases this person may list."""
    key = fold_address(address)
    return list(dict.fromkeys(one for one in desk.customers.values() if key in one.super_users))
