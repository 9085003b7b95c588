"""A proven agent's mail that means no case: to the address that is theirs alone. They look, say something of
themselves, or give commands for cases that they name.

What only went wrong is answered, and nothing waits; a text that could be meant for somebody is held.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from maild.desk.agent import absence_of
from maild.desk.effects import Effect, Ignore, Notify, Quarantine
from maild.desk.lines import in_short
from maild.desk.orders.asking import READING
from maild.desk.orders.bare import mistaken_subject, mistaken_text, which_case
from maild.desk.orders.dangers import OF_THEMSELVES
from maild.desk.orders.orders import Orders, joined
from maild.desk.orders.quarantine import OF_QUARANTINE
from maild.desk.orders.reading import read
from maild.desk.orders.sections import Section, sections_of
from maild.desk.orders.understand import understand
from maild.desk.orders.verbs import VERBS
from maild.desk.settings import Agent
from maild.desk.several import ELSEWHERE, with_note, with_others
from maild.desk.situation import Arrived, Situation
from maild.desk.words import is_signature, own_words
from parsers.message import Command

_FREE = READING | OF_THEMSELVES | OF_QUARANTINE
_SIGNATURE = 12
"""Lines of a text below commands that only look: a signature may be as long."""
_LONGEST_SUBJECT = 80
_NO_TEXT = "✖ There is nothing in your mail. To look, write list mine, show 1042 or search WORDS; /help has the rest."
_INSTEAD = (
    "To answer a customer: reply to a notice of the case, or write to the address that a digest gives for it. To "
    "keep a note in a case: /case 1042 and below it /note, above your text. For a customer who called: "
    "/new for ann@example.com on the first line. To look: list mine, show 1042."
)


def agent_alone(situation: Situation, arrived: Arrived, agent: Agent) -> list[Effect]:
    """What was asked is answered, what was said of themselves and of the cases that they name is done; a text that
    could be meant for somebody is held."""
    commands, text = read(own_words(arrived.message.reply_text, context=False), situation.desk)
    here, sections = sections_of(commands)
    text = "" if is_signature(text) else text
    sections, text = _with_note(sections, text)
    slip = mistaken_text(text) if not commands else None
    subject = mistaken_subject(arrived.message) if not commands and slip is None else None
    if slip is None and _is_a_letter(text, here, sections):
        undone = [*(command for command in here if command.verb in _FREE), *commands[len(here) :]]
        lacking = _understood([command for command in here if command.verb not in _FREE], situation, agent)
        wrong = [*lacking.lines, *_in_a_reply(sections), *([subject] if subject else [])]
        known = {one.line for section in sections for one in section.commands if _needs_a_reply(one)}
        return _held(arrived, agent, [one for one in undone if one.line not in known], wrong)
    orders = _understood(here, situation, agent)
    wrong = [line for line in (slip, subject) if line]
    unused = "\n" in text.strip() if slip else bool(text)
    lines = [*orders.lines, *wrong, *(["The rest of your mail was not used."] if unused else [])]
    effects: list[Effect] = [
        Ignore(rule="agent-order", why="orders of an agent; the mail itself means no case"),
        *absence_of(orders, agent),
        *orders.deeds,
        _answered(agent, tuple(lines) if lines or sections else (_NO_TEXT,)),
    ]
    return with_others(effects, situation, sections, agent)


def _understood(here: Sequence[Command], situation: Situation, agent: Agent) -> Orders:
    """What needs no case; of the rest is said what it lacks."""
    orders = Orders()
    for command in here:
        if command.verb in VERBS and command.verb not in _FREE and command.verb != "new":
            line = f"✖ {command.line}: {which_case(command.verb, command.argument)}"
            orders = replace(orders, failed=True, lines=(*orders.lines, line))
        else:
            orders = understand((command,), situation, agent, orders)
    return orders


def _with_note(sections: tuple[Section, ...], text: str) -> tuple[tuple[Section, ...], str]:
    """The text is the note of the last case for which there is to be one that has no words yet, as in a reply to a
    notice; of one case alone, also that of a note that has."""
    if not text or any(one.number is None for one in sections):
        return sections, text
    if len(sections) != 1:
        taken = with_note(sections, text)
        return (sections, text) if taken is None else (taken, "")
    at = next((n for n, one in enumerate(sections[0].commands) if one.verb in ("note", "rca")), None)
    if at is None:
        return sections, text
    commands = list(sections[0].commands)
    commands[at] = replace(commands[at], argument=joined(commands[at].argument, text))
    return (replace(sections[0], commands=tuple(commands)),), ""


def _is_a_letter(text: str, here: Sequence[Command], sections: Sequence[Section]) -> bool:
    """Whether the text may be more than a signature."""
    if not text:
        return False
    only_looks = bool(here) and not sections and all(one.verb in _FREE for one in here)
    return not only_looks or len(text.splitlines()) > _SIGNATURE


def _needs_a_reply(command: Command) -> bool:
    return command.verb in VERBS and command.verb not in ELSEWHERE


def _in_a_reply(sections: Sequence[Section]) -> list[str]:
    """What sends the text to somebody is said where it can be seen to whom."""
    return [
        f"✖ {command.line}: only in a reply to a notice of case {section.number}"
        for section in sections
        if section.number is not None
        for command in section.commands
        if _needs_a_reply(command)
    ]


def _held(arrived: Arrived, agent: Agent, undone: Sequence[Command], wrong: Sequence[str]) -> list[Effect]:
    lines = [*wrong, *(f"✖ {one.line}: not done, since the text of your mail has no place" for one in undone)]
    subject = in_short(arrived.message.subject, _LONGEST_SUBJECT) or "(no subject)"
    yours = "Your mail counts as yours now, but means no case" if arrived.confirmed else "Your mail means no case"
    lines += [
        f"✖ {yours}, and is held. Nobody was written to, nothing was done. It lies in quarantine "
        f"under its subject, “{subject}”; the admins see it, and can put it into a case. You need not wait for that, "
        "but can send it anew.",
        _INSTEAD,
    ]
    why = "an agent's mail that belongs to no case"
    return [Quarantine(cause="agent-without-case", why=why), _answered(agent, tuple(lines))]


def _answered(agent: Agent, lines: tuple[str, ...]) -> Notify:
    return Notify(why="commands are answered", event="orders", to=agent.address, note=True, lines=lines)
