"""Mail passed on: whose it was and what it was about, from the quoted header or from an attached mail."""

from __future__ import annotations

from parsers import addresses, quoted_header, quotes
from parsers.message import Forwarded
from parsers.mime import Part
from parsers.references import base_subject

_MAX_LINES = 20_000


def read(root: Part, text: str, *, is_forward: bool) -> Forwarded | None:
    """The passed-on mail, if this mail's purpose is to pass one on."""
    return inline(text, is_forward=is_forward) or attached(root)


def inline(text: str, *, is_forward: bool) -> Forwarded | None:
    """From the text: a forward's line, or, when the subject says so, any header block."""
    lines = text.split("\n")[:_MAX_LINES]
    for at, line in enumerate(lines):
        if not quotes.may_begin_other(line) or (line.lstrip().startswith(">") and not is_forward):
            continue
        if quotes.is_forward(line):
            return _first_block(lines, at + 1)
        if is_forward:
            block = quoted_header.header_block(lines, at)
            if block is not None:
                return _forwarded(block)
        elif quotes.is_original(line) or quoted_header.header_block(lines, at) is not None:
            # An answer with its quotation: what is forwarded inside it is not passed on by this sender.
            return None
    return None


def _first_block(lines: list[str], at: int) -> Forwarded | None:
    for here in range(at, min(at + 6, len(lines))):
        block = quoted_header.header_block(lines, here) if lines[here].strip() else None
        if block is not None:
            return _forwarded(block)
    return None


def _forwarded(block: quoted_header.Block) -> Forwarded:
    value = block.values.get("from", "").replace("[", "<").replace("]", ">")
    found = addresses.read_list([value.encode("utf-8", "replace")], 1)
    sender = found[0] if found else None
    subject = " ".join(block.values.get("subject", "").split())
    return Forwarded(
        sender.address.replace("mailto:", "") if sender else "",
        sender.name if sender else "",
        base_subject(subject) or subject,
    )


def attached(root: Part) -> Forwarded | None:
    """From a message attached whole."""
    if root.content_type in ("multipart/report", "multipart/digest"):
        return None
    inside = [part for part in root.walk() if part.content_type == "message/rfc822" and part.children]
    if len(inside) != 1:
        return None
    fields = inside[0].children[0].fields
    found = addresses.read_list(fields.all("from"), 1)
    subject = fields.text("subject")
    if not found:
        return None
    return Forwarded(found[0].address, found[0].name, subject)
