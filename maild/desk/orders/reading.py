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

_NUMBER = re.compile(r"(?<![0-9])[0-9]{1,12}(?![0-9])")


def read(text: str, desk: Desk) -> tuple[tuple[Command, ...], str]:
    """The commands of an agent's own text, each by our name for it, and what else the text says."""
    commands, rest = split_commands(text, partial(is_meant, desk))
    return tuple(replace(one, verb=ALIASES.get(one.verb, one.verb)) for one in commands), rest


def commands_in(message: ParsedMessage, desk: Desk) -> tuple[Command, ...]:
    """What a mail orders by its own words, for whatever case."""
    return read(own_words(message.reply_text, context=False), desk)[0]


def numbers_in(commands: Iterable[Command]) -> list[int]:
    """The numbers that they name, of cases or of letters, in their order."""
    return [int(digits) for command in commands for digits in _NUMBER.findall(command.argument)]
