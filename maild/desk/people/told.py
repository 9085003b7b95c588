"""What colleagues are told of what one agent did: who waits for it, what has changed, when an answer leaves. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from maild.desk.agent import BY_COMMAND
from maild.desk.effects import Assign, Classify, Effect, MoveStatus, Relate, Reply, SetDue, Unrelate
from maild.desk.lifecycle import Happening
from maild.desk.relations import in_words
from maild.desk.situation import Situation
from store.records import Case, Direction, RelationKind, Status, fold_address

_SAID_SO = (BY_COMMAND, Happening.TAKEN.value)
"""Reasons that say no more than that an agent did it."""


def asker(situation: Situation, actor: str) -> str | None:
    """The colleague whose note they answer: they wait for it, whoever owns the case."""
    note = situation.answered
    if note is None or note.direction is not Direction.NOTE or situation.case is None:
        return None
    agent = situation.desk.agent(note.sender)
    if agent is None or fold_address(agent.address) == fold_address(actor) or not agent.may_act_on(situation.case):
        return None
    return agent.address


def asked_vendor(situation: Situation) -> str | None:
    """The colleague who made the case wait for a vendor: they want to read the answer, whoever owns it."""
    changes = situation.history.changes if situation.history is not None else ()
    waits = [change.actor for change in changes if change.value == Status.WAITING_ON_VENDOR.value]
    agent = situation.desk.agent(waits[-1]) if waits else None
    if agent is None or situation.case is None or not agent.may_act_on(situation.case):
        return None
    return agent.address


def changed(effect: Effect, situation: Situation) -> str:
    """What an agent's command has made of the case; the reason where it is not that they said so."""
    match effect:
        case Assign(owner=owner):
            agent = situation.desk.agent(owner) if owner else None
            return f"the owner is {(agent.name if agent else '') or owner or 'nobody'} now"
        case Relate(kind=RelationKind.MERGED, target=target):
            return f"it was merged into case {target}, and goes on there"
        case Relate(source=source, kind=kind, target=target) if situation.case is not None:
            return f"it is {in_words(source, kind, target, situation.case.number)} now"
        case Unrelate(source=source, kind=RelationKind.MERGED, target=target):
            return f"case {source} was parted from case {target}, and is a case of its own again"
        case Unrelate(source=source, kind=kind, target=target) if situation.case is not None:
            return f"it is no longer {in_words(source, kind, target, situation.case.number)}"
        case MoveStatus(status=Status.MERGED):
            return ""
        case MoveStatus(status=status, why=why):
            return f"the status is {status.value} now{'' if why in _SAID_SO else f' ({why})'}"
        case Classify(field=field, value=value, why=why):
            return f"the {field} is {value} now{'' if why in _SAID_SO else f' ({why})'}"
        case SetDue(due_at=due_at):
            return "the due date was set" if due_at else "the case has no due date any more"
    return ""


def handed_over(situation: Situation, plan: Sequence[Effect], actor: str) -> str:
    """Who gave the case to its new owner, and what they changed besides."""
    agent = situation.desk.agent(actor)
    besides = [said for effect in plan if not isinstance(effect, Assign) and (said := changed(effect, situation))]
    return "; ".join((f"{(agent.name if agent else '') or actor} gave it to you", *besides)) + "."


def until(situation: Situation, plan: Sequence[Effect], now: datetime) -> tuple[str, ...]:
    """An answer that can still be taken back has not left: until then nobody may take it for said."""
    held = next((one for one in plan if isinstance(one, Reply) and one.event == "answer" and one.hold), None)
    if held is None:
        return ()
    at = f"{(now + held.hold).astimezone(situation.desk.zone):%H:%M:%S %Z}"
    who = held.author_name or held.author
    return (f"It leaves at {at}. Until then {who} can take it back; should they, you are told.",)


def goes_on_in(situation: Situation, plan: Sequence[Effect]) -> Case | None:
    """The case into which this one is merged, whose people learn of it there."""
    merging = (e.target for e in plan if isinstance(e, Relate) and e.kind is RelationKind.MERGED)
    found = next((situation.named.get(target) for target in merging), None)
    return found.case if found is not None else None
