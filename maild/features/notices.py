"""Notices: the owner (or the agents of the queue) and the creator are told of every change that is not their own."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime

from maild.desk.clocks.clocks import Goal
from maild.desk.customer import copied
from maild.desk.decide import Feature
from maild.desk.effects import (
    AddEntry,
    AddParticipant,
    AskVendor,
    Assign,
    Classify,
    Effect,
    HoldAnswer,
    MarkAway,
    MarkUndeliverable,
    MoveStatus,
    NoteTime,
    Notify,
    OpenCase,
    PassOn,
    Remember,
    Remind,
    RemoveParticipant,
    Reply,
    Ruled,
    SetDigest,
    StartTimer,
    StopTimer,
    Track,
)
from maild.desk.learning.taught import hints
from maild.desk.people.audience import absence, stand_ins, team
from maild.desk.people.told import asked_vendor, asker, changed, goes_on_in, handed_over, until
from maild.desk.relations import is_alike
from maild.desk.reopening import told_of
from maild.desk.settings import Agent
from maild.desk.situation import Arrived, Due, HandedOn, Passed, Refused, Situation, Speaker
from maild.desk.storms import rages, thanked_before
from parsers.message import Automatic
from store.records import Case, Direction, fold_address

_MOST_NEW = 5
"""Of so many whom a mail copied a notice speaks."""

_SPOKEN = {Direction.CALL: "call", Direction.CHAT: "chat"}

_OF_NO_CONCERN = (
    PassOn,
    AddEntry,
    Notify,
    Remind,
    NoteTime,
    MarkAway,
    SetDigest,
    StartTimer,
    StopTimer,
    Track,
    Remember,
    Ruled,
)
"""What an agent's commands do that is nobody's business but theirs: they asked, or said something of themselves."""


def react(situation: Situation, plan: Sequence[Effect], now: datetime) -> list[Effect]:
    """Who is to be told of what is planned, and is not told already."""
    told = {fold_address(effect.to) for effect in plan if isinstance(effect, Notify)}
    return [
        effect
        for effect in _found(situation, plan, now)
        if not isinstance(effect, Notify) or fold_address(effect.to) not in told
    ]


def _found(situation: Situation, plan: Sequence[Effect], now: datetime) -> list[Effect]:
    match situation.occasion:
        case Arrived(sender=sender) if sender.speaker is Speaker.AGENT:
            return _of_agent(situation, plan, sender.address, now)
        case Arrived() as arrived:
            return _of_message(situation, plan, arrived, now)
        case Due():
            return _of_change(situation, plan, now)
        case Refused():
            return _of_undelivered(situation, plan, now)
        case HandedOn(leaver=leaver):
            return _of_handed_on(situation, plan, leaver, now)
        case Passed(by=by, lines=lines) if lines:
            opened = next((effect for effect in plan if isinstance(effect, OpenCase)), None)
            if opened is not None:
                return [replace(one, lines=lines) for one in _of_new_case(situation, plan, opened, now)]
            return _of_other_case(situation, plan, by, lines, now)
    return []


def _of_message(situation: Situation, plan: Sequence[Effect], arrived: Arrived, now: datetime) -> list[Effect]:
    opened = next((effect for effect in plan if isinstance(effect, OpenCase)), None)
    if opened is not None:
        return [*_of_new_case(situation, plan, opened, now)]
    if any(isinstance(effect, MarkUndeliverable) and effect.undeliverable for effect in plan):
        return _of_undelivered(situation, plan, now)
    if arrived.message.automatic in (Automatic.AUTO_REPLY, Automatic.RECEIPT, Automatic.BOUNCE):
        return _of_stopped_clock(situation, plan, now)
    if not any(isinstance(effect, AddEntry) for effect in plan):
        return []
    left = next((effect for effect in plan if isinstance(effect, RemoveParticipant)), None)
    if left is not None:
        why, said = left.why, (f"{left.why}.",)
        return [Notify(why=why, event="changed", to=to, note=True, lines=said) for to in _audience(situation, now)]
    if (found := told_of(situation, plan, _audience(situation, now))) is not None:
        return found
    if situation.asked is not None:
        return _of_asked(situation, plan, now)
    if arrived.sender.speaker is Speaker.VENDOR:
        return _of_vendor(situation, plan, arrived, now)
    if thanked_before(situation.history) and any(isinstance(e, Remember) and e.event == "courtesy" for e in plan):
        return []
    if rages(situation.history):
        return []  # told together, when it is over (storms.py)
    lines = (*_doubts(situation, arrived), *_in_copy(situation, arrived))
    wrote = Notify(why="the customer wrote", event="reply", to="", attach=True, lines=lines)
    return _to_those_there(wrote, situation, plan, now)


def _to_those_there(
    notice: Notify, situation: Situation, plan: Sequence[Effect], now: datetime, besides: Sequence[str] = ()
) -> list[Effect]:
    """To the owner and the creator; where the owner is away, also to those of the queue who can act on it."""
    owner, queue = _owner(situation, plan), situation.case.queue if situation.case else ""
    others = stand_ins(owner, queue, situation.desk, now)
    people = dict.fromkeys((*_audience(situation, now, plan), *besides, *(agent.address for agent in others)))
    return [replace(notice, to=to, lines=(*notice.lines, *absence(owner, others, to, now))) for to in people]


def _of_asked(situation: Situation, plan: Sequence[Effect], now: datetime) -> list[Effect]:
    """By one word they moved their case, which the owner learns; or only looked at it."""
    moved = next((effect for effect in plan if isinstance(effect, MoveStatus | AddParticipant)), None)
    if moved is None:
        return []
    lines = (f"{moved.status.value}: {moved.why}." if isinstance(moved, MoveStatus) else f"{moved.why}.",)
    return [Notify(why=moved.why, event="changed", to=to, note=True, lines=lines) for to in _audience(situation, now)]


def _of_new_case(situation: Situation, plan: Sequence[Effect], opened: OpenCase, now: datetime) -> list[Notify]:
    """Whoever it was given to; else all of its queue who are there."""
    given = _given(plan)
    lines, call = hints(situation, plan), _call_back(situation, plan)
    owner = situation.desk.agent(given) if given is not None else None
    others = stand_ins(owner, opened.queue, situation.desk, now)
    if owner is not None:
        why, people = "a new case, given to them", [owner.address, *(agent.address for agent in others)]
    else:
        why, people = "a new case in their queue", _team(situation, opened.queue, now)
    found = []
    for to in people:
        alike = _alike(situation, opened, to)
        said = (*lines, *(_may_be(case) for case in alike), *absence(owner, others, to, now))
        merges = tuple(case.number for case in alike)
        found.append(Notify(why=why, event="new-case", to=to, attach=True, lines=said, call_back=call, merges=merges))
    return found


def _alike(situation: Situation, opened: OpenCase, to: str) -> list[Case]:
    """An older case that may be the same matter, for one who serves its queue."""
    agent = situation.desk.agent(to)
    found = [case for case in situation.similar if is_alike(case.subject, opened.subject)]
    return [case for case in found[:1] if agent is not None and agent.serves(case.queue)]


def _may_be(case: Case) -> str:
    """With the command that joins them; never done by itself."""
    return (
        f"It may be the same matter as case {case.number} ({case.status.value}), “{case.subject}”, of "
        f"{case.created_at:%d %b}. /merge {case.number} joins this one to it."
    )


def _doubts(situation: Situation, arrived: Arrived) -> tuple[str, ...]:
    """What an agent should know of the sender before they believe them (threats T22)."""
    sender = arrived.sender
    if not arrived.message.sender_is_strict:
        return (
            "From of this mail is not one plain address, so it need not be theirs; your reply does not go there.",
        )
    if sender.speaker is Speaker.STRANGER:
        return (f"{sender.address} takes no part in this case; your reply does not go to them.",)
    if sender.speaker is Speaker.PARTICIPANT and not situation.is_participant(sender.address):
        return (f"{sender.address} is another address of somebody who takes part; your reply goes to the one there.",)
    if situation.desk.trusted_authserv_ids and not sender.proven:
        return ("The sender is not proven: the mail carries no token of ours, and no trusted server vouches for it.",)
    return ()


def _of_vendor(situation: Situation, plan: Sequence[Effect], arrived: Arrived, now: datetime) -> list[Effect]:
    """An answer to it is internal: nobody must write to a customer what was meant for a vendor, or the other way."""
    key = fold_address(arrived.sender.address)
    vendor = next((one for one in situation.desk.vendors if fold_address(one.address) == key), None)
    # Not at the beginning of a line: a quotation that nobody marked would be obeyed.
    way = f"To write to the vendor, put /vendor {vendor.name} above your text." if vendor else ""
    lines = [way or f"{key} is none of our vendors."]
    if not arrived.sender.proven:
        lines.append(
            "It need not be theirs: it answers no mail of ours to them, and anybody can write their address."
        )
    lines += [f"The status is {one.status.value} now: {one.why}." for one in plan if isinstance(one, MoveStatus)]
    wrote = Notify(why="a vendor wrote", event="vendor-reply", to="", note=True, attach=True, lines=tuple(lines))
    waits = asked_vendor(situation)
    return _to_those_there(wrote, situation, plan, now, (waits,) if waits is not None else ())


def _in_copy(situation: Situation, arrived: Arrived) -> tuple[str, ...]:
    """Whom a later mail copied: only an agent lets them take part (threats T23)."""
    if arrived.sender.speaker is not Speaker.PARTICIPANT:
        return ()
    new = [p.address for p in copied(arrived.message, situation) if not situation.is_participant(p.address)]
    return tuple(f"{address} was in copy, and takes no part. /cc {address} lets them." for address in new[:_MOST_NEW])


def _of_stopped_clock(situation: Situation, plan: Sequence[Effect], now: datetime) -> list[Effect]:
    """A machine's mail is nothing to tell, unless it stopped the silence clock for good: then a person must look."""
    clock = [e for e in plan if isinstance(e, StartTimer | StopTimer) and e.name.startswith("silence")]
    stopped = next((effect for effect in clock if isinstance(effect, StopTimer)), None)
    if stopped is None or any(isinstance(effect, StartTimer) for effect in clock):
        return []
    lines = (f"The clock of this case stands: {stopped.why}. It starts again with your next answer.",)
    why = "the silence clock was stopped by a machine"
    return [Notify(why=why, event="changed", to=to, note=True, lines=lines) for to in _audience(situation, now)]


