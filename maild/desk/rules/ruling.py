"""Puts the rules to one mail, and puts what they say into the plan: the third stop of the road.

    who speaks → commands → rules → life of the case → features

What an agent's own mail does to the case goes before what a rule would do; the life of the case gives way to a rule.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime

from maild.desk.changes import left_by, newly_opened
from maild.desk.effects import Assign, Classify, Effect, Ignore, MoveStatus, Notify, OpenCase, Quarantine
from maild.desk.process import first_level
from maild.desk.rules import consequences
from maild.desk.rules.facts import Facts, has_rules
from maild.desk.rules.rules import Ruling, Tried, judge
from maild.desk.situation import Arrived, Situation, Speaker
from maild.desk.standing import Tell
from store.records import Status


def ruled(situation: Situation, now: datetime) -> Situation:
    """The situation with what the rules say of it."""
    arrived, rules = situation.occasion, situation.desk.rules
    if not isinstance(arrived, Arrived) or not rules.on_message or not has_rules(arrived.sender.speaker):
        return situation
    facts = Facts(situation, arrived, now, rules.zone)
    return replace(situation, ruling=judge(rules.on_message, rules.version, facts))


def follow(effects: list[Effect], situation: Situation, arrived: Arrived, now: datetime) -> list[Effect]:
    """The plan as the rules want it."""
    ruling = situation.ruling
    if ruling is None:
        return effects
    failures = consequences.failures(ruling)
    asks = any(isinstance(effect, Tell) for effect in effects)  # an answer is nothing that a rule could not hold back
    if not asks and any(isinstance(effect, Ignore | Quarantine) for effect in effects):
        return [*effects, *failures]
    held = _held(ruling, arrived)
    if held is not None:
        return [held, *failures]
    return [*_changed(effects, ruling, situation, arrived, now), *failures]


def _held(ruling: Ruling, arrived: Arrived) -> Effect | None:
    """A rule keeps the mail away from the cases; an admin who releases it overrides that."""
    for one in ruling.applied:
        if one.rule.ignore:
            return Ignore(rule=f"rule: {one.rule.name}", why=one.why)
        if one.rule.quarantine and not arrived.released:
            return Quarantine(cause=f"rule: {one.rule.name}", why=f"{one.rule.quarantine} ({one.why})")
    return None


def _changed(
    effects: list[Effect], ruling: Ruling, situation: Situation, arrived: Arrived, now: datetime
) -> list[Effect]:
    opened = next((effect for effect in effects if isinstance(effect, OpenCase)), None)
    if opened is None and situation.case is None:
        return effects
    ruling = _without(ruling, _own_fields(effects, is_agents=arrived.sender.speaker is Speaker.AGENT))
    answering = consequences.replying(ruling)
    silent = consequences.why_no_reply(situation, arrived) if answering else None
    plan: list[Effect] = [_opening(e, ruling, situation) if isinstance(e, OpenCase) else e for e in effects]
    plan += consequences.classified(ruling, situation.case)
    plan += consequences.owned(ruling, situation.desk, situation.case)
    status = consequences.status_of(ruling, None if silent else answering)
    if status is not None:
        plan = _moved(plan, situation, *status)
    plan += consequences.tags(ruling, situation.case)
    plan += consequences.participants(ruling, situation, plan)
    plan += _notices(ruling, situation, arrived)
    plan += _escalated(plan, ruling, situation, now)
    return [*plan, consequences.reply(answering, silent, arrived)] if answering else plan


def _own_fields(effects: list[Effect], *, is_agents: bool) -> set[str]:
    """What the mail itself has set, on an agent's word."""
    own = {effect.field for effect in effects if isinstance(effect, Classify)}
    if is_agents:
        own |= {"owner" for effect in effects if isinstance(effect, Assign)}
        own |= {"status" for effect in effects if isinstance(effect, MoveStatus)}
    return own


def _without(ruling: Ruling, fields: set[str]) -> Ruling:
    if fields.isdisjoint(ruling.fields):
        return ruling
    return replace(ruling, fields={name: by for name, by in ruling.fields.items() if name not in fields})


def _opening(opened: OpenCase, ruling: Ruling, situation: Situation) -> OpenCase:
    values = {name: ruling.fields[name][0] for name in consequences.FIELDS if name in ruling.fields}
    queue, kind = values.get("queue", opened.queue), values.get("kind", opened.kind)
    values.setdefault("level", first_level(kind, situation.desk.queue(queue).level))
    other = {name: value for name, value in values.items() if getattr(opened, name) != value}
    return replace(opened, **other) if other else opened  # type: ignore[arg-type]


def _moved(plan: list[Effect], situation: Situation, status: Status, by: Tried) -> list[Effect]:
    kept: list[Effect] = [effect for effect in plan if not isinstance(effect, MoveStatus)]
    stands = situation.case.status if situation.case else Status.NEW
    # Kept where it stands against what the mail would do: that is a decision too, from which its clock starts anew.
    return kept if status is stands and len(kept) == len(plan) else [*kept, MoveStatus(status=status, why=by.why)]


def _notices(ruling: Ruling, situation: Situation, arrived: Arrived) -> list[Effect]:
    is_agents = arrived.sender.speaker is Speaker.AGENT
    event = "new-case" if situation.case is None else "changed" if is_agents else "reply"
    return [
        Notify(
            why=by.why,
            event=event,
            to=to,
            note=is_agents,
            attach=not is_agents,
            lines=(f"You are told because of the rule “{by.rule.name}”.",),
        )
        for to, by in consequences.told(ruling, but=arrived.sender.address)
    ]


def _escalated(plan: list[Effect], ruling: Ruling, situation: Situation, now: datetime) -> list[Effect]:
    case = situation.case or next((newly_opened(e, now) for e in plan if isinstance(e, OpenCase)), None)
    if case is None:
        return []
    already = [effect.to for effect in plan if isinstance(effect, Notify) and effect.event != "receipt"]
    return consequences.escalated(ruling, situation.desk, left_by(case, plan), already, quote_last=False)
