"""The case and its history as a plan will leave them, for what depends on them and is decided in the same breath."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime

from maild.desk.changes import newly_opened
from maild.desk.clocks.clocks import Clock, History, clocks_of
from maild.desk.effects import (
    AddEntry,
    AskVendor,
    Assign,
    Classify,
    Effect,
    MoveStatus,
    OpenCase,
    Reply,
    SetDue,
    TakeBack,
)
from maild.desk.settings import Desk
from maild.desk.situation import Situation
from store.records import Case, Change, Deed, Direction


def foreseen(situation: Situation, plan: Sequence[Effect], now: datetime) -> tuple[Case, History] | None:
    """The case after the plan, and what will have happened to it; None where there is none."""
    case = situation.case
    history = situation.history or History(as_of=now)
    changes, deeds = list(history.changes), list(history.deeds)
    for effect in plan:
        if isinstance(effect, OpenCase):
            case = newly_opened(effect, now)
        if case is None:
            continue
        match effect:
            case AddEntry():
                deeds.append(
                    Deed(at=now, direction=effect.direction, public=effect.public, automatic=effect.automatic)
                )
            case Reply():
                deeds.append(Deed(at=now, direction=Direction.OUT, public=True, automatic=effect.automatic))
            case AskVendor():
                deeds.append(Deed(at=now, direction=Direction.OUT, public=False, automatic=False))
            case TakeBack(mails=mails):
                deeds = _taken_back(deeds, situation, mails)
            case MoveStatus(status=status):
                changes.append(_change(case, "status", case.status.value, status.value, effect.why, now))
                case = replace(case, status=status)
            case Classify(field=field, value=value) if getattr(case, field) != value:
                changes.append(_change(case, field, str(getattr(case, field)), value, effect.why, now))
                case = replace(case, **{field: value})  # type: ignore[arg-type]
            case SetDue(due_at=due_at):
                case = replace(case, due_at=due_at)
            case Assign(owner=owner):
                changes.append(_change(case, "owner", case.owner or "", owner or "", effect.why, now))
                case = replace(case, owner=owner)
            case _:
                continue
    if case is None:
        return None
    return case, History(changes=tuple(changes), deeds=tuple(deeds), as_of=now)


def _taken_back(deeds: Sequence[Deed], situation: Situation, mails: Sequence[int]) -> list[Deed]:
    """What was said as if it had been a note: nobody outside has read it."""
    written = {mail.created_at for mail in situation.can_undo if mail.id in mails}
    return [
        replace(deed, direction=Direction.NOTE, public=False)
        if deed.direction is Direction.OUT and not deed.automatic and deed.at in written
        else deed
        for deed in deeds
    ]


def clocks_after(situation: Situation, plan: Sequence[Effect], now: datetime) -> list[Clock]:
    """How the case will stand to what was promised for it."""
    found = foreseen(situation, plan, now)
    return clocks(*found, situation.desk, now) if found is not None else []


def clocks(case: Case, history: History, desk: Desk, now: datetime) -> list[Clock]:
    """The clocks of a case, by this desk's promises and the calendars of its queues."""
    return clocks_of(case, history, desk.targets, lambda queue: desk.queue(queue).calendar, now)


def _change(case: Case, field: str, was: str, value: str, why: str, now: datetime) -> Change:
    return Change(case=case.number, at=now, field=field, was=was, value=value, why=why, actor="")