def _of_agent(situation: Situation, plan: Sequence[Effect], actor: str, now: datetime) -> list[Effect]:
    """What one agent does, the owner learns; who is given the case learns that."""
    opened = next((effect for effect in plan if isinstance(effect, OpenCase)), None)
    if opened is not None:
        return [n for n in _of_new_case(situation, plan, opened, now) if fold_address(n.to) != fold_address(actor)]
    given = _given(plan)
    if any(isinstance(effect, HoldAnswer) for effect in plan):
        return []  # nothing has happened yet
    entry = next((effect for effect in plan if isinstance(effect, AddEntry) and effect.of_letter), None)
    if any(isinstance(effect, Reply) and effect.event == "answer" for effect in plan):
        entry = None  # an answer that was held goes out with a mail of commands
    bare = entry is not None and entry.direction is Direction.ORDERS
    if bare and all(isinstance(effect, _OF_NO_CONCERN) for effect in plan):
        return []
    told: dict[str, Notify] = {}
    if given is not None:
        why, note, call = "the case was given to them", entry is not None and not bare, _call_back(situation, plan)
        told[fold_address(given)] = Notify(
            why=why,
            event="assigned",
            to=given,
            note=note,
            quote_last=bare,
            call_back=call,
            lines=(handed_over(situation, plan, actor),),
        )
    waits = asker(situation, actor) if not bare else None
    if waits is not None:
        notice = _change_by_agent(entry, waits, situation, plan, now)
        said = ("It answers what you wrote inside.",) if notice.event == "note" else ()
        told[fold_address(waits)] = replace(notice, lines=(*said, *notice.lines))
    # Where a case that nobody owns goes to another queue, those who serve that one learn of it as well.
    for to in (*_audience(situation, now), *(_audience(situation, now, plan) if _moves_queue(plan) else ())):
        told.setdefault(fold_address(to), _change_by_agent(entry, to, situation, plan, now))
    told.pop(fold_address(actor), None)
    into = goes_on_in(situation, plan)
    if into is not None and situation.case is not None and situation.case.owner is None:
        there = {fold_address(to) for to in _audience(replace(situation, case=into), now)}
        return [notice for to, notice in told.items() if to not in there]
    return list(told.values())


