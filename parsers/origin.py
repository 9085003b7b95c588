"""From whom a mail seems to come, by a glance at its first octets: for the order in which mails take their turns, and
for nothing else. Not the sender, whom nobody knows before the mail is parsed. Never raises; linear time."""

from __future__ import annotations

_HEAD, _LONGEST = 32_768, 200
_NAME = b"from:"


def origin(raw: bytes) -> str:
    """The address of the first From field, in small letters; empty where there is none."""
    value, inside = b"", False
    for line in raw[:_HEAD].splitlines():
        if not line:
            break
        if inside and line[:1] in (b" ", b"\t"):
            value += line
        elif inside:
            break
        elif line[: len(_NAME)].lower() == _NAME:
            value, inside = line[len(_NAME) :], True
    return _address(value[-4 * _LONGEST :])


def _address(value: bytes) -> str:
    _, bracket, after = value.rpartition(b"<")
    if bracket and b"@" in after:
        value = after.partition(b">")[0]
    words = [word for word in value.replace(b",", b" ").split() if b"@" in word]
    said = words[-1].strip(b"<>();\"'") if words else b""
    return said.decode("ascii", "replace").replace("\ufffd", "?").lower()[-_LONGEST:]
