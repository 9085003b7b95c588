"""The commands that say who outside takes part in a case: no mail from outside ever does (threats T23)."""

from __future__ import annotations

import re
from dataclasses import replace

from maild.desk.addresses import can_be_written_to
from maild.desk.effects import AddParticipant, RemoveParticipant
from maild.desk.orders.orders import Orders, Refusal, Verb
from maild.desk.settings import Agent
from maild.desk.situation import Situation
from store.records import CC, REQUESTER, VENDOR, fold_address

_GOES = "your text goes to"
_ADDRESS = re.compile(r"(?:[^<>]*<)?([^\s<>,;@]+@[^\s<>,;@]+)>?")


def _cc(orders: Orders, argument: str, situation: Situation, agent: Agent) -> tuple[Orders, str]:
    address = _address("/cc", argument)
    desk = situation.desk
    if desk.is_own(address) or desk.agent(address) is not None:
        raise Refusal("that is one of us; /assign and notes reach them")
    if situation.is_participant(address):
        raise Refusal(f"{address} takes part already")
    if len(situation.participants) > desk.policy.participants:
        raise Refusal(f"{len(situation.participants)} people take part; more are not allowed (limits.participants)")
    why = f"{agent.address} added them"
    people = (*orders.people, AddParticipant(why=why, address=address, name="", role=CC))
    return replace(orders, people=people), f"{address} gets every public mail from now on, and none from before"


def _uncc(orders: Orders, argument: str, situation: Situation, agent: Agent) -> tuple[Orders, str]:
    address = _address("/uncc", argument)
    found = [p for p in situation.participants if p.address == fold_address(address)]
    if not found:
        raise Refusal(f"{address} takes no part in this case; /participants says who does")
    if any(person.role == REQUESTER for person in found):
        raise Refusal(f"{address} is the requester, whose case it is")
    why = f"{agent.address} removed them"
    people = (*orders.people, RemoveParticipant(why=why, address=address))
    return replace(orders, people=people), f"{address} gets no more mail of this case"


def _participants(orders: Orders, argument: str, situation: Situation, _a: Agent) -> tuple[Orders, str]:
    if argument:
        raise Refusal("/participants takes nothing behind it; /cc ADDRESS adds somebody")
    said = [
        f"{p.address} ({p.role}{', does not get our mail' if p.undeliverable else ''}"
        f"{f', of case {p.case}' if situation.case and p.case != situation.case.number else ''})"
        for p in situation.participants
    ]
    return orders, ", ".join(said)


def _vendor(orders: Orders, argument: str, situation: Situation, _a: Agent) -> tuple[Orders, str]:
    vendors = situation.desk.vendors
    if not vendors:
        raise Refusal("the desk has no vendors; an admin has to set one up first")
    wanted = argument.strip().lower()
    exact = [v for v in vendors if wanted in (v.name.lower(), v.address.lower())]
    found = exact or [v for v in vendors if wanted and v.name.lower().startswith(wanted)]
    if len(found) != 1:
        raise Refusal(f"which vendor? There are: {', '.join(v.name for v in found or vendors)}")
    if any(p.address == fold_address(found[0].address) and p.role != VENDOR for p in situation.participants):
        raise Refusal(f"{found[0].address} takes part as a customer of this case")
    return replace(orders, vendor=found[0]), f"{_GOES} {found[0].name}, and to no customer"


def with_letter(orders: Orders, *, says_something: bool) -> Orders:
    """The orders, failed where a vendor is to be written to, and nothing is said."""
    if orders.vendor is None or says_something:
        return orders
    kept = (said for said in orders.lines if _GOES not in said)
    return replace(orders, vendor=None, failed=True, lines=(*kept, "✖ /vendor: what? Write your text below it"))


def _address(verb: str, argument: str) -> str:
    found = _ADDRESS.fullmatch(argument.strip())
    if found is None or not can_be_written_to(found.group(1)):
        raise Refusal(f"who? Say {verb} and one address, such as ann@example.com")
    return found.group(1)


VERBS_PARTICIPANTS: dict[str, Verb] = {"cc": _cc, "uncc": _uncc, "participants": _participants, "vendor": _vendor}

HELP_PARTICIPANTS = {
    "cc ADDRESS": "they get every public mail from now on",
    "uncc ADDRESS": "they get no more",
    "participants": "who takes part",
    "vendor NAME": "the text goes to that vendor, and the case waits for them",
}
