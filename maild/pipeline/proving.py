"""Reads from the store what proves who wrote a mail: whose its tokens are, and what a one-time code is about; and
counts what proved nothing."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime

from maild.apply import Issuing, post_hourly
from maild.apply.proving import bound_to
from maild.desk.confirm import code_in, digest_of
from maild.desk.identity import registered_agent
from maild.desk.quarantine import harmless
from maild.desk.settings import Desk
from maild.desk.situation import Arrived, Confirming, Situation, Speaker
from maild.desk.tokens import NO_MARKS, Marks, read_marks
from maild.pipeline.office import Office, Unreadable
from parsers.message import ParsedMessage
from store import Unit
from store.records import LetterState

_MOST_HELD = 30
"""So many held letters are looked at for one question."""
MOST_WRONG = 20
"""So many wrong tokens in mail of one sender within an hour are no news."""


def marks_of(office: Office, unit: Unit, message: ParsedMessage, now: datetime, *, confirmed: bool = False) -> Marks:
    """What the marks of a mail come to. One that its agent has confirmed needs none that is still good: there, one
    that has run out says which case is meant."""
    desk = office.desk
    if not message.marks:
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


def with_held(office: Office, unit: Unit, situation: Situation, arrived: Arrived) -> Situation:
    """With what else is held in an agent's name for want of proof, where that is to be said."""
    asked = arrived.confirming
    if asked is None and arrived.sender.speaker is not Speaker.CLAIMS_AGENT:
        return situation
    whose = asked.code.agent if asked is not None else arrived.sender.address
    if asked is None and situation.challenged_last_hour >= situation.desk.policy.challenges_per_hour:
        return situation  # nobody is asked now; of many forged mails each must cost little
    held = unit.letters.held(whose, "unproven-agent", _MOST_HELD)
    if asked is None:
        return replace(situation, held=tuple(held))
    again = asked.has_expired and asked.code.outcome is None
    mine = [one for one in held if one.id == asked.code.letter] if again else []
    held = [*mine, *(one for one in held if one.id != asked.code.letter)]
    try:
        first = office.read(unit.letters.raw(held[0].id)) if held else None
    except Unreadable:  # a person looks at it
        first = None
    return replace(situation, held=tuple(held), held_next=first)


def note_guesses(office: Office, unit: Unit, desk: Desk, message: ParsedMessage, wrong: int, now: datetime) -> bool:
    """Count wrong tokens; the admins are told when there were too many. Nobody is punished for them: From is whoever
    the guesser says, a true token is as good as ever, and a wrong one is one of 2^80."""
    sender = message.sender.address
    if not wrong or not unit.guesses.note(sender, wrong, MOST_WRONG, now):
        return False
    lines = (
        f"More than {MOST_WRONG} wrong tokens stood in mail from {harmless(sender or 'nobody')} within an hour. None "
        "counted, and no answer told that. Anybody can write any address into From: it need not be theirs.",
        "Nothing is to be done, unless a key was just retired: then it is older mail of theirs.",
    )
    stationery = office.stationery.at(desk, Issuing(unit, desk.token_life, now))
    post_hourly(unit, stationery, "warned tokens", "warning", "Somebody tries tokens", lines, now)
    return True
