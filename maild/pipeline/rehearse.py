"""Rehearsals: what the rules make of a mail that never came. Reads nothing, writes nothing, sends nothing."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from maild.desk.decide import decide
from maild.desk.effects import (
    Assign,
    Classify,
    Effect,
    Ignore,
    MoveStatus,
    OpenCase,
    Quarantine,
    Reply,
    Ruled,
    StartTimer,
    Tag,
)
from maild.desk.identity import who_speaks
from maild.desk.rules.rules import TIMER_PREFIX, tagged
from maild.desk.rules.ruling import ruled
from maild.desk.settings import Desk
from maild.desk.situation import Arrived, Match, Signal, Situation
from maild.features import FEATURES
from maild.pipeline.route import queues_of
from parsers.message import ParsedMessage
from store.records import Status


@dataclass(frozen=True, slots=True)
class Rehearsed:
    """What would come of a mail."""

    outcome: str
    """case, ignored or quarantined."""
    fields: Mapping[str, str]
    """severity, kind, queue, level, owner, status of the case, and the template that a rule answers with; nothing
    without one."""
    rules: tuple[str, ...]
    """Those that applied."""
    effects: tuple[Effect, ...] = ()
    tags: tuple[str, ...] = ()
    clocks: tuple[str, ...] = ()
    """Rules on time whose clocks start."""


def first_mail(desk: Desk, message: ParsedMessage, now: datetime) -> Rehearsed:
    """What would come of this mail if it were the first that we ever saw of its sender."""
    arrived = Arrived(
        message=message,
        sender=who_speaks(message, (), None, False, desk),
        match=Match(case=None, signal=Signal.NONE, why="an example"),
        queue=queues_of(desk, message)[0],
    )
    return rehearse(Situation(desk=desk, occasion=arrived), now)


def rehearse(situation: Situation, now: datetime) -> Rehearsed:
    """What would come of a mail in this situation, with the rules of its desk."""
    situation = ruled(situation, now)
    effects = decide(situation, FEATURES, now)
    names = [one.rule.name for one in situation.ruling.applied] if situation.ruling else []
    names += [effect.rule for effect in effects if isinstance(effect, Ruled) and effect.applied]
    applied = tuple(dict.fromkeys(names))
    if any(isinstance(effect, Ignore) for effect in effects):
        return Rehearsed("ignored", {}, applied, tuple(effects))
    if any(isinstance(effect, Quarantine) for effect in effects):
        return Rehearsed("quarantined", {}, applied, tuple(effects))
    tags = situation.case.tags if situation.case else ()
    for tag in (effect for effect in effects if isinstance(effect, Tag)):
        tags = tagged(tags, tag.add, tag.remove)
    starts = [effect.name for effect in effects if isinstance(effect, StartTimer)]
    return Rehearsed(
        "case",
        _fields(situation, effects),
        applied,
        tuple(effects),
        tags,
        tuple(name.removeprefix(TIMER_PREFIX) for name in starts if name.startswith(TIMER_PREFIX)),
    )


def _fields(situation: Situation, effects: list[Effect]) -> dict[str, str]:
    """The case as the effects leave it."""
    case = situation.case
    found = {"status": case.status.value if case else Status.NEW.value, "owner": (case.owner or "") if case else ""}
    found["reply"] = next((e.event for e in effects if isinstance(e, Reply) and e.last), "")
    for name in ("severity", "kind", "queue", "level"):
        if case is not None:
            found[name] = getattr(case, name)
    for effect in effects:
        match effect:
            case OpenCase():
                found |= {name: getattr(effect, name) for name in ("severity", "kind", "queue", "level")}
            case Classify():
                found[effect.field] = effect.value
            case Assign(owner=owner):
                found["owner"] = owner or ""
            case MoveStatus(status=status):
                found["status"] = status.value
            case _:
                continue
    return found
