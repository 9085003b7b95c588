"""Authentication-Results (RFC 8601), read leniently: what a receiving server says it verified.

A statement is only as good as who wrote it: the caller trusts the topmost field with a configured id, above every
Received that is not its own (T90 to T96). A field that cannot be read is no statement. Microsoft 365 leaves out
the server's id (T94): it comes back as ''.
"""

from __future__ import annotations

import re

from parsers.fields import Fields, plain
from parsers.message import AuthResult

_NAME = "authentication-results"
_RESULT = re.compile(
    r"([A-Za-z][A-Za-z0-9-]{0,40})(?:\s{0,5}/\s{0,5}[0-9]{1,5})?\s{0,5}=\s{0,5}([A-Za-z][A-Za-z0-9_-]{0,40})"
)
_PROPERTY = re.compile(
    r"([A-Za-z0-9_-]{1,60}(?:\s{0,5}\.\s{0,5}[A-Za-z0-9_-]{1,60})?)\s{0,5}=\s{0,5}(\"[^\"]{0,1000}\"|[^\s;\"]{1,1000})"
)
_BY = re.compile(r"(?:^|\s)by\s{1,50}([^\s;]{1,255})", re.IGNORECASE)
_MAX = 50


def read(fields: Fields) -> tuple[AuthResult, ...]:
    """Every Authentication-Results field, topmost first."""
    found: list[AuthResult] = []
    above: list[str] = []
    for name, value in fields.items:
        if name == "received" and len(above) < _MAX:
            by = _BY.search(_without_comments(plain(value)))
            above.append(by[1].lower().rstrip(".") if by else "")
        elif name == _NAME and len(found) < _MAX:
            found.append(_read_one(_without_comments(plain(value)), tuple(above)))
    return tuple(found)


def _read_one(text: str, above: tuple[str, ...]) -> AuthResult:
    pieces = text.split(";")
    words = pieces[0].split()
    server, named = "", "=" not in pieces[0]
    if words and "=" not in pieces[0]:
        # "id", "id 1" (a version); anything else in the first piece makes it nobody's statement.
        server = words[0].strip('"').lower() if len(words) == 1 or (len(words) == 2 and words[1].isdigit()) else ""
        pieces = pieces[1:]
    results = []
    for piece in pieces[:_MAX]:
        match = _RESULT.match(piece.strip())
        if match is None:
            continue
        rest = piece.strip()[match.end() :]
        properties = tuple(("".join(key.split()).lower(), value.strip('"')) for key, value in _PROPERTY.findall(rest))
        results.append((match.group(1).lower(), match.group(2).lower(), properties[:_MAX]))
    return AuthResult(server, tuple(results), not above, above, named)


def _without_comments(text: str) -> str:
    """Comments (RFC 5322 3.2.2) dropped, nested ones counted; a `(` inside quotes is no comment."""
    if "(" not in text:
        return text
    out: list[str] = []
    depth, quoted, escaped = 0, False, False
    for c in text:
        if escaped:
            escaped = False
        elif c == "\\":
            escaped = True
        elif c == '"' and depth == 0:
            quoted = not quoted
        elif c == "(" and not quoted:
            depth += 1
            continue
        elif c == ")" and not quoted and depth:
            depth -= 1
            out.append(" ")
            continue
        if depth == 0:
            out.append(c)
    return "".join(out)
