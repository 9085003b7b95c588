"""HTML cut into tags and text, the way mail clients read what is broken.

Cuts the source at each `<` once, from left to right; what cannot be read as a tag is text, so no word of the
writer is lost. Knows no meaning of any tag.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from html import unescape
from typing import NamedTuple

_ATTRIBUTE = re.compile(r"([a-zA-Z_:][a-zA-Z0-9_:.-]{0,60})\s{0,20}=\s{0,20}(?:\"([^\"]*)\"|'([^']*)'|([^\s\"'>]+))")
_NAME = re.compile(r"/?([a-zA-Z][a-zA-Z0-9:]{0,30})")


class Tag(NamedTuple):
    name: str
    inner: str
    """All between the angles; empty when the tag does not end."""
    closing: bool


def tokens(source: str) -> Iterator[Tag | str]:
    """Tags and the text between them, in order; character references are left in the text."""
    pieces = source.split("<")
    yield pieces[0]
    at = 1
    while at < len(pieces):
        piece = pieces[at]
        at += 1
        if piece.startswith("!--"):
            text, at = _comment(pieces, at - 1)
            yield text
            continue
        match = _NAME.match(piece)
        if match is None:
            yield _odd(piece)
            continue
        stop, at = _tag_end(pieces, at - 1)
        whole = pieces[at - 1] if stop >= 0 else piece
        yield Tag(match.group(1).lower(), whole[:stop] if stop >= 0 else "", piece.startswith("/"))
        if stop >= 0:
            yield whole[stop + 1 :]


def attribute(inner: str, name: str) -> str:
    """The value of one attribute; '' without it."""
    for key, a, b, c in _ATTRIBUTE.findall(inner):
        if key.lower() == name:
            return unescape(a or b or c).strip()
    return ""


def attributes_of(inner: str) -> dict[str, str]:
    """All of them, names and values in lower case, references left as they are."""
    return {key.lower(): (a or b or c).lower() for key, a, b, c in _ATTRIBUTE.findall(inner)}


def _tag_end(pieces: list[str], at: int) -> tuple[int, int]:
    """Where the tag that begins in `pieces[at]` ends: a `>` or `<` inside quotes does not end it."""
    piece = pieces[at]
    stop = _closing_angle(piece, 0)
    joined = 0
    while stop < 0 and at + 1 < len(pieces) and joined < 8 and len(piece) < 8192:
        at += 1
        joined += 1
        begin = len(piece)
        piece = f"{piece}<{pieces[at]}"
        stop = _closing_angle(piece, begin)
    if stop < 0:
        stop = piece.find(">")
    pieces[at] = piece
    return stop, at + 1


def _closing_angle(piece: str, begin: int) -> int:
    stop = piece.find(">", begin)
    while stop >= 0 and _open_quote(piece, stop):
        stop = piece.find(">", stop + 1)
    return stop


def _comment(pieces: list[str], at: int) -> tuple[str, int]:
    """What stands behind a comment, and the next piece; Outlook's `<!--[if …]>` too. One never closed ends with its
    own piece."""
    first = pieces[at]
    if "-->" in first[3:] or first.startswith(("!-->", "!--->")):
        return first.split("-->", 1)[-1] if "-->" in first[3:] else first.split(">", 1)[-1], at + 1
    for later in range(at + 1, len(pieces)):
        if "-->" in pieces[later]:
            return pieces[later].split("-->", 1)[1], later + 1
    # No later comment can be closed either: never look again.
    for later in range(at, len(pieces)):
        if pieces[later].startswith("!--"):
            pieces[later] = "!" + pieces[later][3:]
    return "", at + 1


def _odd(piece: str) -> str:
    """Not a tag: a declaration is dropped, anything else is the writer's `<`."""
    return piece.partition(">")[2] if piece[:1] in ("!", "?") else "<" + piece


def _open_quote(piece: str, stop: int) -> bool:
    """Is a quoted attribute value open at `stop`? An apostrophe that opens no value does not count."""
    if '"' not in piece[:stop] and "'" not in piece[:stop]:
        return False
    quote = ""
    for at in range(min(stop, 8192)):
        c = piece[at]
        if quote:
            if c == quote:
                quote = ""
        elif c in "\"'" and piece[:at].rstrip()[-1:] == "=":
            quote = c
    return bool(quote)
