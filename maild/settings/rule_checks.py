"""What can be wrong with what a rule does: people, queues and templates that are not there, and things that do not go
together. What can be wrong with a condition, `maild.desk.rules.expressions` says."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from dataclasses import fields

from maild.desk.rules.names import MESSAGE, TIMER
from maild.desk.settings import Desk
from maild.settings.rule_model import WAITS, RuleSetSettings, RuleSettings

_DOES = "set, add_tags, remove_tags, add, notify, reply, ask, wait, escalate, quarantine, ignore or stop"


def sets_of(said: RuleSettings) -> dict[str, str]:
    """Field of the case → what the rule sets it to."""
    found = {one.name: getattr(said.set, one.name) for one in fields(RuleSetSettings)} if said.set is not None else {}
    if said.wait in WAITS:
        found["status"] = found.get("status") or WAITS[said.wait].value
    return {name: value for name, value in found.items() if value}


def faults(said: RuleSettings, desk: Desk, answers: Collection[str]) -> Iterator[str]:
    """Everything that is wrong with what this rule does; `answers`: the templates it may answer with."""
    yield from _of_time(said)
    yield from _together(said)
    yield from _of_places(said, desk)
    yield from _of_people(said, desk)
    for key in ("reply", "ask"):
        name = getattr(said, key)
        if name and name not in answers:
            known = ", ".join(answers) or "none"
            yield f"{key}: there is no template {name} for rules; there are {known}. see docs/templates.md"


def _of_time(said: RuleSettings) -> Iterator[str]:
    given = [key for key in ("after", "since", "unless") if getattr(said, key)]
    if said.on != TIMER and given:
        yield f'{", ".join(given)}: means something only with on = "timer", and this rule has on = "{said.on}"'
    if said.on == TIMER and not said.after:
        yield 'on = "timer" needs its time: after = "30m"'
    if said.on == TIMER and said.stop:
        yield "each rule on time is looked at by itself; there is nothing to stop"
    if said.on != MESSAGE and (said.ignore or said.quarantine):
        yield f'only a mail can be ignored or quarantined; this rule has on = "{said.on}"'


def _together(said: RuleSettings) -> Iterator[str]:
    sets = sets_of(said)
    people = said.add or said.notify
    does = bool(sets or people or said.add_tags or said.remove_tags or said.reply or said.ask or said.escalate)
    if not (does or said.quarantine or said.ignore or said.stop):
        yield f"does nothing; say what with {_DOES}"
    if said.ignore and said.quarantine:
        yield "a mail is ignored or quarantined, not both; keep one"
    if (said.ignore or said.quarantine) and does:
        yield "nothing else can be done with a mail that gets no case; make two rules of it"
    if said.reply and said.ask:
        yield "reply and ask are one mail to the requester; keep one"
    if said.wait and said.set is not None and said.set.status:
        yield "wait and set.status both set the status; keep one"
    if said.ask and "status" in sets:
        yield "ask makes the case wait for the customer; take wait, or set.status, away"
    if said.escalate and "level" in sets:
        yield "escalate and set.level both set the level; keep one"
    if both := sorted(set(said.add_tags) & set(said.remove_tags)):
        yield f"{', '.join(both)}: is put on and taken off; keep one"


def _of_places(said: RuleSettings, desk: Desk) -> Iterator[str]:
    queues = [queue.name for queue in desk.queues]
    queue = sets_of(said).get("queue", queues[0])
    if queue not in queues:
        yield f"there is no queue {queue}; there are {', '.join(sorted(queues))}"


def _of_people(said: RuleSettings, desk: Desk) -> Iterator[str]:
    agents = ", ".join(agent.address for agent in desk.agents) or "none"
    owner = sets_of(said).get("owner")
    for key, addresses in (("set.owner", (owner,) if owner else ()), ("notify", said.notify)):
        for address in addresses:
            if desk.agent(address) is None:
                yield f"{key}: there is no agent {address}; there are {agents}"
    for address in said.add:
        local, at, domain = address.rpartition("@")
        if not (local and at and domain) or any(c.isspace() or c in "<>,;" for c in address):
            yield f"add: {address} is not one address, such as boss@customer.example"
        elif desk.agent(address) is not None:
            yield f"add: {address} is an agent; agents are told with notify"
        elif desk.is_own(address):
            yield f"add: {address} is the desk's own address; mail to it would come back"
