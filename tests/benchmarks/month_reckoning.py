"""What has to happen to a case of the month, reckoned hour by hour from docs/process.md with none of maild's code:
time is counted by walking through it, and a timer is a number that is looked at every hour.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime, timedelta
from functools import cache
from zoneinfo import ZoneInfo

from tests.benchmarks.month_cases import ANSWERS, BEGAN, CUSTOMERS, HOUR, QUEUES, Letter, MadeCase, Word

DAY = timedelta(days=1)
ACTIVE = ("New", "Open")
WAITS = ("Waiting on Customer", "Resolved")
MUTED = ("Closed", "No Response", "Merged", "Spam")
_STATUS = {
    Word.ANSWER: "Waiting on Customer",
    Word.CALLED: "Waiting on Customer",
    Word.RESOLVE: "Resolved",
    Word.CLOSE: "Closed",
    Word.VENDOR: "Waiting on Vendor",
    Word.HOLD: "On Hold",
    Word.SPAM: "Spam",
    Word.MERGE: "Merged",
}


@dataclass(frozen=True, slots=True)
class Fired:
    """One timer that acts: when it is due, and in which hour's tick that is seen."""

    name: str
    due: datetime
    tick: datetime


@dataclass(slots=True)
class Outcome:
    fired: list[Fired] = field(default_factory=list)
    status: str = "New"
    armed: dict[str, datetime] = field(default_factory=dict)


@dataclass(slots=True)
class _Promise:
    goal: str
    within: timedelta
    in_work: bool = False
    climbs: bool = False
    used: timedelta = timedelta(0)
    warn: datetime | None = None
    late: datetime | None = None
    met: bool = False
    said_warning: bool = False
    said_late: bool = False

    def walk(self, step: timedelta, now: datetime) -> None:
        self.used += step
        if self.warn is None and self.used >= self.within * 3 / 4:
            self.warn = now
        if self.late is None and self.used >= self.within:
            self.late = now

    def owes(self) -> list[datetime]:
        """What is to be said, since when."""
        if self.met or self.said_late:
            return []
        found = [self.late] if self.late else []
        return found + ([self.warn] if self.warn and not self.said_warning else [])


def reckoned(case: MadeCase, hours: int) -> Outcome:
    """All that its timers do until that hour's tick, this one too."""
    return _Walk(case).through(hours)


