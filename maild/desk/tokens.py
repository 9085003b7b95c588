"""Signed proof of having received our mail.

A token is the first 80 bits of HMAC-SHA-256(key, kind | case | whom | generation) in lower-case base32 (16 letters:
survives case folding); case 0 is that of an agent who writes about no case. Four kinds, told apart only by what they
sign, never by how they look:

    thread   goes to customers; lets a reply find its case and never commands; does not run out
    agent    for one agent and one case; an answer carrying it is public
    note     the same, but what comes back is an internal note
    vendor   for one vendor and one case; what comes back is internal, and never commands

Those of an agent are good by a pass: of its present generation only, and for a while after the last one was given
out. Generation 0, and the kinds that have none, sign no generation.

Comparison takes constant time. `mark` is how a token stands in a mail: `c1042.<token>` in an address or a footer
line, `c1042.e7.<token>` in a Message-ID, `c1042.e7.<token>.<whose>` in a return path; `whose` is the first 50 bits of
one of kind bounce, which only its recipient's servers see.
"""

from __future__ import annotations

import hashlib
import hmac
import re
from base64 import b32encode
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from functools import lru_cache

from parsers.message import Mark
from store.proving import Pass
from store.records import fold_address

_BYTES = 10
_WHOSE = 10
_IN_TEXT = re.compile(
    r"(?:c[0-9]{1,12}(?:\.e[0-9]{1,12})?\.[a-z2-7]{16}(?:\.[a-z2-7]{10})?|yes\.[a-z2-7]{26})(?![a-z0-9])",
    re.IGNORECASE,
)
_IN_BYTES = re.compile(_IN_TEXT.pattern.encode(), re.IGNORECASE)
_TAIL = re.compile(r"\.[a-zA-Z2-7İıſ\u212a]{16}")
"""Every mark has it. Python finds what begins with one fixed letter twenty times as fast; the last four are equal to
letters of ours where case is ignored."""
_GENERATIONS = 8
"""So many former generations are known again."""


STANDING = 0
"""Stands for no case: an agent's token for it, in an address of their own, proves who writes a new mail."""


class TokenKind(StrEnum):
    THREAD = "thread"
    AGENT = "agent"
    NOTE = "note"
    VENDOR = "vendor"
    BOUNCE = "bounce"
    """Of one recipient: only what brings back their copy of a mail, by its return path, has it."""


_OF_AGENTS = (TokenKind.AGENT, TokenKind.NOTE)


@dataclass(frozen=True, slots=True)
class Keys:
    """What signs, and what signed before it: a token of either is good."""

    current: bytes
    former: bytes | None = None

    @property
    def all(self) -> tuple[bytes, ...]:
        return (self.current,) if self.former is None else (self.current, self.former)


def fingerprint(key: bytes) -> str:
    """By which a person tells keys apart; the key cannot be found from it."""
    return hashlib.sha256(b"fingerprint|" + key).hexdigest()[:8]


@dataclass(frozen=True, slots=True)
class Proof:
    """A mark whose token is ours: which case it names, what it entitles to, and where it stood."""

    case: int
    event: int | None
    kind: TokenKind
    place: str


@dataclass(frozen=True, slots=True)
class Marks:
    """What the marks of one mail come to."""

    proofs: tuple[Proof, ...] = ()
    stale: tuple[Proof, ...] = ()
    """The sender's own tokens that have run out, or were made void."""
    leaked: tuple[Pass, ...] = ()
    """Whose good tokens stood in it, though they did not write it (threats T07)."""
    wrong: int = 0
    """How many marks are nobody's."""


NO_MARKS = Marks()


@lru_cache(maxsize=256)  # one mail says its own several times
def make_token(key: bytes, kind: TokenKind, case: int, address: str = "", generation: int = 0) -> str:
    """The token of this kind for this case; `address` is the agent's, empty for a thread token."""
    signed = "|".join((kind.value, str(case), fold_address(address)))
    if generation:
        signed += f"|{generation}"
    return b32encode(hmac.digest(key, signed.encode(), hashlib.sha256)[:_BYTES]).decode().lower()


