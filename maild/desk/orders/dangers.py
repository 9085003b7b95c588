"""Which orders reach further than the case they are given in: a mail with one is held until its agent has said once
more, by a one-time code, that they mean it. The whole mail waits: what was meant together happens together.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence

from maild.desk.domains import PUBLIC_DOMAINS, domain_of
from maild.desk.identity import organisation
from maild.desk.settings import Agent
from maild.desk.situation import Situation
from parsers.message import Command
from store.records import fold_address

_ADDRESS = re.compile(r"([^\s<>,;@]+@[^\s<>,;@]+)")
_NUMBER = re.compile(r"[0-9]{1,12}")

Danger = Callable[[str, Situation, Agent], str | None]
"""(argument, situation, who) → why it must be asked back, if it must."""


def dangers(commands: Sequence[Command], situation: Situation, agent: Agent) -> tuple[str, ...]:
    """Why a mail with these orders must be asked back; nothing, if it need not."""
    found = (
        (command.line, DANGERS[command.verb], command.argument) for command in commands if command.verb in DANGERS
    )
    said = ((line, danger(argument, situation, agent)) for line, danger, argument in found)
    return tuple(f"{line}: {why}" for line, why in said if why is not None)


def _cc(argument: str, situation: Situation, _a: Agent) -> str | None:
    """Somebody who is neither of the requester's house, nor was named by them."""
    found = _ADDRESS.search(argument)
    if found is None or situation.case is None:
        return None
    address, requester = fold_address(found.group(1)), fold_address(situation.case.requester)
    domain, home = domain_of(address), domain_of(requester)
    of_house = organisation(domain) == organisation(home) and organisation(domain) not in PUBLIC_DOMAINS
    ours = situation.desk.is_own(address) or situation.desk.agent(address) is not None
    if ours or of_house or address in situation.suggested or situation.is_participant(address):
        return None
    return f"{address} is not of {home}, and {requester} never copied them: they will read every answer from now on"


def _merge(argument: str, situation: Situation, agent: Agent) -> str | None:
    """Across queues; of a case that the agent may not know of, nothing is said (threats T31)."""
    found, here = _NUMBER.search(argument), situation.case
    other = situation.named.get(int(found.group())) if found else None
    if here is None or other is None or other.case.queue == here.queue or not agent.may_act_on(other.case):
        return None
    return f"case {other.case.number} is in another queue ({other.case.queue}, this one in {here.queue})"


DANGERS: Mapping[str, Danger] = {"cc": _cc, "merge": _merge}
