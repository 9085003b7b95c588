"""Which addresses can be written to. What cannot be is never made a participant: its case could not be answered."""

from __future__ import annotations

import re

_ATOM = r"[^\s<>,;:\"()\\@\[\]\x00-\x1f\x7f]+"
# A local part may be quoted (RFC 5321 4.1.2), as in "john doe"@example.com.
_ADDRESS = re.compile(rf'(?:{_ATOM}|"[^"\\\x00-\x1f\x7f]+")@(?:{_ATOM}|\[[0-9A-Fa-f.:]+\])')
_LONGEST = 320
"""RFC 5321 4.5.3.1: 64 before the @, 255 behind it."""


def can_be_written_to(address: str) -> bool:
    """Whether a mail could be addressed to this."""
    return len(address) <= _LONGEST and _ADDRESS.fullmatch(address) is not None
