"""Address fields (RFC 5322 section 3.4): a lenient reader for showing and answering, a strict one for identity.

The lenient reader finds the mailboxes a mail client would show, in lists broken as real ones are (Outlook's
semicolons, a missing `>`, commas in unquoted names, obsolete routes). It proves nothing.

The strict reader answers one question: is there exactly one From with exactly one address about which no two
programs can disagree (T03 to T06, T32, T33, T60, T61)? Whoever is believed by address is believed by it.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from parsers import charset
from parsers.fields import decode_words
from parsers.message import Address

_PLAIN = re.compile(r"[^\s<>,;:\"()\[\]\\@]+@[A-Za-z0-9.-]+")
_BARE = re.compile(r"[^\s<>,;\"()\[\]]+@[^\s<>,;\"()\[\]]+")
_ATOM = r"[A-Za-z0-9!#$%&'*+/=?^_`{|}~-]+"
_STRICT = re.compile(
    rf"(?:(?P<phrase>[^<>@\"(),:;\\\[\]]*|\"(?:[^\"\\\r\n]|\\[ -~])*\"[ \t]*)<)?"
    rf"(?P<local>{_ATOM}(?:\.{_ATOM})*)@(?P<domain>[A-Za-z0-9](?:[A-Za-z0-9.-]*[A-Za-z0-9])?)(?P<close>>)?[ \t]*"
)


@dataclass(slots=True)
class _Scan:
    """What was seen since the last separator."""

    phrase: str = ""
    angle: str | None = None
    comment: str = ""
    named: int = 0


def read_list(values: list[bytes], limit: int) -> tuple[Address, ...]:
    """Every mailbox of the given fields, in order, at most `limit`."""
    found: list[Address] = []
    for value in values:
        text = value.decode("ascii") if value.isascii() else charset.decode(value, None)[0]
        text = text.replace("\r", " ").replace("\n", " ").replace("\x00", " ")
        simple = _one_plain(text)
        if simple is not None:
            found.append(simple)
        else:
            found.extend(_mailboxes(text, limit - len(found)))
        if len(found) >= limit:
            break
    return tuple(found[:limit])


def _one_plain(text: str) -> Address | None:
    """The common case, quickly: `name@host` or `Plain Name <name@host>`."""
    stripped = text.strip()
    if stripped.endswith(">") and '"' not in stripped and "," not in stripped and "(" not in stripped:
        name, angle, address = stripped[:-1].partition("<")
        if angle and _PLAIN.fullmatch(address) and ":" not in name and ";" not in name:
            return Address(_name(name), lowered(address))
        return None
    return Address("", lowered(stripped)) if _PLAIN.fullmatch(stripped) else None


def _mailboxes(text: str, limit: int) -> list[Address]:
    """Scan a list once from left to right; separators count only outside quotes, comments and brackets."""
    found: list[Address] = []
    scan = _Scan()
    at = 0
    while at < len(text) and len(found) < limit:
        c = text[at]
        if c == '"':
            word, at = _quoted(text, at + 1)
            scan.phrase += f'"{word}"' if text[at : at + 1] == "@" else word
        elif c == "(":
            word, at = _comment(text, at + 1)
            scan.comment = scan.comment or word
        elif c == "<":
            stop = _angle_end(text, at + 1)
            inner = text[at + 1 : stop]
            if scan.angle is not None and "@" in scan.angle and "@" in inner:
                _finish(scan, found)
                scan = _Scan(phrase=scan.phrase[scan.named :])
            scan.named = len(scan.phrase)
            if scan.angle is None or "@" in inner:
                scan.angle = inner
            at = stop + 1 if text[stop : stop + 1] == ">" else stop
        elif c in ",;":
            at = _separate(scan, found, text, at)
            if scan.angle is None and not scan.phrase:
                scan = _Scan()
        elif c == ":" and "@" not in scan.phrase and scan.angle is None and _is_group(text, at):
            scan = _Scan()
            at += 1
        else:
            stop = at + 1
            while stop < len(text) and text[stop] not in '"(<,;:':
                stop += 1
            scan.phrase += text[at:stop]
            at = stop
    if len(found) < limit:
        _finish(scan, found)
    return found


def _separate(scan: _Scan, found: list[Address], text: str, at: int) -> int:
    """A comma ends a mailbox, unless it stands in an unquoted name: `Smith, Ann <ann@x>`."""
    if scan.angle is None and "@" not in scan.phrase and scan.phrase.strip() and text[at] == ",":
        stop = text.find("<", at)
        comma = text.find(",", at + 1)
        between = text[at + 1 : stop] if stop >= 0 else ""
        if stop >= 0 and (comma < 0 or stop < comma) and "@" not in between and ";" not in between:
            scan.phrase += ","
            return at + 1
    _finish(scan, found)
    scan.phrase, scan.angle, scan.comment, scan.named = "", None, "", 0
    return at + 1


def _quoted(text: str, at: int) -> tuple[str, int]:
    out: list[str] = []
    while at < len(text):
        c = text[at]
        if c == "\\" and at + 1 < len(text):
            at += 1
            out.append(text[at])
        elif c == '"':
            return "".join(out), at + 1
        else:
            out.append(c)
        at += 1
    return "".join(out), at


def _comment(text: str, at: int) -> tuple[str, int]:
    """A comment's text; nested ones count, without recursion (T66)."""
    depth, start = 1, at
    while at < len(text):
        c = text[at]
        if c == "\\":
            at += 1
        elif c == "(":
            depth += 1
        elif c == ")":
            depth -= 1
            if depth == 0:
                return text[start:at], at + 1
        at += 1
    return text[start:], len(text)


