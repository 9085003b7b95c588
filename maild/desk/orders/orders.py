"""All that the commands of one mail ask for, and the refusal of a line that cannot be done. Only holds it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import datetime

from maild.desk.effects import AddParticipant, Effect, RemoveParticipant
from maild.desk.settings import Agent, Vendor
from maild.desk.situation import Situation
from store.records import Direction, Status


@dataclass(frozen=True, slots=True, kw_only=True)
class Orders:
    """All commands of one mail, understood together."""

    note: bool | None = None
    """True: the text is internal; False: it goes to the customer; None: as the notice said."""
    status: Status | None = None
    still_owing: bool = False
    owner: str | None = None
    disown: bool = False
    undo: bool = False
    send: bool = False
    """The agent's held answer goes out."""
    drop: bool = False
    """… or never will."""
    fields: tuple[tuple[str, str], ...] = ()
    """What the case is from now on: (kind, severity or queue, its value)."""
    channel: Direction | None = None
    """The mail writes down a call or a chat."""
    voicemail: bool = False
    findings: tuple[str, ...] = ()
    """What was found of the cause, beside the text."""
    text_is_finding: bool = False
    away_until: datetime | None = None
    back: bool = False
    """No longer away."""
    text: str = ""
    """Text that stood behind `/note` or `/public` on the same line."""
    people: tuple[AddParticipant | RemoveParticipant, ...] = ()
    """Who is to take part, or no more: before anything is written to anybody."""
    hands_on: str = ""
    """The command that gives the case into other hands, or lays it aside."""
    inside: str = ""
    """… where it is why the text is internal."""
    asked: tuple[Agent, ...] = ()
    """Colleagues to whom the text is a question."""
    vendor: Vendor | None = None
    """To whom the text goes instead of the customer."""
    deeds: tuple[Effect, ...] = ()
    """What else is to be done."""
    template: str = ""
    """What the requester is told where the agent wrote no text."""
    update_incidents: bool = False
    resolve_incidents: bool = False
    lines: tuple[str, ...] = ()
    """The receipt so far: one line per command."""
    with_text: tuple[tuple[str, str], ...] = ()
    """Of those lines, what belongs to the text and happens together with it, and the command that it is of."""
    failed: bool = False

    def kept_back(self) -> Orders:
        """As they are where the text was kept back: no line says of these that they were done."""
        commands = dict(self.with_text)
        lines = (
            f"– {commands[line]}: not done, because your text was kept back; send it again with the text"
            if line in commands
            else line
            for line in self.lines
        )
        return replace(self, lines=tuple(lines))


def joined(before: str, more: str) -> str:
    return f"{before}\n{more}".strip()


class Refusal(Exception):
    """A line that cannot be done; the message is for the agent."""


Verb = Callable[[Orders, str, Situation, Agent], tuple[Orders, str]]
"""(orders so far, argument, situation, who) → (orders, what the receipt says)."""
