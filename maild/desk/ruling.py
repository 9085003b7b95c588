"""Puts the rules to one mail, and puts what they say into the plan: the third stop of the road.

    who speaks → commands → rules → life of the case → features

Every effect that a rule causes names the rule in its `why`. What an agent's own mail does to the case goes before
what a rule would do; the life of the case gives way to a rule.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime

from maild.desk.effects import (
    AddParticipant,
    Assign,
    Classify,
    Effect,
    Ignore,
    MoveStatus,
    Notify,
    OpenCase,
    Quarantine,
    Remember,
    SetCreator,
)
from maild.desk.facts import Facts, has_rules
from maild.desk.process import first_level
from maild.desk.rules import Ruling, Tried, judge
from maild.desk.situation import Arrived, Situation, Speaker
from store.records import Status, fold_address

_FIELDS = ("severity", "kind", "queue", "level")


def ruled(situation: Situation, now: datetime) -> Situation:
    """The situation with what the rules say of it."""
    arrived, rules = situation.occasion, situation.desk.rules
    if not isinstance(arrived, Arrived) or not rules.rules or not has_rules(arrived.sender.speaker):
        return situation
    return replace(situation, ruling=judge(rules, Facts(situation, arrived, now, rules.zone)))


def follow(effects: list[Effect], situation: Situation, arrived: Arrived) -> list[Effect]:
    """The plan as the rules want it."""
    ruling = situation.ruling
    if ruling is None:
        return effects
    failures = [
        Remember(event="rule-failed", why=f"rule “{t.rule.name}” was skipped: {t.error}") for t in ruling.failed
    ]
    if any(isinstance(effect, Ignore | Quarantine) for effect in effects):
        return [*effects, *failures]
    held = _held(ruling, arrived)
    if held is not None:
        return [held, *failures]
    return [*_changed(effects, ruling, situation, arrived), *failures]


def _held(ruling: Ruling, arrived: Arrived) -> Effect | None:
    """A rule keeps the mail away from the cases; an admin who releases it overrides that."""
    for one in ruling.applied:
        if one.rule.ignore:
            return Ignore(rule=f"rule: {one.rule.name}", why=one.why)
        if one.rule.quarantine and not arrived.released:
            return Quarantine(cause=f"rule: {one.rule.name}", why=f"{one.rule.quarantine} ({one.why})")
    return None


def _changed(effects: list[Effect], ruling: Ruling, situation: Situation, arrived: Arrived) -> list[Effect]:
    opened = next((effect for effect in effects if isinstance(effect, OpenCase)), None)
    if opened is None and situation.case is None:
        return effects
    is_agents = arrived.sender.speaker is Speaker.AGENT
    plan: list[Effect] = [_opening(e, ruling, situation) if isinstance(e, OpenCase) else e for e in effects]
    own = {effect.field for effect in effects if isinstance(effect, Classify)}
    plan += [effect for effect in _classified(ruling, situation) if effect.field not in own]
    if not (is_agents and any(isinstance(effect, Assign) for effect in effects)):
        plan += _owner(ruling, situation)
    if not (is_agents and any(isinstance(effect, MoveStatus) for effect in effects)):
        plan = _status(plan, ruling, situation)
    plan += _participants(plan, ruling, situation)
    return [*plan, *_notices(ruling, situation, arrived)]


def _opening(opened: OpenCase, ruling: Ruling, situation: Situation) -> OpenCase:
    values = {name: ruling.fields[name][0] for name in _FIELDS if name in ruling.fields}
    queue, kind = values.get("queue", opened.queue), values.get("kind", opened.kind)
    values.setdefault("level", first_level(kind, situation.desk.queue(queue).level))
    return replace(opened, **values)  # type: ignore[arg-type]


def _classified(ruling: Ruling, situation: Situation) -> list[Classify]:
    found: list[Classify] = []
    for name in _FIELDS:
        if name in ruling.fields:
            value, by = ruling.fields[name]
            if situation.case is None or getattr(situation.case, name) != value:
                found.append(Classify(why=by.why, field=name, value=value))
    return found


def _owner(ruling: Ruling, situation: Situation) -> list[Effect]:
    if "owner" not in ruling.fields:
        return []
    owner, by = ruling.fields["owner"]
    case, agent = situation.case, situation.desk.agent(owner)
    if owner and agent is None:
        return [Remember(event="owner-gone", why=f"{owner} is no agent any more: {by.why}")]
    owner = agent.address if agent else owner
    if case is not None and (case.owner or "") == owner:
        return []
    effects: list[Effect] = [Assign(owner=owner or None, why=by.why)]
    if owner and (case is None or case.creator is None):
        effects.append(SetCreator(creator=owner, why="the first owner stands for the case"))
    return effects


def _status(plan: list[Effect], ruling: Ruling, situation: Situation) -> list[Effect]:
    if "status" not in ruling.fields:
        return plan
    value, by = ruling.fields["status"]
    kept: list[Effect] = [effect for effect in plan if not isinstance(effect, MoveStatus)]
    stands = situation.case.status if situation.case else Status.NEW
    status = Status(value)
    # Kept where it stands against what the mail would do: that is a decision too, from which its clock starts anew.
    return kept if status is stands and len(kept) == len(plan) else [*kept, MoveStatus(status=status, why=by.why)]


def _participants(plan: Sequence[Effect], ruling: Ruling, situation: Situation) -> list[Effect]:
    there = {fold_address(person.address) for person in situation.participants}
    there |= {fold_address(effect.address) for effect in plan if isinstance(effect, AddParticipant)}
    added: list[Effect] = []
    for one in ruling.applied:
        for address in one.rule.add:
            if fold_address(address) not in there:
                there.add(fold_address(address))
                added.append(AddParticipant(why=one.why, address=address, name="", role="cc"))
    return added


def _notices(ruling: Ruling, situation: Situation, arrived: Arrived) -> list[Effect]:
    is_agents = arrived.sender.speaker is Speaker.AGENT
    event = "new-case" if situation.case is None else "changed" if is_agents else "reply"
    told: dict[str, tuple[str, Tried]] = {}
    for one in ruling.applied:
        for address in one.rule.notify:
            told.setdefault(fold_address(address), (address, one))
    told.pop(fold_address(arrived.sender.address), None)
    return [
        Notify(
            why=by.why,
            event=event,
            to=to,
            note=is_agents,
            attach=not is_agents,
            lines=(f"You are told because of the rule “{by.rule.name}”.",),
        )
        for to, by in told.values()
    ]
