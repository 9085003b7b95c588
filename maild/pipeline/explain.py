"""Explain: decide without apply. For a stored letter the recorded decision; for a file, what would happen now."""

from __future__ import annotations

from datetime import datetime

from maild.desk.rules.rules import Ruling
from maild.pipeline.office import Office
from maild.pipeline.record import recorded, recorded_rules
from maild.pipeline.route import consider, queues_of
from maild.pipeline.storable import storable
from parsers.message import ParsedMessage
from store.records import Letter


def of_message(office: Office, message: ParsedMessage, now: datetime) -> dict[str, object]:
    """The decision on a mail that is not stored, afresh: signal, case, sender, effects with their why."""
    of_mailboxes = set(office.mailbox_queues.values()) - {None}
    # Where all mailboxes feed one queue, that is where it would come; else its recipients decide.
    queue = of_mailboxes.pop() if len(of_mailboxes) == len(office.mailbox_queues) == 1 else None
    queue = queue or queues_of(office.desk, message)[0]
    with office.store.read() as unit:
        known = unit.letters.originals([message.digest]).get((queue, message.digest))
        if known is not None:
            return of_letter(known)
        situation, effects = consider(office, unit, storable(message), queue, now)
    case = situation.case.number if situation.case else None
    decision = recorded(situation, effects, case)
    if situation.ruling is not None:
        decision["rules"] = {**recorded_rules(situation.ruling), "others": _others(situation.ruling)}
    return decision


def _others(ruling: Ruling) -> list[dict[str, object]]:
    """The rules that did not apply, each with the clauses that decided so."""
    return [
        {"rule": rule.name, "why": "; ".join(f"{clause} does not hold" for clause in because)}
        for rule, because in ruling.others
    ]


def of_letter(letter: Letter) -> dict[str, object]:
    """The recorded decision on a letter, or what became of it instead."""
    decision = dict(letter.decision or {"signal": None, "case": letter.case, "sender": None, "effects": []})
    became = {"effect": letter.state.value, "why": letter.cause or letter.error or "not routed yet"}
    effects = decision.get("effects")
    if not effects:
        decision["effects"] = [became]
    return {"letter": letter.id, "message_id": letter.message_id, "state": letter.state.value, **decision}


def of_case(office: Office, number: int) -> list[dict[str, object]]:
    """The journal of a case: every change, with its reason and who caused it."""
    with office.store.read() as unit:
        lines = unit.journal.of_case(number)
    return [
        {"at": line.at.isoformat(), "effect": line.event, "why": line.why, "actor": line.actor, "letter": line.letter}
        for line in lines
    ]
