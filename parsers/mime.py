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
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from io import BytesIO

from parsers import params
from parsers.fields import NOT_BASE64, Fields, Limits, loose_base64, read_head

PIECE = 1 << 20
"""So much of a large mail is looked at at once, where it is copied for that."""


@dataclass(slots=True)
class Part:
    """One part: its fields, its content type, and either its bytes as sent or the parts in it."""

    fields: Fields
    content_type: str
    parameters: dict[str, str]
    disposition: str
    filename: str
    source: bytes = field(repr=False, default=b"")
    start: int = 0
    stop: int = 0
    children: list[Part] = field(default_factory=list)
    decoded: bool = False

    @property
    def body(self) -> bytes:
        """Its bytes as sent, copied out of those of the mail: of large ones, ask for a piece."""
        return self.source[self.start : self.stop]

    def holds(self, source: bytes, start: int = 0, stop: int | None = None) -> None:
        """Its bytes stand there."""
        self.source, self.start, self.stop = source, start, len(source) if stop is None else stop

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
        self.inside = False

    def message(self, raw: bytes, depth: int = 0, start: int = 0, stop: int | None = None) -> Part:
        """The tree of a whole message, or of one that stands in raw[start:stop]."""
        stop = len(raw) if stop is None else stop
        fields, begin = read_head(raw, start, stop, self.limits, self.defects if depth == 0 else [])
        return self._part(fields, raw, begin, stop, depth, "text/plain")

    def _part(self, fields: Fields, raw: bytes, start: int, stop: int, depth: int, default: str) -> Part:
        """The part whose content stands in raw[start:stop]; only leaves copy it."""
        self.parts += 1
        kind, parameters = params.media_type(fields.raw("content-type"))
        if "content-type" in fields and not kind:
            self.defects.append("mime: content type not readable")
        kind = kind or _implied(parameters, fields, default)
        disposition, more = params.split(fields.raw("content-disposition"))
        name = more.get("filename") or parameters.get("name") or ""
        part = Part(fields, kind, parameters, disposition, name)
        if kind.startswith("multipart/"):
            self._split(part, raw, start, stop, depth)
        elif kind in ("message/rfc822", "message/global"):
            self._nested(part, raw, start, stop, depth)
        else:
            part.holds(raw, start, stop)
        return part

    def _nested(self, part: Part, raw: bytes, start: int, stop: int, depth: int) -> None:
        """A message in a message: read one deep. What nests deeper is in its bytes, and nobody asks for its parts."""
        part.content_type = "message/rfc822"
        part.holds(raw, start, stop)
        if encoding(part) in ("base64", "quoted-printable"):
            part.holds(decoded(part))
        part.decoded = True
        if self.inside:
            return
        if depth >= self.limits.depth or self.parts >= self.limits.parts:
            self.defects.append("limit: nesting too deep")
            return
        self.inside = True
        part.children = [self.message(part.source, depth + 1, part.start, part.stop)]
        self.inside = False

    def _split(self, part: Part, raw: bytes, start: int, stop: int, depth: int) -> None:
        boundary = part.parameters.get("boundary", "").rstrip().encode("utf-8", "surrogateescape")
        if not boundary:
            self.defects.append("mime: multipart without boundary")
            boundary = _guessed_boundary(raw[start : min(stop, start + 65536)])
        if depth >= self.limits.depth:
            self.defects.append("limit: nesting too deep")
            boundary = b""
        pieces, closed = cut(raw, start, stop, boundary, self.limits.parts) if boundary else ([], True)
        if not pieces:
            part.holds(raw, start, stop)
            if boundary:
                self.defects.append("mime: boundary not found")
            return
        if not closed:
            self.defects.append("mime: no end boundary")
        default = "message/rfc822" if part.content_type == "multipart/digest" else "text/plain"
        for begin, end in pieces:
            if self.parts >= self.limits.parts:
                self.defects.append("limit: too many parts")
                break
            fields, content = read_head(raw, begin, end, self.limits, self.defects, part=True)
            part.children.append(self._part(fields, raw, content, end, depth + 1, default))


_LIKELY = re.compile(rb"(?:^|\n)--([!-~]{1,70})[ \t]*\r?\n(?=[Cc]ontent-)")


def _guessed_boundary(body: bytes) -> bytes:
    """The boundary of a multipart that does not name it: a line of dashes and a word right above a part's header."""
    found = _LIKELY.search(body)
    return found.group(1) if found else b""


