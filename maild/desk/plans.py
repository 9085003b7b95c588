"""What agents plan: reminders and due dates. Which timers are theirs, and whose reminder a timer is. Pure."""

from __future__ import annotations

import re
from collections.abc import Iterable

from maild.desk.settings import Desk
from maild.desk.situation import Due, Occasion
from store.planned import Reminder
from store.records import Timer

DUE = "due"
_REMINDER = re.compile(r"remind-([0-9]{1,18})")


def reminder_timer(reminder: int) -> str:
    """The name of the timer of a reminder."""
    return f"remind-{reminder}"


def reminder_in_words(one: Reminder, desk: Desk) -> str:
    """“Wed 04 Mar 2026 09:00 UTC, for Bea: ask the carrier”"""
    agent = desk.agent(one.agent)
    said = f": {' '.join(one.text.split())}" if one.text else ""
    at = f"{one.due_at.astimezone(desk.zone):%a %d %b %Y %H:%M %Z}"
    return f"{at}, for {(agent.name if agent else '') or one.agent}{said}"


def reminder_of(timer: Timer) -> int | None:
    """Which reminder it is the timer of."""
    found = _REMINDER.fullmatch(timer.name)
    return int(found[1]) if found else None


def reminders_of(timers: Iterable[Timer], occasion: Occasion) -> list[int]:
    """The reminders whose timers wait, and the one whose time has come."""
    due = [occasion.timer] if isinstance(occasion, Due) else []
    return [found for timer in (*timers, *due) if (found := reminder_of(timer)) is not None]
