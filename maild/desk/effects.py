"""The closed list of what a decision can ask for. Each says why; `maild.apply` turns them into rows.

Effects are carried out in order, on the case of the situation or on the one that OpenCase opens. `Reply` and
`Notify` speak of the entry that was added last before them.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from maild.desk.holding import DropDraft as DropDraft
from maild.desk.holding import HoldAnswer as HoldAnswer
from maild.desk.holding import Holding as Holding
from maild.desk.holding import TakeBack as TakeBack
from maild.desk.proving import Proving
from maild.desk.quarantine import Block, HandleLetter
from maild.desk.standing import Tell
from maild.desk.withheld import HoldMail as HoldMail
from maild.desk.withheld import Limiting as Limiting
from maild.desk.withheld import MarkFlood as MarkFlood
from maild.desk.withheld import Warn as Warn
from maild.desk.withheld import Withhold as Withhold
from parsers.message import Attachment
from store.records import Deed, Direction, RelationKind, Status, Tracked


@dataclass(frozen=True, slots=True, kw_only=True)
class OpenCase:
    """A new case for the message that arrived."""

    why: str
    queue: str
    subject: str
    requester: str
    requester_name: str
    severity: str
    kind: str
    level: str
    language: str
    root_message_id: str | None
    continuation_of: int | None = None
    linked_to: int | None = None
    split_from: int | None = None
    domain: str | None = None
    """What it is counted for, lest it be one of a flood; None: it is not counted."""


@dataclass(frozen=True, slots=True, kw_only=True)
class AddParticipant:
    """Let somebody outside read and write the public part of the case."""

    why: str
    address: str
    name: str
    role: str


@dataclass(frozen=True, slots=True, kw_only=True)
class RemoveParticipant:
    """Somebody takes part no more; a requester always does."""

    why: str
    address: str


@dataclass(frozen=True, slots=True, kw_only=True)
class TakeEntry:
    """An entry of another case becomes one of this case."""

    why: str
    entry: int


@dataclass(frozen=True, slots=True, kw_only=True)
class AddEntry:
    """The message that arrived, or a note of ours, as a line of the timeline."""

    why: str
    direction: Direction
    public: bool
    automatic: bool
    sender: str
    sender_name: str
    text: str
    of_letter: bool = True
    """Whether this is the one entry that the letter becomes."""
    thread: int | None = None
    """The merged case whose people it is from: there it is written, so that each thread keeps its own."""
    finding_of: str | None = None
    """The level that found this of the cause."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Reply:
    """A public mail to the requester (and, for an answer, the other participants), and its entry."""

    why: str
    event: str
    text: str = ""
    automatic: bool = True
    everyone: bool = False
    author: str = ""
    author_name: str = ""
    files: tuple[Attachment, ...] = ()
    of_letter: bool = False
    hold: timedelta = timedelta(0)
    """How long it waits before it leaves, so that it can be taken back."""
    show_subject: bool = True
    """False towards an address that has proven nothing: none of the mail's own words (threats T29)."""
    replies_to: str | None = None
    """Message-ID for In-Reply-To."""
    at_once: bool = False
    """An automatic answer to the mail that just came: RFC 3834 has rules for it."""
    last: bool = False
    """Written after all else of the plan, so that notices speak of the mail that it answers."""
    without: frozenset[str] = frozenset()
    """Who of its readers had enough automatic mail (limiter.py)."""
    draft: int | None = None
    """The entry of the held answer that this is."""
    spoken: Deed | None = None
    """The call or chat that was our last word, where this is a mail about the silence after it."""
    unanswered: bool = False
    """The same, where they had no word of ours since they last wrote: it must not say that we waited for theirs."""
    then: Status | None = None
    """How the case stands with it: whoever reads it is told what ends it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class AskVendor:
    """A person's mail to a vendor, and its entry, which is internal: no customer gets or sees it."""

    why: str
    vendor: str
    to: str
    text: str
    author: str
    author_name: str
    files: tuple[Attachment, ...] = ()
    hold: timedelta = timedelta(0)


