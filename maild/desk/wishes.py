"""What somebody outside may do with one word: see how their case stands, list their cases, close one, open it again.

Only who is proven is heard, so that a word in another's name shows and moves nothing (threats T28): everything else
is a message like any other. `status` is for all who take part, `close` and `reopen` for the requester alone; for whom
the configuration makes a super-user of the requester's house all three, and `join`, by which they take part.
"""

from __future__ import annotations

from collections.abc import Sequence, Set
from dataclasses import replace
from datetime import datetime, timedelta

from maild.desk.clocks.clocks import Goal
from maild.desk.effects import AddEntry, AddParticipant, Effect, Ignore, MoveStatus, Remember
from maild.desk.entries import came_in
from maild.desk.lifecycle import SILENCE_CLOSE, SILENCE_WARNING, WAITS_FOR_CUSTOMER, Happening, after
from maild.desk.limiter import why_silent
from maild.desk.settings import Desk, Policy
from maild.desk.situation import Arrived, Situation
from maild.desk.standing import Promised, Standing, Tell, reopens_until, served
from parsers.message import ParsedMessage
from parsers.wishes import Wish, wish_of
from store.records import CC, REQUESTER, Case, Participant, Status, Tracked, fold_address

_MOVES = {Wish.CLOSE: Happening.CUSTOMER_CLOSED, Wish.REOPEN: Happening.CUSTOMER_REOPENED}
_ANSWERS = {Wish.CLOSE: "ended", Wish.REOPEN: "reopened"}
ANSWERS = ("status", "cases", "left", *_ANSWERS.values())
"""The mails that answer a wish."""
_PROMISED = (Goal.ANSWER, Goal.UPDATE, Goal.CALL_BACK, Goal.RESOLVE)
"""What is promised to a customer; the other goals are between ourselves."""


def granted(
    message: ParsedMessage,
    case: Case | None,
    people: tuple[Participant, ...],
    *,
    proven: bool,
    desk: Desk,
) -> Wish | None:
    """The wish of a mail, if its sender may have it on this case (None: it belongs to none)."""
    wish = wish_of(message)
    if wish is None or wish is Wish.LEAVE or not proven or not message.sender_is_strict:
        return None
    if wish is Wish.LIST:
        return wish
    if case is None or case.status is Status.SPAM or _is_its_subject(message, case):
        return wish if wish is Wish.STATUS and case is None else None
    key = fold_address(message.sender.address)
    roles = {person.role for person in people if fold_address(person.address) == key}
    # Where cases of several were merged, none ends it for the others.
    requesters = {fold_address(person.address) for person in people if person.role == REQUESTER}
    above = stands_for(key, requesters, desk)
    match wish:
        case Wish.STATUS:
            return wish if roles & {REQUESTER, CC} or above else None
        case Wish.JOIN:
            return wish if above else None
    return wish if requesters == {key} or above else None


def stands_for(address: str, requesters: Set[str], desk: Desk) -> bool:
    """Whether they are a super-user of the house of all these, and so may work on their cases."""
    houses = served(address, desk)
    return bool(requesters) and all(desk.customer(one) in houses for one in requesters)


def _is_its_subject(message: ParsedMessage, case: Case) -> bool:
    """An empty answer in a case that happens to be called “status”."""
    return not message.reply_text.strip() and message.base_subject.casefold() == case.subject.casefold()


def does_wish(situation: Situation, arrived: Arrived, wish: Wish, now: datetime) -> list[Effect]:
    """The effects of a wish that is granted, without what the features add."""
    case = situation.case
    if case is None or wish is Wish.LIST:
        return _listed(situation, arrived, wish)
    if wish is Wish.JOIN:
        return _joins(situation, arrived, case, now)
    entry = _entry(arrived, wish, automatic=wish is Wish.STATUS)
    status = after(case, _MOVES[wish]) if wish in _MOVES else case.status
    if status is case.status:
        found = _standing(situation, case, now, arrived.match.thread)
        return [replace(entry, automatic=True), _told(situation, arrived, "status", (found,), found.number)]
    found = _standing(situation, replace(case, status=status, closed_at=now), now, arrived.match.thread)
    moved = MoveStatus(status=status, why=_MOVES[wish].value)
    return [entry, moved, _told(situation, arrived, _ANSWERS[wish], (found,), found.number)]


