"""A decision in words: as it is kept with its letter and explained, and as the log tells it. Decides nothing.

`recorded` is the JSON of letters.decision; `tell` and `tell_changes` write the log lines of what was done.
"""

from __future__ import annotations

from collections.abc import Sequence
from enum import Enum
from typing import get_args

from maild.apply import Applied
from maild.desk.effects import Effect
from maild.desk.rules.rules import Ruling
from maild.desk.situation import Arrived, Situation
from maild.desk.tokens import Marks
from maild.log import Event
from maild.pipeline.office import Office
from store.records import Letter, LetterState

_TELLS = (
    "event to status owner creator name address direction rule cause queue case source kind target field value level "
    "add remove"
).split()
_TELLING: dict[type, list[str]] = {
    kind: [name for name in _TELLS if name in kind.__dataclass_fields__] for kind in get_args(Effect)
}
"""Kind of effect → those of its fields that tell it from others of its kind, in this order."""


def recorded(situation: Situation, effects: Sequence[Effect], case: int | None) -> dict[str, object]:
    """A decision as it is kept and explained."""
    arrived = situation.occasion
    signal = arrived.match.signal.value if isinstance(arrived, Arrived) else None
    sender = f"{arrived.sender.speaker.value}: {arrived.sender.why}" if isinstance(arrived, Arrived) else None
    proofs = _said_proofs(arrived.marks) if isinstance(arrived, Arrived) else ()
    return {
        "signal": signal,
        "case": case,
        "sender": sender,
        "proofs": list(proofs),
        "effects": [{"effect": said(effect), "why": effect.why} for effect in effects],
        "rules": recorded_rules(situation.ruling) if situation.ruling else None,
    }


def _said_proofs(marks: Marks) -> list[str]:
    """Which tokens a mail bore, and where: never the tokens themselves."""
    said = [(proof, "") for proof in marks.proofs] + [(proof, ", good no more") for proof in marks.stale]
    found = [f"{proof.kind.value} token of case {proof.case} in the {proof.place}{how}" for proof, how in said]
    found += [f"a token of case {one.case} that is {one.address}'s" for one in marks.leaked]
    return list(dict.fromkeys(found)) + ([f"{marks.wrong} of nobody"] if marks.wrong else [])


def recorded_rules(ruling: Ruling) -> dict[str, object]:
    """The version of the rules, those that applied with what each lost to a later one, and those that failed."""
    return {
        "version": ruling.version,
        "applied": [
            {
                "rule": one.rule.name,
                "why": " and ".join(str(clause) for clause in one.because) or "always",
                "lost": [f"{name}={value} to “{by.rule.name}”" for name, value, by in ruling.lost(one)],
            }
            for one in ruling.applied
        ],
        "failed": [{"rule": one.rule.name, "why": one.error} for one in ruling.failed],
    }


def said(effect: Effect) -> str:
    """An effect in one line: its name and what tells it from others of its kind."""
    words = [type(effect).__name__]
    for key in _TELLING[type(effect)]:
        value = getattr(effect, key)
        if value not in (None, "", ()):
            words.append(f"{key}={value.value if isinstance(value, Enum) else value}")
    return " ".join(words)


def tell(office: Office, letter: Letter, applied: Applied) -> None:
    """The log lines of one settled letter."""
    emit = office.log.emit
    match applied.state:
        case LetterState.DUPLICATE:
            emit(Event.LETTER_DUPLICATE, letter=letter.id, case=applied.case, cause=applied.cause)
        case LetterState.IGNORED:
            emit(Event.LETTER_IGNORED, letter=letter.id, rule=applied.cause)
        case LetterState.QUARANTINED:
            emit(Event.LETTER_QUARANTINED, letter=letter.id, cause=applied.cause)
            if applied.cause == "unproven-agent":
                emit(Event.AGENT_UNPROVEN, letter=letter.id)
            elif applied.cause == "needs-confirmation":
                emit(Event.AGENT_ASKED, letter=letter.id)
        case _:
            if applied.opened:
                emit(Event.CASE_OPENED, case=applied.case, letter=letter.id)
            if applied.flood:
                emit(Event.CASE_FLOODED, case=applied.case, source=applied.flood)
            emit(Event.LETTER_ROUTED, letter=letter.id, case=applied.case, entry=applied.entry)
    if applied.wrong_tokens:
        emit(Event.TOKEN_WRONG, letter=letter.id, tokens=applied.wrong_tokens)
    if applied.guessed:
        emit(Event.TOKEN_GUESSED, letter=letter.id)
    if applied.answered is not None:
        emit(Event.AGENT_ANSWERED, letter=letter.id, outcome=applied.answered)
    tell_changes(office, applied)


def tell_changes(office: Office, applied: Applied) -> None:
    """The log lines of what was changed and written."""
    for rule, error in applied.failed_rules:
        if office.first_time("rule", office.desk.rules.version, rule):
            office.log.emit(Event.RULE_FAILED, rule=rule, case=applied.case, error=error)
    for change in applied.changes:
        office.log.emit(Event.CASE_CHANGED, case=applied.case, change=change)
    if applied.taken_back:
        office.log.emit(Event.MAIL_TAKEN_BACK, case=applied.case, mails=applied.taken_back)
    if applied.held:
        office.log.emit(Event.ANSWER_HELD, case=applied.case, entry=applied.entry, cause=applied.held)
    for deed, letter in applied.handled:
        office.log.emit(Event.QUARANTINE_WORKED, deed=deed, letter=letter)
    for agent, until in applied.absences:
        office.log.emit(Event.AGENT_AWAY, agent=agent, until=until or "back")
    for agent, case in applied.voided:
        office.log.emit(Event.TOKEN_VOID, agent=agent, case=case or None)
    for mail, event, recipient in applied.mails:
        office.log.emit(Event.MAIL_QUEUED, mail=mail, case=applied.case, template=event, to=recipient)
    for event, recipient, why in applied.withheld:
        office.log.emit(Event.MAIL_WITHHELD, case=applied.case, template=event, to=recipient, why=why)
    for fault in applied.faults:
        office.log.emit(Event.TEMPLATE_FALLBACK, case=applied.case, error=fault)
    for other in applied.others:
        tell_changes(office, other)
