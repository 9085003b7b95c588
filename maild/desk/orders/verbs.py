"""What each of an agent's commands means: a verb and its argument become what they change, or a refusal that says
the next step.
"""

from __future__ import annotations

from dataclasses import replace

from maild.desk.drafts import of_agent
from maild.desk.orders import clocks as verbs_clocks
from maild.desk.orders import colleagues
from maild.desk.orders import people as verbs_people
from maild.desk.orders.asking import HELP_ASKING, VERBS_ASKING, was_before
from maild.desk.orders.colleagues import find_agent
from maild.desk.orders.drafts import HELP_DRAFTS, VERBS_DRAFTS, drop, taken_back
from maild.desk.orders.fields import HELP_FIELDS, VERBS_FIELDS
from maild.desk.orders.handover import NOTED, PUBLISHED
from maild.desk.orders.orders import Orders, Refusal, Verb, joined
from maild.desk.orders.participants import HELP_PARTICIPANTS, VERBS_PARTICIPANTS
from maild.desk.orders.planning import HELP_PLANNING, VERBS_PLANNING
from maild.desk.orders.quarantine import HELP_QUARANTINE, VERBS_QUARANTINE
from maild.desk.orders.relations import HELP_RELATIONS, VERBS_RELATIONS
from maild.desk.settings import Agent
from maild.desk.situation import Situation
from store.records import RelationKind, Status


def find_status(name: str) -> Status:
    """A status by its name or a beginning that only one has, whatever the case of letters."""
    wanted = " ".join(name.replace("-", " ").replace("_", " ").lower().split())
    exact = [s for s in SETTABLE if s.value.lower() == wanted]
    found = exact or [s for s in SETTABLE if wanted and s.value.lower().startswith(wanted)]
    if len(found) == 1:
        return found[0]
    known = ", ".join(s.value for s in found or SETTABLE)
    raise Refusal(f"which status? Say one of: {known}")


SETTABLE = tuple(s for s in Status if s not in (Status.MERGED,))


def _note(orders: Orders, argument: str, _s: Situation, _a: Agent) -> tuple[Orders, str]:
    return replace(orders, note=True, text=joined(orders.text, argument)), NOTED


def _public(orders: Orders, argument: str, _s: Situation, _a: Agent) -> tuple[Orders, str]:
    return replace(orders, note=False, text=joined(orders.text, argument)), PUBLISHED


def _take(orders: Orders, argument: str, _s: Situation, agent: Agent) -> tuple[Orders, str]:
    _nothing_behind("/take", argument)
    return replace(orders, owner=agent.address, disown=False), "the case is yours"


def _assign(orders: Orders, argument: str, situation: Situation, agent: Agent) -> tuple[Orders, str]:
    if argument.lower() in ("none", "nobody", "-"):
        return replace(orders, owner=None, disown=True, hands_on="/assign"), "the case has no owner now"
    if not argument:
        raise Refusal("to whom? Say /assign NAME")
    found = agent if argument.lower() in ("me", "myself") else find_agent(argument, situation.desk)
    hands_on = orders.hands_on if found is agent or found.address == agent.address else "/assign"
    said = f"the owner is {found.name or found.address} now{colleagues.absent(found, situation)}"
    return replace(orders, owner=found.address, disown=False, hands_on=hands_on), said


def _status(orders: Orders, argument: str, _s: Situation, _a: Agent) -> tuple[Orders, str]:
    return _moved(orders, find_status(argument))


def _wait(orders: Orders, argument: str, _s: Situation, _a: Agent) -> tuple[Orders, str]:
    match argument.lower():
        case "us":
            return replace(orders, still_owing=True, status=None), "we still owe something; the case stays open"
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


def _undo(orders: Orders, argument: str, situation: Situation, agent: Agent) -> tuple[Orders, str]:
    _nothing_behind("/undo", argument)
    if of_agent(situation, agent):
        return drop(orders, situation)
    if not situation.can_undo:
        raise Refusal(f"nothing waits to leave any more; what left, left{_parts(situation)}")
    return replace(orders, undo=True), taken_back(situation)


def _parts(situation: Situation) -> str:
    """What takes a merge back, where there was one."""
    merged = [one.source for one in situation.relations if one.kind is RelationKind.MERGED]
    return f". A merge is taken back by {' or '.join(f'/unmerge {number}' for number in merged)}" if merged else ""


def _help(orders: Orders, _argument: str, _s: Situation, _a: Agent) -> tuple[Orders, str]:
    # No line begins with a command: a quotation of it that nobody marked would be obeyed.
    lines = [line for theme, said in by_theme() for line in (f"{theme}:", *(f"* /{n}: {does}" for n, does in said))]
    return orders, "\n".join(("each on a line of its own, above or below your text", *lines))


