"""What the commands mean that are about people: who called, for whom a case is, who is away; what a cause was."""

from __future__ import annotations

from dataclasses import replace

from maild.desk.calls import read_new
from maild.desk.effects import SetDigest
from maild.desk.orders.handover import FOUND
from maild.desk.orders.orders import Orders, Refusal, Verb, joined
from maild.desk.people.away import back_after, read_last_day
from maild.desk.settings import Agent
from maild.desk.situation import Arrived, Situation
from store.records import Direction


def _away(orders: Orders, argument: str, situation: Situation, _a: Agent) -> tuple[Orders, str]:
    if argument.lower() in ("off", "no"):
        return replace(orders, away_until=None, back=True), "you are back; new cases may come to you again"
    sent = situation.occasion.message.date if isinstance(situation.occasion, Arrived) else None
    last = read_last_day(argument, sent, situation.desk.zone)
    if last is None:
        raise Refusal("until which day? Say /away until friday, or 2026-03-14 (the last day away), or /away off")
    said = (
        f"you get no new cases up to and including {last:%A} {last:%Y-%m-%d}, and no word of those that nobody owns; "
        "mail in your own cases still reaches you, and those who are there as well; /away off ends it sooner"
    )
    return replace(orders, away_until=back_after(last, situation.desk.zone), back=False), said


def _digest(orders: Orders, argument: str, situation: Situation, agent: Agent) -> tuple[Orders, str]:
    word = argument.lower()
    if word not in ("daily", "off"):
        raise Refusal("daily or off? Say /digest daily (your notices come in one mail a day), or /digest off")
    deed = SetDigest(why="they said so", address=agent.address, daily=word == "daily")
    said = f"your notices come in one mail, {situation.desk.digest_at.text}; what is urgent still comes at once"
    return replace(orders, deeds=(*orders.deeds, deed)), said if deed.daily else "every notice is a mail again"


def _called(orders: Orders, argument: str, _s: Situation, _a: Agent) -> tuple[Orders, str]:
    word, _, rest = argument.partition(" ")
    voicemail = word.lower().rstrip(":,.") == "voicemail"
    said = "a message was left on their voicemail" if voicemail else "you spoke with the customer"
    text = rest.strip() if voicemail else argument
    logged = replace(orders, channel=Direction.CALL, voicemail=voicemail, text=joined(orders.text, text))
    return logged, f"{said}; that counts as an answer"


def _chat(orders: Orders, argument: str, _s: Situation, _a: Agent) -> tuple[Orders, str]:
    logged = replace(orders, channel=Direction.CHAT, voicemail=False, text=joined(orders.text, argument))
    return logged, "you chatted with the customer; that counts as an answer"


def _new(orders: Orders, argument: str, situation: Situation, _a: Agent) -> tuple[Orders, str]:
    behalf = read_new(argument, situation.desk)
    arrived = situation.occasion
    if not isinstance(arrived, Arrived) or arrived.behalf != behalf:
        raise Refusal("one mail opens one case; send one for each")
    return orders, f"a case for {behalf.address}"


def _rca(orders: Orders, argument: str, _s: Situation, agent: Agent) -> tuple[Orders, str]:
    said = f"kept as what {agent.level} found {FOUND}"
    if argument:
        return replace(orders, findings=(*orders.findings, argument)), said
    return replace(orders, note=True, text_is_finding=True), said


VERBS: dict[str, Verb] = {
    "away": _away,
    "digest": _digest,
    "called": _called,
    "chat": _chat,
    "new": _new,
    "rca": _rca,
}

HELP = {
    "new for ADDRESS SUBJECT": "open a case for somebody who called; quietly behind it: they are not told",
    "called": "you spoke with the customer; /called voicemail: you left a message",
    "chat": "you chatted with the customer",
    "rca TEXT": "what you found of the cause; internal",
    "away until DAY|off": "give me no new cases up to that day, such as friday or 2026-12-01; or: I am back",
    "digest daily|off": "send me my notices in one mail a day; or one by one",
}
