"""Reads from the store what a decision needs: the candidates of a message, then the situation of its case."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import replace
from datetime import datetime

from maild.desk.confirm import confirmed
from maild.desk.identity import aligned_verdict, is_vouched_agent, registered_agent, who_speaks
from maild.desk.matching import Candidates, choose, goes_on, references_newest_first
from maild.desk.orders.bare import spelled_out
from maild.desk.orders.reading import commands_in, numbers_in
from maild.desk.phone import on_behalf
from maild.desk.plans import reminders_of
from maild.desk.probes import read_probe
from maild.desk.situation import (
    Accepted,
    Arrived,
    Due,
    Match,
    Named,
    Occasion,
    Passed,
    Refused,
    Sender,
    Signal,
    Situation,
    Speaker,
)
from maild.desk.storms import STORM
from maild.desk.tokens import Proof
from maild.pipeline.accounts import account_of
from maild.pipeline.answering import answered
from maild.pipeline.asked import with_asked
from maild.pipeline.casefile import CaseFile, case_files
from maild.pipeline.counting import counted, joined_case, limited
from maild.pipeline.let_pass import attached_case, let_pass
from maild.pipeline.office import Office
from maild.pipeline.proving import confirming, marks_of, with_held
from maild.pipeline.returns import bounce_match, bounced_mail, returned
from maild.pipeline.staffing import with_staff
from parsers.message import Automatic, Command, ParsedMessage
from store import Unit
from store.letters import CONFIRMED, RELEASED, attached_to
from store.outbox import Written
from store.people import Contact
from store.records import (
    CC,
    NO_CASE,
    REQUESTER,
    VENDOR,
    Case,
    Entry,
    Outgoing,
    Relation,
    RelationKind,
    Status,
    fold_address,
)

_MOST_REFERENCES = 50
_MOST_NAMED = 20


def gather(
    office: Office,
    unit: Unit,
    message: ParsedMessage,
    queue: str,
    now: datetime,
    passed: str | None = None,
    *,
    late: bool = False,
) -> Situation:
    """The situation in which a message arrives in this queue; `passed`: who vouches for its sender, an admin
    (RELEASED, or `attached_to` a case) or the agent themselves (CONFIRMED); `late`: it is one of many that came while
    nobody read them."""
    office = with_staff(office, unit)
    released, is_confirmed, attached = passed == RELEASED, passed == CONFIRMED, attached_to(passed)
    marks = marks_of(office, unit, message, now, confirmed=is_confirmed)
    bounced, shown = bounced_mail(office, unit, message, marks.proofs)
    if attached is not None:
        match, role, case = attached_case(unit, message, attached)
    elif message.automatic is Automatic.BOUNCE:
        match, role = bounce_match(bounced), ""
        case = unit.cases.lock(match.case) if match.case is not None else None
    else:
        match, role, case = _match_and_lock(office, unit, message, marks.proofs, released or is_confirmed, now)
    led, part = _led_on(unit, marks.proofs, match), role in (REQUESTER, CC)
    stale = _led_on(unit, marks.stale, match)
    vendor, again = role == VENDOR, returned(unit, message)
    sender = who_speaks(message, led, match.case, part, office.desk, is_vendor=vendor, stale=stale, returned=again)
    sender = let_pass(sender, case, released=released, attached=attached is not None)
    if is_confirmed:
        sender = confirmed(sender)
    message, commands = _ordered(office, message, sender, case)
    behalf, queue = on_behalf(commands, office.desk), case.queue if case else queue
    if behalf is not None:
        match = Match(case=None, signal=match.signal, why=f"/new for {behalf.address}: {sender.why}")
        case = None
    lone = case is None and behalf is None and not released
    joined, case, written = joined_case(unit, office, message, sender, now, late=late) if lone else (None, case, None)
    if case is not None and joined is not None:
        match, queue = Match(case=case.number, signal=Signal.NONE, why=joined.why), case.queue
    arrived = Arrived(
        message=message,
        sender=sender,
        joined=joined,
        late=late,
        match=match,
        queue=queue,
        commands=commands,
        behalf=behalf,
        bounced=bounced,
        is_shown=shown,
        marks=marks,
        probe=read_probe(office.keys.all, message.subject) if sender.speaker is Speaker.OURSELVES else None,
        released=released or attached is not None,
        attached=attached is not None,
        confirmed=is_confirmed,
        confirming=confirming(unit, message, now),
        elsewhere=_elsewhere(office, unit, queue, message) if case is None and behalf is None else None,
    )
    return _around(office, unit, case, arrived, now, written)


def _ordered(
    office: Office, message: ParsedMessage, sender: Sender, case: Case | None
) -> tuple[ParsedMessage, tuple[Command, ...]]:
    """What the mail orders; and the mail, with slashes where it may be without."""
    if sender.speaker is not Speaker.AGENT:
        return message, ()
    message = message if case is not None else spelled_out(message)
    return message, commands_in(message, office.desk)


def _around(
    office: Office, unit: Unit, case: Case | None, arrived: Arrived, now: datetime, written: Written | None
) -> Situation:
    """What else must be known to decide on a mail that has found its place."""
    if arrived.joined is not None:  # however many have joined that case already
        return _of_joined(office, unit, case, arrived)
    known = unit.contacts.get_many(_people(arrived))
    situation = _of_case(office, unit, case, arrived, now, _numbers_named(arrived), known)
    message, sender = arrived.message, arrived.sender
    if sender.speaker is Speaker.AGENT and sender.agent is not None:
        situation = answered(office, unit, situation, arrived, sender.agent)
        verbs = {command.verb for command in arrived.commands}
        if case is not None and "why" in verbs:
            situation = replace(situation, account=account_of(unit, case, office.desk.zone))
        if "undo" in verbs:
            said = dict.fromkeys(mail.entry for mail in situation.can_undo if mail.entry is not None)
            entries = (unit.entries.get(entry) for entry in said)
            situation = replace(situation, undoable=tuple(entry for entry in entries if entry is not None))
        if case is not None and "cc" in verbs:
            situation = replace(situation, suggested=unit.entries.copied(_one(situation)))
    situation = _asked_by_rules(unit, situation, message, now)
    situation = with_asked(unit, situation, arrived, arrived.marks.proofs, now)
    situation = with_held(office, unit, counted(unit, situation, arrived, now, written), arrived)
    return office.learnt.put_to(situation, unit, office.log)


def _of_joined(office: Office, unit: Unit, case: Case | None, arrived: Arrived) -> Situation:
    """As much of a case as must be known to keep one more mail in it."""
    found = Situation(desk=office.desk, occasion=arrived, case=case)
    if case is None:
        return found
    people = unit.cases.participants([case.number])[case.number]
    return replace(found, participants=people, timers=tuple(unit.timers.of_case(case.number)))


def _asked_by_rules(unit: Unit, situation: Situation, message: ParsedMessage, now: datetime) -> Situation:
    """With what is counted only where some rule asks for it."""
    rules, address = situation.desk.rules, message.sender.address
    if "sender.mails_today" in rules.names:
        midnight = now.astimezone(rules.zone).replace(hour=0, minute=0, second=0, microsecond=0)
        before = unit.letters.count_from(address, midnight, now, message.message_id)
        situation = replace(situation, mails_today=before + 1)
    if "sender.open_cases" in rules.names:
        situation = replace(situation, open_cases=unit.cases.open_of(address))
    return situation


def of_case(
    office: Office,
    unit: Unit,
    number: int | None,
    occasion: Occasion,
    now: datetime,
    ordered: Collection[int] | None = None,
    *,
    locked: Case | None = None,
    file: CaseFile | None = None,
) -> Situation:
    """The situation of a case at a timer's time, when one of its mails was accepted or refused, or when something
    is `ordered` that names these cases. The number of one that was merged leads to where it goes on. `locked` and
    `file`: the case of this number and what is kept of it, where the caller has them already."""
    case = locked
    if number is not None and (case is None or case.status is Status.MERGED):
        case = unit.cases.lock(unit.relations.survivors([number]).get(number, number))
    found = _of_case(with_staff(office, unit), unit, case, occasion, now, ordered, file=file)
    if case is not None and isinstance(occasion, Due) and office.desk.rules.replies:
        return limited(unit, found, case.requester, now)
    return found


def _of_case(
    office: Office,
    unit: Unit,
    case: Case | None,
    occasion: Occasion,
    now: datetime,
    ordered: Collection[int] | None,
    contacts: Mapping[str, Contact] | None = None,
    file: CaseFile | None = None,
) -> Situation:
    if case is None:
        return Situation(desk=office.desk, occasion=occasion, contacts=contacts or {})
    if file is None:
        history, targets = isinstance(occasion, Arrived | Due | Passed), not isinstance(occasion, Accepted | Refused)
        file = case_files(unit, [case.number], now, history=history, targets=targets)[case.number]
    threads = unit.cases.get_many(file.threads)
    return Situation(
        desk=office.desk,
        occasion=occasion,
        case=case,
        participants=file.participants,
        timers=file.timers,
        last_public=file.last_public,
        public_ids=file.public_ids,
        can_undo=(*file.held, *_updates_held(unit, file.relations, case.number, ordered, now)),
        relations=file.relations,
        threads=tuple(threads[number] for number in file.threads),
        history=file.history,
        unseen=_unseen(unit, [case.number, *file.threads], occasion),
        targets=file.targets,
        reminders=tuple(unit.reminders.get_many(reminders_of(file.timers, occasion))),
        named={} if ordered is None else _named(unit, case.number, file.relations, ordered),
        contacts=contacts or {},
    )


def _unseen(unit: Unit, numbers: Sequence[int], occasion: Occasion) -> tuple[Entry, ...]:
    """What came since the storm began whose end this is."""
    if not isinstance(occasion, Due) or occasion.timer.name != STORM:
        return ()
    return tuple(unit.entries.came(numbers, occasion.timer.armed_at))


def _updates_held(
    unit: Unit, relations: Sequence[Relation], here: int, ordered: Collection[int] | None, now: datetime
) -> list[Outgoing]:
    """What was written to those whom a problem touches, and has not left yet."""
    touched = [r.source for r in relations if r.kind is RelationKind.INCIDENT and r.target == here]
    if ordered is None or not touched:
        return []
    threads = unit.relations.threads(touched)
    return unit.outbox.held([*touched, *(n for below in threads.values() for n in below)], ("update",), now)


def _one(situation: Situation) -> list[int]:
    here = [situation.case.number] if situation.case else []
    return [*here, *(thread.number for thread in situation.threads)]


def _named(unit: Unit, here: int, relations: Sequence[Relation], ordered: Collection[int]) -> dict[int, Named]:
    """The other cases of these relations, and those that an order names: each as the one in which it goes on."""
    others = {number for relation in relations for number in (relation.source, relation.target)}
    numbers = (others | set(ordered)) - {here}
    survivors = unit.relations.survivors(numbers)
    cases = unit.cases.get_many({*numbers, *survivors.values()})
    found = {}
    for number in sorted(numbers & set(cases)):
        case = cases[survivors.get(number, number)]
        above = unit.relations.above(case.number, RelationKind.CHILD) if number in ordered else set()
        found[number] = Named(case=case, ancestors=frozenset(above))
    return found


def _numbers_named(arrived: Arrived) -> set[int] | None:
    """The numbers of cases that an agent's commands may mean; None: nobody may command."""
    if arrived.sender.speaker is not Speaker.AGENT:
        return None
    return set(numbers_in(arrived.commands)[:_MOST_NAMED])


