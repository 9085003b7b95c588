"""The text of any one header field, read only when somebody asks for it: most are never asked for."""

from __future__ import annotations

from parsers import charset
from parsers.fields import decode_words
from parsers.message import ParsedMessage


def header_text(message: ParsedMessage, name: str) -> str:
    """The first field of this name as one line, encoded words read; empty where there is none."""
    wanted = name.lower()
    for field, value in message.headers:
        if field == wanted:
            return charset.one_line(decode_words(value))
    return ""
