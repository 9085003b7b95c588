"""Which case a message belongs to (docs/architecture.md): the highest signal wins.

1 token      a mark of ours whose token is valid; valid ones that disagree prove nothing, those in the text least
2 reference  In-Reply-To, then References from the newest, of messages we hold, from a participant of that case
3 tag        in the subject, from a participant of that case
4 none       a new case; a tag from a stranger links it, and tells nobody outside

The number of a case that was merged leads to the one in which it goes on.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
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
    merged: Mapping[int, int] = field(default_factory=dict)
    """Merged case → the one in which it goes on, of whose participants its own are some."""

    also: frozenset[str] = frozenset()
    """Folded; other addresses of the sender's, where an admin said so."""

    def is_sender(self, message: ParsedMessage, person: Participant) -> bool:
        """Whether who takes part is who wrote it: by this address, or by another that is known to be theirs."""
        return person.address == fold_address(message.sender.address) or person.address in self.also

    @property
    def whom(self) -> str:
        return "another address of a participant's" if self.also else "a participant"

    def goes_on_in(self, number: int) -> int:
        return self.merged.get(number, number)


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
    by_agent = vouched or any(
        proof.kind is not TokenKind.THREAD and candidates.goes_on_in(proof.case) == match.case for proof in proofs
    )
    if match.case is None or by_agent:  # an agent may act on any case
        return match
    case = candidates.cases[match.case]
    thread = _thread(message, candidates, match)
    match = match if thread == match.thread else replace(match, thread=thread)
    return _unless_long_closed(match, case, policy, now)


def _by_token(candidates: Candidates, proofs: Sequence[Proof]) -> Match | None:
    held = [proof for proof in proofs if proof.case in candidates.cases]
    # Anybody's words may be quoted, and with them a token of theirs: the text counts where nothing else names a case.
    proofs = [proof for proof in held if proof.place != "footer"] or held
    named = {candidates.goes_on_in(proof.case) for proof in proofs}
    if len(named) != 1:
        return None
    places = ", ".join(sorted({proof.place for proof in proofs}))
    found = Match(case=named.pop(), signal=Signal.TOKEN, why=f"our signed token in the {places}")
    # Of one that bears both, the survivor's own counts: its writer has seen that one.
    return found if any(proof.case == found.case for proof in proofs) else _led(found, proofs[0].case)


Knows = Callable[[ParsedMessage, Candidates, int], bool]
"""Whether the sender is one who may mean this case."""


def _by_reference(message: ParsedMessage, candidates: Candidates, knows: Knows) -> Match | None:
    for message_id in references_newest_first(message):
        held = candidates.holding.get(message_id)
        # One newsletter's root may have many requesters: a reference alone is not enough.
        if held is None or held not in candidates.cases:
            continue
        case = candidates.goes_on_in(held)
        if knows(message, candidates, case):
            why = f"it answers {message_id}, from {candidates.whom}"
            return _led(Match(case=case, signal=Signal.REFERENCE, why=why), held)
    return None


def _by_tag(message: ParsedMessage, candidates: Candidates, knows: Knows) -> Match | None:
    number = message.case_number
    if number is None or number not in candidates.cases:
        return None
    case = candidates.goes_on_in(number)
    if knows(message, candidates, case):
        why = f"the tag in the subject, from {candidates.whom}"
        return _led(Match(case=case, signal=Signal.TAG, why=why), number)
    return Match(
        case=None,
        signal=Signal.NONE,
        why="the tag in the subject came from somebody who takes no part in that case",
        linked_to=case,
        reason="tag-from-stranger",
    )


def _led(match: Match, number: int) -> Match:
    """The match, if it was found through another number: that of a case that was merged."""
    if number == match.case:
        return match
    return replace(match, why=f"{match.why}; case {number} was merged into {match.case}", thread=number)


def _thread(message: ParsedMessage, candidates: Candidates, match: Match) -> int | None:
    """In whose conversation a mail from outside belongs: that of its sender, else that of the number it bore."""
    people = candidates.participants.get(match.case or 0, ())
    mine = [person.case for person in people if candidates.is_sender(message, person)]
    if not mine or match.thread in mine:
        return match.thread
    return None if match.case in mine else mine[0]


def _takes_part(message: ParsedMessage, candidates: Candidates, case: int) -> bool:
    people = candidates.participants.get(case, ())
    return message.sender_is_strict and any(candidates.is_sender(message, person) for person in people)


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
        continues=match.thread or case.number,
        reason="continuation",
    )


def goes_on(match: Match, found: Case | None, policy: Policy, now: datetime) -> Match:
    """What continues a case closed long ago does so once: in the case that its writer opened by that, as long as it
    may be opened again (threats T50)."""
    if found is None or found.status is Status.MERGED:
        return match
    ended = found.closed_at if found.status is Status.CLOSED else None
    if ended is not None and now - ended > policy.reopen_within:
        return match
    why = f"{match.why}; it goes on in case {found.number}"
    return Match(case=found.number, signal=match.signal, why=why, continued=match.continues)


def _why_none(proofs: Sequence[Proof]) -> str:
    if len({proof.case for proof in proofs}) > 1:
        return "its tokens name several cases, so they prove nothing, and no other signal names one"
    return "no signal names a case"
