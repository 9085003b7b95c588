"""Which addresses can be written to, and who of a case is. What cannot be written to is never made a participant: its
case could not be answered."""

from __future__ import annotations

import re

from store.records import CC, REQUESTER, Participant

_ATOM = r"[^\s<>,;:\"()\\@\[\]\x00-\x1f\x7f]+"
# A local part may be quoted (RFC 5321 4.1.2), as in "john doe"@example.com.
_ADDRESS = re.compile(rf'(?:{_ATOM}|"[^"\\\x00-\x1f\x7f]+")@(?:{_ATOM}|\[[0-9A-Fa-f.:]+\])')
_LONGEST = 320
"""RFC 5321 4.5.3.1: 64 before the @, 255 behind it."""


def can_be_written_to(address: str) -> bool:
    """Whether a mail could be addressed to this."""
    return len(address) <= _LONGEST and _ADDRESS.fullmatch(address) is not None


def is_meant(person: Participant, *, everyone: bool) -> bool:
    """Whether a public mail goes to this person."""
    return person.role == REQUESTER or (person.role == CC and everyone and not person.undeliverable)
