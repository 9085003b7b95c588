"""An agent's own words, read as commands: each by our name for it, whatever the desk they come from calls it. No
meaning, no rights."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import replace
from functools import partial

from maild.desk.orders.keys import is_meant
from maild.desk.orders.verbs import ALIASES
from maild.desk.settings import Desk
from maild.desk.words import own_words
from parsers.commands import split_commands
from parsers.message import Command, ParsedMessage

_CASE_AND_MORE = re.compile(r"((?:\[[^\]\[]{0,40})?#?[0-9]{1,12}\]?)(?:[ \t]*[:,])?[ \t]+([/#!][A-Za-z].*)")
_NUMBER = re.compile(r"(?<![0-9])[0-9]{1,12}(?![0-9])")


def read(text: str, desk: Desk) -> tuple[tuple[Command, ...], str]:
    """The commands of an agent's own text, each by our name for it, and what else the text says."""
    commands, rest = split_commands(text, partial(is_meant, desk))
    each = (part for one in commands for part in _in_one_line(one))
    return tuple(replace(one, verb=ALIASES.get(one.verb, one.verb)) for one in each), rest


def _in_one_line(command: Command) -> tuple[Command, ...]:
    """`/case 1042 /take` is two commands; both are of that line."""
    found = _CASE_AND_MORE.fullmatch(command.argument) if command.verb == "case" else None
    if found is None:
        return (command,)
    behind = split_commands(found[2])[0]
    return (replace(command, argument=found[1]), *(replace(one, line=command.line) for one in behind))


def commands_in(message: ParsedMessage, desk: Desk) -> tuple[Command, ...]:
    """What a mail orders by its own words, for whatever case."""
    return read(own_words(message.reply_text, context=False), desk)[0]


def numbers_in(commands: Iterable[Command]) -> list[int]:
    """The numbers that they name, of cases or of letters, in their order."""
    return [int(digits) for command in commands for digits in _NUMBER.findall(command.argument)]