def _implied(parameters: dict[str, str], fields: Fields, default: str) -> str:
    """The type of a part that states none, or none that can be read."""
    if parameters.get("boundary"):
        return "multipart/mixed"
    if "content-type" in fields and (parameters.get("name") or "attachment" in fields.text("content-disposition")):
        return "application/octet-stream"
    return default


def cut(raw: bytes, start: int, stop: int, boundary: bytes, limit: int) -> tuple[list[tuple[int, int]], bool]:
    """Where the pieces between the boundary's lines stand, and whether its end was seen (RFC 2046 section 5.1.1).

    A line is the boundary only if nothing but blanks follows: one boundary may begin like another.
    """
    mark = b"--" + boundary
    pieces: list[tuple[int, int]] = []
    begin = -1
    at = start if raw.startswith(mark, start, stop) else _next(raw, mark, start, stop)
    while at >= 0:
        line = raw.find(b"\n", at, stop)
        after = stop if line < 0 else line
        tail = raw[at + len(mark) : min(after, at + len(mark) + 200)].strip(b" \t\r")
        if tail in (b"", b"--") or (tail[:2] == b"--" and tail[2:3] in b'>;<"!'):
            if begin >= 0:
                pieces.append((begin, max(begin, _before(raw, at))))
            if tail or len(pieces) > limit:
                return pieces, True
            begin = stop if line < 0 else line + 1
        at = _next(raw, mark, after, stop) if line >= 0 else -1
    if 0 <= begin < stop:
        pieces.append((begin, stop))
    return pieces, False


def _next(raw: bytes, mark: bytes, at: int, stop: int) -> int:
    """The next line that begins with the mark; `at` may be the line end right before it."""
    found = raw.find(b"\n" + mark, at, stop)
    return found + 1 if found >= 0 else -1


def _before(raw: bytes, at: int) -> int:
    """The line end before a boundary belongs to the boundary."""
    if raw[at - 2 : at] == b"\r\n":
        return at - 2
    return at - 1 if raw[at - 1 : at] == b"\n" else at


def encoding(part: Part) -> str:
    """The transfer encoding in lower case, comments and noise aside."""
    value = part.fields.raw("content-transfer-encoding")
    if not value:
        return ""
    return value.decode("latin-1").split(";")[0].split("(")[0].strip().strip("\"'").lower()


def decoded(part: Part) -> bytes:
    """The content with its transfer encoding undone."""
    how = encoding(part) if not part.decoded else ""
    if how == "base64":
        return _base64(part.source, part.start, part.stop)
    data = part.body
    if how in ("quoted-printable", "quotedprintable", "quoted_printable"):
        return _quoted_printable(data)
    if how in ("x-uuencode", "uuencode", "uue", "x-uue"):
        return unuu(data)
    return data


def _base64(raw: bytes, start: int, stop: int) -> bytes:
    """What stands in raw[start:stop], as `loose_base64` reads it, a piece after the other: files are large."""
    if stop - start <= PIECE:
        return loose_base64(raw[start:stop])
    out, rest = BytesIO(), b""
    for at in range(start, stop, PIECE):
        letters = raw[at : min(at + PIECE, stop)].translate(None, NOT_BASE64)
        *ended, rest = (rest + letters).split(b"=")
        out.writelines(map(loose_base64, ended))
        whole = len(rest) // 4 * 4
        out.write(binascii.a2b_base64(rest[:whole]))
        rest = rest[whole:]
    out.write(loose_base64(rest))
    return out.getvalue()


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


def uu_lines(lines: Iterable[bytes]) -> tuple[bytes, int, bool]:
    """The bytes of uuencoded lines, how many lines were read, and whether their `end` was seen."""
    out: list[bytes] = []
    count = 0
    for line in lines:
        line = line.rstrip(b"\r")
        if line == b"end":
            return b"".join(out), count + 1, True
        data = _uu_line(line)
        if data is None:
            break
        out.append(data)
        count += 1
    return b"".join(out), count, False


def _uu_line(line: bytes) -> bytes | None:
    try:
        return binascii.a2b_uu(line)
    except binascii.Error:
        # Some encoders write a wrong length at the line's end: take what the length byte promises.
        size = ((line[0] - 32 & 63) * 4 + 5) // 3 if line else 0
    try:
        return binascii.a2b_uu(line[:size])
    except binascii.Error:
        return None
