"""Mail that was quarantined until an admin looked at it: who speaks in it then, and in which case."""

from __future__ import annotations

from dataclasses import replace

from maild.desk.situation import Match, Sender, Signal, Speaker
from parsers.message import ParsedMessage
from store import Unit
from store.records import Case, fold_address


def let_pass(sender: Sender, case: Case | None, *, released: bool, attached: bool) -> Sender:
    """Who speaks in a mail that was quarantined until an admin looked at it."""
    if attached and sender.speaker not in (Speaker.PARTICIPANT, Speaker.VENDOR):
        # Whoever wrote it, it is a letter to be read, and commands nothing.
        why = "an admin attached the mail to the case"
        return replace(sender, speaker=Speaker.STRANGER, agent=None, proven=False, why=why)
    if released and sender.speaker is Speaker.CLAIMS_AGENT:
        speaker = Speaker.AGENT if case is not None and sender.agent is not None else Speaker.STRANGER
        return replace(sender, speaker=speaker, why="an admin released the mail")
    return sender


def attached_case(unit: Unit, message: ParsedMessage, number: int) -> tuple[Match, str, Case | None]:
    """The case that an admin chose, and as what the sender takes part in it, if they do."""
    case = unit.cases.lock(unit.relations.survivors([number]).get(number, number))
    people = unit.cases.participants([case.number])[case.number] if case is not None else ()
    key = fold_address(message.sender.address)
    role = next((person.role for person in people if fold_address(person.address) == key), "")
    why = "an admin attached it to the case"
    return Match(case=case.number if case else None, signal=Signal.ADMIN, why=why), role, case
