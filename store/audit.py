"""Does every letter have its one place? The counts of promise 2. Asks the tables; holds no query of its own."""

from __future__ import annotations

from typing import Any

from store.records import LetterState, MailState
from store.unit import Unit


def count(unit: Unit) -> dict[str, Any]:
    """The counts of `audit --json`."""
    letters = unit.letters.counts()
    mails = unit.outbox.counts()
    became = {
        "unrouted": letters.get(LetterState.STORED.value, 0),
        "entry": letters.get(LetterState.ROUTED.value, 0),
        "duplicate": letters.get(LetterState.DUPLICATE.value, 0),
        "ignored": letters.get(LetterState.IGNORED.value, 0),
        "quarantined": letters.get(LetterState.QUARANTINED.value, 0),
    }
    stored = unit.letters.count()
    astray = unit.letters.astray()
    row: dict[str, Any] = {"stored": stored, **became}
    row["outbox"] = {state.value: mails.get(state.value, 0) for state in MailState}
    if astray:
        row["astray"] = astray
    row["ok"] = sum(became.values()) == stored and not astray
    return row
