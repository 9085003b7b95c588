"""Signed proof of having received our mail.

A token is the first 80 bits of HMAC-SHA-256(key, kind | case | whom) in lower-case base32 (16 letters: survives
case folding); case 0 is that of an agent who writes about no case. Four kinds, told apart only by what they sign,
never by how they look:

    thread   goes to customers; lets a reply find its case and never commands
    agent    for one agent and one case; an answer carrying it is public
    note     the same, but what comes back is an internal note
    vendor   for one vendor and one case; what comes back is internal, and never commands

Comparison takes constant time. `mark` is how a token stands in a mail: `c1042.<token>` in an address or a footer
line, `c1042.e7.<token>` in a Message-ID.
"""

from __future__ import annotations

import hashlib
import hmac
import re
from base64 import b32encode
from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum

from parsers.message import Mark
from store.records import fold_address

_BYTES = 10
_IN_TEXT = re.compile(r"c[0-9]{1,12}(?:\.e[0-9]{1,12})?\.[a-z2-7]{16}(?![a-z0-9])", re.IGNORECASE)
_IN_BYTES = re.compile(_IN_TEXT.pattern.encode(), re.IGNORECASE)


STANDING = 0
"""Stands for no case: an agent's token for it, in an address of their own, proves who writes a new mail."""


class TokenKind(StrEnum):
    THREAD = "thread"
    AGENT = "agent"
    NOTE = "note"
    VENDOR = "vendor"


@dataclass(frozen=True, slots=True)
class Proof:
    """A mark whose token is ours: which case it names, what it entitles to, and where it stood."""

    case: int
    event: int | None
    kind: TokenKind
    place: str


def make_token(key: bytes, kind: TokenKind, case: int, address: str = "") -> str:
    """The token of this kind for this case; `address` is the agent's, empty for a thread token."""
    signed = "|".join((kind.value, str(case), fold_address(address))).encode()
    return b32encode(hmac.digest(key, signed, hashlib.sha256)[:_BYTES]).decode().lower()


def verify(key: bytes, mark: Mark, agent_address: str | None, vendors: Sequence[str] = ()) -> Proof | None:
    """What a mark proves in a mail from this agent (None: from somebody who is no agent), if anything.

    An agent's token in anybody else's mail proves nothing at all (threats T07).
    """
    kinds = [(TokenKind.THREAD, "")]
    if agent_address is not None:
        kinds += [(TokenKind.AGENT, agent_address), (TokenKind.NOTE, agent_address)]
    # Whoever answers for a vendor may write from another address of theirs.
    kinds += [(TokenKind.VENDOR, vendor) for vendor in vendors]
    for kind, address in kinds:
        if hmac.compare_digest(make_token(key, kind, mark.case, address), mark.token.lower()):
            return Proof(mark.case, mark.event, kind, mark.place)
    return None


def holds_token(content: bytes) -> bool:
    """Whether a file has something in it that looks like a mark of ours."""
    return _IN_BYTES.search(content) is not None


def without_tokens(text: str) -> str:
    """The text with everything that looks like a mark of ours blotted out: an agent's token must not reach a
    customer in a piece of quotation that was not recognised as one (threats T12)."""
    return _IN_TEXT.sub("[…]", text)
