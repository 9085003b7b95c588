"""The header block: which bytes it is, and its fields as they were sent (RFC 5322 section 2.2).

A field's value stays bytes, unfolded, until somebody asks for its text: encoded words (RFC 2047, with the
breakage seen in real mail) and raw 8-bit text are read here; addresses, dates and ids elsewhere.

Not trusted: a bare CR or another control in the block is a defect, and such a block gives nobody rights
(T05, T61); what breaks the limits is left out and said so (T67).
"""

from __future__ import annotations

import binascii
import re
from collections.abc import Iterator
from dataclasses import dataclass, field

from parsers import charset

_NAME = re.compile(rb"[!-9;-~]{1,200}[ \t]*:")
_KNOWN = (
    b"from:",
    b"to:",
    b"subject:",
    b"date:",
    b"message-id:",
    b"mime-version:",
    b"content-type:",
    b"content-disposition:",
    b"content-transfer-encoding:",
)
_CONTROL = re.compile(rb"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f]")


@dataclass(frozen=True, slots=True)
class Limits:
    """What one mail may cost (T67). What goes beyond is left out, and the mail has a defect `limit: …`."""

    size: int = 35 * 1024 * 1024
    header_block: int = 128 * 1024
    fields: int = 1000
    field_size: int = 8 * 1024
    depth: int = 20
    parts: int = 300
    attachments: int = 100
    addresses: int = 200
    text: int = 2 * 1024 * 1024


@dataclass(slots=True)
class Fields:
    """The fields of one header block, in order; names in lower case."""

    items: list[tuple[str, bytes]] = field(default_factory=list)
    _index: dict[str, list[bytes]] = field(default_factory=dict)

    def add(self, name: str, value: bytes) -> None:
        """One more field, at the end."""
        self.items.append((name, value))
        self._index.setdefault(name, []).append(value)

    def all(self, name: str) -> list[bytes]:
        """Every value of a name, topmost first."""
        return self._index.get(name, [])

    def raw(self, name: str) -> bytes:
        """The first value of a name, or nothing."""
        values = self._index.get(name)
        return values[0] if values else b""

    def text(self, name: str) -> str:
        """The first value of a name as one line of text, encoded words read."""
        return charset.one_line(decode_words(self.raw(name)))

    def __contains__(self, name: str) -> bool:
        return name in self._index

    def __iter__(self) -> Iterator[str]:
        return iter(self._index)


def split_head(raw: bytes, limits: Limits, defects: list[str], *, part: bool = False) -> tuple[Fields, bytes]:
    """Header fields and body of a message (`part`: of a MIME part, which may have no header at all)."""
    fields, begin = read_head(raw, 0, len(raw), limits, defects, part=part)
    return fields, raw[begin:]


def read_head(
    raw: bytes, start: int, stop: int, limits: Limits, defects: list[str], *, part: bool = False
) -> tuple[Fields, int]:
    """The fields of what stands in raw[start:stop], and where its body begins. Copies no body: mails nest."""
    if not part:
        start = _past_envelope(raw, start, stop, defects)
    end, body = _block_end(raw, start, stop)
    if end - start > limits.header_block:
        defects.append("limit: header block too long")
        end = start + limits.header_block
    fields = Fields()
    stopped = _read_lines(raw[start:end], limits, defects, fields)
    if stopped is not None:
        if not fields.items and part:
            return fields, start
        defects.append("header: a line that is no field ends the header")
        body = start + stopped
    return fields, body


def _past_envelope(raw: bytes, at: int, stop: int, defects: list[str]) -> int:
    """Past what stands before the header: a byte order mark, blank lines, an mbox line."""
    if raw.startswith(b"\xef\xbb\xbf", at, stop):
        defects.append("header: byte order mark")
        at += 3
    if raw[at : at + 1] in (b"\r", b"\n") and at < stop:
        defects.append("header: blank line first")
        found = _NOT_BLANK.search(raw, at, stop)
        at = found.start() if found else stop
    if raw.startswith((b"From ", b">From "), at, stop):
        line = raw.find(b"\n", at, stop)
        at = line + 1 if line >= 0 else stop
    return at


_NOT_BLANK = re.compile(rb"[^\r\n]")


def _block_end(raw: bytes, start: int, stop: int) -> tuple[int, int]:
    """Where the header's last line ends, and where the body begins."""
    if raw.startswith(b"\n", start, stop):
        return start, start + 1
    if raw.startswith(b"\r\n", start, stop):
        return start, start + 2
    plain = raw.find(b"\n\n", start, stop)
    dos = raw.find(b"\n\r\n", start, plain + 2 if plain >= 0 else stop)
    if dos >= 0:
        return dos + 1, dos + 3
    if plain >= 0:
        return plain + 1, plain + 2
    return stop, stop


