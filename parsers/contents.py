"""Equal content, equal digest: what makes two deliveries of one mail one mail (T76, T77).

SHA-256 over the values of From, To, Cc, Date, Subject and Message-ID and the body, with line ends made equal
(servers differ in them). What servers on the way add or change (Received, Return-Path, Delivered-To,
Authentication-Results, spam marks) has no part in it. Message-ID alone would not do: senders reuse it.
"""

from __future__ import annotations

import hashlib

from parsers.fields import Fields, Limits, split_head

_FIELDS = ("from", "to", "cc", "date", "subject", "message-id")


def digest(raw: bytes) -> str:
    """The content's digest in hex."""
    fields, body = split_head(raw, Limits(), [])
    return of(fields, body)


def of(fields: Fields, body: bytes) -> str:
    """The same for a header and a body already split."""
    total = hashlib.sha256()
    for name in _FIELDS:
        for value in fields.all(name):
            total.update(name.encode() + b":" + b" ".join(value.split()) + b"\n")
    total.update(b"\n")
    if b"\r" in body:
        body = body.replace(b"\r\n", b"\n").replace(b"\r", b"\n")
    total.update(body.rstrip(b"\n"))
    return total.hexdigest()
