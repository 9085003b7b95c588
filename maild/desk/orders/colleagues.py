"""Who of the agents is meant, and what is asked of them: `/ask WHO` sends a colleague the text as a question.

It is a note: nothing of it leaves the desk, and the case keeps its owner, its status and its clocks. What the
colleague answers is a note as well, which goes back to whoever asked (`features.notices`).
"""

from __future__ import annotations

from dataclasses import replace

from maild.desk.effects import Notify
from maild.desk.orders.orders import Orders, Refusal, Verb, joined
from maild.desk.people.away import said_away
from maild.desk.settings import Agent, Desk
from maild.desk.situation import Situation
from store.records import fold_address

_GETS = "gets your text as a question"
_BESIDE = "/public, /send, /vendor, /called, /chat or /update-incidents"


def find_agent(who: str, desk: Desk) -> Agent:
    """An agent by address, by the part before the @, or by a part of the name that only one has."""
    wanted = who.strip().lstrip("@").lower()
    exact = [a for a in desk.agents if wanted in (a.address.lower(), a.address.lower().partition("@")[0])]
    found = exact or [a for a in desk.agents if wanted and wanted in a.name.lower()]
    if len(found) == 1:
        return found[0]
    known = ", ".join(a.address.partition("@")[0] for a in found or desk.agents)
    raise Refusal(f"“{who}” could be several agents: {known}" if found else f"no agent “{who}”; there are: {known}")


def _ask(orders: Orders, argument: str, situation: Situation, agent: Agent) -> tuple[Orders, str]:
    if situation.case is None:
        raise Refusal("/ask is about a case, and there is none here")
    if not argument:
        raise Refusal("whom? Say /ask NAME, with your question below it")
    found, text = _whom(argument, situation.desk)
    if fold_address(found.address) == fold_address(agent.address):
        raise Refusal("that is you; /note keeps a word in the case")
    name = found.name or found.address
    if not found.may_act_on(situation.case):
        raise Refusal(f"{name} does not serve the queue {situation.case.queue}; /assign gives them the case")
    said = f"{name} {_GETS}, and you get the answer; the case stays as it is"
    meant = replace(orders, note=True, asked=(*orders.asked, found), text=joined(orders.text, text))
    return meant, f"{said}{absent(found, situation)}"


def absent(agent: Agent, situation: Situation) -> str:
    """What whoever gives them something should know of them."""
    return said_away(agent, situation.history.as_of, situation.desk.zone) if situation.history is not None else ""


def _whom(argument: str, desk: Desk) -> tuple[Agent, str]:
    """Whoever is named, and the question where it stands on the same line."""
    try:
        return find_agent(argument.rstrip(":"), desk), ""
    except Refusal:
        first, _, rest = argument.partition(" ")
        if not rest.strip():
            raise
        return find_agent(first.rstrip(":,"), desk), rest.strip()


def with_question(orders: Orders, text: str) -> Orders:
    """The orders, failed where somebody is asked and there is no question, or it would be one to somebody else."""
    if not orders.asked:
        return orders
    if orders.note is not True or orders.vendor or orders.channel or orders.send or orders.update_incidents:
        line = f"✖ /ask: it does not go with {_BESIDE}; send a mail of its own for it"
    elif not (text or orders.text):
        line = "✖ /ask: what? Write your question below it"
    else:
        return orders
    kept = (said for said in orders.lines if _GETS not in said)
    return replace(orders, asked=(), failed=True, lines=(*kept, line))


def questions(orders: Orders, agent: Agent) -> list[Notify]:
    """Each of those who are asked is told at once."""
    why = f"{agent.address} asks them"
    return [Notify(why=why, event="question", to=one.address, note=True, attach=True) for one in orders.asked]


VERBS: dict[str, Verb] = {"ask": _ask}
HELP = {"ask WHO": "the text goes to that colleague as a question, and the answer to you; the case stays as it is"}