def _change_by_agent(
    entry: AddEntry | None, to: str, situation: Situation, plan: Sequence[Effect], now: datetime
) -> Notify:
    asked = next((effect for effect in plan if isinstance(effect, AskVendor)), None)
    if asked is not None:
        lines: tuple[str, ...] = (f"{asked.author} asked {asked.vendor}; no customer sees it.",)
        return Notify(why="a vendor was asked on their case", event="changed", to=to, note=True, lines=lines)
    if entry is None:
        return Notify(why="their case was answered", event="answered", to=to, lines=until(situation, plan, now))
    if entry.direction is not Direction.ORDERS:
        spoken = _SPOKEN.get(entry.direction)
        lines = (f"It is what was said in a {spoken} with the customer, and counts as an answer.",) if spoken else ()
        return Notify(why="a note on their case", event="note", to=to, note=True, lines=lines)
    said = [line for effect in plan if (line := changed(effect, situation))]
    lines = (f"{entry.sender_name or entry.sender}: {'; '.join(said)}.",) if said else ()
    return Notify(why="their case was changed", event="changed", to=to, note=True, lines=lines)


def _of_change(situation: Situation, plan: Sequence[Effect], now: datetime) -> list[Effect]:
    """What a clock does, the owner learns; who is given the case by it, and the team it comes to, learn that."""
    if situation.case is None:
        return []
    found: list[Effect] = []
    given = _given(plan)
    if given is not None and situation.desk.agent(given) is not None:
        lines = [f"Why: {effect.why}." for effect in plan if isinstance(effect, Assign) and effect.owner == given][
            -1:
        ]
        why = "the case was given to them"
        found.append(Notify(why=why, event="assigned", to=given, quote_last=True, lines=tuple(lines)))
    moved = next((effect for effect in plan if isinstance(effect, MoveStatus)), None)
    queued = next((effect for effect in plan if isinstance(effect, Classify) and effect.field == "queue"), None)
    if queued is not None or (moved is not None and situation.case.owner is not None):
        why = moved.why if moved else queued.why if queued else ""
        lines = [f"The case is {moved.status.value} now: {moved.why}."] if moved else []
        lines += [f"The case is in queue {queued.value} now: {queued.why}."] if queued else []
        people = [to for to in _audience(situation, now, plan) if to != given]
        found += [Notify(why=why, event="changed", to=to, note=True, lines=tuple(lines)) for to in people]
    return found