def _why(orders: Orders, argument: str, situation: Situation, _a: Agent) -> tuple[Orders, str]:
    _nothing_behind("/why", argument)
    before = "was before this mail" if was_before(situation) else "is"
    return replace(orders, lines=(*orders.lines, *situation.account)), f"why the case is as it {before} stands above"


def _moved(orders: Orders, status: Status) -> tuple[Orders, str]:
    return replace(orders, status=status, still_owing=False), f"the status is {status.value} now"


def _nothing_behind(verb: str, argument: str) -> None:
    # "/close the window and try again" is more likely prose than an order.
    if argument:
        raise Refusal(f"{verb} takes nothing behind it; put it on a line of its own")


VERBS: dict[str, Verb] = {
    "note": _note,
    "public": _public,
    **colleagues.VERBS,
    "take": _take,
    "assign": _assign,
    "status": _status,
    "wait": _wait,
    "resolve": _resolve,
    "close": _close,
    "reopen": _reopen,
    **VERBS_FIELDS,
    "undo": _undo,
    **VERBS_DRAFTS,
    **verbs_people.VERBS,
    **VERBS_PARTICIPANTS,
    **VERBS_RELATIONS,
    **verbs_clocks.VERBS,
    **VERBS_PLANNING,
    **VERBS_ASKING,
    **VERBS_QUARANTINE,
    "why": _why,
    "help": _help,
}

KEYS = {
    "status": "status",
    "owner": "assign",
    "assign": "assign",
    "assignee": "assign",
    "assigned to": "assign",
    "severity": "severity",
    "priority": "severity",
    "queue": "queue",
    "kind": "kind",
    "type": "kind",
    "level": "level",
    "cc": "cc",
    "due": "due",
    "time worked": "spend",
    "timeworked": "spend",
}
"""The key of a line `Key: value` → the command that it is another word for."""

ALIASES = {
    "owner": "assign",
    "priority": "severity",
    "type": "kind",
    "mine": "take",
    "internal": "note",
    "solve": "resolve",
    "solved": "resolve",
    "resolved": "resolve",
    "closed": "close",
    "reopened": "reopen",
    "duplicate": "dup",
    "worked": "spend",
    **KEYS,
}
"""What other desks call a command → what we do. Keys with a blank come from `Key: value` only."""

HINTS = {
    "report": "reports come by mail, when the admin has said; /list says what there is now, /help tells of the rest",
    "away": "until which day? Write away until friday, or 2026-03-14 (the last day away), or away off",
    "digest": "daily or off? Write digest daily (your notices come in one mail a day), or digest off",
    "new": "for whom? Write new for ann@example.com, or new for Ann Example <ann@example.com>",
    "case": "for commands on a case write case 1042, and below it /take, say",
    "answer": "to answer a customer, reply to a notice of the case",
    "reply": "to answer a customer, reply to a notice of the case",
    "status": "what a case's status is: /show 1042; to set it: /case 1042, and /status NAME below it",
}
HINTS["reports"] = HINTS["report"]
HINTS["yes"] = HINTS["no"] = (
    "answer the question itself with that word: “Was this mail from you?” or “Do you mean this?”"
)
"""What people try that is no command here, or none of that kind → what does it."""

HELP = {
    "note": "the text is internal",
    "public": "the text goes to the customer",
    **colleagues.HELP,
    "take": "the case is mine",
    "assign WHO": "somebody else is to own it",
    "status NAME": "set the status",
    "wait us|customer|vendor|hold": "what the case waits for",
    "resolve": "solved, until the customer says otherwise",
    "close": "done",
    "reopen": "open again",
    **HELP_FIELDS,
    "undo": "take back all of the case that has not left yet; each is kept as a note",
    **HELP_DRAFTS,
    **verbs_people.HELP,
    **HELP_PARTICIPANTS,
    **HELP_RELATIONS,
    **verbs_clocks.HELP,
    **HELP_PLANNING,
    **HELP_ASKING,
    **HELP_QUARANTINE,
    "why": "why the case is as it is: who decided, rules, clocks, who was told",
    "help": "this list",
}

THEMES = {
    "Answer": "public note ask undo send template vendor called chat",
    "Work": "take assign status wait resolve close reopen escalate",
    "Say what it is": "severity kind queue level rca",
    "Plan": "remind due spend sla",
    "Look": "show summary list search why participants",
    "Several cases": "case new merge unmerge split link unlink parent dup problem update-incidents resolve-incidents",
    "People": "cc uncc",
    "You": "away digest help",
}
"""What commands are about → which."""


def by_theme() -> list[tuple[str, list[tuple[str, str]]]]:
    """Theme → its commands, each with what it does; what has none comes last."""
    named = {said.split()[0]: (said, does) for said, does in HELP.items()}
    found = [(theme, [named.pop(verb) for verb in verbs.split() if verb in named]) for theme, verbs in THEMES.items()]
    return [*found, ("More", list(named.values()))] if named else found
