"""The order of thought: who speaks → commands → rules → what was learnt → what each feature adds.

Two passes, never a loop: the first makes the plan, the second lets every feature see it and add to it. When a clock
is due, the plan begins with what its feature does then.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import assert_never

from maild.desk.agent import agent_writes
from maild.desk.alone import agent_alone
from maild.desk.confirm import answered, ask_first, not_theirs, unproven_agent
from maild.desk.customer import customer_writes
from maild.desk.effects import (
    AddEntry,
    Assign,
    Effect,
    Ignore,
    MarkUndeliverable,
    Notify,
    Quarantine,
    Remember,
    Reply,
)
from maild.desk.floods import joins_flood
from maild.desk.leaks import leaks, tripwire
from maild.desk.learning.taught import heed
from maild.desk.loops import joins
from maild.desk.machine import machine_writes
from maild.desk.phone import agent_opens
from maild.desk.rules.later import after_changes, at_its_time, is_rules
from maild.desk.rules.ruling import follow
from maild.desk.several import is_refused, part, with_others
from maild.desk.situation import Accepted, Arrived, Due, HandedOn, Joined, Passed, Refused, Situation, Speaker
from maild.desk.vendors import vendor_writes
from store.records import Direction, Timer


def _no_deed(situation: Situation, timer: Timer, now: datetime) -> Iterable[Effect]:  # noqa: ARG001
    return ()


@dataclass(frozen=True, slots=True)
class Feature:
    """One thing a desk does beside the plain life of a case. `react` sees the plan and says what it adds; `fire` says
    what a clock of its own does to the case when it is due, and nothing for the clocks of others."""

    name: str
    react: Callable[[Situation, Sequence[Effect], datetime], Iterable[Effect]]
    fire: Callable[[Situation, Timer, datetime], Iterable[Effect]] = _no_deed


def decide(situation: Situation, features: Sequence[Feature], now: datetime) -> list[Effect]:
    """What is to happen, each with its reason. Pure: the same question has the same answer."""
    effects = _first_thoughts(situation, features, now)
    occasion = situation.occasion
    if isinstance(occasion, Arrived) and occasion.joined is not None:
        return effects
    if any(isinstance(effect, Ignore | Quarantine) for effect in effects):
        return effects
    for feature in features:
        effects += feature.react(situation, tuple(effects), now)
    return sorted(effects, key=_place)


def _place(effect: Effect) -> int:
    """Receipts come last, so that they tell what all else has made of the case."""
    if isinstance(effect, Notify) and effect.event == "receipt":
        return 2
    return int(isinstance(effect, Reply) and effect.last)


def _first_thoughts(situation: Situation, features: Sequence[Feature], now: datetime) -> list[Effect]:
    occasion = situation.occasion
    match occasion:
        case Arrived(joined=Joined() as joined):
            return (joins_flood if joined.flood else joins)(situation, occasion, joined)
        case Arrived():
            deeds = [
                *leaks(situation, occasion),
                *tripwire(occasion, situation.desk),
                *_arrived(situation, occasion, now),
            ]
            plan = heed(follow(deeds, situation, occasion, now), situation)
            if occasion.sender.speaker is not Speaker.AGENT:
                return plan
            return plan + after_changes(situation, deeds, plan, occasion.sender.address, "agent", now)
        case Due(timer=timer) if is_rules(timer):
            return at_its_time(situation, timer, now)
        case Due(timer=timer):
            deeds = [effect for feature in features for effect in feature.fire(situation, timer, now)]
            return deeds + after_changes(situation, deeds, deeds, timer.name, "clock", now)
        case Accepted():
            return []
        case Refused():
            return _refused(situation, occasion)
        case HandedOn(leaver=leaver, to=to):
            return [Assign(owner=to, why=f"{leaver} has left, and handed it on")] if to else []
        case Passed(effects=effects):
            return list(effects)
    assert_never(occasion)


def _arrived(situation: Situation, arrived: Arrived, now: datetime) -> list[Effect]:
    sender = arrived.sender
    machine = sender.speaker in (Speaker.OURSELVES, Speaker.MACHINE)
    if arrived.confirming is not None and not machine:
        return answered(situation, arrived, arrived.confirming)
    if _is_blocked(situation, arrived):
        return [Ignore(rule="blocked-sender", why=f"an admin blocked {sender.address}")]
    match sender.speaker:
        case Speaker.OURSELVES | Speaker.MACHINE:
            return machine_writes(situation, arrived)
        case Speaker.CLAIMS_AGENT:
            return unproven_agent(situation, arrived)
        case Speaker.AGENT:
            if arrived.behalf is not None and sender.agent is not None:
                return agent_opens(situation, arrived, sender.agent, arrived.behalf, now)
            if sender.agent is None:  # an admin let it pass
                return [Quarantine(cause="agent-without-case", why="an agent's mail that belongs to no case")]
            held = not_theirs(situation, arrived, sender.agent) or ask_first(situation, arrived, sender.agent)
            if held:
                return held
            if situation.case is None:
                return agent_alone(situation, arrived, sender.agent)
            here, sections = part(arrived, situation)
            refused = is_refused(sections, situation, sender.agent)
            deeds = agent_writes(situation.case, situation, here, sender.agent, refused)
            return with_others(deeds, situation, sections, sender.agent)
        case Speaker.VENDOR if situation.case is not None:
            return vendor_writes(situation.case, situation, arrived)
        case Speaker.PARTICIPANT | Speaker.STRANGER | Speaker.VENDOR:
            return customer_writes(situation, arrived, now)
    assert_never(sender.speaker)


def _is_blocked(situation: Situation, arrived: Arrived) -> bool:
    """Whether an admin wants nothing of somebody outside; nobody who became one of us is meant."""
    contact = situation.contact(arrived.sender.address)
    ours = arrived.sender.speaker in (Speaker.AGENT, Speaker.CLAIMS_AGENT, Speaker.OURSELVES)
    return contact is not None and contact.blocked_at is not None and not ours and not arrived.released


def _refused(situation: Situation, refused: Refused) -> list[Effect]:
    """The relay refused a mail for good: the case remembers, and a customer's address is marked."""
    mail = refused.mail
    if situation.case is None:
        return []
    if not situation.is_participant(mail.recipient):
        return [Remember(event="notice-undeliverable", why=f"{mail.recipient}: {refused.error}")]
    text = f"Mail to {mail.recipient} was refused: {refused.error}"
    note = AddEntry(
        why="the mail server refused it",
        direction=Direction.NOTE,
        public=False,
        automatic=True,
        sender=situation.desk.address,
        sender_name=situation.desk.name,
        text=text,
        of_letter=False,
    )
    return [note, MarkUndeliverable(why=refused.error, address=mail.recipient)]
