"""The tree of parts of a message (RFC 2046), cut from the bytes by its boundaries, and the parts' contents.

Not a general MIME library: it reads, never writes; a part keeps its exact bytes. Cost is bounded by
construction (T66): depth, number of parts and size of headers are limited, every level is one pass over its
bytes, and nothing here recurses deeper than `Limits.depth`.

Broken mail is read as its writer meant it where that can be seen: a multipart without its boundary is text,
a missing end boundary ends with the part around it, an unknown transfer encoding is taken as none.
"""

from __future__ import annotations

import binascii
import quopri
import re
from collections.abc import Iterator
from dataclasses import dataclass, field

from parsers import params
from parsers.fields import Fields, Limits, loose_base64, split_head


@dataclass(slots=True)
class Part:
    """One part: its fields, its content type, and either its bytes as sent or the parts in it."""

    fields: Fields
    content_type: str
    parameters: dict[str, str]
    disposition: str
    filename: str
    body: bytes = field(repr=False, default=b"")
    children: list[Part] = field(default_factory=list)

    def walk(self) -> Iterator[Part]:
        """This part and all below it, in the order of the mail; messages inside are not entered."""
        yield self
        if self.content_type != "message/rfc822":
            for child in self.children:
                yield from child.walk()

    @property
    def charset(self) -> str | None:
        """What the part says it is written in."""
        return self.parameters.get("charset")


class Reader:
    """One reading of one mail: counts parts and gathers defects."""

    def __init__(self, limits: Limits, defects: list[str]) -> None:
        self.limits = limits
        self.defects = defects
        self.parts = 0

    def message(self, raw: bytes, depth: int = 0) -> Part:
        """The tree of a whole message."""
        fields, body = split_head(raw, self.limits, self.defects if depth == 0 else [])
        return self._part(fields, body, depth, "text/plain")

    def _part(self, fields: Fields, body: bytes, depth: int, default: str) -> Part:
        self.parts += 1
        kind, parameters = params.media_type(fields.raw("content-type"))
        if "content-type" in fields and not kind:
            self.defects.append("mime: content type not readable")
        kind = kind or _implied(parameters, fields, default)
        disposition, more = params.split(fields.raw("content-disposition"))
        name = more.get("filename") or parameters.get("name") or ""
        part = Part(fields, kind, parameters, disposition, name)
        if kind.startswith("multipart/"):
            self._split(part, body, depth)
        elif kind == "message/rfc822" or kind == "message/global":
            self._nested(part, body, depth)
        else:
            part.body = body
        return part

    def _nested(self, part: Part, body: bytes, depth: int) -> None:
        part.content_type = "message/rfc822"
        part.body = body
        if depth >= self.limits.depth or self.parts >= self.limits.parts:
            self.defects.append("limit: nesting too deep")
            return
        inner = decoded(part) if encoding(part) in ("base64", "quoted-printable") else body
        part.body = inner
        part.fields.items = [f for f in part.fields.items if f[0] != "content-transfer-encoding"]
        part.fields._index.pop("content-transfer-encoding", None)
        part.children = [self.message(inner, depth + 1)]

    def _split(self, part: Part, body: bytes, depth: int) -> None:
        part.body = body
        boundary = part.parameters.get("boundary", "").rstrip().encode("utf-8", "surrogateescape")
        if not boundary:
            self.defects.append("mime: multipart without boundary")
            boundary = _guessed_boundary(body)
            if not boundary:
                return
        if depth >= self.limits.depth:
            self.defects.append("limit: nesting too deep")
            return
        pieces, closed = cut(body, boundary, self.limits.parts)
        if not pieces:
            self.defects.append("mime: boundary not found")
            return
        if not closed:
            self.defects.append("mime: no end boundary")
        default = "message/rfc822" if part.content_type == "multipart/digest" else "text/plain"
        for piece in pieces:
            if self.parts >= self.limits.parts:
                self.defects.append("limit: too many parts")
                break
            fields, content = split_head(piece, self.limits, self.defects, part=True)
            part.children.append(self._part(fields, content, depth + 1, default))


