"""Bytes become nouns: the one reader of mail. Knows neither the store nor the desk, does no I/O, reads no clock.

`parse(raw)` never raises on hostile input: a defect is data.
"""

from parsers.contents import digest
from parsers.fields import Limits
from parsers.message import (
    Address,
    Attachment,
    AuthResult,
    Automatic,
    Bounce,
    BounceRecipient,
    Command,
    Forwarded,
    Mark,
    ParsedMessage,
)
from parsers.quotes import MARKER
from parsers.reading import parse
from parsers.tojson import to_json

__all__ = [
    "MARKER",
    "Address",
    "Attachment",
    "AuthResult",
    "Automatic",
    "Bounce",
    "BounceRecipient",
    "Command",
    "Forwarded",
    "Limits",
    "Mark",
    "ParsedMessage",
    "digest",
    "parse",
    "to_json",
]
