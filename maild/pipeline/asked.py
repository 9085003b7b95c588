"""Looks up what somebody outside asks for in one word, where they may have it (maild.desk.wishes)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime

from maild.desk.settings import Desk
from maild.desk.situation import Arrived, Situation, Speaker
from maild.desk.standing import Asked, Standing, in_list, served
from maild.desk.tokens import Proof, TokenKind
from maild.desk.wishes import granted
from parsers.wishes import Wish, wish_of
from store import Unit
from store.records import Case, Status, fold_address

_MOST = 50
"""Cases of a list; the newest ones."""


def with_asked(
    unit: Unit, situation: Situation, arrived: Arrived, proofs: Sequence[Proof], now: datetime
) -> Situation:
    """The situation with what its mail asks for in one word, if it does, and they may have it."""
    sender, message = arrived.sender, arrived.message
    if sender.speaker not in (Speaker.PARTICIPANT, Speaker.STRANGER) or sender.forged or wish_of(message) is None:
        return situation
    case, people, proven = situation.case, situation.participants, sender.proven
    if case is None and arrived.match.continues is not None:
        # Closed long ago: a message would open another. What they answered proves them all the same.
        number = arrived.match.continues
        case, people = unit.cases.get(number), unit.cases.participants([number])[number]
        answered = any(proof.kind is TokenKind.THREAD and proof.case == number for proof in proofs)
        takes_part = any(fold_address(person.address) == fold_address(sender.address) for person in people)
        proven = proven or (answered and takes_part)
    wish = granted(message, case, people, proven=proven, desk=situation.desk)
    if wish is None or (wish in (Wish.REOPEN, Wish.JOIN) and situation.case is None):
        return situation
    if wish is Wish.LIST or case is None:
        return replace(situation, asked=Asked(wish=wish, standings=_of_person(unit, sender.address, situation, now)))
    if situation.case is None:
        found = in_list(case, case, case.requester, situation.desk, now)
        return replace(situation, asked=Asked(wish=wish, standings=(found,)))
    return replace(situation, asked=Asked(wish=wish))


def _of_person(unit: Unit, address: str, situation: Situation, now: datetime) -> tuple[Standing, ...]:
    """Their own cases, and those of all whom they stand for: open ones, and those that an answer still opens."""
    desk = situation.desk
    cases = unit.cases.current_of(unit.contacts.of_person(address), (), now - desk.policy.reopen_within, _MOST)
    for customer in served(address, desk):
        keys = [key for key, of in desk.customers.items() if of == customer]
        domains = [key[1:] for key in keys if key.startswith("@")]
        people = [key for key in keys if not key.startswith("@")]
        theirs = unit.cases.current_of(people, domains, now - desk.policy.reopen_within, _MOST)
        cases += [case for case in theirs if desk.customer(case.requester) == customer]
    return _shown(unit, {case.number: case for case in cases}, address, desk, now)


def _shown(unit: Unit, cases: dict[int, Case], address: str, desk: Desk, now: datetime) -> tuple[Standing, ...]:
    """One line for each, the newest first. One that was merged stands as the case in which it goes on; beside that
    one, if the reader sees both, it is left away."""
    merged = unit.relations.survivors([n for n, case in cases.items() if case.status is Status.MERGED])
    survivors = unit.cases.get_many(set(merged.values()))
    found = []
    for number in sorted(cases, reverse=True)[:_MOST]:
        on = survivors.get(merged[number]) if number in merged else cases[number]
        if on is None or on.status in (Status.MERGED, Status.SPAM) or (number in merged and on.number in cases):
            continue
        one = in_list(cases[number], on, address, desk, now)
        if number not in merged or on.closed_at is None or one.reopens_until is not None:
            found.append(one)
    return tuple(found)
