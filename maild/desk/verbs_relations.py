"""The commands by which cases are joined and parted. A case that the agent does not serve is a case that is not there
(threats T31)."""

from __future__ import annotations

import re
from dataclasses import replace

from maild.desk.effects import Effect, MoveStatus, PassOn, Relate, Unrelate
from maild.desk.orders import Orders, Refusal, Verb
from maild.desk.relations import in_words, merging
from maild.desk.settings import Agent
from maild.desk.situation import Named, Situation
from store.records import Case, RelationKind, StateType, Status

_NUMBER = re.compile(r"(?:\[[^\]\[]{0,40})?#?([0-9]{1,12})\]?")
_SAID_BY_COMMAND = (RelationKind.LINKED, RelationKind.CHILD, RelationKind.DUPLICATE, RelationKind.INCIDENT)


def _merge(orders: Orders, argument: str, situation: Situation, agent: Agent) -> tuple[Orders, str]:
    here, into = _here(situation), _named("/merge", argument, situation, agent).case
    if into.number == here.number:
        raise Refusal(f"case {_number(argument)} is this one already")
    if into.status.state is StateType.DONE:
        raise Refusal(f"case {into.number} is {into.status.value}; open it again first, by /reopen there")
    deeds = (*orders.deeds, *merging(here, into, situation, agent.address))
    done = replace(orders, deeds=deeds, status=Status.MERGED, still_owing=False)
    return done, f"this case goes on in case {into.number}; each requester is answered by a mail of their own"


def _unmerge(orders: Orders, argument: str, situation: Situation, agent: Agent) -> tuple[Orders, str]:
    number = _number(argument)
    held = [r for r in situation.relations if r.kind is RelationKind.MERGED and r.source == number]
    if not held:
        merged = [str(r.source) for r in situation.relations if r.kind is RelationKind.MERGED]
        there = f"; /unmerge knows {', '.join(merged)}" if merged else ""
        raise Refusal(f"case {number} was not merged into this one{there}")
    why = f"{agent.address} parted it from case {held[0].target} again"
    then = (MoveStatus(why=why, status=Status.OPEN),)
    line = f"This case stands for itself again: {why}."
    deeds: tuple[Effect, ...] = (
        Unrelate(why=why, source=number, kind=RelationKind.MERGED, target=held[0].target),
        PassOn(why=why, case=number, effects=then, lines=(line,)),
    )
    return replace(orders, deeds=(*orders.deeds, *deeds)), f"case {number} is a case of its own again, and open"


def _link(orders: Orders, argument: str, situation: Situation, agent: Agent) -> tuple[Orders, str]:
    other = _other("/link", argument, situation, agent).case
    return _related(orders, situation, agent, RelationKind.LINKED, other), f"linked to case {other.number}"


def _unlink(orders: Orders, argument: str, situation: Situation, agent: Agent) -> tuple[Orders, str]:
    here, number = _here(situation).number, _number(argument)
    held = [
        r
        for r in situation.relations
        if r.kind in _SAID_BY_COMMAND and number in (r.source, r.target) and here in (r.source, r.target)
    ]
    if not held:
        raise Refusal(f"case {number} is not linked to this one; /unmerge parts what was merged")
    why = f"{agent.address} parted them"
    deeds = tuple(Unrelate(why=why, source=r.source, kind=r.kind, target=r.target) for r in held)
    return replace(orders, deeds=(*orders.deeds, *deeds)), f"case {number} has nothing to do with this one any more"


def _parent(orders: Orders, argument: str, situation: Situation, agent: Agent) -> tuple[Orders, str]:
    here, found = _here(situation).number, _other("/parent", argument, situation, agent)
    if here in found.ancestors:
        raise Refusal(f"case {found.case.number} is below this one already")
    why = f"{agent.address} gave it another parent"
    before = tuple(
        Unrelate(why=why, source=r.source, kind=r.kind, target=r.target)
        for r in situation.relations
        if r.kind is RelationKind.CHILD and r.source == here
    )
    orders = replace(orders, deeds=(*orders.deeds, *before))
    return _related(
        orders, situation, agent, RelationKind.CHILD, found.case
    ), f"its parent is case {found.case.number}"


def _related(orders: Orders, situation: Situation, agent: Agent, kind: RelationKind, other: Case) -> Orders:
    here, why = _here(situation).number, f"{agent.address} said so"
    line = f"This case is {in_words(here, kind, other.number, other.number)} now: {agent.address} said so."
    deeds = (
        Relate(why=why, source=here, kind=kind, target=other.number),
        PassOn(why=why, case=other.number, lines=(line,)),
    )
    return replace(orders, deeds=(*orders.deeds, *deeds))


def _here(situation: Situation) -> Case:
    if situation.case is None:
        raise Refusal("there is no case yet")
    return situation.case


def _number(argument: str) -> int:
    found = _NUMBER.fullmatch(argument.strip())
    if found is None:
        raise Refusal("which case? Say its number, such as 1042")
    return int(found.group(1))


def _named(verb: str, argument: str, situation: Situation, agent: Agent) -> Named:
    """The case that an argument names, if the agent serves it."""
    if not argument:
        raise Refusal(f"which case? Say {verb} 1042")
    number, here = _number(argument), _here(situation)
    found = Named(case=here) if number == here.number else situation.named.get(number)
    if found is None or not agent.serves(found.case.queue):
        raise Refusal(f"there is no case {number}")
    return found


def _other(verb: str, argument: str, situation: Situation, agent: Agent) -> Named:
    found = _named(verb, argument, situation, agent)
    if found.case.number == _here(situation).number:
        raise Refusal("that is this case")
    return found


VERBS_RELATIONS: dict[str, Verb] = {
    "merge": _merge,
    "unmerge": _unmerge,
    "link": _link,
    "unlink": _unlink,
    "parent": _parent,
}

HELP_RELATIONS = {
    "merge NUMBER": "this case goes on in that one",
    "unmerge NUMBER": "that case stands for itself again",
    "link NUMBER": "the two have to do with each other",
    "unlink NUMBER": "they have not",
    "parent NUMBER": "this case is a part of that one",
}
