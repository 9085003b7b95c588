"""What a decision looks at: one occasion, and the case it may concern, as it stands now."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum

from maild.desk.clocks.clocks import History
from maild.desk.effects import Effect
from maild.desk.learning.learning import Taught
from maild.desk.probes import Probe
from maild.desk.quarantine import Quarantined
from maild.desk.rules.rules import Ruling
from maild.desk.settings import Agent, Desk
from maild.desk.standing import Asked
from maild.desk.tokens import NO_MARKS, Marks
from parsers.message import Command, ParsedMessage
from store.people import Contact, Load
from store.planned import Reminder
from store.proving import Code
from store.records import Case, Entry, Letter, Outgoing, Participant, Relation, Timer, Tracked, fold_address


class Speaker(StrEnum):
    """Who a mail is from, as far as it is proven (the sender verdict)."""

    AGENT = "agent"
    CLAIMS_AGENT = "claims to be an agent"
    PARTICIPANT = "participant"
    VENDOR = "vendor"
    STRANGER = "stranger"
    MACHINE = "machine"
    OURSELVES = "ourselves"


@dataclass(frozen=True, slots=True, kw_only=True)
class Sender:
    speaker: Speaker
    address: str
    name: str
    why: str
    agent: Agent | None = None
    note: bool = False
    """The agent answered a note's notice: what they say is a note unless they say otherwise."""
    forged: bool = False
    """A trusted server says that From is not theirs."""
    proven: bool = False
    """Somebody outside whose address is shown to be theirs: by a trusted server, or by answering our mail; an agent's
    machine that answers a notice of theirs."""


class Signal(StrEnum):
    """How a message found its case , best first."""

    TOKEN = "token"
    REFERENCE = "reference"
    TAG = "tag"
    BOUNCE = "bounce"
    ADMIN = "admin"
    NONE = "none"


@dataclass(frozen=True, slots=True, kw_only=True)
class Match:
    """The case a message belongs to (None: a new one), and by which signal."""

    case: int | None
    signal: Signal
    why: str
    linked_to: int | None = None
    """A case to link a new one to, which its sender must learn nothing of."""
    reason: str | None = None
    """A stable word for the journal where the match is out of the ordinary, such as `tag-from-stranger`."""
    continues: int | None = None
    """The case closed long ago that a new one continues."""
    continued: int | None = None
    """… that the case which was found continues already."""
    thread: int | None = None
    """The merged case through which it was found, where it is one."""


@dataclass(frozen=True, slots=True)
class Behalf:
    """For whom an agent opens a case, and whether they are told."""

    address: str
    quietly: bool = False
    name: str = ""
    """As the agent wrote it; what was said of them before goes before it."""
    subject: str = ""
    """What it is about, as the agent wrote it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Joined:
    """A mail that would open a case, and is kept in one with others: too many like it came."""

    why: str
    flood: str = ""
    """The source of the flood that it is part of (floods.py); empty: it answers ours again and again (loops.py)."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Confirming:
    """A one-time code that came back, and how the letter stands that it is for."""

    code: Code
    has_expired: bool
    is_quarantined: bool
    is_intact: bool
    """Whether it is still the very bytes that were asked about."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Arrived:
    """A mail came into a queue."""

    message: ParsedMessage
    sender: Sender
    match: Match
    queue: str
    commands: tuple[Command, ...] = ()
    """What a proven agent orders by their own words, for whatever case; of anybody else nothing is an order."""
    bounced: Outgoing | None = None
    """For a bounce: which of our mails came back."""
    is_shown: bool = False
    """… and whether it came to that very mail's return path, which nobody but its recipient's servers has seen."""
    confirmed: bool = False
    """Whether its agent said that it is theirs, by a one-time code."""
    confirming: Confirming | None = None
    """For a mail that brings such a code: what it is about."""
    marks: Marks = NO_MARKS
    """What the marks of ours in it come to."""
    elsewhere: int | None = None
    """The case that the same mail opened in another queue."""
    behalf: Behalf | None = None
    """For a proven agent's mail that opens a case for somebody; then the situation has no case."""
    released: bool = False
    """Whether an admin has let it pass."""
    late: bool = False
    """Whether it lay in its mailbox for a while before it was read: when it came, nobody knows."""
    joined: Joined | None = None
    """Why it opens no case of its own."""
    attached: bool = False
    """… into a case of their choice."""
    probe: Probe | None = None
    """For a mail of our own that was sent to see whether mail comes back."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Due:
    """A timer's time has come."""

    timer: Timer


@dataclass(frozen=True, slots=True, kw_only=True)
class Accepted:
    """The mail server took a mail of ours."""

    mail: Outgoing


@dataclass(frozen=True, slots=True, kw_only=True)
class Refused:
    """The mail server will not take a mail of ours, for good."""

    mail: Outgoing
    error: str


@dataclass(frozen=True, slots=True, kw_only=True)
class HandedOn:
    """The case's owner has left, and an admin wants it to go on."""

    leaver: str
    to: str | None = None
    """Whom the admin named; None: whoever the queue finds."""
    actor: str = "admin"


@dataclass(frozen=True, slots=True, kw_only=True)
class Passed:
    """Something happened to another case, or an admin gave an order, and this follows for the case at hand."""

    by: str
    effects: tuple[Effect, ...] = ()
    lines: tuple[str, ...] = ()
    """What the owner is told."""


