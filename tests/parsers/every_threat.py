"""Every threat of T60 to T80 that concerns reading, as mails by name: `T66-bomb-3` → its bytes.

Made small where they are only odd, and as big as a limit allows where size is the weapon.
"""

from __future__ import annotations

import base64
import random
from collections.abc import Iterator

from parsers import Limits
from tests.fuzz.test_parsers_fuzz import mutated
from tests.parsers.hostile import (
    BIG,
    BOMBS,
    CHARSETS,
    CONTROLS,
    DATES,
    HEAD,
    IDS,
    NAMES,
    SMUGGLED,
    SOURCES,
    UNITS,
    WORDS,
    nested,
)

_HTML = HEAD + b"Content-Type: text/html; charset=utf-8\n\n"
_MIXED = HEAD + b'Content-Type: multipart/mixed; boundary="b"\n\n'
_SIGNS = "{{7*7}} {% for x in y %} ${x} %(x)s {0.__class__} `id`"
_QUOTATIONS = [
    "> x\n",
    "On 5 Jan 2026, at 10:00, ",
    "From: a@b.example\n",
    "wrote:\n",
    "On ",
    "\n \n",
    "-- \n",
    "begin ",
]


def mails() -> Iterator[tuple[str, bytes]]:
    """(name, mail); the name begins with the threat's number."""
    yield from _headers()
    yield from _contents()
    yield from _sizes()
    yield from _identity()


def _numbered(name: str, raws: list[bytes]) -> Iterator[tuple[str, bytes]]:
    for number, raw in enumerate(raws):
        yield f"{name}-{number}", raw


def _headers() -> Iterator[tuple[str, bytes]]:
    yield from _numbered(
        "T60-word", [b"From: " + w + b" <eve@evil.example>\nSubject: " + w + b"\n\nHello\n" for w in WORDS]
    )
    yield from _numbered("T61-control", [*CONTROLS, b"X-A: B\x1cBcc: evil@x.example\nFrom: a@b.example\n\nHello\n"])
    yield from _numbered("T63-signs", [f"From: {_SIGNS} <a@b.example>\nSubject: {_SIGNS}\n\n{_SIGNS}".encode()])
    yield "T68-recipients", b"From: a@b.example\nTo: " + b"a@b.example, " * 1_000_000 + b"\n\nx\n"
    yield "T68-folded-recipients", b"From: a@b.example\nCc: a@b.example" + b",\n a@b.example" * 1_000_000 + b"\n\nx\n"


def _contents() -> Iterator[tuple[str, bytes]]:
    yield from _numbered("T64-html", [_HTML + f"<p>Words</p>{source}".encode() for source in SOURCES])
    yield "T64-links", _HTML + b"<a href='https://x.example/'>x</a> " * 5000
    yield (
        "T65-two-texts",
        HEAD + b'Content-Type: multipart/alternative; boundary="b"\n\n--b\n\nYes\n--b\n'
        b"Content-Type: text/html\n\n<p>No</p>\n--b--\n",
    )
    yield from _numbered("T66-bomb", BOMBS)
    yield from _numbered("T66-big", BIG)
    yield (
        "T69-winmail",
        _MIXED + b"--b\nContent-Type: application/ms-tnef; name=winmail.dat\n\n\x78\x9f\x3e\x22" * 200,
    )
    yield "T69-archive", _MIXED + b"--b\nContent-Type: application/zip; name=a.zip\n\nPK\x03\x04" + b"\0" * 1_000_000
    yield "T69-mails-in-mails", HEAD + b"Content-Type: message/rfc822\n\nSubject: x\n" * 5000
    yield from _numbered("T70-quotation", [HEAD + b"\n" + (unit * 200_000).encode() for unit in _QUOTATIONS])
    yield from _numbered("T71-html", [_HTML + (unit * (600_000 // len(unit))).encode() for unit in UNITS])
    yield from _numbered(
        "T72-charset",
        [HEAD + f'Content-Type: text/plain; charset="{c}"\n\n'.encode("latin-1") + data for c, data, _ in CHARSETS],
    )
    chance = random.Random(73)
    yield from _numbered("T73-fuzz", [mutated(chance) for _ in range(200)])


def _sizes() -> Iterator[tuple[str, bytes]]:
    most = Limits()
    for name, one in (("n", 0), ("more", 1)):
        yield f"T67-size-{name}", HEAD + b"\n" + b"x" * 76 + b"\n" * (most.size + one - len(HEAD) - 77)
        yield f"T67-header-{name}", b"X: y\n" * 10 + b"Y: " + b"z" * (most.header_block - 54 + one) + b"\n\nx\n"
        yield f"T67-fields-{name}", b"X: y\n" * (most.fields + one) + b"\nx\n"
        yield f"T67-field-{name}", b"X:" + b"y" * (most.field_size + one) + b"\n\nx\n"
        yield f"T67-depth-{name}", nested(most.depth + one)
        yield f"T67-parts-{name}", _MIXED + b"--b\n\nx\n" * (most.parts + one) + b"--b--\n"
        files = b"--b\nContent-Type: a/b; name=f\n\nx\n" * (most.attachments + one)
        yield f"T67-files-{name}", _MIXED + files + b"--b--\n"
        yield f"T67-text-{name}", HEAD + b"\n" + b"word " * (most.text // 5) + b"x" * (most.text % 5 + one)
    packed = base64.encodebytes(bytes(range(256)) * 1000)
    file = b"--b\nContent-Type: a/b; name=f\nContent-Transfer-Encoding: base64\n\n" + packed
    yield "T67-files-of-the-whole-size", _MIXED + file * ((most.size - len(_MIXED)) // len(file)) + b"--b--\n"
    big = base64.encodebytes(bytes(256) * 100_000)
    yield "T67-one-file-of-the-whole-size", HEAD + b"Content-Type: a/b\nContent-Transfer-Encoding: base64\n\n" + big
    page = b"--b\nContent-Type: text/html\n\n" + b"<p>word</p>" * 180_000 + b"\n"
    yield "T67-pages-of-the-whole-size", _MIXED + page * 17 + b"--b--\n"
    text = b"--b\nContent-Type: text/plain\n\n" + b"some words of it\n" * 120_000
    yield "T67-texts-of-the-whole-size", _MIXED + text * 17 + b"--b--\n"


def _identity() -> Iterator[tuple[str, bytes]]:
    for number, (name, _) in enumerate(NAMES):
        yield f"T74-name-{number}", HEAD + b"Content-Type: application/x; name=" + f'"{name}"'.encode() + b"\n\nx"
    yield "T74-rfc2231", HEAD + b"Content-Disposition: attachment; filename*=utf-8''..%2F..%2Fa%0D%0AX:%20y\n\nx"
    yield "T75-nul", b"From: a@b.example\nSubject: a\x00b\n\nc\x00d\n"
    for threat, body in (("T76", b"one"), ("T76-same-id", b"other"), ("T77", b"one"), ("T77-again", b"one")):
        yield threat, HEAD + b"Message-ID: <1@b.example>\n\n" + body
    yield from _numbered("T78-id", [field + b"From: a@b.example\n\nx\n" for field, _ in IDS])
    yield "T78-endless-id", b"Message-ID: <" + b"a" * 10_000 + b"@b>\n\nx\n"
    yield from _numbered("T79-date", [b"Date: " + value + b"\nFrom: a@b.example\n\nx\n" for value, _ in DATES])
    yield from _numbered("T80-smuggled", SMUGGLED)
