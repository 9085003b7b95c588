"""The nouns that last: what the rows of the store say. Standard library only; no SQL, no decisions.

Every time is aware and in UTC. Addresses are in the form in which they are compared (see `fold_address`).
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum


class StateType(StrEnum):
    """What a status means to the machine; names may be many, types are these four."""

    NEW = "new"
    ACTIVE = "active"
    PAUSED = "paused"
    DONE = "done"


NO_CASE = 2**62
"""No case has such a number, nor can the store look for it."""


class Status(StrEnum):
    """Where a case stands, in the words people read."""

    NEW = "New"
    OPEN = "Open"
    WAITING_ON_CUSTOMER = "Waiting on Customer"
    WAITING_ON_VENDOR = "Waiting on Vendor"
    ON_HOLD = "On Hold"
    RESOLVED = "Resolved"
    CLOSED = "Closed"
    NO_RESPONSE = "No Response"
    MERGED = "Merged"
    SPAM = "Spam"

    @property
    def state(self) -> StateType:
        return _STATE_TYPES[self]


_STATE_TYPES = {
    Status.NEW: StateType.NEW,
    Status.OPEN: StateType.ACTIVE,
    Status.WAITING_ON_CUSTOMER: StateType.PAUSED,
    Status.WAITING_ON_VENDOR: StateType.PAUSED,
    Status.ON_HOLD: StateType.PAUSED,
    Status.RESOLVED: StateType.DONE,
    Status.CLOSED: StateType.DONE,
    Status.NO_RESPONSE: StateType.DONE,
    Status.MERGED: StateType.DONE,
    Status.SPAM: StateType.DONE,
}


ENDED = frozenset({Status.CLOSED, Status.NO_RESPONSE, Status.MERGED, Status.SPAM})
"""Nothing is to come: unlike a resolved case, which still waits to be closed."""


class LetterState(StrEnum):
    """What became of a stored letter; all but STORED are final (promise 2)."""

    STORED = "stored"
    ROUTED = "routed"
    DUPLICATE = "duplicate"
    IGNORED = "ignored"
    QUARANTINED = "quarantined"


class MailState(StrEnum):
    """Where an outgoing mail stands: O1 waiting, O2 leased, O3 sent, O4 failed."""

    WAITING = "waiting"
    LEASED = "leased"
    SENT = "sent"
    FAILED = "failed"


class Direction(StrEnum):
    """Which way an entry went: from outside, to outside, or nowhere (a note). A call or a chat was no mail: an agent
    wrote it down. A draft is an agent's answer that is held until they say so; orders are a mail of theirs with no
    words but commands, and say what became of them."""

    IN = "in"
    OUT = "out"
    NOTE = "note"
    CALL = "call"
    CHAT = "chat"
    DRAFT = "draft"
    ORDERS = "orders"


@dataclass(frozen=True, slots=True, kw_only=True)
class Letter:
    """One mail as it came, in one queue. Its bytes are kept apart (`Letters.raw`)."""

    id: int
    mailbox: str
    queue: str | None
    received_at: datetime
    state: LetterState = LetterState.STORED
    attempts: int = 0
    message_id: str | None = None
    sender: str | None = None
    subject: str | None = None
    case: int | None = None
    entry: int | None = None
    cause: str | None = None
    error: str | None = None
    decision: dict[str, object] | None = field(default=None, hash=False)
    late: bool = False
    """Whether it lay in its mailbox for an unknown while before it was stored."""
    fence: int = 0
    """How many hands it has been in: tells the present holder from a former one."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Case:
    """One matter with one requester."""

    number: int
    queue: str
    subject: str
    status: Status
    severity: str
    kind: str
    level: str
    owner: str | None
    requester: str
    requester_name: str
    creator: str | None
    language: str
    created_at: datetime
    updated_at: datetime
    events: int
    """How many numbered events (entries, notices) the case has had; the next one takes the next number."""
    root_message_id: str | None
    """Of the mail that opened the case: the constant head of References."""
    closed_at: datetime | None = None
    due_at: datetime | None = None
    """When an agent said that it is to be done."""
    continuation_of: int | None = None
    linked_to: int | None = None
    tags: tuple[str, ...] = ()
    domain: str | None = None
    """Whose flood it may be part of, when it is new; None: it is not counted."""


