"""A problem and the cases behind which it is: one word to all their customers, to each privately, by a mail under the
number they know."""

from __future__ import annotations

from datetime import timedelta

from maild.desk.effects import Effect, MoveStatus, PassOn, Reply
from maild.desk.lifecycle import Happening, after
from maild.desk.orders.orders import Orders, Refusal
from maild.desk.settings import Agent
from maild.desk.situation import Situation
from parsers.message import Attachment
from store.records import Case, RelationKind, StateType, Status


def open_incidents(situation: Situation) -> list[Case]:
    """Those that are not done yet; one that was merged stands in the case in which it goes on."""
    here = situation.case.number if situation.case else 0
    found = [
        situation.named[r.source].case
        for r in situation.relations
        if r.kind is RelationKind.INCIDENT and r.target == here and r.source in situation.named
    ]
    alive = {case.number: case for case in found if case.status.state is not StateType.DONE and case.number != here}
    return [alive[number] for number in sorted(alive)]


def touched(situation: Situation) -> str:
    """The open incidents in words. Raises Refusal where there are none."""
    numbers = [str(case.number) for case in open_incidents(situation)]
    if not numbers:
        raise Refusal("no open case has this one as its problem; /problem NUMBER, said there, joins it")
    return f"case {numbers[0]}" if len(numbers) == 1 else f"cases {', '.join(numbers)}"


def for_incidents(
    situation: Situation, orders: Orders, agent: Agent, text: str, files: tuple[Attachment, ...], hold: timedelta
) -> list[Effect]:
    """What the agent wrote, and whether it is resolved, passed on to each."""
    if situation.case is None or not (orders.resolve_incidents or (orders.update_incidents and (text or files))):
        return []
    why = f"{agent.address} wrote in the problem, case {situation.case.number}"
    lines = (f"Its problem, case {situation.case.number}: {agent.address} wrote to the customers of all its cases.",)
    return [
        PassOn(why=why, case=case.number, effects=_told(case, orders, agent, text, files, hold, why), lines=lines)
        for case in open_incidents(situation)
    ]


def _told(
    case: Case, orders: Orders, agent: Agent, text: str, files: tuple[Attachment, ...], hold: timedelta, why: str
) -> tuple[Effect, ...]:
    # We still owe them the end of it: silence must not close the case of somebody who waits for us.
    status = Status.RESOLVED if orders.resolve_incidents else after(case, Happening.ANSWERED_STILL_OWING)
    reply = Reply(why=why, event="resolved", then=status)
    if text or files:
        reply = Reply(
            why=why,
            event="update",
            text=text,
            automatic=False,
            everyone=True,
            author=agent.address,
            author_name=agent.name,
            files=files,
            hold=hold,
            then=status,
        )
    return (reply,) if status is case.status else (reply, MoveStatus(why=why, status=status))


def offer(situation: Situation, orders: Orders) -> tuple[str, ...]:
    """Where a problem is done, its open incidents are named, with the command that resolves them."""
    if orders.status not in (Status.RESOLVED, Status.CLOSED) or orders.resolve_incidents:
        return ()
    if not open_incidents(situation):
        return ()
    return (f"Still open behind this problem: {touched(situation)}. /resolve-incidents resolves them all",)
