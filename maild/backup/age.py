"""Notices an older copy of the store that somebody put to work, and holds the outbox then (case F33).

The store's epoch grows at each start and every few minutes. The state directory remembers the highest one that this
machine saw, in `maild.epoch`: a store that is behind it has lost what happened in between. A node that was away for
long finds a higher epoch, never a lower one. The file is read before the store and written after it, so that a crash
between the two leaves the file behind, which is harmless.
"""

from __future__ import annotations

import json
import os
import secrets
from pathlib import Path

from maild.errors import Temporary
from maild.log import Event, Log
from store import Store, Unit
from store.facts import Age

FILE = "maild.epoch"


def grow_older(store: Store, log: Log, state_dir: Path) -> Age:
    """One more look at the store; holds its outbox when it is older than this machine remembers."""
    known = _remembered(state_dir)
    reason = None
    with store.write() as unit:
        age = _grown(unit, known)
        if age.store in known and age.epoch <= known[age.store]:
            reason = f"this store is older than what ran here before (epoch {age.epoch - 1} after {known[age.store]})"
            put_on_hold(unit, reason)
            age = unit.facts.set_age(Age(age.store, known[age.store] + 1))
    remember(state_dir, age, known)
    if reason is not None:
        log.emit(Event.OUTBOX_HELD, reason=reason)
    return age


def put_on_hold(unit: Unit, reason: str) -> None:
    """The store is a copy of yesterday: nothing leaves, and no number that may be known outside is given again."""
    unit.facts.hold_outbox(reason)
    unit.cases.leap()


def remember(state_dir: Path, age: Age, known: dict[str, int] | None = None) -> None:
    """What this machine has seen; whole or not at all, and never less than before."""
    known = _remembered(state_dir) if known is None else known
    seen = {**known, age.store: max(age.epoch, known.get(age.store, 0))}
    beside = state_dir / f"{FILE}.{os.getpid()}"
    try:
        with beside.open("w", encoding="ascii") as file:
            json.dump(seen, file)
            file.flush()
            os.fsync(file.fileno())
        beside.replace(state_dir / FILE)
    except OSError as error:
        raise Temporary(f"{beside}: {error.strerror}") from error


def highest(state_dir: Path, store: str) -> int:
    """The highest epoch of this store that this machine remembers."""
    return _remembered(state_dir).get(store, 0)


def _grown(unit: Unit, known: dict[str, int]) -> Age:
    """A store without an age that holds letters, on a machine that remembers one, is that one as it was before it
    learnt its age."""
    newborn = secrets.token_hex(8)
    if known and unit.facts.age() is None and unit.letters.count():
        newborn = max(known, key=lambda store: known[store])
    return unit.facts.grow(newborn)


def _remembered(state_dir: Path) -> dict[str, int]:
    try:
        seen = json.loads((state_dir / FILE).read_text(encoding="ascii"))
    except (FileNotFoundError, ValueError):  # never written, or damaged: nothing is remembered
        return {}
    except OSError as error:
        raise Temporary(f"{state_dir / FILE}: {error.strerror}") from error
    return {str(store): int(epoch) for store, epoch in seen.items()} if isinstance(seen, dict) else {}