class _Walk:
    def __init__(self, case: MadeCase) -> None:
        self.case = case
        self.opened = BEGAN + case.hour * HOUR
        self.out = Outcome()
        self.timers = self.out.armed
        self.last = self.opened
        self.left: list[datetime] = []
        """When the answers were written that have not left yet."""
        self.asked = 0
        self.promises = _promises(case)

    def through(self, hours: int) -> Outcome:
        step = HOUR / 2 if self.case.severity == "Immediate" else HOUR  # three quarters of two hours
        letters = {BEGAN + letter.hour * HOUR: letter for letter in self.case.letters}
        now, end = self.opened, BEGAN + hours * HOUR
        self._arm_stale(now)
        while now <= end:
            if now > self.opened:
                self._pass(now - step, step)
            if now in letters:
                self._read(letters[now], now)
            self._arm_targets()
            if (now - BEGAN) % HOUR == timedelta(0):
                self._tick(now)
                self._send(now)
            now += step
        return self.out

    def _pass(self, since: datetime, step: timedelta) -> None:
        if self.out.status not in ACTIVE:
            return
        for promise in self.promises:
            if not promise.met and (not promise.in_work or _is_work(since, self.case.queue)):
                promise.walk(step, since + step)

    def _read(self, letter: Letter, now: datetime) -> None:
        if letter.word is Word.AWAY:
            if self._stop_silence() and letter.until is not None:
                self.timers["silence-warning"] = max(letter.until + DAY, now) + DAY
            return
        self.last = now
        if letter.word in CUSTOMERS:
            self._customer(letter.word, now)
        else:
            self._agent(letter.word, now)
        self._arm_stale(now)

    def _customer(self, word: Word, now: datetime) -> None:
        if word is Word.THANKS and self.out.status == "Resolved":
            self.timers.pop("silence-warning", None)
            self.timers["silence-close"] = now + DAY
            return
        self._stop_silence()
        if self.out.status not in ("New", "Waiting on Vendor"):
            self._move("Open", now)

    def _agent(self, word: Word, now: datetime) -> None:
        self.asked += 1
        answers = word in ANSWERS or word is Word.CALLED
        speaks = answers or word is Word.NOTE
        if answers or word in _STATUS:
            self._stop_silence()
        for promise in self.promises:
            if (promise.goal in ("address", "call-back") and answers) or (promise.goal == "comment" and speaks):
                promise.met = True
        if word in _STATUS:
            self._move(_STATUS[word], now)
        if word in ANSWERS:
            self.left.append(now)
        if word is Word.CALLED:
            self.timers["silence-warning"] = now + DAY

    def _move(self, status: str, now: datetime) -> None:
        self.out.status, self.last = status, now
        for promise in self.promises:
            if promise.goal == "resolve":
                promise.met = status in ("Resolved", "Closed")
        if status == "Waiting on Vendor":
            self.asked = 1
            self.timers.setdefault("no-response", now + 21 * DAY)
        else:
            self.timers.pop("no-response", None)
        self._arm_stale(now)

    def _arm_stale(self, now: datetime) -> None:  # noqa: ARG002
        if self.out.status not in ACTIVE:
            self.timers.pop("stale", None)
        elif "stale" not in self.timers:
            self.timers["stale"] = _seven_working_days_after(self.last, self.case.queue)

    def _arm_targets(self) -> None:
        moments = [at for promise in self.promises for at in promise.owes()]
        if moments and self.out.status not in MUTED:
            self.timers["targets"] = min(moments)
        else:
            self.timers.pop("targets", None)

    def _stop_silence(self) -> bool:
        stopped = [self.timers.pop(name, None) for name in ("silence-warning", "silence-close")]
        return any(stopped)

    def _tick(self, now: datetime) -> None:
        due = sorted((at, name) for name, at in self.timers.items() if at <= now)
        for at, name in due:
            if self.timers.get(name) != at:
                continue
            del self.timers[name]
            self.out.fired.append(Fired(name, at, now))
            self._fire(name, at, now)
            self._arm_targets()

    def _fire(self, name: str, due: datetime, now: datetime) -> None:
        match name:
            case "silence-warning":
                self.timers["silence-close"] = due + DAY
            case "silence-close":
                self._move("Closed", now)
            case "no-response" if self.asked >= 2:
                self._move("No Response", now)
            case "no-response":
                self.timers["no-response"] = now + 7 * DAY
            case "stale":
                again = _seven_working_days_after(self.last, self.case.queue)
                self.timers["stale"] = again if again > now else _seven_working_days_after(now, self.case.queue)
            case "targets":
                self._say(now)

    def _say(self, now: datetime) -> None:
        for promise in self.promises:
            if not promise.owes():
                continue
            if promise.late:
                promise.said_late = True
                if promise.climbs:
                    self.last = now  # its level changes
            else:
                promise.said_warning = True

    def _send(self, now: datetime) -> None:
        """An answer is held for a minute, so the next hour's sending takes it."""
        gone = [at for at in self.left if at < now]
        self.left = [at for at in self.left if at >= now]
        if gone and self.out.status in WAITS:
            self.timers["silence-warning"] = now + DAY
            self.timers.pop("silence-close", None)


def _promises(case: MadeCase) -> list[_Promise]:
    first = {
        "Immediate": _Promise("resolve", 2 * HOUR, climbs=True),
        "High": _Promise("resolve", 4 * HOUR, climbs=True),
        "Medium": _Promise("address", 8 * HOUR, in_work=True),
        "Low": _Promise("address", 24 * HOUR),
    }[case.severity]
    found = [first, _Promise("comment", 48 * HOUR)]
    return [*found, _Promise("call-back", 48 * HOUR)] if case.kind == "callback" else found


@cache
def _is_work(hour: datetime, queue: str) -> bool:
    local = hour.astimezone(ZoneInfo(QUEUES[queue]))
    return local.weekday() < 5 and 9 <= local.hour < 17


def _seven_working_days_after(at: datetime, queue: str) -> datetime:
    local, left = at.astimezone(ZoneInfo(QUEUES[queue])).replace(fold=0), 7
    while left:
        local += DAY  # the same time of the next day, as its wall clock shows it
        left -= local.weekday() < 5
    return local.astimezone(BEGAN.tzinfo)
