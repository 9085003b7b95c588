"""The clocks of rules on time: one for each case and each rule with `on = "timer"`, counted from what `since` says.

    since             starts (anew)                                  stops
    opened            the case is opened                             it has ended
    customer wrote    a person outside writes in it                  an agent answers or calls, it has ended
    answered          the mail server takes an agent's answer        a person outside writes, it has ended
    status            its status changes, not by a rule on time      it has ended

Whether the rule applies is asked when its clock is due, never before. That what a rule on time does starts no clock
is why such rules cannot keep each other going.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from maild.desk.changes import left_by
from maild.desk.decide import Feature
from maild.desk.effects import (
    AddEntry,
    Effect,
    MoveStatus,
    OpenCase,
    Remember,
    Reply,
    StartTimer,
    StopTimer,
    TakeBack,
)
from maild.desk.rules.later import is_rules
from maild.desk.situation import Accepted, Due, Situation
from store.records import ENDED, Direction, Status, fold_address


def react(situation: Situation, plan: Sequence[Effect], now: datetime) -> list[Effect]:
    """Start, start anew or stop each, as the occasion and the plan want it."""
    rules = situation.desk.rules.on_timer
    if not rules:
        return []
    status = _status_after(situation, plan)
    if status is None:
        return []
    if status in ENDED:
        why = f"the case is {status.value}"
        return [StopTimer(why=why, name=t.name) for t in situation.timers if is_rules(t)]
    found: list[Effect] = []
    for rule in rules:
        begins, why = _begins(rule.since, situation, plan, now)
        if begins is not None:
            found.append(StartTimer(why=f"{rule.name}: {why}", name=rule.timer, due_at=begins + rule.after))
        elif situation.has_timer(rule.timer) and (stops := _stops(rule.since, plan)):
            found.append(StopTimer(why=stops, name=rule.timer))
    return found


def _status_after(situation: Situation, plan: Sequence[Effect]) -> Status | None:
    """The status of the case as the plan leaves it; None: there is no case."""
    if situation.case is not None:
        return left_by(situation.case, plan).status
    if not any(isinstance(effect, OpenCase) for effect in plan):
        return None
    return next((effect.status for effect in reversed(plan) if isinstance(effect, MoveStatus)), Status.NEW)


def _begins(since: str, situation: Situation, plan: Sequence[Effect], now: datetime) -> tuple[datetime | None, str]:
    """From when a clock is counted that starts with this, and why; None: it does not."""
    opened = any(isinstance(effect, OpenCase) for effect in plan)
    occasion = situation.occasion
    match since:
        case "opened" if opened:
            return now, "the case was opened"
        case "customer wrote" if _customer_wrote(plan):
            return now, "the customer wrote"
        case "customer wrote" if situation.last_public and any(isinstance(effect, TakeBack) for effect in plan):
            return situation.last_public.at, "the answer was taken back"
        case "answered" if isinstance(occasion, Accepted) and _is_answer(occasion, situation):
            return now, "the mail server took our answer"
        case "status" if opened:
            return now, "the case was opened"
        case "status" if any(isinstance(effect, MoveStatus) for effect in plan) and not _by_rule_on_time(situation):
            return now, "its status changed"
        case _:
            return None, ""


def _stops(since: str, plan: Sequence[Effect]) -> str:
    """Why a clock ends with this; empty: it goes on."""
    if since == "customer wrote" and any(_is_word_of_ours(effect) for effect in plan):
        return "we answered"
    if since == "answered" and _customer_wrote(plan):
        return "the customer wrote"
    return ""


def _is_word_of_ours(effect: Effect) -> bool:
    """An answer by mail, or a call or a chat."""
    if isinstance(effect, AddEntry):
        return effect.direction in (Direction.CALL, Direction.CHAT)
    return isinstance(effect, Reply) and effect.event == "answer"


def _customer_wrote(plan: Sequence[Effect]) -> bool:
    """A person outside did, and not only to thank us for a case that is done."""
    wrote = any(isinstance(e, AddEntry) and e.direction is Direction.IN and not e.automatic for e in plan)
    return wrote and not any(isinstance(e, Remember) and e.event == "courtesy" for e in plan)


def _is_answer(accepted: Accepted, situation: Situation) -> bool:
    mail = accepted.mail
    return (
        mail.event == "answer"
        and situation.case is not None
        and mail.recipient == fold_address(situation.case.requester)
    )


def _by_rule_on_time(situation: Situation) -> bool:
    return isinstance(situation.occasion, Due) and is_rules(situation.occasion.timer)


FEATURE = Feature("rule clocks", react)
