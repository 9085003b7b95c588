"""What can be done from a mail with one tap: `mailto:` links with address, subject and words filled in (RFC 6068).

Such a mail answers nothing, so it has no References: the token in its address proves who writes, and where there are
no plus-addresses, the line with the token stands in its body. Our marker stands below a command, so that whatever a
mail client puts there (a signature, a disclaimer) is no text of the agent's. Links that command carry the token of a
note: what somebody writes there besides stays inside.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from urllib.parse import quote

from maild.desk.settings import Agent, Desk
from maild.desk.tokens import TokenKind
from maild.render.letterhead import Addressed, Letterhead
from parsers.quotes import MARKER
from store.records import Case, StateType, Status, fold_address

_MOST_COLLEAGUES = 3
_LONGEST_SUBJECT = 150
"""Of a link, as it is encoded."""
_SETTLES = ("closed", "resolved", "duplicate", "no-response")
"""After these mails there is nothing left to close."""


@dataclass(frozen=True, slots=True)
class Action:
    """One thing that the reader may do."""

    name: str
    """What it is, for a template to find its words by."""
    command: str
    """What to write, to the same effect."""
    link: str
    argument: str = ""


def mailto(address: str, subject: str, body: str = "") -> str:
    """A link that opens a mail with these filled in. A plus sign is encoded: some take it for a blank."""
    short = subject
    while len(quote(short)) > _LONGEST_SUBJECT:
        short = short[:-1]
    fields = [("subject", short), *([("body", body.replace("\n", "\r\n"))] if body else [])]
    return f"mailto:{quote(address, safe='@')}?" + "&".join(f"{name}={quote(text)}" for name, text in fields)


def for_agent(
    letterhead: Letterhead,
    mail: Addressed,
    agent: Agent,
    now: datetime,
    *,
    merges: Sequence[int] = (),
    held: bool = False,
) -> tuple[Action, ...]:
    """What this agent may do on the case, likely things first. `held`: an answer can still be taken back."""
    case, tag = mail.case, letterhead.tag(mail.case.number)
    public, inside = replace(mail, kind=TokenKind.AGENT), replace(mail, kind=TokenKind.NOTE)
    to_inside = letterhead.reply_to(inside)

    def command(name: str, said: str, argument: str = "") -> Action:
        return Action(name, said, mailto(to_inside, f"{tag} {name}", _body(letterhead, inside, said)), argument)

    about = f"{tag} {case.subject}"
    found = [command("undo", "/undo")] if held else []
    found += [
        Action("reply", "/public", mailto(letterhead.reply_to(public), about, _sheet(letterhead, public))),
        Action("note", "/note", mailto(to_inside, about, _sheet(letterhead, inside, "/note\n\n"))),
    ]
    if case.owner is None or fold_address(case.owner) != fold_address(agent.address):
        found.append(command("take", "/take"))
    found += [command(name, said) for name, said in _moves(case)]
    for who in _colleagues(case, agent, letterhead.desk, now):
        found.append(command("assign", f"/assign {_called(who, letterhead.desk)}", who.name or who.address))
    named = mailto(to_inside, f"{tag} assign", _sheet(letterhead, inside, "/assign "))
    found.append(Action("assign-to", "/assign WHO", named))
    found += [command("merge", f"/merge {number}", str(number)) for number in merges]
    return tuple(found)


def command_address(letterhead: Letterhead, mail: Addressed) -> str:
    """Where this agent can send commands on the case without answering a mail; empty where only an answer has the
    proof."""
    return letterhead.reply_to(replace(mail, kind=TokenKind.NOTE)) if letterhead.plus_addresses else ""


def for_customer(letterhead: Letterhead, mail: Addressed, event: str, *, copied: bool) -> tuple[Action, ...]:
    """The words that a customer may send, alone in a mail. Nothing of the case stands in the links."""
    over = mail.case.status.state is StateType.DONE or event in _SETTLES
    words = [*(("reopen",) if over else ("status", "close")), *(("leave",) if copied else ())]
    tag, to = letterhead.tag(mail.case.number), letterhead.reply_to(mail)
    return tuple(Action(word, word, mailto(to, f"{tag} {word}", _body(letterhead, mail, word))) for word in words)


def _moves(case: Case) -> list[tuple[str, str]]:
    if case.status.state is StateType.DONE:
        moves = [("reopen", "/reopen")]
        return moves if case.status is not Status.RESOLVED else [*moves, ("close", "/close")]
    waits = {
        "wait-us": ("/wait us", None),  # with an answer, it means something whatever the status is
        "wait-customer": ("/wait customer", Status.WAITING_ON_CUSTOMER),
        "wait-vendor": ("/wait vendor", Status.WAITING_ON_VENDOR),
    }
    moves = [(name, said) for name, (said, status) in waits.items() if case.status is not status]
    moves += [("resolve", "/resolve"), ("close", "/close")]
    return moves if case.level == "vendor" else [*moves, ("escalate", "/escalate")]


def _colleagues(case: Case, agent: Agent, desk: Desk, now: datetime) -> list[Agent]:
    """Who else may take it: those of its queue who are there, of its own level first."""
    out = {fold_address(one) for one in (agent.address, case.owner) if one}
    there = [
        one
        for one in desk.agents
        if one.serves(case.queue) and not one.is_away(now) and fold_address(one.address) not in out
    ]
    return sorted(there, key=lambda one: one.level != case.level)[:_MOST_COLLEAGUES]


def _called(agent: Agent, desk: Desk) -> str:
    """The part before the @, where nobody else has the same."""
    short = agent.address.partition("@")[0].lower()
    same = [one for one in desk.agents if one.address.partition("@")[0].lower() == short]
    return short if len(same) == 1 else agent.address


def _body(letterhead: Letterhead, mail: Addressed, said: str) -> str:
    """A command, to be sent as it is."""
    carried = "" if letterhead.plus_addresses else letterhead.footer(mail)
    return f"{said}\n\n-- Please {MARKER} --\n{carried}"


def _sheet(letterhead: Letterhead, mail: Addressed, begun: str = "") -> str:
    """A sheet to write on; clean below what is begun, where the address is proof enough."""
    return begun if letterhead.plus_addresses else _body(letterhead, mail, begun)