def _read_lines(block: bytes, limits: Limits, defects: list[str], fields: Fields) -> int | None:
    """Fill `fields`; the offset of the line that ended the header early, if one did."""
    if _read_clean(block, limits, defects, fields):
        return None
    name, parts, size, offset = "", [b""], 0, 0
    if _CONTROL.search(block):
        defects.append("header: control characters")
    for line in block.split(b"\n"):
        start, offset = offset, offset + len(line) + 1
        if line.endswith(b"\r"):
            line = line[:-1]
        if b"\r" in line:
            defects.append("header: bare CR")
            line = line.replace(b"\r", b" ")
        if line[:1] in (b" ", b"\t"):
            if not name:
                defects.append("header: blank before the first field")
                line = line.lstrip(b" \t")
            elif not line.strip() and size == 0:
                continue
        if line[:1] in (b" ", b"\t"):
            if size < limits.field_size:
                parts.append(line)
            size += len(line)
            continue
        found = _NAME.match(line)
        if found is None:
            if not line:
                continue
            if not (parts[-1].endswith(b";") or _more_fields(block, offset)):
                _store(fields, name, parts, size, limits, defects)
                return start
            defects.append("header: a line that is no field")
            parts.append(b" " + line)
            continue
        _store(fields, name, parts, size, limits, defects)
        if len(fields.items) >= limits.fields:
            defects.append("limit: too many header fields")
            return None
        key = found.group()[:-1]
        if key[-1:] in (b" ", b"\t"):
            defects.append("header: blank before the colon")
        name = key.decode("ascii").strip().lower()
        parts = [line[found.end() :]]
        size = len(parts[0])
    _store(fields, name, parts, size, limits, defects)
    return None


_FOLD = re.compile(rb"\n(?![ \t])")
_CLEAN = re.compile(rb"([!-9;-~]{1,200}):")


def _read_clean(block: bytes, limits: Limits, defects: list[str], fields: Fields) -> bool:
    """The quick way through a header without fault; False, and nothing read, when it has one."""
    text = block.replace(b"\r\n", b"\n").rstrip(b"\n")
    if b"\r" in text or _CONTROL.search(text):
        return False
    found: list[tuple[str, bytes]] = []
    for line in _FOLD.split(text):
        match = _CLEAN.match(line)
        if match is None:
            return False
        found.append((match.group(1).decode("ascii").lower(), line[match.end() :]))
    if len(found) > limits.fields:
        return False
    for name, value in found:
        size = len(value)
        _store(fields, name, [value.replace(b"\n", b"")], size, limits, defects)
    return True


def _store(fields: Fields, name: str, parts: list[bytes], size: int, limits: Limits, defects: list[str]) -> None:
    if not name:
        return
    if size > limits.field_size:
        defects.append("limit: header field too long")
    value = parts[0] if len(parts) == 1 else b"".join(parts)
    fields.add(name, value[: limits.field_size].strip(b" \t"))


def _more_fields(block: bytes, offset: int) -> bool:
    """Does a field that every mail has still follow? Then the odd line before it is only dirt."""
    rest = b"\n" + block[offset : offset + 16384].lower()
    return any(b"\n" + known in rest for known in _KNOWN)


# --- text of a value ---------------------------------------------------------------------------------

# RFC 2047 section 2, with what writers get wrong: blanks inside, a language (RFC 2231), no blank between
# two words. Each group stops at the next "?", so no start is scanned twice.
_WORD = re.compile(rb"=\?([^?\s]{1,60})\?([bBqQ])\?([^?]*)\?=")


def decode_words(value: bytes) -> str:
    """A value's text: encoded words decoded (words of one charset joined before decoding: writers cut in the
    middle of a character), other bytes as UTF-8 or what they look like. The result may hold controls: tidy it."""
    if b"=?" not in value:
        return plain(value)
    out: list[str] = []
    pending, label, last = b"", "", 0
    for word in _WORD.finditer(value):
        between = value[last : word.start()]
        name = word.group(1).split(b"*", 1)[0].decode("ascii", "replace").lower()
        data = _word_bytes(word.group(2), word.group(3))
        joined = last > 0 and not between.strip(b" \t\r\n")
        if not (joined and name == label):
            if pending:
                out.append(charset.decode(pending, label)[0])
            if not joined:
                out.append(plain(between))
            pending, label = b"", name
        pending += data
        last = word.end()
    if pending:
        out.append(charset.decode(pending, label)[0])
    return "".join(out) + plain(value[last:])


def _word_bytes(kind: bytes, text: bytes) -> bytes:
    if kind in b"qQ":
        return binascii.a2b_qp(text.replace(b" ", b"_"), header=True)
    return loose_base64(text)


def plain(value: bytes) -> str:
    """Raw bytes of a header as text (RFC 6532 says UTF-8; older writers used their own charset)."""
    if value.isascii() and b"\x1b" not in value:
        return value.decode("ascii")
    return charset.decode(value, None)[0]


NOT_BASE64 = bytes(set(range(256)) - set(b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/="))


def loose_base64(data: bytes) -> bytes:
    """Base64 as it comes: foreign characters skipped, padding anywhere or nowhere, several pieces in a row."""
    data = data.translate(None, NOT_BASE64)
    body = data.rstrip(b"=")
    if b"=" in body:
        return b"".join(loose_base64(piece) for piece in body.split(b"=") if piece)
    if len(body) % 4 == 1:
        body = body[:-1]
    return binascii.a2b_base64(body + b"=" * (-len(body) % 4))