def _joins(situation: Situation, arrived: Arrived, case: Case, now: datetime) -> list[Effect]:
    """They read all that is said from now on. No other mail from outside lets anybody in (threats T23)."""
    sender, found = arrived.sender, _standing(situation, case, now, arrived.match.thread)
    effects: list[Effect] = [_entry(arrived, Wish.JOIN, automatic=True)]
    if len(situation.participants) > situation.desk.policy.participants:
        effects.append(Remember(event="not-joined", why="more people may not take part (limits.participants)"))
    elif not situation.is_participant(sender.address):
        why = f"{sender.address} stands for their house, and joined the case"
        effects.append(AddParticipant(why=why, address=sender.address, name=sender.name, role=CC))
    return [*effects, _told(situation, arrived, "status", (found,), found.number)]


def _listed(situation: Situation, arrived: Arrived, wish: Wish) -> list[Effect]:
    """What was looked up for them: it has nothing to do with the case whose mail they happened to answer."""
    found = situation.asked.standings if situation.asked else ()
    kept: Effect = Ignore(rule="customer-asked", why=f"they asked for {wish.value}; no case is meant")
    if situation.case is not None:
        kept = _entry(arrived, wish, automatic=True)
    one = wish is Wish.STATUS and len(found) == 1
    return [kept, _told(situation, arrived, "status" if one else "cases", found, found[0].number if one else None)]


def _standing(situation: Situation, case: Case, now: datetime, thread: int | None) -> Standing:
    """How the case stands, `case` being it as it will be; as those of a merged `thread` may see it."""
    own = next((one for one in situation.threads if one.number == thread), case)
    policy = situation.desk.policy_of(case.queue)
    unchanged = situation.case is not None and situation.case.status is case.status
    changes = situation.history.changes if situation.history else ()
    moved = [change.at for change in changes if change.field == "status"]
    return Standing(
        number=own.number,
        subject=own.subject,
        status=case.status.value,
        queue=case.queue,
        opened_at=own.created_at,
        since=(moved[-1] if moved else own.created_at) if unchanged else now,
        closes_at=_closes_at(situation, policy) if unchanged and case.status in WAITS_FOR_CUSTOMER else None,
        reopens_until=reopens_until(case, policy, now),
        promised=_promised(situation.targets, now) if unchanged else (),
    )


def _closes_at(situation: Situation, policy: Policy) -> datetime | None:
    due = {timer.name: timer.due_at for timer in situation.timers}
    if SILENCE_CLOSE in due:
        return due[SILENCE_CLOSE]
    warned = due.get(SILENCE_WARNING)
    return warned + max(policy.close_after - policy.warn_after, timedelta(0)) if warned else None


def _promised(targets: Sequence[Tracked], now: datetime) -> tuple[Promised, ...]:
    """What is still owed, the next first."""
    owed = [(one.due_at, one.goal) for one in targets if one.due_at and not one.met_at and one.goal in _PROMISED]
    return tuple(Promised(goal, due_at, late=due_at < now) for due_at, goal in sorted(owed))


def _entry(arrived: Arrived, wish: Wish, *, automatic: bool) -> AddEntry:
    """Inside, as an order is. A question of theirs moves no clock: its answer names the day that would have."""
    text = arrived.message.reply_text.strip() or arrived.message.base_subject
    why = f"they asked for {wish.value}"
    return came_in(arrived, text, why, automatic=automatic, thread=arrived.match.thread)


def _told(
    situation: Situation, arrived: Arrived, event: str, found: tuple[Standing, ...], number: int | None
) -> Effect:
    """The answer, to them alone; or why there is none."""
    silent = why_silent(situation, arrived)
    if silent is not None:
        return Remember(event="not-told", why=f"{event}: {silent}")
    return Tell(
        why=f"{arrived.sender.address} asked, {arrived.sender.why}",
        event=event,
        to=fold_address(arrived.sender.address),
        number=number,
        language=_language(situation, arrived),
        standings=found,
        replies_to=arrived.message.message_id,
    )


def _language(situation: Situation, arrived: Arrived) -> str:
    """Of an answer that belongs to no case."""
    contact = situation.contact(arrived.sender.address)
    said = contact.language if contact else None
    return said or (situation.case.language if situation.case else None) or situation.desk.language
