"""Who caused a change, as the journal names them."""

from __future__ import annotations

from typing import assert_never

from maild.desk.situation import Accepted, Arrived, Due, HandedOn, Passed, Refused, Situation
from store.records import fold_address


def actor_of(situation: Situation) -> str:
    """Who or what caused the change."""
    match situation.occasion:
        case Arrived(sender=sender):
            return fold_address(sender.address) or "unknown sender"
        case Due(timer=timer):
            return f"timer {timer.name}"
        case Accepted() | Refused():
            return "mail server"
        case HandedOn(actor=actor):
            return actor
        case Passed(by=by):
            return by
    assert_never(situation.occasion)