def read_marks(
    marks: Sequence[Mark],
    keys: Keys,
    passes: Sequence[Pass],
    agent_address: str | None,
    vendors: Sequence[str],
    issued_since: datetime,
) -> Marks:
    """What the marks prove in a mail from this agent (None: from somebody who is no agent). `passes` are everybody's
    for the cases that are named; those that were last given out before `issued_since` have run out."""
    proofs: list[Proof] = []
    stale: list[Proof] = []
    leaked: list[Pass] = []
    wrong = 0
    whose = fold_address(agent_address) if agent_address is not None else None
    for mark in marks:
        here = [one for one in passes if one.case == mark.case]
        mine = next((one for one in here if one.address == whose), None)
        outside = _outside(keys, mark, vendors)
        if outside is not None:
            proofs.append(outside)
        elif mine is not None and (kind := _of_pass(keys, mark, mine, mine.generation)) is not None:
            found = Proof(mark.case, mark.event, kind, mark.place)
            (proofs if mine.issued_at >= issued_since else stale).append(found)
        elif mine is not None and (kind := _of_former(keys, mark, mine)) is not None:
            stale.append(Proof(mark.case, mark.event, kind, mark.place))
        elif others := [p for p in here if p.address != whose and _of_pass(keys, mark, p, p.generation)]:
            leaked += [one for one in others if one not in leaked]
        else:
            wrong += 1
    return Marks(tuple(proofs), tuple(stale), tuple(leaked), wrong)


def verify(
    keys: Keys, mark: Mark, agent_address: str | None, passes: Sequence[Pass], issued_since: datetime
) -> Proof | None:
    """What a single mark proves, if anything. An agent's token in anybody else's mail proves nothing at all."""
    return next(iter(read_marks([mark], keys, passes, agent_address, (), issued_since).proofs), None)


def reported(keys: Keys, marks: Sequence[Mark], case: int, address: str) -> bool:
    """Whether a mail came to the return path of this person's mail, which nobody else has seen (threats T46)."""
    said = [mark.whose.encode() for mark in marks if mark.case == case and mark.whose.isascii()]
    return any(
        hmac.compare_digest(whose(key, case, address).encode(), one.lower()) for one in said for key in keys.all
    )


def whose(key: bytes, case: int, address: str) -> str:
    """What stands behind the token in the return path of this person's copy."""
    return make_token(key, TokenKind.BOUNCE, case, address)[:_WHOSE]


def _outside(keys: Keys, mark: Mark, vendors: Sequence[str]) -> Proof | None:
    """Tokens of people outside. Whoever answers for a vendor may write from another address of theirs."""
    kinds = [(TokenKind.THREAD, ""), *((TokenKind.VENDOR, vendor) for vendor in vendors)]
    for kind, address in kinds:
        if _is(keys, mark, kind, address, 0):
            return Proof(mark.case, mark.event, kind, mark.place)
    return None


def _of_pass(keys: Keys, mark: Mark, one: Pass, generation: int) -> TokenKind | None:
    return next((kind for kind in _OF_AGENTS if _is(keys, mark, kind, one.address, generation)), None)


def _of_former(keys: Keys, mark: Mark, one: Pass) -> TokenKind | None:
    former = range(one.generation - 1, max(-1, one.generation - 1 - _GENERATIONS), -1)
    return next((kind for g in former if (kind := _of_pass(keys, mark, one, g)) is not None), None)


def _is(keys: Keys, mark: Mark, kind: TokenKind, address: str, generation: int) -> bool:
    said = mark.token.lower().encode() if mark.token.isascii() else b""  # the Kelvin sign would become a k
    return any(
        hmac.compare_digest(make_token(key, kind, mark.case, address, generation).encode(), said) for key in keys.all
    )


def holds_token(content: bytes) -> bool:
    """Whether a file has something in it that looks like a mark of ours."""
    return _IN_BYTES.search(content) is not None


def without_tokens(text: str) -> str:
    """The text with everything that looks like a mark of ours blotted out: an agent's token must not reach a
    customer in a piece of quotation that was not recognised as one (threats T12)."""
    return _IN_TEXT.sub("[…]", text) if _TAIL.search(text) else text