def _led_on(unit: Unit, proofs: Sequence[Proof], match: Match) -> tuple[Proof, ...]:
    """The proofs, as they count for the case that was found: one of a case that was merged into it counts, too."""
    if match.case is None or all(proof.case == match.case for proof in proofs):
        return tuple(proofs)
    survivors = unit.relations.survivors({proof.case for proof in proofs})
    if match.continued is not None:
        survivors = {**survivors, match.continued: match.case}
    return tuple(replace(proof, case=survivors.get(proof.case, proof.case)) for proof in proofs)


def _match_and_lock(
    office: Office, unit: Unit, message: ParsedMessage, proofs: tuple[Proof, ...], released: bool, now: datetime
) -> tuple[Match, str, Case | None]:
    """The case a message belongs to, as what its sender takes part in it, and the case itself, ours from now on."""
    candidates = _candidates(unit, message, proofs)
    match, role = _match(office, message, proofs, candidates, released, now)
    case = unit.cases.lock(match.case) if match.case is not None else None
    if case is not None and case != candidates.cases[case.number]:  # another node changed it meanwhile: look again
        match, role = _match(office, message, proofs, _candidates(unit, message, proofs), released, now)
        case = unit.cases.lock(match.case) if match.case is not None else None
    if match.continues is not None and message.sender_is_strict:
        match = _going_on(office, unit, message, match, now)
        if match.case is not None:
            return match, REQUESTER, unit.cases.lock(match.case)
    return match, role, case


