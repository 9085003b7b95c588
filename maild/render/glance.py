"""A case at a glance, for the agents who read a notice: who is in it, what was promised, what was said last.

Only words for people; decides nothing and reads nothing. What customers wrote is cut to one line.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, tzinfo
from itertools import islice

from maild.desk.clocks.clocks import Goal, in_words, target_of
from maild.desk.entries import told_once
from maild.desk.lines import cut, one_line
from maild.desk.settings import Desk
from maild.desk.tokens import without_tokens
from store.records import CC, REQUESTER, VENDOR, Case, Direction, Entry, Participant, StateType, Tracked, fold_address

MOST_PAST = 3
LOOK_BACK = 12
"""Among so many entries they are looked for: what holds nothing but commands is left out."""
_LONGEST = 90
_ROLES = {REQUESTER: "customer", CC: "in copy", VENDOR: "vendor; gets only what /vendor sends"}


@dataclass(frozen=True, slots=True)
class Past:
    """One entry of the case, in a line."""

    at: datetime
    who: str
    what: str
    text: str


def people(case: Case, participants: Sequence[Participant], desk: Desk) -> tuple[str, ...]:
    """Everybody who has to do with the case, and as what."""
    found = _outside(case, participants)
    roles: dict[str, str] = {}
    for address, role in ((case.owner, "owner"), (case.creator, "creator")):
        if address:
            roles.setdefault(fold_address(address), role)
    for address, role in roles.items():
        agent = desk.agent(address)
        found.append(f"{one_line(agent.name if agent and agent.name else address)} ({role})")
    return tuple(found)


def clocks(case: Case, tracked: Sequence[Tracked], desk: Desk, now: datetime) -> tuple[str, ...]:
    """What was promised and is not kept yet, and when it is due: what is late or due first stands first."""
    zone = desk.queue(case.queue).calendar.zone
    lines = []
    for one in sorted(tracked, key=lambda one: (one.due_at is None, one.due_at or now)):
        target = target_of(case, Goal(one.goal), desk.targets) if one.met_at is None else None
        if target is not None and (one.due_at is not None or case.status.state is not StateType.DONE):
            lines.append(f"{in_words(one.goal)} within {target.within}: {_due(one, case, zone, now)}")
    return tuple(lines)


def past(
    entries: Sequence[Entry],
    shown: int | None,
    desk: Desk,
    zone: tzinfo,
    mark: str,
    waiting: frozenset[int] = frozenset(),
) -> tuple[Past, ...]:
    """The last entries, the newest first, without the one that stands in the mail as a whole; the mark beside what is
    internal. `waiting`: those that have not left yet."""
    found = (one for one in told_once(entries) if one.id != shown and one.direction is not Direction.ORDERS)
    return tuple(
        Past(
            one.at.astimezone(zone),
            _who(one, desk),
            _what(one, mark, waits=one.id in waiting),
            cut(without_tokens(one_line(one.text)), _LONGEST),
        )
        for one in islice(found, MOST_PAST)
    )


def _outside(case: Case, participants: Sequence[Participant]) -> list[str]:
    """Each once, also who takes part in several cases that are one."""
    by_address: dict[str, list[Participant]] = {}
    for one in participants:
        by_address.setdefault(one.address, []).append(one)
    return [_person(case, parts) for parts in by_address.values()]


def _person(case: Case, parts: Sequence[Participant]) -> str:
    one = parts[0]
    role = _ROLES.get(one.role, one.role)
    role += f" of case {one.case}" if one.case != case.number else ""
    role += "".join(f", also of case {other.case}" for other in parts[1:])
    role += "; mail does not arrive" if one.undeliverable else ""
    name = one_line(one.name)
    return f"{name} <{one.address}> ({role})" if name and name != one.address else f"{one.address} ({role})"


def _due(one: Tracked, case: Case, zone: tzinfo, now: datetime) -> str:
    if one.due_at is None:
        return f"stands still while the case is {case.status.value}"
    at = f"{one.due_at.astimezone(zone):%d %b %Y %H:%M %Z}"
    return f"late, was due {at}" if one.due_at <= now else f"due {at}"


def _who(entry: Entry, desk: Desk) -> str:
    if entry.automatic and entry.direction is not Direction.IN:
        return desk.name
    return one_line(entry.sender_name or entry.sender)


def _what(entry: Entry, mark: str, *, waits: bool) -> str:
    inside = "" if entry.public else f" ({mark})"
    match entry.direction:
        case Direction.IN:
            return f"wrote{inside}"
        case Direction.OUT if entry.automatic:
            return "automatic mail"
        case Direction.OUT:
            said = "answer" if entry.public else "to a vendor"
            return f"{said}{', not sent yet' if waits else ''}{inside}"
        case Direction.DRAFT:
            return f"held answer, not sent{inside}"
        case _:
            return f"{entry.direction.value}{inside}"
