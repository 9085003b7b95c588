"""Content-Type and Content-Disposition: a value and its parameters (RFC 2045 5.1, RFC 2183, RFC 2231).

Reads what real mailers write: parameters unquoted with blanks or brackets in them, a quote never closed,
doubled parameters (the first counts), pieces (`name*0*=`), encoded words where RFC 2231 belongs, raw 8-bit.
"""

from __future__ import annotations

import re
import urllib.parse

from parsers import charset
from parsers.fields import decode_words

_MAX = 200
_TOKEN_TYPE = re.compile(r"[a-z0-9!#$&^_.+-]{1,100}/[a-z0-9!#$&^_.+-]{1,100}")
_KEY = re.compile(r"\s*([!#$%&'*+.^_`|~0-9A-Za-z-]{1,80})\s*=\s*")


def split(value: bytes) -> tuple[str, dict[str, str]]:
    """The bare value in lower case, and its parameters by lower-case name, decoded."""
    text = value.decode("utf-8", "surrogateescape") if value.isascii() else value.decode("latin-1")
    head, found, rest = text.partition(";")
    return head.strip().lower(), _parameters(rest) if found else {}


def media_type(value: bytes) -> tuple[str, dict[str, str]]:
    """A Content-Type: `type/subtype` ('' when there is none to be read), and its parameters."""
    kind, parameters = split(value)
    kind = kind.replace(" ", "")
    match = _TOKEN_TYPE.match(kind)
    return match.group() if match else "", parameters


def _parameters(text: str) -> dict[str, str]:
    pieces: dict[str, list[tuple[int, bool, str]]] = {}
    plain: dict[str, str] = {}
    at = 0
    for _ in range(_MAX):
        match = _KEY.match(text, at)
        if match is None:
            after = text.find(";", at)
            if after < 0:
                break
            at = after + 1
            continue
        value, at = _value(text, match.end())
        key = match.group(1).lower()
        if "*" in key:
            name, number, encoded = _piece(key)
            pieces.setdefault(name, []).append((number, encoded, value))
        else:
            plain.setdefault(key, value)
    found = {key: _words(value) for key, value in plain.items()}
    for name, parts in pieces.items():
        found[name] = _joined(parts)
    return found


def _value(text: str, at: int) -> tuple[str, int]:
    """A parameter's value from `at`, and where the next parameter begins."""
    if text[at : at + 1] == '"':
        out: list[str] = []
        i = at + 1
        while i < len(text):
            c = text[i]
            if c == "\\" and i + 1 < len(text):
                # RFC 822 quoting, but Windows paths come with single backslashes: only \" and \\ mean less.
                if text[i + 1] in '"\\':
                    i += 1
                out.append(text[i])
            elif c == '"':
                after = text.find(";", i)
                return "".join(out), len(text) if after < 0 else after + 1
            else:
                out.append(c)
            i += 1
        # Never closed: up to the next parameter, if there is one.
        return text[at + 1 :].split(";", 1)[0].strip(), len(text)
    end = text.find(";", at)
    if end < 0:
        return text[at:].strip(), len(text)
    return text[at:end].strip(), end + 1


def _piece(key: str) -> tuple[str, int, bool]:
    """`name*3*` → name, 3, encoded."""
    name, _, rest = key.partition("*")
    if not rest:
        return name, 0, True
    digits = rest.rstrip("*")
    return name, int(digits) if digits.isascii() and digits.isdigit() and len(digits) < 5 else 0, rest.endswith("*")


def _joined(parts: list[tuple[int, bool, str]]) -> str:
    """RFC 2231 section 3 and 4: pieces in order, percent-decoded where said, in the charset of the first."""
    parts = sorted(parts, key=lambda part: part[0])
    label = ""
    number, encoded, first = parts[0]
    if encoded and first.count("'") >= 2:
        label, _, first = first.split("'", 2)
        parts[0] = (number, encoded, first)
    if not any(encoded for _, encoded, _ in parts):
        return _words("".join(text for _, _, text in parts))
    data = b"".join(
        urllib.parse.unquote_to_bytes(_bytes(text)) if encoded else _bytes(text) for _, encoded, text in parts
    )
    return charset.decode(data, label or None)[0]


def _bytes(text: str) -> bytes:
    return text.encode("latin-1", "replace")


def _words(text: str) -> str:
    """A plain value: encoded words and raw 8-bit are against the RFCs, and common."""
    if text.isascii() and "=?" not in text:
        return text
    return decode_words(text.encode("latin-1", "replace"))
