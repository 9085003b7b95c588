"""The nouns that one mail becomes. Frozen data only; no parsing, no I/O.

Everything a sender wrote is data: a field holds text that was cleaned of control characters, or is
empty, or None; what was wrong with the mail stands in `defects`. The exact bytes are kept elsewhere.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date as Day
from datetime import datetime
from enum import StrEnum

MAY_HIDE = "html: some of the text may not be seen"
"""The defect of a mail in HTML alone whose text need not be what its writer saw."""


class Automatic(StrEnum):
    """Which kind of machine wrote a mail (RFC 3834; None in ParsedMessage.automatic: a person did)."""

    AUTO_REPLY = "auto-reply"
    BOUNCE = "bounce"
    LIST = "list"
    BULK = "bulk"
    REPORT = "report"
    LOOP = "loop"
    RECEIPT = "receipt"


@dataclass(frozen=True, slots=True)
class Address:
    """One mailbox. `address` has its domain in lower case; the local part is as written. Either may be ''."""

    name: str
    address: str


@dataclass(frozen=True, slots=True)
class Attachment:
    """One file of a mail: `content` is the decoded bytes; `filename` is safe to show (no path, no controls)."""

    filename: str
    content_type: str
    content: bytes = field(repr=False)
    sha256: str
    inline: bool
    content_id: str | None

    @property
    def size(self) -> int:
        """Of the decoded bytes."""
        return len(self.content)


@dataclass(frozen=True, slots=True)
class BounceRecipient:
    """What a delivery report says of one address (RFC 3464 section 2.3)."""

    address: str
    action: str | None
    status: str | None
    diagnostic: str | None


@dataclass(frozen=True, slots=True)
class Bounce:
    """A delivery report: whom it speaks of, and which mail came back."""

    recipients: tuple[BounceRecipient, ...]
    original_message_id: str | None


@dataclass(frozen=True, slots=True)
class Forwarded:
    """A mail passed on: whose it was and what it was about."""

    from_address: str
    from_name: str
    subject: str


@dataclass(frozen=True, slots=True)
class Mark:
    """A mark of ours found in a mail: `c1042.<token>` or `c1042.e7.<token>`; not yet verified.

    `place` is "address" (a plus-address in To, Cc, Delivered-To …), "message-id" (In-Reply-To or
    References) or "footer" (the quoted text). `message_id` is the whole id it stood in, if it stood in one.
    """

    case: int
    event: int | None
    token: str
    place: str
    message_id: str | None = None
    whose: str = ""
    """What stands behind it in a return path: of whose copy of the mail it is."""


@dataclass(frozen=True, slots=True)
class AuthResult:
    """One Authentication-Results field (RFC 8601): who says it, and method → (result, properties).

    `topmost` is True when no Received field stands above it: the last server wrote it. `above` has the hosts that
    wrote those that do (`by`), '' for one that does not say so. `named` is False where no id stands in front.
    """

    authserv_id: str
    results: tuple[tuple[str, str, tuple[tuple[str, str], ...]], ...]
    topmost: bool
    above: tuple[str, ...] = ()
    named: bool = True


@dataclass(frozen=True, slots=True)
class Command:
    """One line of an agent's own text that is an order: `/verb arguments` or `Key: value`. No meaning yet."""

    verb: str
    argument: str
    line: str
    doubtful: bool = False
    """`Key: value` in one paragraph with text: it may be prose."""


@dataclass(frozen=True, slots=True)
class ParsedMessage:
    """What a mail says, as far as it can be read. `to_json` gives it to programs."""

    message_id: str | None
    in_reply_to: str | None
    references: tuple[str, ...]
    subject: str
    base_subject: str
    case_number: int | None
    sender: Address
    """The best reading of From, for showing and answering; may be empty."""
    sender_is_strict: bool
    """True when there is exactly one From field with exactly one valid address (RFC 5322 3.6.2) and no trick:
    only then may `sender` be believed to be somebody we know."""
    to: tuple[Address, ...]
    cc: tuple[Address, ...]
    reply_to: tuple[Address, ...]
    delivered_to: tuple[Address, ...]
    """Delivered-To, X-Original-To, Envelope-To …: where the last servers say it went."""
    date: datetime | None
    text: str
    reply_text: str
    html: str | None
    attachments: tuple[Attachment, ...]
    automatic: Automatic | None
    """The kind of machine that wrote it, or None: a person did."""
    automatic_sign: str | None
    """Which sign told so, for the `why`: a header's name, or `text: …`."""
    bounce: Bounce | None
    forwarded: Forwarded | None
    marks: tuple[Mark, ...]
    auth_results: tuple[AuthResult, ...]
    loop_ids: tuple[str, ...]
    """Values of X-Maild-Loop: the desks this mail came through."""
    importance: str | None
    """The sender's own wish, of Importance, X-Priority or Priority: "high", "low" or None."""
    language: str | None
    defects: tuple[str, ...]
    digest: str
    """SHA-256 (hex) over From, To, Cc, Date, Subject, Message-ID and the body's bytes: equal content, equal
    digest, whatever the servers on the way added."""
    from_html: bool = False
    """Whether `text`, or some of it, was made of HTML, because there is no plain text for it."""
    absent_until: Day | None = None
    """The latest day that an absence note names; only where it names one. See `parsers.absence`."""
    headers: tuple[tuple[str, bytes], ...] = field(default=(), repr=False)
    """All fields as they were sent, names in lower case; `parsers.header_text` reads one."""
