"""Quoted headers: the block `From: … Sent: … To: … Subject: …` above an answered or a passed-on mail.

A customer's own form ("From: 12 May, To: 13 May") is none: an address or a full date must stand in it.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache

from parsers import phrases
from parsers.quotes import CLOCK, has_date


@dataclass(frozen=True, slots=True)
class Block:
    """A quoted header: lines [first, end), and the fields read from it."""

    first: int
    end: int
    values: dict[str, str]


def label(line: str) -> tuple[str, str] | None:
    """(kind, value) of a line like `*Von:* Ann <ann@x>`; None when it is no header line."""
    text = line.strip(" \t\u00a0>")
    if not text or len(text) > 2000:
        return None
    cut = min((i for i in (text.find(":", 0, 32), text.find("：", 0, 32)) if i >= 0), default=-1)
    if not 0 < cut <= 30:
        return None
    kind = phrases.LABELS.get(phrases.fold(text[:cut].strip("* \u00a0_")))
    return (kind, text[cut + 1 :].strip("* \u00a0\t")) if kind else None


@lru_cache(maxsize=256)
def _labels(line: str) -> list[tuple[str, str]]:
    """The fields of one line: some programs write `From: ann@x Date: …` on one. Neighbours ask again: cached."""
    found = label(line)
    if found is None:
        return []
    words = found[1].split(" ")[:40]
    for at, word in enumerate(words):
        kind = phrases.LABELS.get(word.strip("*")[:-1].casefold()) if word.strip("*").endswith(":") else None
        if at and kind in ("from", "date", "to", "subject") and kind != found[0] and found[0] != "subject":
            return [(found[0], " ".join(words[:at])), (kind, " ".join(words[at + 1 :]))]
    return [found]


def header_block(lines: list[str], at: int) -> Block | None:
    """The header block that begins at `at`, when it is one beyond doubt."""
    if not _labels(lines[at]):
        return None
    values: dict[str, str] = {}
    end = at
    last = ""
    wrapped = 0
    for here in range(at, min(at + 24, len(lines))):
        found = _labels(lines[here])
        if found:
            for kind, value in found:
                if kind != "other":
                    values.setdefault(kind, value)
                last = kind
            wrapped, end = 0, here + 1
        elif not lines[here].strip():
            # Some clients leave a blank line between the fields, none leave two.
            if here + 1 >= len(lines) or label(lines[here + 1]) is None:
                break
        elif last and wrapped < 4 and _continues(lines[here], last, values):
            values[last] = f"{values.get(last, '')} {lines[here].strip()}"
            wrapped += 1
            end = here + 1
        else:
            break
    return Block(at, end, values) if _is_header(values) else None


def _continues(line: str, last: str, values: dict[str, str]) -> bool:
    """A wrapped value: an address list goes on, a subject line was folded."""
    if last in ("to", "cc", "from"):
        return (
            "@" in line
            or line.rstrip().endswith((";", ",", "]", ">"))
            or values.get(last, "").endswith((",", ";", ":", "<"))
        )
    return (last == "subject" and (line[:1] in " \t" or len(values.get("subject", "")) > 50)) or last == "other"


def _is_header(values: dict[str, str]) -> bool:
    """Header fields, not a form that a customer fills in: an address or a full date must stand in it."""
    kinds = {kind for kind, value in values.items()} - {"other"}
    if len(kinds) < 2 or not kinds & {"from", "date"}:
        return False
    who = any("@" in values.get(kind, "") for kind in ("from", "to", "cc"))
    date = values.get("date", "")
    when = bool(date) and (CLOCK.search(date) is not None or has_date(date))
    if len(kinds) == 2:
        return who and (when or "subject" in kinds)
    return who or (when and "from" in kinds and ("subject" in kinds or "to" in kinds))
