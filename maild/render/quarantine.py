"""Writes the mail that tells an admin what lies in quarantine, with what they can do about each letter."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime

from maild.desk.quarantine import ShownLetter
from maild.desk.settings import Agent
from maild.render.actions import Action, Links, standing
from maild.render.stationery import Stationery, Written
from maild.render.templates import Words


def to_admin(
    stationery: Stationery, found: Sequence[ShownLetter], count: int, admin: Agent, now: datetime
) -> Written:
    """One mail; `count` is of all that lies there."""
    desk, zone = stationery.letterhead.desk, stationery.timezone
    own, links = stationery.letterhead.standing_address(admin.address), standing(stationery.letterhead, admin.address)
    words = Words(
        desk=desk.name,
        desk_address=desk.address,
        recipient=admin.name,
        number=count,
        letters=tuple(replace(one, received_at=one.received_at.astimezone(zone)) for one in found),
        actions=tuple(action for one in found for action in _actions(links, one)) if links else (),
        own_address=own,
    )
    return stationery.alone("quarantine", admin, words, now)


def _actions(links: Links, one: ShownLetter) -> list[Action]:
    """Links that open a mail with the command; to attach, the number of the case is to be written behind it."""
    named = {name: f"/{name} {one.id}" for name in ("release", "spam", "block")}
    found = [links.command(name, said, str(one.id)) for name, said in named.items()]
    begun = f"/attach {one.id} "
    attach = links.sheet("attach", begun.strip(), "attach", begun, clean=False)
    return [*found, replace(attach, argument=str(one.id))]
