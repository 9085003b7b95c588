"""An agent opens a case for a customer who called, chatted or stood before them: `/new for ADDRESS`.

Any mail that is proven to be an agent's can do it. Nothing of the case whose notice they answered goes along: neither
its people, nor its subject, nor a quoted line. What they wrote is internal.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime

from maild.desk.agent import BY_COMMAND, absence_of, shown
from maild.desk.calls import finding, logged, read_new, told
from maild.desk.changes import newly_opened
from maild.desk.clocks.clocks import History
from maild.desk.effects import (
    AddParticipant,
    Assign,
    Effect,
    MoveStatus,
    Notify,
    OpenCase,
    SetCreator,
)
from maild.desk.lines import cut
from maild.desk.orders.orders import Orders, Refusal
from maild.desk.orders.planning import VERBS_PLANNING
from maild.desk.orders.reading import read
from maild.desk.orders.understand import understand, with_strays
from maild.desk.orders.verbs import VERBS
from maild.desk.process import first_level
from maild.desk.settings import Agent, Desk
from maild.desk.situation import Arrived, Behalf, Situation
from maild.desk.waiting import what_follows
from maild.desk.words import own_words
from parsers.message import Command, ParsedMessage
from store.records import Status

_LONGEST_SUBJECT = 80
_NO_SUBJECT = "Your call"
_WITH_NEW = frozenset(
    "new take assign status wait resolve close called chat rca note kind severity queue level away help remind due "
    "spend".split()
)


def on_behalf(commands: Sequence[Command], desk: Desk) -> Behalf | None:
    """For whom an agent's mail with these commands opens a case; None: for nobody, or it is not clear for whom."""
    asked = [command.argument for command in commands if command.verb == "new"]
    try:
        return read_new(asked[0], desk) if len(asked) == 1 else None
    except Refusal:
        return None


def agent_opens(situation: Situation, arrived: Arrived, agent: Agent, behalf: Behalf, now: datetime) -> list[Effect]:
    """The effects of such a mail, without what the features add."""
    commands, text = read(own_words(arrived.message.reply_text, context=False), situation.desk)
    fitting = [command for command in commands if command.verb in _WITH_NEW or command.verb not in VERBS]
    unopened = newly_opened(_opened(situation, arrived, agent, behalf, Orders()), now)
    planned = replace(situation, case=unopened, history=History(as_of=now))
    orders = Orders()
    for command in fitting:
        orders = understand((command,), planned if command.verb in VERBS_PLANNING else situation, agent, orders)
    orders = with_strays(orders, text)
    others = [
        f"✖ {command.line}: there is no case yet that it could mean; say it in a reply to this receipt"
        for command in commands
        if command not in fitting
    ]
    orders = replace(orders, failed=orders.failed or bool(others), lines=(*orders.lines, *others))
    text = "\n".join(part for part in (orders.text, text) if part)
    opened = _opened(situation, arrived, agent, behalf, orders)
    effects: list[Effect] = [
        opened,
        AddParticipant(
            why=f"{agent.address} named them", address=behalf.address, name=_name(situation, behalf), role="requester"
        ),
        *(finding(agent, one) for one in orders.findings),
        logged(agent, orders.channel, text, voicemail=orders.voicemail) if orders.channel else told(agent, text),
        SetCreator(creator=agent.address, why="they logged it"),
        *absence_of(orders, agent),
        *(shown(deed, text, answers=False) for deed in orders.deeds),
    ]
    if orders.owner:
        effects.append(Assign(owner=orders.owner, why=BY_COMMAND))
    elif orders.channel and not orders.disown:  # as with any first answer
        effects.append(Assign(owner=agent.address, why=f"{agent.address} was the first to answer"))
    status = Status.NEW if orders.failed else _status(orders)
    if status is not Status.NEW:
        effects.append(MoveStatus(status=status, why=BY_COMMAND))
    said = "They are not told." if behalf.quietly else "They are told its number, and nothing of what you wrote."
    later = f"With your first answer they read its subject, “{opened.subject}”."
    policy = situation.desk.policy_of(opened.queue)
    follows = what_follows(None, status, policy, None, spoken=orders.channel is not None)
    left = (f"This is the new case for {behalf.address}. {said} {later}", *follows)
    why = "commands are answered"
    effects.append(Notify(why=why, event="receipt", to=agent.address, note=True, lines=orders.lines, left=left))
    return effects


def _opened(situation: Situation, arrived: Arrived, agent: Agent, behalf: Behalf, orders: Orders) -> OpenCase:
    desk, said = situation.desk, dict(orders.fields)
    contact = situation.contact(behalf.address)
    queue, kind = said.get("queue", arrived.queue), said.get("kind", desk.policy.kind)
    return OpenCase(
        why=f"{agent.address} opened it for them; {arrived.match.why}",
        queue=queue,
        subject=behalf.subject or _subject(arrived.message),
        requester=behalf.address,
        requester_name=_name(situation, behalf),
        severity=said.get("severity", desk.policy.severity),
        kind=kind,
        level=said.get("level", first_level(kind, desk.queue(queue).level)),
        language=(contact.language if contact else None) or desk.language,
        root_message_id=None,  # an agent's Message-ID is nobody's business outside
    )


def _name(situation: Situation, behalf: Behalf) -> str:
    contact = situation.contact(behalf.address)
    return (contact.name if contact else None) or behalf.name


def _subject(message: ParsedMessage) -> str:
    """That of a mail which answers none. It goes to the customer with the first answer: so nothing of the text, which
    is internal, and nothing of another case."""
    own = "" if message.in_reply_to or message.references else message.base_subject.strip()
    return cut(own, _LONGEST_SUBJECT) or _NO_SUBJECT


def _status(orders: Orders) -> Status:
    """A case is new until somebody answers; a call or a chat that is logged as one was an answer."""
    if orders.status is not None:
        return orders.status
    if orders.channel is None:
        return Status.NEW
    return Status.OPEN if orders.still_owing else Status.WAITING_ON_CUSTOMER
