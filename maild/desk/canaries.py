"""A word that stands beside every internal text in the agents' mails, and in no other: where it turns up in a mail to
somebody outside, internal text is near (threats T12). It proves nothing; it is only to be found again.
"""

from __future__ import annotations

import hashlib
import hmac
import re
from base64 import b32encode

_BYTES = 5
_WORD = re.compile(r"inside-[a-z2-7]{8}(?![a-z0-9])", re.IGNORECASE)
_IN_BYTES = re.compile(_WORD.pattern.encode(), re.IGNORECASE)


def canary(key: bytes, case: int) -> str:
    """The word of a case."""
    signed = hmac.digest(key, f"canary|{case}".encode(), hashlib.sha256)
    return f"inside-{b32encode(signed[:_BYTES]).decode().lower()}"


def lines_with_canary(text: str) -> tuple[str, ...]:
    """The lines that hold one."""
    return tuple(line.strip() for line in text.split("\n") if _WORD.search(line))


def without_canaries(text: str) -> str:
    return _WORD.sub("[…]", text)


def holds_canary(content: str | bytes) -> bool:
    return (_IN_BYTES.search(content) if isinstance(content, bytes) else _WORD.search(content)) is not None
