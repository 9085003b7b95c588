"""What two cases are to each other: in words, whether they may be one matter, and how one becomes part of another.

Merged: the one goes on as a thread of the other. Its number leads there; its entries stay under it, so that nothing
is lost, nothing of one requester's is written to the other, and parting them again is possible.
"""

from __future__ import annotations

import difflib
from collections.abc import Sequence

from maild.desk.changes import left_by
from maild.desk.effects import (
    AddParticipant,
    Assign,
    Effect,
    MoveStatus,
    OpenCase,
    PassOn,
    Relate,
    Remember,
    SetCreator,
    StopTimer,
    TakeEntry,
)
from maild.desk.lifecycle import Happening, after
from maild.desk.merged import who_reads
from maild.desk.situation import Situation
from store.records import REQUESTER, Case, Entry, Relation, RelationKind, StateType, Status, fold_address

_ALIKE = 0.85
_LONGEST = 200

_WORDS = {
    RelationKind.MERGED: ("merged into", "merged into it:"),
    RelationKind.LINKED: ("linked to", "linked to"),
    RelationKind.CHILD: ("child of", "parent of"),
    RelationKind.DUPLICATE: ("duplicate of", "has the duplicate"),
    RelationKind.INCIDENT: ("incident of the problem", "problem behind"),
    RelationKind.CONTINUES: ("continues", "continued by"),
    RelationKind.SPLIT: ("split off from", "split off from it:"),
}


def said(relation: Relation, here: int) -> str:
    """A relation in words, told from one of its two cases."""
    return in_words(relation.source, relation.kind, relation.target, here)


def in_words(source: int, kind: RelationKind, target: int, here: int) -> str:
    forth, back = _WORDS[kind]
    return f"{forth} case {target}" if source == here else f"{back} case {source}"


def is_alike(one: str, other: str) -> bool:
    """Whether two subjects are near enough to ask whether they mean one matter."""
    first, second = _bare(one), _bare(other)
    if len(first) < 4 or len(second) < 4:
        return False
    return first == second or difflib.SequenceMatcher(None, first, second, autojunk=False).ratio() >= _ALIKE


def _bare(subject: str) -> str:
    words = ("".join(c for c in word if c.isalnum()) for word in subject[:_LONGEST].casefold().split())
    bare = " ".join(word for word in words if word)
    return "" if bare == "no subject" else bare


def in_state(case: Case, effects: Sequence[Effect]) -> str:
    """How another case stands after what was done to it, for a receipt."""
    then = left_by(case, effects)
    return f"Case {then.number} is {then.status.value}, {then.severity}, owner {then.owner or 'nobody'} now"


def merging(case: Case, into: Case, situation: Situation, by: str, heir: str | None = None) -> list[Effect]:
    """The case becomes a thread of another one; if nobody owns that, it is the heir's: work that somebody had
    begun is not left lying."""
    why = f"{by} merged it into case {into.number}"
    effects: list[Effect] = [StopTimer(why=why, name=timer.name) for timer in situation.timers]
    effects.append(Relate(why=why, source=case.number, kind=RelationKind.MERGED, target=into.number))
    then: list[Effect] = [Remember(event="case.merged-in", why=f"{by} merged case {case.number} into it")]
    if into.status is Status.WAITING_ON_CUSTOMER and case.status.state in (StateType.NEW, StateType.ACTIVE):
        then.append(MoveStatus(why=f"case {case.number}, which waits for us, was merged into it", status=Status.OPEN))
    if into.owner is None and heir is not None:
        given = f"case {case.number}, which was merged into it, was theirs, or they merged it"
        then.append(Assign(why=given, owner=heir))
        if into.creator is None:
            then.append(SetCreator(why="the first owner stands for the case", creator=heir))
        if into.status.state is StateType.NEW:
            then.append(MoveStatus(why=Happening.TAKEN.value, status=after(into, Happening.TAKEN)))
    reads = who_reads([into, case, *situation.threads], situation.desk.tag)
    line = f"Case {case.number} of {case.requester} was merged into this one by {by}. {reads}."
    effects.append(PassOn(why=why, case=into.number, effects=tuple(then), lines=(line,)))
    return effects


def splitting(entry: Entry, case: Case, situation: Situation, by: str, subject: str) -> PassOn:
    """One message of a case becomes a case of its own, of whoever wrote it."""
    policy, why = situation.desk.policy, f"{by} split it off from case {case.number}"
    opening = OpenCase(
        why=why,
        queue=case.queue,
        subject=subject or case.subject,
        requester=fold_address(entry.sender),
        requester_name=entry.sender_name,
        severity=policy.severity,
        kind=policy.kind,
        level=situation.desk.queue(case.queue).level,
        language=case.language,
        root_message_id=entry.message_id,
        split_from=case.number,
    )
    effects = (
        opening,
        AddParticipant(why=why, address=entry.sender, name=entry.sender_name, role=REQUESTER),
        TakeEntry(why=why, entry=entry.id),
    )
    return PassOn(why=why, case=None, effects=effects, lines=(f"It was split off from case {case.number} by {by}.",))
