"""One mail with commands for several cases: what stands below `/case 1042` is about that one.

Of the text of such a mail nothing goes to a customer, unless `/public` says so above the first such line: whoever
wrote it may have had the other case in mind. Below a `/note` for another case, or what hands that case on, it is the
note of that case. To other cases only those commands go that set something, or look: no customer of another case is
ever written to by them. Each case takes the road by itself (`PassOn`), all in one transaction, and one receipt tells
of all.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from maild.desk.agent import BY_COMMAND, ownership, shown, status_after
from maild.desk.calls import finding
from maild.desk.changes import left_by
from maild.desk.effects import AddEntry, Classify, Effect, NoteTime, Notify, PassOn, Remind
from maild.desk.entries import written
from maild.desk.orders.asking import no_such_case
from maild.desk.orders.handover import with_words
from maild.desk.orders.orders import Orders, Refusal
from maild.desk.orders.reading import read
from maild.desk.orders.sections import Section, at_hand, names_a_case, sections_of
from maild.desk.orders.understand import understand
from maild.desk.orders.verbs import VERBS
from maild.desk.settings import Agent
from maild.desk.situation import Arrived, Situation
from maild.desk.waiting import what_follows
from maild.desk.words import is_signature, own_words, says_something
from parsers.message import Command
from store.records import Case, Direction

ELSEWHERE = frozenset(
    "note take assign status wait resolve close reopen kind severity queue level rca due spend remind link unlink "
    "unmerge parent escalate list show search summary help".split()
)
"""The commands that may be about another case than the one whose notice is answered."""

_OF_TEXT = frozenset("note public ask vendor called chat rca template send update-incidents".split())
"""The commands that say what the text of the mail is."""


def part(arrived: Arrived, situation: Situation) -> tuple[Arrived, tuple[Section, ...]]:
    """The mail without the lines that are about other cases, and those lines."""
    here, sections = sections_of(arrived.commands, at_hand(situation))
    if not any(names_a_case(command) for command in arrived.commands):
        return arrived, ()
    message = replace(arrived.message, reply_text="\n".join(_kept(arrived, here, sections)))
    text = read(own_words(message.reply_text, context=False), situation.desk)[1]
    taken = None
    if _claims_nothing(here) and says_something(text) and not is_signature(text):
        taken = with_note(sections, text) or _handed_on(here, sections, text, arrived, situation)
    if taken is not None:  # its files stay where the mail is an entry, inside
        sections, orders = taken, "\n".join(command.line for command in here)
        message = replace(message, reply_text=orders, attachments=())
    return replace(arrived, message=message, commands=here), sections


def _kept(arrived: Arrived, here: Sequence[Command], sections: Sequence[Section]) -> list[str]:
    """The lines of the mail that are not about another case, nor name one."""
    heads = [command.line for command in arrived.commands if names_a_case(command)]
    gone = [*(command.line for section in sections for command in section.commands), *heads]
    behind = {one.line: f"/{one.verb} {one.argument}".rstrip() for one in here if one.line in heads}
    kept = []
    for line in arrived.message.reply_text.split("\n"):
        if line.strip() not in gone:
            kept.append(line)
            continue
        gone.remove(line.strip())
        if line.strip() in behind:  # `/case 1042 /take` of the case at hand
            kept.append(behind.pop(line.strip()))
    return kept


def _claims_nothing(here: Sequence[Command]) -> bool:
    """Whether no command for the case at hand says what its text is."""
    return not any(command.verb in _OF_TEXT for command in here)


def with_note(sections: tuple[Section, ...], text: str) -> tuple[Section, ...] | None:
    """The text of the mail is the note of the last case for which a note is to be that has no words yet. None: it
    belongs to none of them."""
    for at, section in reversed(list(enumerate(sections))):
        for place, command in enumerate(section.commands):
            if command.verb in ("note", "rca") and not command.argument:
                commands = list(section.commands)
                commands[place] = replace(command, argument=text)
                return (*sections[:at], replace(section, commands=tuple(commands)), *sections[at + 1 :])
    return None


def _handed_on(
    here: Sequence[Command], sections: tuple[Section, ...], text: str, arrived: Arrived, situation: Situation
) -> tuple[Section, ...] | None:
    """The text is a word for whoever gets that case, where it is the only one of the mail that is handed on."""
    agent = arrived.sender.agent
    if agent is None or understand(here, situation, agent).hands_on:
        return None
    found = [at for at, one in enumerate(sections) if _hands_on(one, situation, agent)]
    if len(found) != 1:
        return None
    at, note = found[0], Command("note", text, "your text")
    given = replace(sections[at], commands=(*sections[at].commands, note))
    return (*sections[:at], given, *sections[at + 1 :])


def _hands_on(section: Section, situation: Situation, agent: Agent) -> bool:
    other = _other(section.number, situation)
    meant = tuple(command for command in section.commands if command.verb in ELSEWHERE)
    return other is not None and bool(understand(meant, other, agent).hands_on)


def is_refused(sections: Sequence[Section], situation: Situation, agent: Agent) -> bool | None:
    """Whether a line about another case cannot be done; None: no line is about one."""
    if not sections:
        return None
    return any(_is_refused(section, situation, agent) for section in sections)


def _is_refused(section: Section, situation: Situation, agent: Agent) -> bool:
    other = _other(section.number, situation)
    if other is None or not section.commands:
        return True
    return _understood(section, other, agent).failed


def with_others(
    effects: Sequence[Effect], situation: Situation, sections: Sequence[Section], agent: Agent
) -> list[Effect]:
    """The plan of the case at hand with what follows for others, and its receipt with what is told of them."""
    if not sections:
        return list(effects)
    deeds: list[Effect] = []
    lines: list[str] = []
    for section in _by_case(sections, situation):
        more, said = _elsewhere(section, situation, agent)
        deeds += more
        lines += said
    before = next((e for e in effects if isinstance(e, Notify) and e.event in ("receipt", "orders")), None)
    receipt = before
    if receipt is None:
        why = "commands are answered"
        receipt = Notify(why=why, event="receipt", to=agent.address, note=True)
    elif not receipt.lines:  # nothing was said of the case at hand
        receipt = replace(receipt, left=("Nothing was sent to anybody outside.",))
    rest = [_told(effect, sections) for effect in effects if effect is not receipt and effect is not before]
    return [*rest, *deeds, replace(receipt, lines=(*receipt.lines, *lines))]


def _by_case(sections: Sequence[Section], situation: Situation) -> list[Section]:
    """One section for each case, also where a merged one is named beside the one in which it goes on: all happens
    together, and one state is told."""
    found: dict[int | str, Section] = {}
    for section in sections:
        other = situation.others.get(section.number or 0)
        key = other.case.number if other is not None and other.case is not None else section.head.line
        first = found.get(key)
        joined = replace(first, commands=(*first.commands, *section.commands)) if first is not None else section
        found[key] = joined
    return list(found.values())


def _told(effect: Effect, sections: Sequence[Section]) -> Effect:
    """An entry that would be empty says what the mail was for."""
    if isinstance(effect, AddEntry) and effect.direction is Direction.ORDERS and not effect.text:
        return replace(effect, text=f"Commands for other cases: {', '.join(one.head.line for one in sections)}")
    return effect


def _other(number: int | None, situation: Situation) -> Situation | None:
    """How that case stands, with what was looked up for it by whatever number."""
    found = situation.others.get(number or 0)
    if found is None or found.case is None:
        return None
    here = found.case.number
    same = [one for one in situation.others.values() if one.case is not None and one.case.number == here]
    shown = {asked: said for one in same for asked, said in one.shown.items()}
    return replace(found, shown=shown, named={key: named for one in same for key, named in one.named.items()})


def _elsewhere(section: Section, situation: Situation, agent: Agent) -> tuple[list[Effect], list[str]]:
    """What follows for one other case, and its lines of the receipt."""
    other = _other(section.number, situation)
    if other is None or other.case is None:
        refusal = Refusal("which case? Say /case 1042, and its commands below it, or behind it with their slash")
        if section.number is not None:
            refusal = no_such_case(section.number)
        return [], [
            f"✖ {section.head.line}: {refusal}",
            *(f"✖ {one.line}: {_undone(one)}" for one in section.commands),
        ]
    case = other.case
    orders = _understood(section, other, agent)
    orders = with_words(orders, says_something=bool(orders.text))
    head = f"[{situation.desk.tag} #{case.number}] {case.subject}"
    if section.number != case.number:
        head += f" (case {section.number} was merged into it: all this is about case {case.number})"
    effects = _effects(case, orders, agent)
    said = [head, *orders.lines]
    if not section.commands:
        said = [f"✖ {section.head.line}: no command stands below it"]
    further = [effect for effect in effects if isinstance(effect, PassOn)]
    effects = [effect for effect in effects if not isinstance(effect, PassOn)]
    if not effects:
        return [], said
    then = left_by(case, effects)
    said.append(_state(then))
    if then.status is not case.status:
        said += what_follows(case, then.status, situation.desk.policy_of(case.queue), other.history, spoken=False)
    concerns = any(not isinstance(effect, Remind | NoteTime) for effect in effects)
    told = (f"{agent.address}: {'; '.join(one.line for one in section.commands)}.",) if concerns else ()
    passed = PassOn(why=f"{agent.address} said so", case=case.number, effects=tuple(effects), lines=told)
    return [passed, *further], said


def _understood(section: Section, other: Situation, agent: Agent) -> Orders:
    number = other.case.number if other.case is not None else section.number
    orders = Orders()
    for command in section.commands:
        if command.verb in VERBS and command.verb not in ELSEWHERE:
            line = f"✖ {command.line}: only in a reply to a notice of case {number}"
            orders = replace(orders, failed=True, lines=(*orders.lines, line))
        else:
            orders = understand((command,), other, agent, orders)
    return orders


def _undone(command: Command) -> str:
    lost = command.argument and command.argument not in command.line
    return "not done, and your text is kept nowhere; send it anew" if lost else "not done"


def _state(case: Case) -> str:
    return f"now: {case.status.value}, {case.severity}, owner {case.owner or 'nobody'}, queue {case.queue}"


def _effects(case: Case, orders: Orders, agent: Agent) -> list[Effect]:
    """What is done to it; nothing of it is a mail to anybody outside."""
    effects: list[Effect] = [finding(agent, one) for one in orders.findings]
    if orders.text:
        is_finding = orders.text_is_finding
        effects.append(
            finding(agent, orders.text) if is_finding else written(agent, orders.text, "a note", of_letter=False)
        )
    effects += ownership(case, orders, agent, answers=False)
    effects += [Classify(why=BY_COMMAND, field=f, value=v) for f, v in orders.fields if getattr(case, f) != v]
    effects += [*status_after(case, orders, answers=False, asks=None)]
    effects += [shown(deed, orders.text, answers=False) for deed in orders.deeds]
    return effects
