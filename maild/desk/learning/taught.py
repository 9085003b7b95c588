"""Puts what was learnt into the plan, behind the rules: above the threshold it acts, below it the agent reads of it.

Only on a case that a person outside opens with this mail, so never against an agent's word; and never against a rule
that set the field. Every effect names the version that it comes from.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from maild.desk.effects import Classify, Effect, Ignore, OpenCase, Quarantine, Remember
from maild.desk.learning.learning import Learning, Model, Proposal, Taught, signs_of
from maild.desk.rules.names import KINDS, SEVERITIES
from maild.desk.settings import Desk
from maild.desk.situation import Arrived, Situation, Speaker

SUGGESTED = "learning.suggested"
BY_LEARNING = "learnt, version "
"""How the reason of such an effect begins; in the journal, what the desk set itself is known by it."""


def is_matter(situation: Situation) -> bool:
    """Whether this is the mail of a person outside that opens a case."""
    arrived = situation.occasion
    return (
        isinstance(arrived, Arrived)
        and situation.case is None
        and arrived.sender.speaker in (Speaker.STRANGER, Speaker.PARTICIPANT)
        and arrived.message.automatic is None
    )


def taught(situation: Situation, model: Model) -> Situation:
    """The situation with what the model says of its mail."""
    arrived = situation.occasion
    if not isinstance(arrived, Arrived):
        return situation
    message = arrived.message
    language = message.language or situation.desk.language
    signs = signs_of(message.base_subject, message.text, message.sender.address, language)
    return replace(situation, taught=Taught(model.version, model.propose(signs)))


def heed(plan: list[Effect], situation: Situation) -> list[Effect]:
    """The plan with what was learnt in it."""
    desk, said = situation.desk, situation.taught
    opened = next((effect for effect in plan if isinstance(effect, OpenCase)), None)
    if desk.learning is None or said is None or opened is None:
        return plan
    if any(isinstance(effect, Ignore | Quarantine) for effect in plan):
        return plan
    by_rule = frozenset(situation.ruling.fields if situation.ruling else ())
    found: list[Effect] = []
    for one in said.proposals:
        if one.value == getattr(opened, one.field) or one.value not in _possible(one.field, desk):
            continue
        if _acts(one, desk.learning, by_rule):
            opened = replace(opened, **_values(one, desk, by_rule))  # type: ignore[arg-type]
            why = f"{BY_LEARNING}{said.version}: {_words(one)}"
            found.append(Classify(why=why, field=one.field, value=one.value))
        elif one.probability >= desk.learning.suggest_above:
            why = f"{one.field}={one.value}: {BY_LEARNING}{said.version}: {_words(one)}"
            found.append(Remember(event=SUGGESTED, why=why))
    return [opened if isinstance(effect, OpenCase) else effect for effect in plan] + found


def hints(situation: Situation, plan: Sequence[Effect]) -> tuple[str, ...]:
    """What the agents' notice says of it."""
    acted = [e for e in plan if isinstance(e, Classify) and e.why.startswith(BY_LEARNING)]
    lines = [f"The {e.field} is {e.value} by what former cases taught; /{e.field} changes it." for e in acted]
    suggested = {e.why.partition("=")[0] for e in plan if isinstance(e, Remember) and e.event == SUGGESTED}
    for one in situation.taught.proposals if situation.taught else ():
        if one.field in suggested:
            lines.append(f"By former cases it may be: /{one.field} {one.value} ({_words(one)}).")
    return tuple(lines)


def _acts(one: Proposal, learning: Learning, by_rule: frozenset[str]) -> bool:
    sure = one.probability >= max(learning.act_above, one.acts_from)
    return sure and one.field in learning.fields and one.field not in by_rule


def _possible(field: str, desk: Desk) -> tuple[str, ...]:
    """What it can be today: queues and kinds of former years may be gone."""
    return {"kind": KINDS, "severity": SEVERITIES}.get(field) or tuple(queue.name for queue in desk.queues)


def _values(one: Proposal, desk: Desk, by_rule: frozenset[str]) -> dict[str, str]:
    if one.field == "queue" and "level" not in by_rule:
        return {"queue": one.value, "level": desk.queue(one.value).level}
    return {one.field: one.value}


def _words(one: Proposal) -> str:
    chance = f"{int(one.probability * 100 + 1e-6)} %"
    return f"{chance}, by {', '.join(one.because)}" if one.because else chance
