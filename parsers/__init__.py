"""Bytes become nouns: the one reader of mail. Knows neither the store nor the desk, does no I/O, reads no clock.

`parse(raw)` never raises on hostile input: a defect is data. What was left out by a limit has a defect `limit: …`;
what nobody foresaw, `reader failed: …`: such a mail belongs before a person.

    parse(raw, limits, tag)         what a mail says                  digest(raw)      equal content, equal digest
    references.find_tag, strip_tag, base_subject, newest_first        commands.split_commands
    to_json(message)                the contract of `maild parse --json` (the caller adds `file`)
    header_text(message, name)      one header field
    MARKER                          the words of the line above which a reply is to be written
"""

from parsers.contents import digest
from parsers.fields import Limits
from parsers.headers import header_text
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
    "header_text",
    "parse",
    "to_json",
]
