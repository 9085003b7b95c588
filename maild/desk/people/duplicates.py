"""Which contacts may be one person: a hint for an admin, who alone says so. Pure.

Here, and only here, what stands behind a plus and dots before the @ are taken for nothing, and a name for a sign:
rights never follow from that (threats T32).
"""

from __future__ import annotations

import unicodedata
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass

from store.people import Known
from store.records import without_plus


@dataclass(frozen=True, slots=True)
class Likely:
    """Addresses that may be one person's, the one with the most cases first."""

    addresses: tuple[str, ...]
    why: str


def likely(known: Sequence[Known]) -> list[Likely]:
    """Groups of contacts that look alike; not what was said to be one person already."""
    named: dict[str, list[Known]] = defaultdict(list)
    spelled: dict[str, list[Known]] = defaultdict(list)
    for one in (one for one in known if one.same_as is None):
        if name := _plain(one.name or ""):
            named[name].append(one)
        spelled[_without_dots(one.address)].append(one)
    found: dict[tuple[str, ...], str] = {}
    for groups, why in ((spelled, "the address, but for dots and what stands behind a plus"), (named, "the name")):
        for group in groups.values():
            if len(group) > 1:
                ordered = sorted(group, key=lambda one: (-one.cases, one.address))
                found.setdefault(tuple(one.address for one in ordered), why)
    return [Likely(addresses, why) for addresses, why in sorted(found.items())]


def _plain(name: str) -> str:
    """A name as it sounds; nothing for one of a single word, which many have."""
    letters = (c for c in unicodedata.normalize("NFKD", name.casefold()) if not unicodedata.combining(c))
    words = "".join(c if c.isalnum() else " " for c in letters).split()
    return " ".join(sorted(words)) if len(words) > 1 else ""


def _without_dots(address: str) -> str:
    local, _, domain = without_plus(address).rpartition("@")
    return f"{local.replace('.', '')}@{domain}"
