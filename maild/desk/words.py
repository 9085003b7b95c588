"""What of an agent's mail is their own: their words without quotation, and the files that may go outside."""

from __future__ import annotations

import re

from maild.desk.tokens import holds_token
from parsers.message import Attachment, ParsedMessage

_CUSTOMERS_LINE = re.compile(r"\s*>\s?\|\s?(.*)")
"""A line of the customer's in a quoted notice, which shows their words behind a margin of `|`."""


def own_words(text: str, *, context: bool) -> str:
    """The agent's text without quotation: a mail client that marks none of it would else send our notice on, with
    all that is internal in it. With `context`, the customer's own quoted lines stay, for answers in between."""
    kept = []
    for line in text.split("\n"):
        if not line.lstrip().startswith(">"):
            kept.append(line)
        elif context and (theirs := _CUSTOMERS_LINE.fullmatch(line)):
            kept.append(f"> {theirs.group(1)}".rstrip())
    said = any(line.strip() and not line.startswith(">") for line in kept)
    return "\n".join(kept).strip("\n") if said else ""


def files_to_pass_on(message: ParsedMessage, *, has_text: bool) -> tuple[tuple[Attachment, ...], tuple[str, ...]]:
    """The files that may go to the customer, and the names of those that may not.

    A mail as a file, or any file with a mark of ours in it, could carry an agent's token (threats T12). A picture
    inside an otherwise empty mail is a signature's logo, no answer.
    """
    files, withheld = [], []
    for file in message.attachments:
        is_mail = file.content_type.startswith("message/") or file.filename.lower().endswith(
            (".eml", ".msg", ".mbox")
        )
        if is_mail or holds_token(file.content):
            withheld.append(file.filename)
        elif has_text or not file.inline:
            files.append(file)
    return tuple(files), tuple(withheld)
