"""Reads from the store what proves who wrote a mail: whose its tokens are, and what a one-time code is about; and
counts what proved nothing."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime

from maild.apply.proving import bound_to
from maild.desk.confirm import code_in, digest_of
from maild.desk.identity import aligned_verdict, registered_agent
from maild.desk.settings import Desk
from maild.desk.situation import Confirming
from maild.desk.tokens import NO_MARKS, Marks, read_marks
from maild.pipeline.office import Office
from parsers.message import ParsedMessage
from store import Unit
from store.records import LetterState

MOST_WRONG = 20
"""So many wrong tokens may a sender show within an hour."""


def marks_of(office: Office, unit: Unit, message: ParsedMessage, now: datetime, *, confirmed: bool = False) -> Marks:
    """What the marks of a mail come to. One that its agent has confirmed needs none that is still good: there, one
    that has run out says which case is meant."""
    desk = office.desk
    if not message.marks or unit.guesses.is_ignored(_guesser(message, desk), now):
        return NO_MARKS
    agent = registered_agent(message, desk)
    passes = unit.passes.of_cases({mark.case for mark in message.marks})
    vendors = [vendor.address for vendor in desk.vendors]
    whose = agent.address if agent else None
    marks = read_marks(message.marks, office.keys, passes, whose, vendors, now - desk.token_life)
    return replace(marks, proofs=(*marks.proofs, *marks.stale), stale=()) if confirmed else marks


def confirming(unit: Unit, message: ParsedMessage, now: datetime) -> Confirming | None:
    """The question that a mail answers, if it brings a code of ours."""
    code = code_in(message)
    found = unit.codes.find(digest_of(code)) if code is not None else None
    if found is None:
        return None
    letter = unit.letters.get(found.letter)
    return Confirming(
        code=found,
        has_expired=now > found.expires_at,
        is_quarantined=letter is not None and letter.state is LetterState.QUARANTINED,
        is_intact=letter is not None and bound_to(unit.letters.raw(found.letter)) == found.bound,
    )


def note_guesses(unit: Unit, message: ParsedMessage, wrong: int, desk: Desk, now: datetime) -> bool:
    """Count wrong tokens. True when that was one too many."""
    return bool(wrong) and unit.guesses.note(_guesser(message, desk), wrong, MOST_WRONG, now)


def _guesser(message: ParsedMessage, desk: Desk) -> str:
    """Whom to count for: who is vouched for is not held to account for what is sent in their name."""
    vouched = "proven " if aligned_verdict(message, desk) == "pass" else ""
    return f"{vouched}{message.sender.address}"
