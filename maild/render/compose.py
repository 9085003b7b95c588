"""Builds the bytes of one outgoing mail. Knows MIME (RFC 5322, 2045 to 2047, 2231), nothing of cases.

Written by hand instead of with `email.message`, whose header objects can turn an encoded line break in a value into
a header of its own (threats T60): here a value cannot leave its line, and the finished head is counted once more.
"""

from __future__ import annotations

import re
from base64 import b64encode, encodebytes
from binascii import b2a_qp
from collections.abc import Sequence
from dataclasses import dataclass
from hashlib import sha256
from urllib.parse import quote

from maild.desk.addresses import can_be_written_to
from maild.desk.lines import one_line
from parsers.message import Attachment

_LINE = 76
_LONGEST_LINE = {"plain": 200, "html": 900}
"""From here on a line is encoded. RFC 5322 2.1.1 allows 998 octets, and nobody looks at those of HTML, which holds
links of some hundred."""
_SHORT = 50
"""What is no longer stands on one line, whatever the field is called."""
_LONGEST_WORD = 75
"""RFC 2047 section 2: an encoded word is at most this long."""
_LONGEST_NAME = 600
_ASCII = bytes(range(128))
_TYPE = re.compile(r"[a-z0-9][a-z0-9.+-]{0,60}/[a-z0-9][a-z0-9.+-]{0,80}")
_PLAIN_NAME = re.compile(r"[A-Za-z0-9!#$%&'*+/=?^_`{|}~ -]*")


@dataclass(frozen=True, slots=True)
class Header:
    """One field: its name, and its value already fit to stand on a line."""

    name: str
    value: str


def text_header(name: str, value: str) -> Header:
    """A field of free text (Subject). What is plain stays plain, so that a tag can be read in any client."""
    line = one_line(value)
    if len(line) <= _SHORT and line.isascii() and "=?" not in line:  # nearly always
        return Header(name, line)
    words = line.split(" ")
    odd = [i for i, word in enumerate(words) if not word.isascii() or "=?" in word or len(word) > _LINE - 10]
    if odd:
        begin, end = odd[0], odd[-1] + 1
        words = [*words[:begin], *_encoded_words(" ".join(words[begin:end])), *words[end:]]
    return Header(name, _folded(name, words))


def address_header(name: str, people: Sequence[tuple[str, str]]) -> Header:
    """A field of addresses: (display name, address), …; raises ValueError on an address that is none."""
    return Header(
        name,
        _folded(name, [word for i, person in enumerate(people) for word in _person(person, i < len(people) - 1)]),
    )


def ids_header(name: str, ids: Sequence[str]) -> Header:
    return Header(name, _folded(name, list(ids)))


def compose(headers: Sequence[Header], text: str, html: str | None, files: Sequence[Attachment] = ()) -> bytes:
    """The whole mail, with CRLF line ends: text, HTML beside it, files behind them."""
    seed = sha256("\n".join(header.value for header in headers).encode()).hexdigest()[:24]
    body = _text_part("plain", text)
    if html is not None:
        body = _multipart("alternative", f"a{seed}", [body, _text_part("html", html)])
    if files:
        body = _multipart("mixed", f"m{seed}", [body, *(_file_part(file) for file in files)])
    head = "".join(f"{header.name}: {header.value}\r\n" for header in (*headers, Header("MIME-Version", "1.0")))
    _check_head(head, len(headers) + 1)
    return head.encode() + body


def _check_head(head: str, meant: int) -> None:
    fields = [line for line in head.split("\r\n")[:-1] if not line.startswith(" ")]
    if len(fields) != meant or "\r" in head.replace("\r\n", "") or "\n" in head.replace("\r\n", ""):
        raise ValueError("the head of a mail would have other fields than were meant")


