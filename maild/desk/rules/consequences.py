"""What comes of rules that applied: their fields, tags, people, notices, answers and escalations as effects.

Every effect names the rule in its `why`. `ruling.py` puts them into the plan of a mail, `later.py` into what follows
a change or a time.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import replace

from maild.desk.effects import (
    AddParticipant,
    Assign,
    Classify,
    Effect,
    Notify,
    Remember,
    Reply,
    Ruled,
    SetCreator,
    Tag,
)
from maild.desk.escalation import escalate
from maild.desk.limiter import why_silent, why_silent_unasked
from maild.desk.rules.rules import Ruling, Tried, tagged
from maild.desk.settings import Desk
from maild.desk.situation import Arrived, Situation
from store.records import Case, Status, fold_address

FIELDS = ("severity", "kind", "queue", "level")


def failures(ruling: Ruling) -> list[Effect]:
    """One for each rule that raised and was skipped (F37)."""
    return [
        Ruled(
            why=f"rule “{one.rule.name}” was skipped: {one.error}", rule=one.rule.name, applied=False, error=one.error
        )
        for one in ruling.failed
    ]


def classified(ruling: Ruling, case: Case | None) -> list[Effect]:
    """Severity, kind, queue and level, where they are to be other than they are."""
    found: list[Effect] = []
    for name in FIELDS:
        if name in ruling.fields:
            value, by = ruling.fields[name]
            if case is None or getattr(case, name) != value:
                found.append(Classify(why=by.why, field=name, value=value))
    return found


def owned(ruling: Ruling, desk: Desk, case: Case | None) -> list[Effect]:
    if "owner" not in ruling.fields:
        return []
    owner, by = ruling.fields["owner"]
    agent = desk.agent(owner)
    if owner and agent is None:
        return [Remember(event="owner-gone", why=f"{owner} is no agent any more: {by.why}")]
    owner = agent.address if agent else owner
    if case is not None and (case.owner or "") == owner:
        return []
    effects: list[Effect] = [Assign(owner=owner or None, why=by.why)]
    if owner and (case is None or case.creator is None):
        effects.append(SetCreator(creator=owner, why="the first owner stands for the case"))
    return effects


def tags(ruling: Ruling, case: Case | None) -> list[Effect]:
    """One effect for each rule that really puts a tag on or takes one off."""
    found: list[Effect] = []
    there = case.tags if case else ()
    for one in ruling.applied:
        after = tagged(there, one.rule.add_tags, one.rule.remove_tags)
        added, removed = tuple(t for t in after if t not in there), tuple(t for t in there if t not in after)
        if added or removed:
            found.append(Tag(why=one.why, add=added, remove=removed))
        there = after
    return found


def participants(ruling: Ruling, situation: Situation, plan: Sequence[Effect]) -> list[Effect]:
    there = {fold_address(person.address) for person in situation.participants}
    there |= {fold_address(effect.address) for effect in plan if isinstance(effect, AddParticipant)}
    added: list[Effect] = []
    for one in ruling.applied:
        for address in one.rule.add:
            if fold_address(address) not in there:
                there.add(fold_address(address))
                added.append(AddParticipant(why=one.why, address=address, name="", role="cc"))
    return added


def told(ruling: Ruling, but: str = "") -> list[tuple[str, Tried]]:
    """Whom the rules tell, and which rule does; nobody twice, and not the one who did it."""
    found: dict[str, tuple[str, Tried]] = {}
    for one in ruling.applied:
        for address in one.rule.notify:
            found.setdefault(fold_address(address), (address, one))
    found.pop(fold_address(but), None)
    return list(found.values())


def escalated(ruling: Ruling, desk: Desk, case: Case, already: Collection[str], *, quote_last: bool) -> list[Effect]:
    """One level up, however many rules want it. `quote_last`: the plan has no entry that the notices could show."""
    by = next((one for one in reversed(ruling.applied) if one.rule.escalate), None)
    if by is None:
        return []
    effects = escalate(case, desk, by.why, besides=already)
    return [replace(one, quote_last=quote_last) if isinstance(one, Notify) else one for one in effects]


def replying(ruling: Ruling) -> Tried | None:
    """The last rule that answers: a mail gets one answer of rules at the most."""
    return next((one for one in reversed(ruling.applied) if one.rule.reply), None)


def why_no_reply(situation: Situation, arrived: Arrived | None) -> str | None:
    """Why a rule must not answer: the limiter of acknowledgements, and only the requester is ever answered."""
    if arrived is None:
        return why_silent_unasked(situation)
    if situation.case is not None and fold_address(arrived.sender.address) != situation.case.requester:
        return "the mail is not the requester's"
    if situation.asked is not None:
        return "they are told what they asked for"
    return why_silent(situation, arrived)


def reply(by: Tried, silent: str | None, arrived: Arrived | None) -> Effect:
    """A rule's answer to the requester; or why there is none."""
    if silent is not None:
        return Remember(event="not-replied", why=f"{by.rule.reply}: {silent} ({by.why})")
    return Reply(
        why=by.why,
        event=by.rule.reply,
        show_subject=arrived is not None and arrived.sender.proven,
        replies_to=arrived.message.message_id if arrived else None,
        at_once=arrived is not None,
        last=True,
    )


def status_of(ruling: Ruling, answering: Tried | None) -> tuple[Status, Tried] | None:
    """The status that the rules want: one that is set, else that of a question that goes out."""
    if "status" in ruling.fields:
        value, by = ruling.fields["status"]
        return Status(value), by
    if answering is not None and answering.rule.asks:
        return Status.WAITING_ON_CUSTOMER, answering
    return None
