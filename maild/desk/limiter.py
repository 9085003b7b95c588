"""Whom no automatic answer goes to: machines, agents, forged names, and who had as many as the limiter allows."""

from __future__ import annotations

from maild.desk.situation import Arrived, Situation, Speaker

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
    return None