def _person(person: tuple[str, str], more: bool) -> list[str]:
    name, address = one_line(person[0]), person[1]
    if not can_be_written_to(address):
        raise ValueError("not an address that could be written to")
    comma = "," if more else ""
    if not name:
        return [address + comma]
    if not name.isascii() or "=?" in name:
        shown = _encoded_words(name)
    elif _PLAIN_NAME.fullmatch(name):
        shown = name.split(" ")
    else:
        shown = ['"' + name.replace("\\", "\\\\").replace('"', '\\"') + '"']
    return [*shown, f"<{address}>{comma}"]


def _encoded_words(text: str) -> list[str]:
    """RFC 2047 words of whole characters, base64 in UTF-8."""
    most = (_LONGEST_WORD - len("=?utf-8?b??=")) // 4 * 3
    words, chunk = [], b""
    for character in text:
        more = character.encode("utf-8", "replace")
        if len(chunk) + len(more) > most:
            words.append(chunk)
            chunk = b""
        chunk += more
    return [f"=?utf-8?b?{b64encode(word).decode()}?=" for word in (*words, chunk)]


def _folded(name: str, words: Sequence[str]) -> str:
    """Words joined by blanks, with a line break before one that would pass column 76 (RFC 5322 2.2.3)."""
    line, used = "", len(name) + 2
    for i, word in enumerate(words):
        if i and used + 1 + len(word) > _LINE:
            line, used = f"{line}\r\n {word}", 1 + len(word)
        else:
            line, used = (f"{line} {word}" if i else word), used + len(word) + (1 if i else 0)
    return line


def _text_part(subtype: str, text: str) -> bytes:
    lines = text.replace("\r\n", "\n").replace("\r", "\n").replace("\0", "\ufffd")
    data = lines.encode("utf-8", "replace")
    if lines.isascii() and max(map(len, lines.split("\n"))) < _LONGEST_LINE[subtype]:
        coding, coded = "7bit", data
    elif len(data[:4000].translate(None, _ASCII)) * 3 > len(data[:4000]):
        coding, coded = "base64", encodebytes(data)
    else:
        coding, coded = "quoted-printable", b2a_qp(data, istext=True)
    head = f"Content-Type: text/{subtype}; charset=utf-8\r\nContent-Transfer-Encoding: {coding}\r\n\r\n"
    body = coded.replace(b"\n", b"\r\n")
    return head.encode() + body + (b"" if body.endswith(b"\n") else b"\r\n")


def _short_name(name: str) -> str:
    """A name that fits on one line when it is encoded (RFC 5322 2.1.1), its ending kept."""
    while len(quote(name)) > _LONGEST_NAME:
        stem, dot, ending = name.rpartition(".")
        name = f"{stem[:-1]}{dot}{ending}" if len(stem) > 1 else name[:-1]
    return name


def _multipart(subtype: str, boundary: str, parts: Sequence[bytes]) -> bytes:
    head = f'Content-Type: multipart/{subtype}; boundary="{boundary}"\r\n\r\n'.encode()
    line = b"--" + boundary.encode()
    return head + b"".join(line + b"\r\n" + part for part in parts) + line + b"--\r\n"


def _file_part(file: Attachment) -> bytes:
    kind = file.content_type.lower()
    if not _TYPE.fullmatch(kind) or kind.startswith(("message/", "multipart/")):
        kind = "application/octet-stream"  # a container in base64 would be against RFC 2045 6.4
    name = _short_name(one_line(file.filename) or "file")
    if name.isascii() and not set(name) & set('"\\'):
        shown = f'filename="{name}"'
    else:
        shown = f"filename*=utf-8''{quote(name, safe='')}"
    inline = f"Content-ID: <{file.content_id}>\r\n" if file.content_id and _ID.fullmatch(file.content_id) else ""
    head = (
        f"Content-Type: {kind}\r\nContent-Transfer-Encoding: base64\r\n{inline}"
        f"Content-Disposition: attachment;\r\n {shown}\r\n\r\n"
    )
    return head.encode() + encodebytes(file.content).replace(b"\n", b"\r\n")


_ID = re.compile(r"[A-Za-z0-9.!#$%&'*+/=?^_`{|}~@-]{1,200}")
