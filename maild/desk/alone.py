"""A proven agent's mail that means no case: to the address that is theirs alone. They look, say something of
themselves, or give commands for cases that they name.
"""

from __future__ import annotations

from maild.desk.agent import absence_of
from maild.desk.effects import Effect, Ignore, Notify, Quarantine
from maild.desk.orders.asking import READING
from maild.desk.orders.dangers import OF_THEMSELVES
from maild.desk.orders.quarantine import OF_QUARANTINE
from maild.desk.orders.reading import read
from maild.desk.orders.sections import sections_of
from maild.desk.orders.understand import understand
from maild.desk.settings import Agent
from maild.desk.several import spelled_out, with_others
from maild.desk.situation import Arrived, Situation
from maild.desk.words import own_words
from parsers.message import Command

_FREE = READING | OF_THEMSELVES | OF_QUARANTINE
_SIGNATURE = 12
"""Lines of a text below commands that only look: a signature may be as long."""


def agent_alone(situation: Situation, arrived: Arrived, agent: Agent) -> list[Effect]:
    """What was asked is answered, what was said of themselves and of the cases that they name is done; a text that
    could be meant for somebody is held."""
    commands, text = read(spelled_out(own_words(arrived.message.reply_text, context=False)), situation.desk)
    here, sections = sections_of(commands)
    if not commands or not all(one.verb in _FREE for one in here) or _is_a_letter(text, commands):
        lines = [f"✖ {one.line}: nothing was done" for one in commands]
        lines.append(
            "✖ Your mail means no case, and is held. To open one for a customer, put /new for ADDRESS on the first "
            "line; to answer one, reply to its notice; commands for a case stand below /case 1042."
        )
        why = "an agent's mail that belongs to no case"
        return [Quarantine(cause="agent-without-case", why=why), _answered(agent, tuple(lines))]
    orders = understand(here, situation, agent)
    lines = [*orders.lines, *(["The rest of your mail was not used."] if text else [])]
    effects: list[Effect] = [
        Ignore(rule="agent-order", why="orders of an agent; the mail itself means no case"),
        *absence_of(orders, agent),
        *orders.deeds,
        _answered(agent, tuple(lines)),
    ]
    return with_others(effects, situation, sections, agent)


def _is_a_letter(text: str, commands: tuple[Command, ...]) -> bool:
    """Whether the text may be more than a signature."""
    if not text:
        return False
    only_looks = all(one.verb in _FREE for one in commands)
    return not only_looks or len(text.splitlines()) > _SIGNATURE


def _answered(agent: Agent, lines: tuple[str, ...]) -> Notify:
    return Notify(why="commands are answered", event="orders", to=agent.address, note=True, lines=lines)
