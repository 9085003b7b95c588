"""What lies in quarantine, and what an admin may do with it: by mail and on the command line alike."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum

from maild.desk.lines import cut, one_line
from store.records import Case, Letter


class Deed(StrEnum):
    """What becomes of a quarantined letter."""

    RELEASE = "release"
    """It is routed, and passes the check that stopped it."""
    DROP = "drop"
    """It is kept, without effect."""
    SPAM = "spam"
    """The same, for what nobody wanted."""
    ATTACH = "attach"
    """It becomes an entry of a case."""


@dataclass(frozen=True, slots=True, kw_only=True)
class HandleLetter:
    """A quarantined letter is dealt with."""

    why: str
    letter: int
    deed: Deed
    case: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Block:
    """What this address writes from now on is kept without effect."""

    why: str
    address: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Quarantined:
    """What an admin's commands on the quarantine may mean."""

    letters: Mapping[int, Letter] = field(default_factory=dict)
    cases: Mapping[int, Case] = field(default_factory=dict)
    """By the numbers that they give them; of one that was merged, the one in which it goes on."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ShownLetter:
    """One quarantined letter, as an admin is shown it. Its words are a stranger's."""

    id: int
    cause: str
    why: str
    sender: str
    subject: str
    begins: str
    received_at: datetime
    attempts: int


_CAUSES = {
    "unproven-agent": "in an agent's name, without proof that it is theirs",
    "former-agent": "in the name of somebody who is an agent no more",
    "cannot-be-routed": "reading or routing it failed three times",
    "no-sender": "From names nobody who could be answered",
    "agent-without-case": "an agent's, and it belongs to no case",
    "needs-confirmation": "an agent's; they were asked whether they mean it",
    "not-their-queue": "an agent's, on a case of a queue that is not theirs",
}


def in_words(cause: str | None) -> str:
    """A cause of quarantine in plain words."""
    if cause is not None and cause.startswith("rule: "):
        return f"your rule “{cause.removeprefix('rule: ')}” holds such mail"
    return _CAUSES.get(cause or "", cause or "nobody knows why")


def harmless(text: str, most: int = 120) -> str:
    """A stranger's words in one line, without what plays with a screen, and nothing that a mail client would make a
    link of."""
    line = one_line(text).replace("://", "[:]//").replace("www.", "www[.]").replace("mailto:", "mailto[:]")
    return cut(line, most)
