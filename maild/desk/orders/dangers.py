"""Which orders reach further than the case they are given in, or may be none of the agent's: a mail with one is held
until its agent has said once more, by a one-time code, that they mean it. The whole mail waits: what was meant
together happens together.

Asked back are single orders by where they reach; orders for many cases at once; and, of a mail that has HTML alone,
those that are not harmless: what stands in HTML need not be what its writer saw (threats T09).
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence

from maild.desk.domains import domain_of
from maild.desk.incidents import open_incidents
from maild.desk.merged import is_one_house, of_several_houses
from maild.desk.orders.asking import READING
from maild.desk.orders.quarantine import OF_QUARANTINE
from maild.desk.orders.sections import Section
from maild.desk.orders.verbs import VERBS
from maild.desk.settings import Agent, Desk
from maild.desk.situation import Situation
from parsers.message import MAY_HIDE, Command, ParsedMessage
from store.records import StateType, fold_address

_ADDRESS = re.compile(r"([^\s<>,;@]+@[^\s<>,;@]+)")
_NUMBER = re.compile(r"[0-9]{1,12}")

OF_THEMSELVES = frozenset("away digest help".split())
_OF_INCIDENTS = frozenset({"update-incidents", "resolve-incidents"})
HARMLESS = (
    READING
    | OF_THEMSELVES
    | frozenset(
        """
        note public take assign status wait resolve close reopen kind severity queue level escalate rca sla why undo
        send due spend remind link unlink parent dup problem called chat uncc participants case new quarantine
        """.split()
    )
)
"""What stays in the desk, or goes where the mail's text goes anyhow, and can be put right again. A new command is not
among these before somebody has thought of it."""

Danger = Callable[[str, Situation, Agent], str | None]
"""(argument, situation, who) → why it must be asked back, if it must."""


def dangers(
    here: Sequence[Command], sections: Sequence[Section], message: ParsedMessage, situation: Situation, agent: Agent
) -> tuple[str, ...]:
    """Why a mail with these orders, for the case at hand and for others, must be asked back; nothing, if it need
    not."""
    found = ((command.line, DANGERS[command.verb], command.argument) for command in here if command.verb in DANGERS)
    said = ((line, danger(argument, situation, agent)) for line, danger, argument in found)
    reach = tuple(f"{line}: {why}" for line, why in said if why is not None)
    return (*reach, *_bulk(here, sections, situation), *_unseen([*here, *_of(sections)], message, situation.desk))


def _of(sections: Sequence[Section]) -> list[Command]:
    return [command for section in sections for command in section.commands]


def _bulk(here: Sequence[Command], sections: Sequence[Section], situation: Situation) -> tuple[str, ...]:
    """Cases, and held letters, that the mail changes: so many at once are quickly done, and slowly put right."""
    most = situation.desk.cases_at_once
    others = [one for one in sections if any(command.verb not in READING for command in one.commands)]
    letters = {command.line for command in here if command.verb in OF_QUARANTINE and command.argument}
    incidents = open_incidents(situation) if any(one.verb in _OF_INCIDENTS for one in here) else []
    own = situation.case is not None and any(command.verb not in READING for command in here)
    count = len(others) + len(letters) + len(incidents) + own
    if not most or count <= most:
        return ()
    return (f"your mail has orders for {count} cases or letters; more than {most} at once are asked back",)


def _unseen(commands: Sequence[Command], message: ParsedMessage, desk: Desk) -> tuple[str, ...]:
    """What a mail of HTML alone may order without asking: what does no harm; and what only looks, where its writer
    may not have seen all of it."""
    if not message.from_html or not desk.guards.html:
        return ()
    hides = MAY_HIDE in message.defects
    free = READING | OF_THEMSELVES if hides else HARMLESS
    why = "some of its text may be hidden" if hides else "it reaches further than such a mail may without asking"
    found = [command.line for command in commands if command.verb in VERBS and command.verb not in free]
    return tuple(f"{line}: your mail has HTML alone, and {why}" for line in found)


def _cc(argument: str, situation: Situation, _a: Agent) -> str | None:
    """Somebody who is neither of the requester's house, nor was named by them."""
    found = _ADDRESS.search(argument)
    if found is None or situation.case is None:
        return None
    address, requester = fold_address(found.group(1)), fold_address(situation.case.requester)
    home, of_house = domain_of(requester), is_one_house(address, requester, situation.desk)
    ours = situation.desk.is_own(address) or situation.desk.agent(address) is not None
    if ours or of_house or address in situation.suggested or situation.is_participant(address):
        return None
    return f"{address} is not of {home}, and {requester} never copied them: they will read every answer from now on"


def _merge(argument: str, situation: Situation, agent: Agent) -> str | None:
    """Across queues, or of people who have nothing to do with each other; of a case that the agent may not know of,
    nothing is said (threats T31)."""
    found, here = _NUMBER.search(argument), situation.case
    other = situation.named.get(int(found.group())) if found else None
    if here is None or other is None or not agent.may_act_on(other.case):
        return None
    if other.case.number == here.number or other.case.status.state is StateType.DONE:  # it is refused anyhow
        return None
    number = other.case.number
    across = f"case {number} is in another queue ({other.case.queue}, this one in {here.queue})"
    reads = of_several_houses([other.case, here, *situation.threads], number, situation.desk)
    return "; ".join([*([across] if other.case.queue != here.queue else []), *([reads] if reads else [])]) or None


DANGERS: Mapping[str, Danger] = {"cc": _cc, "merge": _merge}