def _angle_end(text: str, at: int) -> int:
    """Where the address in angle brackets ends; a missing `>` ends at the next separator."""
    close = text.find(">", at)
    other = text.find("<", at)
    if close >= 0 and (other < 0 or close < other):
        return close
    ends = [i for i in (text.find(",", at), text.find(";", at), other) if i >= 0]
    return min(ends) if ends else len(text)


def _is_group(text: str, at: int) -> bool:
    """`Group: a@x, b@y;`, not the colon of `mailto:a@x` or of a time in a name."""
    return not text[at + 1 : at + 2].isalnum() or text.find(";", at) >= 0


def _finish(scan: _Scan, found: list[Address]) -> None:
    if scan.angle is not None:
        address = _clean(scan.angle)
        name = _name(scan.phrase[: scan.named] or scan.phrase) or _name(scan.comment)
        if address or name:
            found.append(Address(name, address))
        return
    phrase = scan.phrase.strip()
    if not phrase:
        return
    bare = _BARE.search(phrase) if phrase.count('"') < 2 else None
    if bare is not None:
        rest = (phrase[: bare.start()] + phrase[bare.end() :]).strip(" <>[]'")
        found.append(Address(_name(rest) or _name(scan.comment), lowered(_clean(bare.group()))))
    elif "@" in phrase:
        found.append(Address(_name(scan.comment), lowered(_clean(phrase))))
    else:
        found.append(Address(_name(phrase), ""))


def _clean(address: str) -> str:
    """An address as found in angle brackets: blanks, `mailto:` and obsolete routes (RFC 5322 4.4) dropped."""
    address = charset.one_line(address).strip(" <>'")
    if address[:7].lower() == "mailto:":
        address = address[7:]
    if address.startswith("@") and ":" in address:
        address = address.rpartition(":")[2]
    if '"' not in address:
        address = address.replace(" ", "")
    return lowered(address.strip("'"))


def lowered(address: str) -> str:
    """The domain in lower case; the local part as written (RFC 5321 2.4)."""
    local, at, domain = address.rpartition("@")
    return f"{local}@{domain.lower()}" if at else address


def _name(text: str) -> str:
    if "=?" in text:
        text = decode_words(text.encode("utf-8", "replace"))
    name = charset.one_line(text).strip("\"' ") if text else ""
    # A name that looks like an address is the oldest trick: it is shown without what makes it one (T33).
    return name.translate(_NO_ADDRESS) if "@" in name or "<" in name else name


_NO_ADDRESS = {ord(c): None for c in "@<>"}


def strict(values: list[bytes]) -> Address | None:
    """The one author, if there is exactly one From with exactly one plain address; None: nobody may be believed.

    Refused, since programs read them differently: several fields or mailboxes, groups, comments, an address or
    brackets in the name, encoded words outside it, quoted local parts, anything but ASCII in the address.
    """
    if len(values) != 1:
        return None
    raw = values[0]
    if any((b < 0x20 and b != 0x09) or b == 0x7F for b in raw):
        return None
    try:
        text = raw.decode("utf-8").strip(" \t")
    except UnicodeDecodeError:
        return None
    match = _STRICT.fullmatch(text)
    if match is None or (match["phrase"] is None) != (match["close"] is None):
        return None
    domain = match["domain"]
    if ".." in domain or len(match["local"]) > 64 or len(domain) > 255:
        return None
    if match["local"].startswith("=?") or "=?" in domain:
        return None
    phrase = (match["phrase"] or "").strip(' \t"').replace("\\", "")
    if any(c in decode_words(phrase.encode()) for c in "@<>"):
        return None
    name = _name(phrase)
    return Address(name, lowered(f"{match['local']}@{domain}"))
