"""No Response: a third party that a case waits for says nothing, however often it is asked.

    Waiting on Vendor → No Response after `no_response_after`, when it was asked `no_response_attempts` times at least

Everything that one of ours does on the case while it waits counts as asking, the first being what set it to wait.
What somebody other than the requester writes starts the time anew. Asked too seldom: the owner is told to ask again.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from maild.desk.changes import case_after
from maild.desk.clocks.calendar import spelled
from maild.desk.clocks.clocks import History
from maild.desk.decide import Feature
from maild.desk.effects import AddEntry, Effect, MoveStatus, Notify, Reply, StartTimer, StopTimer
from maild.desk.people.audience import responsible
from maild.desk.situation import Arrived, Due, Passed, Situation
from store.records import Case, Direction, Status, Timer, fold_address

NAME = "no-response"


def react(situation: Situation, plan: Sequence[Effect], now: datetime) -> list[Effect]:
    """Arm or stop the timer."""
    if isinstance(situation.occasion, Due) and situation.occasion.timer.name == NAME:
        return []
    if not isinstance(situation.occasion, Arrived | Due | Passed):
        return []
    case, armed = case_after(situation.case, plan, now), situation.has_timer(NAME)
    if case is None:
        return []
    if case.status is not Status.WAITING_ON_VENDOR:
        return [StopTimer(why=f"the case is {case.status.value}", name=NAME)] if armed else []
    after = situation.desk.policy_of(case.queue).no_response_after
    if not armed:
        why = f"if the third party says nothing for {spelled(after)}"
        return [StartTimer(why=why, name=NAME, due_at=now + after)]
    if isinstance(situation.occasion, Arrived) and _is_theirs(situation, plan, situation.occasion):
        return [StartTimer(why="the third party wrote", name=NAME, due_at=now + after)]
    return []


def fire(situation: Situation, timer: Timer, now: datetime) -> list[Effect]:
    """They have said nothing for all that time."""
    case = situation.case
    if timer.name != NAME or case is None or case.status is not Status.WAITING_ON_VENDOR:
        return []
    return _fired(case, situation.history or History(as_of=now), situation, now)


def _fired(case: Case, history: History, situation: Situation, now: datetime) -> list[Effect]:
    policy = situation.desk.policy_of(case.queue)
    asked = _attempts(case, history)
    if asked >= policy.no_response_attempts:
        why = f"the third party was asked {asked} times and said nothing for {spelled(policy.no_response_after)}"
        return [MoveStatus(why=why, status=Status.NO_RESPONSE), Reply(why=why, event="no-response")]
    people = responsible(case, situation.desk, now)
    why = f"the third party was asked {asked} times only"
    again = policy.no_response_after / 3
    said = f"{spelled(policy.no_response_after)} are over, and the third party was asked {_times(asked)} only. "
    lines = (f"{said}Ask once more, and write a note of it; we look again in {spelled(again)}.",)
    notices = [Notify(why=why, event="stale", to=agent.address, note=True, lines=lines) for agent in people]
    return [*notices, StartTimer(why=why, name=NAME, due_at=now + again)]


def _attempts(case: Case, history: History) -> int:
    """How often one of ours did something on it since it began to wait."""
    waits = [change.at for change in history.changes if change.value == Status.WAITING_ON_VENDOR.value]
    since = waits[-1] if waits else case.created_at
    ours = (deed for deed in history.deeds if deed.direction is not Direction.IN and not deed.automatic)
    return sum(deed.at >= since for deed in ours)


def _times(number: int) -> str:
    return {0: "never", 1: "once"}.get(number, f"{number} times")


def _is_theirs(situation: Situation, plan: Sequence[Effect], arrived: Arrived) -> bool:
    """Whether somebody outside who is not the requester wrote it."""
    came = any(isinstance(e, AddEntry) and e.direction is Direction.IN and not e.automatic for e in plan)
    requester = fold_address(situation.case.requester) if situation.case else ""
    return came and fold_address(arrived.sender.address) != requester


FEATURE = Feature("no_response", react, fire)
