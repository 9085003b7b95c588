"""What an agent's commands mean: each line becomes what it changes, or a refusal that says the next step.

Grammar is the parsers' business (`parsers.commands`). Here a verb and its argument are understood against the case
and the desk; nothing is done. A line that fails changes nothing at all.
"""

from __future__ import annotations

import difflib
import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

from maild.desk.settings import Agent, Desk
from maild.desk.situation import Situation
from parsers.message import Command
from store.records import Status


@dataclass(frozen=True, slots=True, kw_only=True)
class Orders:
    """All commands of one mail, understood together."""

    note: bool | None = None
    """True: the text is internal; False: it goes to the customer; None: as the notice said."""
    status: Status | None = None
    still_owing: bool = False
    owner: str | None = None
    disown: bool = False
    undo: bool = False
    text: str = ""
    """Text that stood behind `/note` or `/public` on the same line."""
    lines: tuple[str, ...] = ()
    """The receipt so far: one line per command."""
    failed: bool = False


_ORDER_LINE = re.compile(r"[/#!]([A-Za-z-]{2,20})(?:\s.{0,60})?")


class Refusal(Exception):
    """A line that cannot be done; the message is for the agent."""


Verb = Callable[[Orders, str, Situation, Agent], tuple[Orders, str]]
"""(orders so far, argument, situation, who) → (orders, what the receipt says)."""


def understand(commands: Sequence[Command], situation: Situation, agent: Agent) -> Orders:
    """All lines, in order."""
    orders = Orders()
    for command in commands:
        try:
            orders, said = _verb(command.verb)(orders, command.argument.strip(), situation, agent)
            line = f"✔ {command.line}: {said}"
        except Refusal as refusal:
            orders = replace(orders, failed=True)
            line = f"✖ {command.line}: {refusal}"
        orders = replace(orders, lines=(*orders.lines, line))
    return orders


def with_strays(orders: Orders, text: str) -> Orders:
    """The orders, failed if a line in the middle of the text looks like one of ours: above a signature that is not
    marked as one, say. Whether it was meant or not, a text with `/note` in it must not go to the customer."""
    strays = [line.strip() for line in text.split("\n") if _looks_like_order(line.strip())]
    said = tuple(
        f"✖ {line}: a command stands above all of your text, or at its very end; here it was not obeyed"
        for line in strays
    )
    return replace(orders, lines=(*orders.lines, *said), failed=True) if strays else orders


def _looks_like_order(line: str) -> bool:
    found = _ORDER_LINE.fullmatch(line)
    return found is not None and bool(difflib.get_close_matches(found.group(1).lower(), VERBS, n=1, cutoff=0.74))


def _verb(name: str) -> Verb:
    verb = VERBS.get(name)
    if verb is None:
        near = difflib.get_close_matches(name, VERBS, n=1)
        hint = f"did you mean /{near[0]}?" if near else "known are " + ", ".join(f"/{v}" for v in VERBS)
        raise Refusal(f"there is no such command; {hint}")
    return verb


def find_agent(who: str, desk: Desk) -> Agent:
    """An agent by address, by the part before the @, or by a part of the name that only one has."""
    wanted = who.strip().lstrip("@").lower()
    exact = [a for a in desk.agents if wanted in (a.address.lower(), a.address.lower().partition("@")[0])]
    found = exact or [a for a in desk.agents if wanted and wanted in a.name.lower()]
    if len(found) == 1:
        return found[0]
    known = ", ".join(a.address.partition("@")[0] for a in found or desk.agents)
    raise Refusal(f"“{who}” could be several agents: {known}" if found else f"no agent “{who}”; there are: {known}")


def find_status(name: str) -> Status:
    """A status by its name or a beginning that only one has, whatever the case of letters."""
    wanted = " ".join(name.replace("-", " ").replace("_", " ").lower().split())
    exact = [s for s in SETTABLE if s.value.lower() == wanted]
    found = exact or [s for s in SETTABLE if wanted and s.value.lower().startswith(wanted)]
    if len(found) == 1:
        return found[0]
    known = ", ".join(s.value for s in found or SETTABLE)
    raise Refusal(f"which status? Say one of: {known}")


SEND_ANEW = "To send another, reply to a notice of the customer's mail, or put /public above your text."

SETTABLE = tuple(s for s in Status if s not in (Status.MERGED,))


