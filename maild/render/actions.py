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
from functools import lru_cache
from urllib.parse import quote

from maild.desk.lines import one_line
from maild.desk.settings import Agent, Desk
from maild.desk.tokens import TokenKind
from maild.render.letterhead import Addressed, Letterhead
from parsers.quotes import MARKER
from store.records import Case, StateType, Status, fold_address

_MOST_COLLEAGUES = 3
_LONGEST_SUBJECT = 150
"""Of a link, as it is encoded."""
_BELOW = quote(f"\r\n\r\n-- Please {MARKER} --\r\n")
_encoded = lru_cache(maxsize=256)(quote)
"""For the few words that all links are made of."""
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


def _short(subject: str) -> str:
    encoded = quote(subject)
    while len(encoded) > _LONGEST_SUBJECT:
        subject = subject[:-1]
        encoded = quote(subject)
    return encoded


@dataclass(frozen=True, slots=True)
class Links:
    """The links to one address about one case; what they have in common is encoded once. A plus sign is encoded, too:
    some take it for a blank."""

    begun: str
    """Up to the words of the subject behind the tag."""
    below: str
    """What stands below a command."""

    def command(self, name: str, said: str, argument: str = "") -> Action:
        """A mail that is to be sent as it is."""
        return Action(name, said, f"{self.begun}{_encoded(name)}&body={_encoded(said)}{self.below}", argument)

    def sheet(self, name: str, said: str, about: str, begun: str = "", *, clean: bool) -> Action:
        """A mail to write in, `about` what is encoded already: clean below what is begun, where the address is proof
        enough."""
        body = _encoded(begun) if clean else f"{_encoded(begun)}{self.below}"
        return Action(name, said, f"{self.begun}{about}&body={body}")


def for_agent(
    letterhead: Letterhead,
    mail: Addressed,
    agent: Agent,
    now: datetime,
    *,
    merges: Sequence[int] = (),
    merged: Sequence[int] = (),
    held: bool = False,
    guarded: bool = False,
    inside: bool = False,
    vendor: str = "",
) -> tuple[Action, ...]:
    """What this agent may do on the case, likely things first. `merges`: the cases that it may be one with, `merged`:
    those that are one with it; `held`: an answer can still be taken back; `guarded`: one of theirs waits for their
    word; `inside`: a colleague wrote to them; `vendor`: this one did."""
    case, clean = mail.case, letterhead.plus_addresses
    about = _short(one_line(case.subject))
    public = _agents_links(letterhead, mail, TokenKind.AGENT)
    note = _agents_links(letterhead, mail, TokenKind.NOTE)
    found = [note.command("send", "/send")] if guarded else []
    found += [note.command("undo", "/undo")] if held or guarded else []
    sheets = [
        public.sheet("reply", "/public", about, clean=clean),
        note.sheet("note", "/note", about, "/note\r\n\r\n", clean=clean),
    ]
    if case.status is Status.MERGED:  # it goes on in another one, and what is said here is done there
        return (sheets[1], note.command("unmerge", f"/unmerge {case.number}", str(case.number)))
    if vendor:
        said = f"/vendor {vendor}"
        found.append(note.sheet("vendor", said, about, f"{said}\r\n\r\n", clean=clean))
    found += sheets[::-1] if inside else sheets
    if case.owner is None or fold_address(case.owner) != fold_address(agent.address):
        found.append(note.command("take", "/take"))
    found += [note.command(name, said) for name, said in _moves(case)]
    for who in _colleagues(case, agent, letterhead.desk, now):
        found.append(note.command("assign", f"/assign {_called(who, letterhead.desk)}", who.name or who.address))
    found.append(note.sheet("assign-to", "/assign WHO", "assign", "/assign ", clean=clean))
    if len(letterhead.desk.agents) > 1:
        found.append(note.sheet("ask", "/ask WHO", about, "/ask ", clean=clean))
    found += [note.command("merge", f"/merge {number}", str(number)) for number in merges]
    found += [note.command("unmerge", f"/unmerge {number}", str(number)) for number in merged]
    return tuple(found)


def command_address(letterhead: Letterhead, mail: Addressed) -> str:
    """Where this agent can send commands on the case without answering a mail; empty where only an answer has the
    proof."""
    return letterhead.reply_to(replace(mail, kind=TokenKind.NOTE)) if letterhead.plus_addresses else ""


def answer_address(letterhead: Letterhead, mail: Addressed) -> str:
    """Where this agent can begin a mail that goes to the customer; empty where only an answer has the proof."""
    return letterhead.named_reply_to(replace(mail, kind=TokenKind.AGENT)) if letterhead.plus_addresses else ""


def for_customer(letterhead: Letterhead, mail: Addressed, event: str, *, copied: bool) -> tuple[Action, ...]:
    """The words that a customer may send, alone in a mail. Nothing of the case stands in the links."""
    over = mail.case.status.state is StateType.DONE or event in _SETTLES
    settled = ("reopen", "close") if mail.case.status is Status.RESOLVED and event == "answer" else ("reopen",)
    words = [*(settled if over else ("status", "close")), *(("leave",) if copied else ())]
    one = links(letterhead, mail.case.number, letterhead.reply_to(mail), letterhead.footer(mail))
    return tuple(one.command(word, word) for word in words)


def links(letterhead: Letterhead, number: int, address: str, footer: str) -> Links:
    """The links about a case to an address that carries the proof, or, where there are none, with this line below."""
    carried = "" if letterhead.plus_addresses else quote(footer)
    tag = quote(letterhead.tag(number))
    return Links(f"mailto:{quote(address, safe='@')}?subject={tag}%20", f"{_BELOW}{carried}")


def standing(letterhead: Letterhead, agent: str) -> Links | None:
    """The links to the address at which this agent writes about no case; None where plus-addresses do not work."""
    own = letterhead.standing_address(agent)
    return Links(f"mailto:{quote(own, safe='@')}?subject=", _BELOW) if own else None


def _agents_links(letterhead: Letterhead, mail: Addressed, kind: TokenKind) -> Links:
    mail = replace(mail, kind=kind)
    return links(letterhead, mail.case.number, letterhead.named_reply_to(mail), letterhead.footer(mail))


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
    there = [one for one in desk.agents if one.serves(case.queue) and not one.is_away(now) and one.key not in out]
    return sorted(there, key=lambda one: one.level != case.level)[:_MOST_COLLEAGUES]


def _called(agent: Agent, desk: Desk) -> str:
    """The part before the @, where nobody else has the same."""
    short = agent.address.partition("@")[0].lower()
    same = [one for one in desk.agents if one.address.partition("@")[0].lower() == short]
    return short if len(same) == 1 else agent.address
