"""Which case a message belongs to (docs/architecture.md): the highest signal wins.

1 token      a mark of ours whose token is valid; valid ones that disagree prove nothing
2 reference  In-Reply-To, then References from the newest, of messages we hold, from a participant of that case
3 tag        in the subject, from a participant of that case
4 none       a new case; a tag from a stranger links it, and tells nobody outside
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from maild.desk.settings import Policy
from maild.desk.situation import Match, Signal
from maild.desk.tokens import Proof, TokenKind
from parsers.message import ParsedMessage
from store.records import Case, Participant, Status, fold_address


@dataclass(frozen=True, slots=True, kw_only=True)
class Candidates:
    """What the store knows of the cases a message may mean."""

    cases: Mapping[int, Case]
    participants: Mapping[int, tuple[Participant, ...]]
    holding: Mapping[str, int]
    """Message-ID → case, for the ids the message refers to."""


def references_newest_first(message: ParsedMessage) -> tuple[str, ...]:
    """In-Reply-To, then References from the end, each id once."""
    ids = (message.in_reply_to, *reversed(message.references))
    return tuple(dict.fromkeys(i for i in ids if i))


def choose(
    message: ParsedMessage,
    candidates: Candidates,
    proofs: Sequence[Proof],
    policy: Policy,
    now: datetime,
    *,
    vouched: bool = False,
    forged: bool = False,
) -> Match:
    """The one case, or none, and why. `vouched`: a trusted server says that an agent wrote it; `forged`: that From
    is not theirs."""
    knows = _an_agent_does if vouched else _nobody_does if forged else _takes_part
    match = (
        _by_token(candidates, proofs)
        or _by_reference(message, candidates, knows)
        or _by_tag(message, candidates, knows)
    )
    if match is None:
        return Match(case=None, signal=Signal.NONE, why=_why_none(proofs))
    by_agent = vouched or any(proof.kind is not TokenKind.THREAD and proof.case == match.case for proof in proofs)
    if match.case is not None and not by_agent:  # an agent may act on any case
        return _unless_long_closed(match, candidates.cases[match.case], policy, now)
    return match


def _by_token(candidates: Candidates, proofs: Sequence[Proof]) -> Match | None:
    named = {proof.case for proof in proofs if proof.case in candidates.cases}
    if len(named) != 1:
        return None
    places = ", ".join(sorted({proof.place for proof in proofs}))
    return Match(case=named.pop(), signal=Signal.TOKEN, why=f"our signed token in the {places}")


Knows = Callable[[ParsedMessage, Candidates, int], bool]
"""Whether the sender is one who may mean this case."""


def _by_reference(message: ParsedMessage, candidates: Candidates, knows: Knows) -> Match | None:
    for message_id in references_newest_first(message):
        case = candidates.holding.get(message_id)
        # One newsletter's root may have many requesters: a reference alone is not enough.
        if case is not None and case in candidates.cases and knows(message, candidates, case):
            return Match(case=case, signal=Signal.REFERENCE, why=f"it answers {message_id}, from a participant")
    return None


def _by_tag(message: ParsedMessage, candidates: Candidates, knows: Knows) -> Match | None:
    case = message.case_number
    if case is None or case not in candidates.cases:
        return None
    if knows(message, candidates, case):
        return Match(case=case, signal=Signal.TAG, why="the tag in the subject, from a participant")
    return Match(
        case=None,
        signal=Signal.NONE,
        why="the tag in the subject came from somebody who takes no part in that case",
        linked_to=case,
        reason="tag-from-stranger",
    )


def _takes_part(message: ParsedMessage, candidates: Candidates, case: int) -> bool:
    key = fold_address(message.sender.address)
    people = candidates.participants.get(case, ())
    return message.sender_is_strict and any(fold_address(person.address) == key for person in people)


def _an_agent_does(_message: ParsedMessage, _candidates: Candidates, _case: int) -> bool:
    return True


def _nobody_does(_message: ParsedMessage, _candidates: Candidates, _case: int) -> bool:
    return False


def _unless_long_closed(match: Match, case: Case, policy: Policy, now: datetime) -> Match:
    """A reply to a case closed longer than `reopen_within` continues it in a new one."""
    if case.status is not Status.CLOSED or case.closed_at is None or now - case.closed_at <= policy.reopen_within:
        return match
    return Match(
        case=None,
        signal=match.signal,
        why=f"{match.why}; but case {case.number} was closed too long ago to be opened again",
        continues=case.number,
        reason="continuation",
    )


def _why_none(proofs: Sequence[Proof]) -> str:
    if len({proof.case for proof in proofs}) > 1:
        return "its tokens name several cases, so they prove nothing, and no other signal names one"
    return "no signal names a case"