def _note(orders: Orders, argument: str, _s: Situation, _a: Agent) -> tuple[Orders, str]:
    return replace(
        orders, note=True, text=_joined(orders.text, argument)
    ), "an internal note; the customer does not see it"


def _public(orders: Orders, argument: str, _s: Situation, _a: Agent) -> tuple[Orders, str]:
    return replace(orders, note=False, text=_joined(orders.text, argument)), "goes to the customer"


def _take(orders: Orders, argument: str, _s: Situation, agent: Agent) -> tuple[Orders, str]:
    _nothing_behind("/take", argument)
    return replace(orders, owner=agent.address, disown=False), "the case is yours"


def _assign(orders: Orders, argument: str, situation: Situation, agent: Agent) -> tuple[Orders, str]:
    if argument.lower() in ("none", "nobody", "-"):
        return replace(orders, owner=None, disown=True), "the case has no owner now"
    if not argument:
        raise Refusal("to whom? Say /assign NAME")
    found = agent if argument.lower() in ("me", "myself") else find_agent(argument, situation.desk)
    return replace(orders, owner=found.address, disown=False), f"the owner is {found.name or found.address} now"


def _status(orders: Orders, argument: str, _s: Situation, _a: Agent) -> tuple[Orders, str]:
    return _moved(orders, find_status(argument))


def _wait(orders: Orders, argument: str, _s: Situation, _a: Agent) -> tuple[Orders, str]:
    match argument.lower():
        case "us":
            return replace(orders, still_owing=True), "we still owe something; the case stays open"
        case "customer" | "":
            return _moved(orders, Status.WAITING_ON_CUSTOMER)
        case "vendor":
            return _moved(orders, Status.WAITING_ON_VENDOR)
        case "hold":
            return _moved(orders, Status.ON_HOLD)
    raise Refusal("wait for whom? Say /wait us, /wait customer, /wait vendor or /wait hold")


def _resolve(orders: Orders, argument: str, _s: Situation, _a: Agent) -> tuple[Orders, str]:
    _nothing_behind("/resolve", argument)
    return _moved(orders, Status.RESOLVED)


def _close(orders: Orders, argument: str, _s: Situation, _a: Agent) -> tuple[Orders, str]:
    _nothing_behind("/close", argument)
    return _moved(orders, Status.CLOSED)


def _reopen(orders: Orders, argument: str, _s: Situation, _a: Agent) -> tuple[Orders, str]:
    _nothing_behind("/reopen", argument)
    return _moved(orders, Status.OPEN)


def _undo(orders: Orders, argument: str, situation: Situation, _a: Agent) -> tuple[Orders, str]:
    _nothing_behind("/undo", argument)
    if not situation.can_undo:
        raise Refusal("nothing is held back any more; what left, left")
    return replace(
        orders, undo=True
    ), "the answer that was held back will not leave; it is kept as a note. " + SEND_ANEW


def _help(orders: Orders, _argument: str, _s: Situation, _a: Agent) -> tuple[Orders, str]:
    return orders, "; ".join(f"/{name}: {says}" for name, says in HELP.items())


def _moved(orders: Orders, status: Status) -> tuple[Orders, str]:
    return replace(orders, status=status, still_owing=False), f"the status is {status.value} now"


def _joined(before: str, more: str) -> str:
    return f"{before}\n{more}".strip()


def _nothing_behind(verb: str, argument: str) -> None:
    # "/close the window and try again" is more likely prose than an order.
    if argument:
        raise Refusal(f"{verb} takes nothing behind it; put it on a line of its own")


VERBS: dict[str, Verb] = {
    "note": _note,
    "public": _public,
    "take": _take,
    "assign": _assign,
    "status": _status,
    "wait": _wait,
    "resolve": _resolve,
    "close": _close,
    "reopen": _reopen,
    "undo": _undo,
    "help": _help,
}

HELP = {
    "note": "the text is internal",
    "public": "the text goes to the customer",
    "take": "the case is mine",
    "assign WHO": "somebody else is to own it",
    "status NAME": "set the status",
    "wait us|customer|vendor|hold": "what the case waits for",
    "resolve": "solved, until the customer says otherwise",
    "close": "done",
    "reopen": "open again",
    "undo": "take back the answer that is still held",
    "help": "this list",
}
