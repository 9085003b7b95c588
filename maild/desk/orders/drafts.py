"""What becomes of an answer that a guard held: `/send` sends it as it was written, `/undo` drops it."""

from __future__ import annotations

from dataclasses import replace

from maild.desk.drafts import of_agent
from maild.desk.lines import in_short
from maild.desk.orders.orders import Orders, Refusal, Verb
from maild.desk.settings import Agent
from maild.desk.situation import Situation

SEND_ANEW = "To send another, reply to a notice of the customer's mail, or put /public above your text."
ONCE_MORE = "Put that line right, and send both once more, in a reply to the same notice."
_LONGEST = 60


def _send(orders: Orders, argument: str, situation: Situation, agent: Agent) -> tuple[Orders, str]:
    if argument:
        raise Refusal("/send takes nothing behind it; it sends the answer that is held, as it was written")
    if not of_agent(situation, agent):
        others = ", ".join(draft.sender for draft in situation.drafts)
        if not others and situation.can_undo:
            at = max(mail.next_at for mail in situation.can_undo).astimezone(situation.desk.zone)
            raise Refusal(
                f"nothing need be done: your answer leaves at {at:%H:%M:%S %Z} by itself, unless you /undo it"
            )
        raise Refusal(f"only {others} can send what is held here" if others else "no answer of yours is held here")
    return replace(orders, send=True), "the answer that was held goes out as you wrote it"


def taken_back(situation: Situation) -> str:
    """What of the case has not left yet, each by its words and whom it would have reached."""
    readers: dict[tuple[str, str], list[str]] = {}
    texts = {
        entry.id: (in_short(entry.text, _LONGEST), entry.sender_name or entry.sender) for entry in situation.undoable
    }
    for mail in situation.can_undo:
        readers.setdefault(texts.get(mail.entry or 0, (mail.event, "")), []).append(mail.recipient)
    many = f"all {len(readers)} that had not left yet" if len(readers) > 1 else "what had not left yet"
    each = "; ".join(
        f"“{text}”{f' of {who}' if who else ''} to {', '.join(dict.fromkeys(people))}"
        for (text, who), people in readers.items()
    )
    kept = "are kept as notes" if len(readers) > 1 else "is kept as a note"
    return f"{many} will not leave, and {kept}: {each}. {SEND_ANEW}"


def drop(orders: Orders, situation: Situation) -> tuple[Orders, str]:
    """`/undo` where a guard held an answer of theirs: that one is meant, and not a colleague's, which may be why."""
    more = "; what else leaves within the minute is taken back by another /undo" if situation.can_undo else ""
    return replace(orders, drop=True), f"your held answer will not be sent; it is kept as a note{more}"


VERBS_DRAFTS: dict[str, Verb] = {"send": _send}

HELP_DRAFTS = {"send": "your answer that was held goes out as you wrote it"}
