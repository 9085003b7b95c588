"""An agent's commands about their own time: `/remind` me, `/due` until when, `/spend` for time that was worked."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta

from maild.desk.effects import NoteTime, Remind, SetDue, StopTimer
from maild.desk.orders.orders import Orders, Refusal, Verb
from maild.desk.orders.times import in_words, read_moment, read_worked
from maild.desk.plans import reminder_timer
from maild.desk.settings import Agent
from maild.desk.situation import Situation
from store.records import fold_address

_MORNING, _EVENING = 9, 17
"""The hour of a day that is named without one: when to be reminded, and until when something is to be done."""
_MOST = 20
"""So many reminders may wait on one case."""
_A_DAY = timedelta(hours=24)
_LONGEST_TEXT = 500
_OFF = ("off", "none", "never", "no")


def _remind(orders: Orders, argument: str, situation: Situation, agent: Agent) -> tuple[Orders, str]:
    now = _here("/remind", situation)
    mine = [one for one in situation.reminders if one.agent == fold_address(agent.address)]
    if argument.lower() in _OFF:
        stopped = tuple(StopTimer(why=f"{agent.address} said so", name=reminder_timer(one.id)) for one in mine)
        if not stopped:
            raise Refusal("you have no reminder on this case")
        return replace(orders, deeds=(*orders.deeds, *stopped)), "you are reminded of nothing on this case any more"
    read = read_moment(argument, now, situation.desk.zone, _MORNING)
    if read is None:
        raise Refusal(
            "when? Say /remind 2d, /remind tomorrow 9:00 check the logs, /remind 2026-12-01, or /remind off"
        )
    waiting = len(situation.reminders) + sum(isinstance(deed, Remind) for deed in orders.deeds)
    if waiting >= _MOST:
        raise Refusal(f"{waiting} reminders wait on this case already; more are not kept")
    at, text = read
    why = f"{agent.address} wants to be reminded"
    deed = Remind(why=why, agent=agent.address, text=text[:_LONGEST_TEXT], due_at=at)
    reminded = replace(orders, deeds=(*orders.deeds, deed), hands_on=orders.hands_on or "/remind")
    return reminded, f"you are reminded {_said(at, situation)}"


def _due(orders: Orders, argument: str, situation: Situation, agent: Agent) -> tuple[Orders, str]:
    now = _here("/due", situation)
    why = f"{agent.address} said so"
    if argument.lower() in _OFF:
        return replace(orders, deeds=(*orders.deeds, SetDue(why=why, due_at=None))), "the case has no due date now"
    read = read_moment(argument, now, situation.desk.zone, _EVENING)
    if read is None or read[1]:
        raise Refusal("by when? Say /due 2026-12-01, /due friday 15:00, /due 3d, or /due off")
    at = read[0]
    deed = SetDue(why=why, due_at=at)
    return replace(orders, deeds=(*orders.deeds, deed)), f"to be done by {_said(at, situation)}"


def _spend(orders: Orders, argument: str, situation: Situation, agent: Agent) -> tuple[Orders, str]:
    _here("/spend", situation)
    back = argument.startswith("-")
    read = read_worked(argument.removeprefix("-"))
    if read is None or not timedelta(0) < read[0] <= _A_DAY:
        raise Refusal("how long? Say /spend 15m, /spend 1h30m or /spend 2h on the phone; /spend -15m takes back")
    minutes = round(read[0].total_seconds() / 60) * (-1 if back else 1)
    deed = NoteTime(why="they said so", agent=agent.address, minutes=minutes, text=read[1][:_LONGEST_TEXT])
    said = f"{in_words(read[0])} are {'taken back' if back else 'noted as time worked'}"
    return replace(orders, deeds=(*orders.deeds, deed)), said


def _here(verb: str, situation: Situation) -> datetime:
    """When it is said, of the case at hand. Raises Refusal where there is none."""
    if situation.case is None or situation.history is None:
        raise Refusal(f"{verb} is about a case, and there is none here")
    return situation.history.as_of


def _said(at: datetime, situation: Situation) -> str:
    return f"{at.astimezone(situation.desk.zone):%A %Y-%m-%d %H:%M %Z}"


VERBS_PLANNING: dict[str, Verb] = {"remind": _remind, "due": _due, "spend": _spend}

HELP_PLANNING = {
    "remind WHEN TEXT": "tell me of this case again then: 2d, friday, tomorrow 9:00, 2026-12-01; or off",
    "due WHEN": "by when it is to be done: its owner is warned a day before, and told when it is past; or off",
    "spend TIME": "time that I worked on it: 15m, 1h30m; a word on what may stand behind it",
}
