"""What the commands mean that are about people: who is away."""

from __future__ import annotations

from dataclasses import replace

from maild.desk.away import back_after
from maild.desk.orders import Orders, Refusal, Verb
from maild.desk.settings import Agent
from maild.desk.situation import Arrived, Situation
from parsers.absence import until


def _away(orders: Orders, argument: str, situation: Situation, _a: Agent) -> tuple[Orders, str]:
    word, _, day = argument.partition(" ")
    if word.lower() in ("off", "no") and not day:
        return replace(orders, away_until=None, back=True), "you are back; new cases may come to you again"
    sent = situation.occasion.message.date if isinstance(situation.occasion, Arrived) else None
    last = until(day, sent) if word.lower() == "until" else None
    if last is None or (sent is not None and back_after(last, situation.desk.zone) <= sent):
        raise Refusal("until which day? Say /away until 2026-03-14 (the last day away), or /away off")
    said = f"you get no new cases up to and including {last:%A} {last:%Y-%m-%d}; /away off ends it sooner"
    return replace(orders, away_until=back_after(last, situation.desk.zone), back=False), said


VERBS: dict[str, Verb] = {"away": _away}

HELP = {"away until DATE|off": "give me no new cases up to that day; or: I am back"}
