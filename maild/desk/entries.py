"""The entries that a plan adds to a case: of a mail that came in, and of what an agent writes inside. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from maild.desk.effects import AddEntry
from maild.desk.settings import Agent
from maild.desk.situation import Arrived
from store.records import Direction, Entry


def came_in(
    arrived: Arrived,
    text: str,
    why: str,
    *,
    public: bool = False,
    automatic: bool = False,
    thread: int | None = None,
) -> AddEntry:
    """A mail, under the name of its sender."""
    return AddEntry(
        why=why,
        direction=Direction.IN,
        public=public,
        automatic=automatic,
        sender=arrived.sender.address,
        sender_name=arrived.sender.name,
        text=text,
        thread=thread,
    )


def written(
    agent: Agent,
    text: str,
    why: str,
    direction: Direction = Direction.NOTE,
    *,
    of_letter: bool = True,
    finding_of: str | None = None,
) -> AddEntry:
    """What an agent wrote that no customer sees."""
    return AddEntry(
        why=why,
        direction=direction,
        public=False,
        automatic=False,
        sender=agent.address,
        sender_name=agent.name,
        text=text,
        of_letter=of_letter,
        finding_of=finding_of,
    )


def told_once(entries: Sequence[Entry]) -> list[Entry]:
    """The entries for a person to read: an answer to the people of several cases that are one stands in each of them,
    and here once, as a mail to all of them."""
    found: dict[object, Entry] = {}
    for one in entries:
        spread = one.direction is Direction.OUT and one.public and not one.automatic
        key = (one.at, one.sender, one.text) if spread else one.id
        before = found.get(key)
        if before is not None:
            one = replace(before, to=tuple(dict.fromkeys((*before.to, *one.to))))
        found[key] = one
    return list(found.values())
