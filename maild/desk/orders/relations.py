"""The commands by which cases are joined and parted. A case that the agent does not serve is a case that is not there
(threats T31)."""

from __future__ import annotations

import re
from dataclasses import replace

from maild.desk.effects import Classify, Effect, MoveStatus, PassOn, Relate, Unrelate
from maild.desk.incidents import touched
from maild.desk.merged import led_to, who_reads
from maild.desk.orders.orders import Orders, Refusal, Verb
from maild.desk.relations import in_state, in_words, merging, splitting
from maild.desk.settings import Agent
from maild.desk.situation import Named, Situation
from store.records import Case, Direction, RelationKind, StateType, Status

_NUMBER = re.compile(r"(?:\[[^\]\[]{0,40})?#?([0-9]{1,12})\]?")
_SAID_BY_COMMAND = (RelationKind.LINKED, RelationKind.CHILD, RelationKind.DUPLICATE, RelationKind.INCIDENT)


def _merge(orders: Orders, argument: str, situation: Situation, agent: Agent) -> tuple[Orders, str]:
    here, into = _here(situation), _named("/merge", argument, situation, agent).case
    if into.number == here.number:
        raise Refusal(f"case {find_number(argument)} is this one already")
    if into.status.state is StateType.DONE:
        raise Refusal(f"case {into.number} is {into.status.value}; open it again first, by /reopen there")
    named = situation.desk.agent(orders.owner or here.owner or "")
    heir = named if named is not None and named.may_act_on(into) else agent
    joined = merging(here, into, situation, agent.address, heir.address)
    deeds = (*orders.deeds, *joined)
    done = replace(orders, deeds=deeds, status=Status.MERGED, still_owing=False)
    reads = who_reads([into, here, *situation.threads], situation.desk.tag)
    where = led_to(find_number(argument), into)
    then = in_state(into, [one for deed in joined if isinstance(deed, PassOn) for one in deed.effects])
    return done, f"this case goes on in {where}. {reads}. {then}. /unmerge {here.number} parts them"


def _unmerge(orders: Orders, argument: str, situation: Situation, agent: Agent) -> tuple[Orders, str]:
    merges = [r for r in situation.relations if r.kind is RelationKind.MERGED]
    # Where only one can be meant, it need not be named.
    number = merges[0].source if len(merges) == 1 and not argument else find_number(argument)
    held = [r for r in merges if r.source == number]
    if not held:
        merged = [str(r.source) for r in merges]
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
    where = led_to(find_number(argument), other)
    return _related(orders, situation, agent, RelationKind.LINKED, other), f"linked to {where}"


def _unlink(orders: Orders, argument: str, situation: Situation, agent: Agent) -> tuple[Orders, str]:
    here, number = _here(situation).number, find_number(argument)
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
    ), f"its parent is {led_to(find_number(argument), found.case)}"


def _dup(orders: Orders, argument: str, situation: Situation, agent: Agent) -> tuple[Orders, str]:
    other = _other("/dup", argument, situation, agent).case
    orders = _related(orders, situation, agent, RelationKind.DUPLICATE, other)
    done = replace(orders, status=Status.CLOSED, still_owing=False, template="duplicate")
    where = led_to(find_number(argument), other)
    return done, f"closed as a duplicate of {where}; the requester is told, without a word of that case"


def _problem(orders: Orders, argument: str, situation: Situation, agent: Agent) -> tuple[Orders, str]:
    other = _other("/problem", argument, situation, agent).case
    if any(r.kind is RelationKind.INCIDENT and r.target == _here(situation).number for r in situation.relations):
        raise Refusal("this case is the problem behind others itself")
    orders = _related(orders, situation, agent, RelationKind.INCIDENT, other)
    if other.kind != "problem":
        kind = Classify(
            why=f"{agent.address} said that it is the problem behind another", field="kind", value="problem"
        )
        orders = replace(orders, deeds=(*orders.deeds, PassOn(why=kind.why, case=other.number, effects=(kind,))))
    return (
        orders,
        f"{led_to(find_number(argument), other)} is the problem behind it; /update-incidents there writes to its "
        "customer, too",
    )


def _update_incidents(orders: Orders, argument: str, situation: Situation, _a: Agent) -> tuple[Orders, str]:
    _nothing_behind("/update-incidents", argument)
    said = touched(situation)
    return replace(orders, note=False, update_incidents=True), f"your text goes to the requesters of {said} as well"


def _resolve_incidents(orders: Orders, argument: str, situation: Situation, _a: Agent) -> tuple[Orders, str]:
    _nothing_behind("/resolve-incidents", argument)
    said = touched(situation)
    return replace(orders, note=False, resolve_incidents=True), f"resolved as well, and their requesters told: {said}"


def _split(orders: Orders, argument: str, situation: Situation, agent: Agent) -> tuple[Orders, str]:
    here, entry = _here(situation), situation.answered
    if entry is None or entry.direction is not Direction.IN or entry.automatic:
        raise Refusal("what? Say it in a reply to the notice of the mail that is to be a case of its own")
    if entry.message_id is None or entry.message_id in (
        here.root_message_id,
        *(t.root_message_id for t in situation.threads),
    ):
        raise Refusal("that mail opened this case; it is a case of its own")
    deed = splitting(entry, here, situation, agent.address, argument)
    return replace(orders, deeds=(*orders.deeds, deed)), "it becomes a case of its own, of whoever wrote it"


def _nothing_behind(verb: str, argument: str) -> None:
    if argument:
        raise Refusal(f"{verb} takes nothing behind it; put it on a line of its own")


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


def find_number(argument: str) -> int:
    """The number of a case: `1042`, `#1042` or its tag. Raises Refusal."""
    found = _NUMBER.fullmatch(argument.strip())
    if found is None:
        raise Refusal("which case? Say its number, such as 1042")
    return int(found.group(1))


def _named(verb: str, argument: str, situation: Situation, agent: Agent) -> Named:
    """The case that an argument names, if the agent serves it."""
    if not argument:
        raise Refusal(f"which case? Say {verb} 1042")
    number, here = find_number(argument), _here(situation)
    found = Named(case=here) if number == here.number else situation.named.get(number)
    if found is None or not agent.may_act_on(found.case):
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
    "dup": _dup,
    "problem": _problem,
    "update-incidents": _update_incidents,
    "resolve-incidents": _resolve_incidents,
    "split": _split,
}

HELP_RELATIONS = {
    "merge NUMBER": "this case goes on in that one",
    "unmerge NUMBER": "that case stands for itself again",
    "link NUMBER": "the two have to do with each other",
    "unlink NUMBER": "they have not",
    "parent NUMBER": "this case is a part of that one",
    "dup NUMBER": "it is the same as that one, and closed",
    "problem NUMBER": "that case is the problem behind this one",
    "update-incidents": "the text also goes to the customers of the cases behind which this problem is",
    "resolve-incidents": "those cases are resolved, and their customers told",
    "split": "the mail that the notice was about becomes a case of its own",
}
