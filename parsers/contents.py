"""Equal content, equal digest: what makes two deliveries of one mail one mail (T76, T77).

SHA-256 over the values of From, To, Cc, Date, Subject and Message-ID and the body, with line ends made equal
(servers differ in them). What servers on the way add or change (Received, Return-Path, Delivered-To,
Authentication-Results, spam marks) has no part in it. Message-ID alone would not do: senders reuse it.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator

from parsers.fields import Fields, Limits, read_head

_FIELDS = ("from", "to", "cc", "date", "subject", "message-id")


_PIECE = 1 << 20


def digest(raw: bytes) -> str:
    """The content's digest in hex."""
    fields, begin = read_head(raw, 0, len(raw), Limits(), [])
    return of(fields, raw, begin, len(raw))


def of(fields: Fields, raw: bytes, start: int, stop: int) -> str:
    """The same for a header that was read, and a body that stands in raw[start:stop]."""
    total = hashlib.sha256()
    for name in _FIELDS:
        for value in fields.all(name):
            total.update(name.encode() + b":" + b" ".join(value.split()) + b"\n")
    total.update(b"\n")
    for piece in _equal(raw, start, stop):
        total.update(piece)
    return total.hexdigest()


def _equal(raw: bytes, start: int, stop: int) -> Iterator[bytes]:
    """What stands there with equal line ends, none at its end; in pieces, because it may be large."""
    ends = 0
    while start < stop:
        after = min(start + _PIECE, stop)
        if after < stop and raw[after - 1 : after + 1] == b"\r\n":
            after += 1
        piece = raw[start:after]
        if b"\r" in piece:
            piece = piece.replace(b"\r\n", b"\n").replace(b"\r", b"\n")
        text = piece.rstrip(b"\n")
        if text:
            yield b"\n" * ends + text if ends else text
        ends = len(piece) - len(text) + (0 if text else ends)
        start = after
