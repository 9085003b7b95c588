"""What agents write down that is no mail: calls, chats, and what they found of a cause. Entries, all internal."""

from __future__ import annotations

import re

from maild.desk.addresses import can_be_written_to
from maild.desk.effects import AddEntry
from maild.desk.entries import written
from maild.desk.lines import cut, in_short
from maild.desk.orders.orders import Refusal
from maild.desk.settings import Agent, Desk
from maild.desk.situation import Behalf
from store.records import Direction, fold_address

_PERSON = re.compile(r"([^<>@]*?)\s*<?([^\s<>,;:@]+@[^\s<>,;:@]+)>?[,;:]?(?:\s+([^@]*))?")
"""A name, or none, and an address; and behind it what it is about."""
_LONGEST, _LONGEST_NAME, _LONGEST_SUBJECT = 400, 80, 80
_QUIETLY = "quietly"


def read_new(argument: str, desk: Desk) -> Behalf:
    """What stands behind `/new`. Raises Refusal."""
    words = argument.split()
    words = words[1:] if words[:1] and words[0].lower() == "for" else words
    quietly = len(words) > 1 and words[-1].lower() == _QUIETLY
    words = words[:-1] if quietly else words
    found = _PERSON.fullmatch(" ".join(words)) if len(argument) <= _LONGEST else None
    address = fold_address(found[2]) if found else ""
    if not can_be_written_to(address):
        lacks = "a case needs an address, where its answers go." if words else "for whom?"
        lacks = "one case is for one address." if argument.count("@") > 1 else lacks
        raise Refusal(
            f"{lacks} Say /new for ann@example.com, or /new for Ann Example <ann@example.com>, with quietly behind "
            "it if they are not to be told, and what it is about"
        )
    if desk.is_own(address) or desk.agent(address) is not None:
        raise Refusal(f"{address} is one of us; a case is for a customer")
    name = in_short(found[1].strip(" \"'"), _LONGEST_NAME) if found else ""
    about = (found[3] or "").split() if found else []
    if about and about[0].lower() == _QUIETLY:
        quietly, about = True, about[1:]
    subject = cut(" ".join(about).rstrip(","), _LONGEST_SUBJECT)
    return Behalf(address=address, quietly=quietly, name=name, subject=subject)


def told(agent: Agent, text: str) -> AddEntry:
    """What a customer said who has not been answered: what a new case begins with."""
    return written(agent, text, f"{agent.address} wrote down what the customer said", Direction.IN)


def logged(agent: Agent, channel: Direction, text: str, *, voicemail: bool = False) -> AddEntry:
    """What was said on the phone or in a chat. It counts as an answer."""
    head = "Spoken with the customer." if channel is Direction.CALL else "Chat with the customer."
    head = "A message left on the customer's voicemail." if voicemail else head
    return written(agent, f"{head}\n\n{text}".strip(), f"{agent.address} wrote down a {channel.value}", channel)


def finding(agent: Agent, text: str, *, of_letter: bool = False) -> AddEntry:
    """What this level found of the cause; the next one adds its own."""
    why = f"what {agent.level} found of the cause"
    return written(agent, text, why, of_letter=of_letter, finding_of=agent.level)
