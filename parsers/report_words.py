"""What both readers of delivery reports look for in a piece of text: an address, an enhanced status code."""

from __future__ import annotations

import re

_STATUS = re.compile(r"(?<![0-9.])([245])\.([0-9]{1,3})\.([0-9]{1,3})(?![0-9.]*[0-9])")


def address_of(text: str) -> str:
    """The address in a piece of text, its domain in lower case; '' when there is none."""
    text = text.strip(" \t<>\"'()[],;:.")
    if "<" in text:
        text = text.rpartition("<")[2].split(">")[0]
    if text[:7].lower() == "mailto:":
        text = text[7:]
    if "@" not in text or " " in text:
        words = [word for word in text.split() if "@" in word]
        text = words[0].strip("<>\"'()[],;:") if words else ""
    local, at, domain = text.rpartition("@")
    return f"{local}@{domain.lower()}" if at and local and domain else ""


def status_of(text: str) -> str | None:
    """The first enhanced status code (RFC 3463) in a text."""
    found = _STATUS.search(text)
    return found.group() if found else None
