"""Which of an agent's commands are for which case: `/case 1042` begins those for another. No meaning, no rights."""

from __future__ import annotations

import difflib
from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace

from maild.desk.orders.orders import Refusal
from maild.desk.orders.relations import find_number
from maild.desk.orders.verbs import VERBS
from maild.desk.situation import Situation
from parsers.message import Command


@dataclass(frozen=True, slots=True, kw_only=True)
class Section:
    """The commands for one other case."""

    head: Command
    """The line that names it."""
    commands: tuple[Command, ...]
    number: int | None
    """None: the line names none."""


def at_hand(situation: Situation) -> frozenset[int]:
    """The numbers by which the case at hand is meant: its own, and those of the cases that were merged into it."""
    if situation.case is None:
        return frozenset()
    return frozenset((situation.case.number, *(thread.number for thread in situation.threads)))


def sections_of(
    commands: Sequence[Command], own: Collection[int] = ()
) -> tuple[tuple[Command, ...], tuple[Section, ...]]:
    """The commands for the case at hand, also below a line that names it by one of its `own` numbers, and those for
    others. A case that is named twice has one section."""
    here: list[Command] = []
    found: dict[int | str, Section] = {}
    key: int | str | None = None
    for command in commands:
        if names_a_case(command):
            number = _number(command) if command.verb == "case" else None
            key = command.line if number is None else number
            if number in own:
                key = None
                continue
            found.setdefault(key, Section(head=command, commands=(), number=number))
        elif key is None:
            here.append(command)
        else:
            section = found[key]
            found[key] = replace(section, commands=(*section.commands, command))
    return tuple(here), tuple(found.values())


def names_a_case(command: Command) -> bool:
    """Also where it is misspelt: what stands below it must not happen to the case at hand."""
    return command.verb == "case" or (
        command.verb not in VERBS
        and _number(command) is not None
        and bool(difflib.get_close_matches(command.verb, ["case"], n=1, cutoff=0.7))
    )


def _number(command: Command) -> int | None:
    try:
        return find_number(command.argument)
    except Refusal:
        return None