@dataclass(frozen=True, slots=True, kw_only=True)
class Notify:
    """A mail to one agent about the entry added last; no entry of its own."""

    why: str
    event: str
    to: str
    note: bool = False
    """Whether what they answer becomes an internal note."""
    attach: bool = False
    lines: tuple[str, ...] = ()
    """What to say beside the entry: a receipt's lines, a server's words."""
    call_back: datetime | None = None
    """Until when somebody wants to be called: it goes along as an appointment."""
    quote_last: bool = False
    """Show the newest public message instead of the entry, which holds nothing but commands."""
    left: tuple[str, ...] = ()
    """Of a receipt: what becomes of the agent's text. What left besides is added when it is known."""
    merges: tuple[int, ...] = ()
    """Cases that this one may be joined to."""
    collected: bool = False
    """Told together with others, as their reader has had many (limiter.py)."""


@dataclass(frozen=True, slots=True, kw_only=True)
class MoveStatus:
    why: str
    status: Status


@dataclass(frozen=True, slots=True, kw_only=True)
class Classify:
    """A word on what the case is, severity, kind, queue or level: an agent's, a rule's, or learnt. A case that is
    only being opened has the value already; then it is recorded why."""

    why: str
    field: str
    value: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Tag:
    """Words put on a case, and words taken off."""

    why: str
    add: tuple[str, ...] = ()
    remove: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Assign:
    why: str
    owner: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class SetCreator:
    why: str
    creator: str


@dataclass(frozen=True, slots=True, kw_only=True)
class StartTimer:
    why: str
    name: str
    due_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class StopTimer:
    why: str
    name: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Track:
    """How the case stands to what was promised for it. The case's number in it does not count."""

    why: str
    tracked: Tracked


@dataclass(frozen=True, slots=True, kw_only=True)
class MarkUndeliverable:
    """Mail to this participant does not arrive (or arrives again)."""

    why: str
    address: str
    undeliverable: bool = True


@dataclass(frozen=True, slots=True, kw_only=True)
class MarkAway:
    """This agent is given no new cases until then; None: they are back."""

    why: str
    address: str
    until: datetime | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Relate:
    """One case is something to another from now on."""

    why: str
    source: int
    kind: RelationKind
    target: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Unrelate:
    """… and is it no more."""

    why: str
    source: int
    kind: RelationKind
    target: int


@dataclass(frozen=True, slots=True, kw_only=True)
class PassOn:
    """What follows for another case: it takes the same road, decide → apply, in the same transaction."""

    why: str
    case: int | None
    """None: a new one."""
    effects: tuple[Effect, ...] = ()
    lines: tuple[str, ...] = ()
    """What its owner is told."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Remind:
    """An agent is told of the case again at that time."""

    why: str
    agent: str
    text: str
    due_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class NoteTime:
    """An agent worked so long on the case."""

    why: str
    agent: str
    minutes: int
    text: str


@dataclass(frozen=True, slots=True, kw_only=True)
class SetDue:
    """When the case is to be done; None: whenever."""

    why: str
    due_at: datetime | None


Planned = Remind | NoteTime | SetDue
"""What agents plan, and how long they worked."""


@dataclass(frozen=True, slots=True, kw_only=True)
class SetDigest:
    """This agent wants one mail a day instead of single notices; or single ones again."""

    why: str
    address: str
    daily: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Remember:
    """A line in the journal, nothing else. `event` is a stable word."""

    why: str
    event: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Ruled:
    """A rule on a change or a time was looked at, or any rule failed: it is remembered."""

    why: str
    rule: str
    applied: bool = True
    error: str | None = None
    """Why it was skipped."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Ignore:
    """The letter is kept and has no effect; the rule says why."""

    why: str
    rule: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Quarantine:
    """The letter is held for a person to look at."""

    why: str
    cause: str


Joining = (
    AddParticipant | RemoveParticipant | TakeEntry | Relate | Unrelate | PassOn | AskVendor | HandleLetter | Block
)
"""Who and what belongs together, and who does not; what is said to those on our side."""

Effect = (
    OpenCase
    | Joining
    | AddEntry
    | Reply
    | Notify
    | Tell
    | Limiting
    | MoveStatus
    | Classify
    | Tag
    | Assign
    | SetCreator
    | StartTimer
    | StopTimer
    | Track
    | Holding
    | MarkUndeliverable
    | MarkAway
    | SetDigest
    | Proving
    | Planned
    | Remember
    | Ruled
    | Ignore
    | Quarantine
)