_LIKELY = re.compile(rb"(?:^|\n)--([!-~]{1,70})[ \t]*\r?\n(?=[Cc]ontent-)")


def _guessed_boundary(body: bytes) -> bytes:
    """The boundary of a multipart that does not name it: a line of dashes and a word right above a part's header."""
    found = _LIKELY.search(body[:65536])
    return found.group(1) if found else b""


def _implied(parameters: dict[str, str], fields: Fields, default: str) -> str:
    """The type of a part that states none, or none that can be read."""
    if parameters.get("boundary"):
        return "multipart/mixed"
    if "content-type" in fields and (parameters.get("name") or "attachment" in fields.text("content-disposition")):
        return "application/octet-stream"
    return default


def cut(body: bytes, boundary: bytes, limit: int) -> tuple[list[bytes], bool]:
    """The pieces between the boundary's lines, and whether its end was seen (RFC 2046 section 5.1.1).

    A line is the boundary only if nothing but blanks follows: one boundary may begin like another.
    """
    mark = b"--" + boundary
    pieces: list[bytes] = []
    start = -1
    at = 0 if body.startswith(mark) else _next(body, mark, 0)
    while at >= 0:
        stop = body.find(b"\n", at)
        line = body[at + len(mark) : len(body) if stop < 0 else stop]
        tail = line.strip(b" \t\r")
        if tail in (b"", b"--") or (tail[:2] == b"--" and tail[2:3] in b'>;<"!'):
            if start >= 0:
                pieces.append(_without_end(body[start:at]))
            if tail or len(pieces) > limit:
                return pieces, True
            start = len(body) if stop < 0 else stop + 1
        at = _next(body, mark, at + len(mark)) if stop >= 0 else -1
    if 0 <= start < len(body):
        pieces.append(body[start:])
    return pieces, False


def _next(body: bytes, mark: bytes, at: int) -> int:
    """The next line that begins with the mark."""
    found = body.find(b"\n" + mark, max(at - 1, 0))
    return found + 1 if found >= 0 else -1


def _without_end(piece: bytes) -> bytes:
    """The line end before a boundary belongs to the boundary."""
    if piece.endswith(b"\r\n"):
        return piece[:-2]
    return piece[:-1] if piece.endswith(b"\n") else piece


def encoding(part: Part) -> str:
    """The transfer encoding in lower case, comments and noise aside."""
    value = part.fields.raw("content-transfer-encoding")
    if not value:
        return ""
    return value.decode("latin-1").split(";")[0].split("(")[0].strip().strip("\"'").lower()


def decoded(part: Part) -> bytes:
    """The content with its transfer encoding undone."""
    how = encoding(part)
    if how == "base64":
        return loose_base64(part.body)
    if how in ("quoted-printable", "quotedprintable", "quoted_printable"):
        return _quoted_printable(part.body)
    if how in ("x-uuencode", "uuencode", "uue", "x-uue"):
        return unuu(part.body)
    return part.body


def _quoted_printable(data: bytes) -> bytes:
    try:
        return binascii.a2b_qp(data)
    except (binascii.Error, ValueError):
        return quopri.decodestring(data)


def unuu(data: bytes) -> bytes:
    """The content of the first uuencoded file in the data; the data itself when there is none."""
    lines = data.split(b"\n")
    first = next((i for i, line in enumerate(lines) if line.startswith(b"begin ")), None)
    if first is None:
        return data
    return uu_lines(lines[first + 1 :])[0]


def uu_lines(lines: list[bytes]) -> tuple[bytes, int]:
    """The bytes of uuencoded lines up to `end`, and how many lines were read."""
    out: list[bytes] = []
    for count, line in enumerate(lines):
        line = line.rstrip(b"\r")
        if line == b"end":
            return b"".join(out), count + 1
        try:
            out.append(binascii.a2b_uu(line))
        except binascii.Error:
            # Some encoders write a wrong length at the line's end: take what the length byte promises.
            size = ((line[0] - 32 & 63) * 4 + 5) // 3 if line else 0
            try:
                out.append(binascii.a2b_uu(line[:size]))
            except binascii.Error:
                return b"".join(out), count
    return b"".join(out), len(lines)