def _going_on(office: Office, unit: Unit, message: ParsedMessage, match: Match, now: datetime) -> Match:
    if aligned_verdict(message, office.desk) == "fail":
        return match
    found = unit.cases.continuing(match.continues or 0, message.sender.address)
    return goes_on(match, found, office.desk.policy_of(found.queue) if found else office.desk.policy, now)


def _match(
    office: Office,
    message: ParsedMessage,
    proofs: tuple[Proof, ...],
    candidates: Candidates,
    released: bool,
    now: datetime,
) -> tuple[Match, str]:
    """The case a message belongs to, and as what its sender takes part in it, if they do."""
    desk = office.desk
    vouched = is_vouched_agent(message, desk) or (released and registered_agent(message, desk) is not None)
    forged = aligned_verdict(message, desk) == "fail"
    match = choose(message, candidates, proofs, desk.policy, now, vouched=vouched, forged=forged)
    people = candidates.participants.get(match.case, ()) if match.case is not None else ()
    return match, next((person.role for person in people if candidates.is_sender(message, person)), "")


def _elsewhere(office: Office, unit: Unit, queue: str, message: ParsedMessage) -> int | None:
    """The case that the same mail opened in another queue."""
    return unit.letters.elsewhere(queue, message.digest) if len(office.desk.queues) > 1 else None


