"""Floods: so many new cases an hour that nobody could work on each (threats T49). Pure.

They are counted by sender, by the sender's domain, and in all. Past the limit of one of these, mails of that source
open no cases any more: each becomes an entry of one case, of which the admins are told once. It goes on until an hour
has passed without such a mail, or until an agent closes that case.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from maild.desk.addresses import can_be_written_to
from maild.desk.domains import PUBLIC_DOMAINS, domain_of
from maild.desk.effects import AddParticipant, Effect, MarkFlood, Notify, OpenCase
from maild.desk.entries import came_in
from maild.desk.machine import opens_no_case
from maild.desk.process import first_level
from maild.desk.settings import Policy
from maild.desk.situation import Arrived, Joined, Sender, Situation, Speaker
from parsers.message import ParsedMessage
from store.records import REQUESTER, Case, StateType, fold_address

WINDOW = timedelta(hours=1)


@dataclass(frozen=True, slots=True)
class Source:
    """Where a flood may come from: `ann@evil.test`, `@evil.test`, or `@` for everywhere."""

    name: str
    most: int
    """New cases an hour."""


def sources(address: str, policy: Policy) -> list[Source]:
    """What a mail of this sender is counted for, the narrowest first; a limit of 0 is none."""
    domain = domain_of(address)
    shared = domain in PUBLIC_DOMAINS
    found = (
        Source(fold_address(address), policy.flood_per_sender),
        Source(f"@{domain}", 0 if shared else policy.flood_per_domain),
        Source("@", policy.flood_in_all),
    )
    return [source for source in found if source.most]


def may_be_of_one(message: ParsedMessage, sender: Sender) -> bool:
    """Whether a mail that belongs to no case would open one by itself."""
    if sender.speaker is Speaker.MACHINE and opens_no_case(message, sender):
        return False
    return sender.speaker in (Speaker.PARTICIPANT, Speaker.STRANGER, Speaker.MACHINE) and can_be_written_to(
        sender.address
    )


def is_on(case: Case, now: datetime) -> bool:
    """Whether mails still join this case of a flood."""
    return case.status.state is not StateType.DONE and now - case.updated_at < WINDOW


def floods(found: Sequence[Source], opened: Sequence[int]) -> Source | None:
    """The narrowest source whose cases, opened within the hour, are as many as there may be."""
    return next((source for source, n in zip(found, opened, strict=True) if n >= source.most), None)


def joins_flood(situation: Situation, arrived: Arrived, joined: Joined) -> list[Effect]:
    """The mail is kept in the case of its flood, which it opens where it is the first."""
    message = arrived.message
    automatic = message.automatic is not None
    entry = came_in(arrived, message.reply_text or message.text, joined.why, automatic=automatic)
    if situation.case is not None:
        return [entry]
    return [*_opened(situation, arrived, joined), entry, *_told(situation, arrived, joined)]


def _opened(situation: Situation, arrived: Arrived, joined: Joined) -> list[Effect]:
    desk, source = situation.desk, joined.flood
    one = not source.startswith("@")
    effects: list[Effect] = [
        OpenCase(
            why=joined.why,
            queue=arrived.queue,
            subject=f"A flood of mail from {source if source != '@' else 'everywhere'}",
            requester=source,
            requester_name=arrived.sender.name if one else "",
            severity=desk.policy.severity,
            kind=desk.policy.kind,
            level=first_level(desk.policy.kind, desk.queue(arrived.queue).level),
            language=desk.language,
            root_message_id=None,
        ),
        MarkFlood(why=joined.why, source=source),
    ]
    if one:
        why = "all of it is theirs"
        effects.append(AddParticipant(why=why, address=source, name=arrived.sender.name, role=REQUESTER))
    return effects


def _told(situation: Situation, arrived: Arrived, joined: Joined) -> list[Effect]:
    """The admins; where there are none, those who serve the queue."""
    people = situation.desk.admins() or situation.desk.team(arrived.queue)
    said = (
        f"{joined.why[0].upper()}{joined.why[1:]}.",
        "From now on each such mail becomes an entry of this case, and nobody is told of it or gets an answer. That "
        "ends an hour after the last one, or when you close this case.",
    )
    return [Notify(why=joined.why, event="changed", to=one.address, note=True, lines=said) for one in people]