Occasion = Arrived | Due | Accepted | Refused | HandedOn | Passed


@dataclass(frozen=True, slots=True, kw_only=True)
class Named:
    """A case that was named by number; where that one was merged, the one in which it goes on."""

    case: Case
    ancestors: frozenset[int] = frozenset()
    """Its parent, the parent's parent and so on."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Shown:
    """What was looked up for a command that asks to be shown something."""

    lines: tuple[str, ...] = ()
    text: str = ""
    """What is to stand in an answer."""
    refusal: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Situation:
    """Everything a decision may look at. The same situation always gives the same effects."""

    desk: Desk
    occasion: Occasion
    case: Case | None = None
    participants: tuple[Participant, ...] = ()
    timers: tuple[Timer, ...] = ()
    last_public: Entry | None = None
    """The newest public message of a person, for notices that have no message of their own."""
    public_ids: tuple[str, ...] | None = None
    """Message-IDs of the newest public entries of the case, the oldest of them first; None: nobody has looked."""
    acknowledged_last_hour: int = 0
    acknowledged_last_day: int = 0
    acknowledged_in_all: int = 0
    """Within the last hour, to whomever."""
    challenged_last_hour: int = 0
    held: tuple[Letter, ...] = ()
    """Mails in the name of an agent that are held for want of proof, where one more has come, or a question about one
    was answered: the others, the oldest first."""
    held_next: ParsedMessage | None = None
    """The first of them, where it may be asked about now."""
    can_undo: tuple[Outgoing, ...] = field(default=())
    """Answers that are still held back."""
    loads: Mapping[str, Load] | None = None
    """Who has how much to do, by address; None: nobody has looked."""
    undoable: tuple[Entry, ...] = ()
    """What they say, where an agent wants them back."""
    relations: tuple[Relation, ...] = ()
    """What other cases are to this one."""
    threads: tuple[Case, ...] = ()
    """The cases that were merged into this one: each goes on as a conversation of its own people."""
    named: Mapping[int, Named] = field(default_factory=dict)
    """Other cases, by the numbers that an agent's commands name, and those that stand in a relation to this one."""
    suggested: frozenset[str] = frozenset()
    """Folded; whom the people of the case have copied on their mails, where somebody is to take part."""
    answered: Entry | None = None
    """What the notice that an agent answers was about."""
    noticed_at: datetime | None = None
    """When that notice was written."""
    since: tuple[Entry, ...] = ()
    """What was added to the timeline after it, the oldest first."""
    recent: tuple[Entry, ...] = ()
    """What was said last, inside and outside, where an agent writes so much that they could repeat it."""
    drafts: tuple[Entry, ...] = ()
    """Answers that are held until their agents say so."""
    draft: ParsedMessage | None = None
    """The mail that the agent's own one came in, where they may want it sent."""
    unseen: tuple[Entry, ...] = ()
    """What came since a storm began, when it is over."""
    similar: tuple[Case, ...] = ()
    """Unfinished cases of the requester of a new one."""
    history: History | None = None
    """What happened to the case, for its clocks."""
    targets: tuple[Tracked, ...] = ()
    """What was promised for the case, as it was last worked out."""
    findings: tuple[Entry, ...] | None = None
    """What was found of the case's cause; None: nobody has looked."""
    reminders: tuple[Reminder, ...] = ()
    """What agents want to be reminded of: those whose timers wait, and the one whose time has come."""
    shown: Mapping[tuple[str, str], Shown] = field(default_factory=dict)
    """(verb, argument) → what an agent's commands ask to be shown."""
    others: Mapping[int, Situation] = field(default_factory=dict)
    """How other cases stand for which an agent's mail has commands (`/case`), by the numbers that it gives them; one
    that they do not serve is not there."""
    contacts: Mapping[str, Contact] = field(default_factory=dict)
    """What was said of the sender of a mail, and of those it copies, by folded address."""
    account: tuple[str, ...] = ()
    """Why the case is as it is, where an agent asks (`/why`)."""
    mails_today: int = 1
    """How many mails the sender wrote today, where a rule asks."""
    open_cases: int = 0
    """How many cases the sender has that are not done, where a rule asks."""
    quarantined: Quarantined | None = None
    """What lies in quarantine, where an admin's commands are about it."""
    asked: Asked | None = None
    """What somebody outside wants in one word, and may have."""
    ruling: Ruling | None = None
    """What the rules say of the mail."""
    taught: Taught | None = None
    """What was learnt from former cases says of it."""

    def contact(self, address: str) -> Contact | None:
        return self.contacts.get(fold_address(address))

    def has_timer(self, name: str) -> bool:
        return any(timer.name == name for timer in self.timers)

    def audience(self) -> list[str]:
        """The owner, if they are still an agent; else everybody who serves the queue."""
        if self.case is None:
            return []
        owner = self.desk.agent(self.case.owner) if self.case.owner else None
        return [owner.address] if owner else [agent.address for agent in self.desk.team(self.case.queue)]

    def is_participant(self, address: str) -> bool:
        key = fold_address(address)
        return any(fold_address(person.address) == key for person in self.participants)
