"""Storms: many mails to one case within minutes, by people who answer to all or machines that do not say so (threats
T43). They are kept as ever, but told together."""

from __future__ import annotations

from datetime import timedelta

from maild.desk.clocks.clocks import History
from maild.desk.lines import in_short
from store.records import Direction, Entry

STORM = "storm"
MANY = 5
WITHIN = timedelta(minutes=10)
_SHOWN, _LONGEST = 20, 300


def rages(history: History | None) -> bool:
    """Whether so many mails came to the case within the last minutes that the next is not told by itself."""
    if history is None:
        return False
    since = history.as_of - WITHIN
    return sum(deed.direction is Direction.IN and deed.at > since for deed in history.deeds) >= MANY


def thanked_before(history: History | None) -> bool:
    """Whether somebody wrote already since the case took its status: of many words of thanks the first is told
    (threats T50)."""
    if history is None:
        return False
    moved = max((change.at for change in history.changes if change.field == "status"), default=None)
    return moved is not None and any(deed.direction is Direction.IN and deed.at > moved for deed in history.deeds)


def told(entries: tuple[Entry, ...]) -> tuple[str, ...]:
    """What came, a line for each mail; of very many the first."""
    lines = [f"{one.sender}, {one.at:%H:%M}Z: {in_short(one.text, _LONGEST)}" for one in entries[:_SHOWN]]
    more = len(entries) - len(lines)
    return (*lines, *((f"… and {more} more",) if more else ()))
