"""Deals with quarantined letters and blocks senders: one way, whether an admin says so by mail or by command line."""

from __future__ import annotations

from datetime import datetime
from typing import assert_never

from maild.desk.quarantine import Block, Deed, HandleLetter
from store import Unit
from store.letters import RELEASED
from store.records import JournalLine

DROPPED = {Deed.DROP: "dropped-by-admin", Deed.SPAM: "spam-by-admin"}
_EVENTS = {
    Deed.RELEASE: "letter.released",
    Deed.DROP: "letter.dropped",
    Deed.SPAM: "letter.dropped",
    Deed.ATTACH: "letter.attached",
}


def handle_letter(unit: Unit, effect: HandleLetter, by: str, now: datetime) -> bool:
    """False when the letter is not quarantined (any more)."""
    match effect.deed:
        case Deed.RELEASE:
            done = unit.letters.release(effect.letter, RELEASED)
        case Deed.DROP | Deed.SPAM:
            done = unit.letters.drop(effect.letter, DROPPED[effect.deed])
        case Deed.ATTACH:
            done = effect.case is not None and unit.letters.attach(effect.letter, effect.case)
        case _:
            assert_never(effect.deed)
    if done:
        why = f"{effect.deed}: {effect.why}"
        line = JournalLine(at=now, event=_EVENTS[effect.deed], why=why, actor=by, letter=effect.letter)
        unit.journal.add_all([line])
    return done


def block(unit: Unit, effect: Block, by: str, now: datetime) -> None:
    unit.contacts.put(effect.address, now, blocked_at=now)
    why = f"{effect.address}: {effect.why}"
    unit.journal.add_all([JournalLine(at=now, event="sender.blocked", why=why, actor=by)])


def unblock(unit: Unit, address: str, by: str, now: datetime) -> bool:
    """False when nobody had blocked it."""
    found = unit.contacts.get_many([address])
    if not any(one.blocked_at for one in found.values()):
        return False
    unit.contacts.put(address, now, blocked_at=None)
    unit.journal.add_all([JournalLine(at=now, event="sender.unblocked", why=f"{address}: by command", actor=by)])
    return True