def _given(plan: Sequence[Effect]) -> str | None:
    """Whose case it becomes, if it changes hands."""
    return next((effect.owner for effect in reversed(plan) if isinstance(effect, Assign)), None)


def _of_handed_on(situation: Situation, plan: Sequence[Effect], leaver: str, now: datetime) -> list[Effect]:
    """Its new owner is told; where there is none, everybody who may take it."""
    given = next((effect for effect in plan if isinstance(effect, Assign)), None)
    if given is None or situation.case is None:
        return []
    if given.owner is not None:
        why = "the case was handed on to them"
        call = _call_back(situation, plan)
        said = (f"{leaver} has left, and it was handed on to you.",)
        return [Notify(why=why, event="assigned", to=given.owner, quote_last=True, call_back=call, lines=said)]
    lines = (f"{leaver} has left, and the case has no owner now. /take makes it yours.",)
    why = "a case in their queue lost its owner"
    people = _team(situation, situation.case.queue, now)
    return [Notify(why=why, event="changed", to=to, quote_last=True, lines=lines) for to in people]


def _of_other_case(
    situation: Situation, plan: Sequence[Effect], by: str, lines: tuple[str, ...], now: datetime
) -> list[Effect]:
    """What was done to another case changes this one: its owner learns of it, unless they did it; and
    who could have taken it, that somebody has."""
    people = dict.fromkeys((*_audience(situation, now, plan), *_audience(situation, now)))
    told = [to for to in people if fold_address(to) != fold_address(by)]
    return [Notify(why=lines[0], event="changed", to=to, note=True, lines=lines) for to in told]


def _of_undelivered(situation: Situation, plan: Sequence[Effect], now: datetime) -> list[Effect]:
    lost = next((effect for effect in plan if isinstance(effect, MarkUndeliverable)), None)
    if lost is None:
        return []
    lines = (f"{lost.address} did not get our mail: {lost.why}.",)
    return [
        Notify(why="a mail did not arrive", event="undelivered", to=to, note=True, lines=lines)
        for to in _audience(situation, now)
    ]


def _audience(situation: Situation, now: datetime, plan: Sequence[Effect] = ()) -> list[str]:
    """The owner, if they are still an agent, else all of the queue who are there, as the plan leaves both; and the
    creator, who stands for the case whoever works on it."""
    case = situation.case
    if case is None:
        return []
    owner = _owner(situation, plan)
    people = [owner.address] if owner else _team(situation, _moves_queue(plan) or case.queue, now)
    creator = situation.desk.agent(case.creator) if case.creator else None
    return people if creator is None or creator.address in people else [*people, creator.address]


def _call_back(situation: Situation, plan: Sequence[Effect]) -> datetime | None:
    """Until when the requester wants to be called, as the plan leaves it."""
    tracked = (*situation.targets, *(effect.tracked for effect in plan if isinstance(effect, Track)))
    calls = [one for one in tracked if one.goal == Goal.CALL_BACK]
    return calls[-1].due_at if calls and calls[-1].met_at is None else None


def _moves_queue(plan: Sequence[Effect]) -> str | None:
    return next((effect.value for effect in plan if isinstance(effect, Classify) and effect.field == "queue"), None)


def _owner(situation: Situation, plan: Sequence[Effect]) -> Agent | None:
    stands = situation.case.owner if situation.case else None
    name = next((effect.owner for effect in reversed(plan) if isinstance(effect, Assign)), stands)
    return situation.desk.agent(name) if name else None


def _team(situation: Situation, queue: str, now: datetime) -> list[str]:
    return [agent.address for agent in team(queue, situation.desk, now)]


FEATURE = Feature("notices", react)
