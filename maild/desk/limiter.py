"""How much is written automatically, and to whom nothing is: the one place that decides it, whatever headers say.

`why_silent` and its like answer before a plan is made, because rules and the life of a case depend on it: whom no
automatic answer goes to at all, and who (or the whole desk) had as many acknowledgements as there may be.
`within_limits` looks at every finished plan: a customer gets so many automatic mails about one case an hour, and then
none until an agent writes (loops.py); an agent so many receipts; notices beyond their number are told together. What
an agent sets off by their own mail is counted, and never withheld.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace

from maild.desk.addresses import is_meant
from maild.desk.effects import Effect, HoldMail, Notify, Reply, Withhold
from maild.desk.loops import hold
from maild.desk.situation import Arrived, Passed, Situation, Speaker
from store.records import Participant, fold_address, without_plus

_MACHINE_LOCAL_PARTS = frozenset(
    "mailer-daemon postmaster noreply no-reply no_reply donotreply do-not-reply do_not_reply bounce bounces".split()
)


def why_silent(situation: Situation, arrived: Arrived) -> str | None:
    """Why the sender of this mail gets no automatic answer to it; None: they may have one."""
    sender = arrived.sender
    if sender.speaker is Speaker.MACHINE:
        return sender.why
    if situation.desk.agent(sender.address) is not None:
        return "an agent wrote it"
    if sender.forged:
        return sender.why
    if arrived.message.loop_ids:
        return "it came through another desk, which might answer us in turn"
    if not arrived.message.sender_is_strict:
        return "From is not one valid address"
    return _why_not_there(situation, sender.address)


def why_silent_unasked(situation: Situation) -> str | None:
    """Why the requester of the case gets no automatic mail when no mail of theirs has just come."""
    if situation.case is None:
        return "there is no case"
    if situation.last_public is None:
        return "no person has written in this case"
    requester = situation.case.requester
    if situation.desk.agent(requester) is not None:
        return "the requester is an agent"
    if any(person.undeliverable and person.address == requester for person in situation.participants):
        return f"mail to {requester} did not arrive"
    return _why_not_there(situation, requester)


def _why_not_there(situation: Situation, address: str) -> str | None:
    if is_machines(address):
        return f"nobody reads {address}"
    return why_left(situation, address) or why_enough(situation)


def why_left(situation: Situation, address: str) -> str | None:
    """Why nothing leaves by itself for this person any more."""
    contact = situation.contact(address)
    return f"{address} was deactivated" if contact is not None and not contact.active else None


def is_machines(address: str) -> bool:
    """Whether the address by its name belongs to nobody."""
    return address.partition("@")[0].lower() in _MACHINE_LOCAL_PARTS


def why_enough(situation: Situation) -> str | None:
    """Why this person has had enough automatic answers for now."""
    desk = situation.desk
    if situation.acknowledged_last_hour >= desk.policy.acknowledgements_per_hour:
        return f"the limit of {desk.policy.acknowledgements_per_hour} acknowledgements an hour"
    if situation.acknowledged_last_day >= desk.policy.acknowledgements_per_day:
        return f"the limit of {desk.policy.acknowledgements_per_day} acknowledgements a day"
    return why_full(situation)


def why_full(situation: Situation) -> str | None:
    """Why nobody is acknowledged for now."""
    most = situation.desk.policy.acknowledgements_in_all
    return f"the limit of {most} acknowledgements an hour in all" if situation.acknowledged_in_all >= most else None


RECEIPTS = frozenset({"receipt", "orders"})
"""What answers an agent's commands."""

Mails = Mapping[tuple[str, int | None, str], int]
"""(person, case, event) → how many automatic mails they were written within the last hour; those about cases that
nothing is to be said of stand together, under None."""


@dataclass(slots=True)
class _Count:
    """What everybody was written, that of the plan at hand included."""

    about: Counter[tuple[str, int | None]] = field(default_factory=Counter)
    receipts: Counter[str] = field(default_factory=Counter)
    notices: Counter[str] = field(default_factory=Counter)

    def add(self, person: str, case: int | None, event: str, mails: int = 1) -> None:
        self.about[person, case] += mails
        (self.receipts if event in RECEIPTS else self.notices)[person] += mails


def readers(situation: Situation, plan: Sequence[Effect]) -> set[str]:
    """Who would get automatic mail by this plan, if they may have had too much of it already."""
    people = {fold_address(effect.to) for effect in plan if isinstance(effect, Notify)}
    for effect in plan:
        if isinstance(effect, Reply) and effect.automatic:
            people |= {person.address for person in _meant(situation, effect)}
    return people


def within_limits(situation: Situation, plan: Sequence[Effect], mails: Mails) -> list[Effect]:
    """The plan, without what is too much."""
    count = _Count()
    for (person, case, event), n in mails.items():
        count.add(person, case, event, n)
    kept: list[Effect] = []
    for effect in plan:
        match effect:
            case Reply(automatic=True):
                kept += _to_customers(situation, effect, plan, count)
            case Notify():
                kept.append(_to_agent(situation, effect, count))
            case _:
                kept.append(effect)
    return kept


def _to_customers(situation: Situation, effect: Reply, plan: Sequence[Effect], count: _Count) -> list[Effect]:
    """The mail to those who may have it, what is withheld from others, and why from now on all is."""
    people, most = _meant(situation, effect), situation.desk.policy.automatic_per_case
    freed = {fold_address(one.address) for one in plan if isinstance(one, HoldMail) and not one.held}
    over: list[Effect] = []
    without = set()
    for person in people:
        key = without_plus(person.address)
        enough = count.about[key, person.case] >= most and not _is_agents_doing(situation)
        if enough or (person.held and person.address not in freed):
            why = f"they had {most} automatic mails about this case within an hour"
            why = why if enough else "automatic mail to them about this case is held"
            without.add(person.address)
            over += [Withhold(why=why, event=effect.event, to=person.address), *hold(situation, person.address, why)]
        else:
            count.add(key, person.case, effect.event)
    if not people or len(without) < len(people):
        over.insert(0, replace(effect, without=frozenset(without)) if without else effect)
    return over


def _to_agent(situation: Situation, effect: Notify, count: _Count) -> Effect:
    policy, key = situation.desk.policy, without_plus(fold_address(effect.to))
    if effect.event in RECEIPTS and count.receipts[key] >= policy.receipts_per_hour:
        why = f"the limit of {policy.receipts_per_hour} receipts an hour"
        return Withhold(why=why, event=effect.event, to=effect.to)
    too_many = effect.event not in RECEIPTS and count.notices[key] >= policy.notices_per_hour
    if too_many and situation.case is not None:
        return replace(effect, collected=True)
    count.add(key, None, effect.event)
    return effect


def _meant(situation: Situation, effect: Reply) -> list[Participant]:
    """Who of the people of the case, as it was, gets this mail."""
    return [person for person in situation.participants if is_meant(person, everyone=effect.everyone)]


def _is_agents_doing(situation: Situation) -> bool:
    match situation.occasion:
        case Arrived(sender=sender):
            return sender.speaker is Speaker.AGENT
        case Passed():
            return True
    return False