def _people(arrived: Arrived) -> list[str]:
    """Of whom it may matter what was said of them: the sender, and whom the mail copies."""
    if arrived.behalf is not None:
        return [arrived.behalf.address]
    message = arrived.message
    return [arrived.sender.address, *(person.address for person in (*message.to, *message.cc))]


def _candidates(unit: Unit, message: ParsedMessage, proofs: tuple[Proof, ...]) -> Candidates:
    """All cases that any signal of the message may mean, in a few look-ups."""
    holding = unit.cases.holding(references_newest_first(message)[:_MOST_REFERENCES])
    numbers = {proof.case for proof in proofs} | set(holding.values())
    if message.case_number is not None and message.case_number < NO_CASE:
        numbers.add(message.case_number)
    cases = unit.cases.get_many(numbers)
    # Only what bears the status of a merged case can lead on.
    merged = unit.relations.survivors([n for n, case in cases.items() if case.status is Status.MERGED])
    cases |= unit.cases.get_many(set(merged.values()) - set(cases))
    threads = unit.relations.threads(list(cases))
    own = unit.cases.participants([*cases, *(n for below in threads.values() for n in below)])
    people = {n: tuple(p for one in (n, *threads.get(n, ())) for p in own[one]) for n in cases}
    key, known = fold_address(message.sender.address), {p.address for found in people.values() for p in found}
    # Only of somebody who takes part in none of them it matters who else they are.
    also = frozenset(unit.contacts.of_person(key)) - {key} if known and key not in known else frozenset()
    return Candidates(cases=cases, participants=people, holding=holding, merged=merged, also=also)