REQUESTER = "requester"
CC = "cc"
VENDOR = "vendor"
"""Roles of participants. A vendor gets what agents write to them, and never a public mail."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Participant:
    """A person outside who gets the public mails of a case and may write to it."""

    case: int
    address: str
    name: str
    role: str
    undeliverable: bool = False
    held: bool = False
    """Whether no automatic mail about the case goes to them: they had too much of it."""


class RelationKind(StrEnum):
    """What one case is to another, told from the first to the second."""

    MERGED = "merged"
    """The first goes on as a thread of the second; its number leads there."""
    LINKED = "linked"
    CHILD = "child"
    DUPLICATE = "duplicate"
    INCIDENT = "incident"
    """The second is the problem behind the first."""
    CONTINUES = "continues"
    SPLIT = "split"
    """The first was one message of the second."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Relation:
    """What one case is to another, since when, and by whose word."""

    source: int
    kind: RelationKind
    target: int
    at: datetime
    by: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """One line of a case's timeline: a message or a note."""

    id: int
    case: int
    event: int
    direction: Direction
    public: bool
    automatic: bool
    sender: str
    sender_name: str
    to: tuple[str, ...]
    message_id: str | None
    at: datetime
    text: str
    letter: int | None = None
    finding_of: str | None = None
    """The level that found this of the cause; None: it is nothing of that kind."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Timer:
    """One thing that happens to a case at a time, unless it is stopped before."""

    id: int
    case: int
    name: str
    queue: str
    due_at: datetime
    armed_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Change:
    """A field of a case took another value. Written once."""

    case: int
    at: datetime
    field: str
    """status, severity, kind, queue, level or owner."""
    was: str
    value: str
    why: str
    actor: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Deed:
    """An entry without its words: when something was said on a case, and which way."""

    at: datetime
    direction: Direction
    public: bool
    automatic: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Tracked:
    """How a case stands to one thing that was promised for it, and what was told of that."""

    case: int
    goal: str
    round: int
    due_at: datetime | None
    """None while its clock is paused, and is not used up."""
    met_at: datetime | None = None
    warned_at: datetime | None = None
    violated_at: datetime | None = None
    """When it was used up, once that was told."""
    escalated_at: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Outgoing:
    """One mail to one address. Rendered once; every copy that leaves has these bytes."""

    id: int
    case: int | None
    entry: int | None
    event: str
    automatic: bool
    recipient: str
    envelope_from: str
    message_id: str
    state: MailState
    attempts: int
    next_at: datetime
    error: str | None = None
    created_at: datetime | None = None
    sent_at: datetime | None = None
    fence: int = 0
    """How many hands it has been in: tells the present holder from a former one."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Lease:
    """Who reads a mailbox, and until when it is theirs without another word."""

    mailbox: str
    holder: str
    until: datetime
    fence: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Collected:
    """A notice that waits for a person's one mail a day."""

    case: int
    event: str
    said: str
    at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Node:
    """A daemon that works on this store, or did."""

    name: str
    version: str
    started_at: datetime
    seen_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class JournalLine:
    """One state change and its reason. Written once, never changed."""

    at: datetime
    event: str
    why: str
    actor: str
    case: int | None = None
    letter: int | None = None


def without_plus(address: str) -> str:
    """The address without what stands behind a plus: for counting and for our own addresses, never for rights."""
    local, _, domain = address.rpartition("@")
    return f"{local.partition('+')[0]}@{domain}"


def fold_address(address: str) -> str:
    """The form in which two addresses are compared: ASCII letters in lower case, nothing else folded.

    Plus-parts and dots are kept, and no other script is ever made equal to ASCII (threats T32).
    """
    stripped = address.strip()
    if stripped.isascii():
        return stripped.lower()
    return "".join(c.lower() if c.isascii() else c for c in stripped)
