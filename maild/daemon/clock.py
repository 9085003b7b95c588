"""The desk's clock: the wall clock, except that it goes on steadily while the wall clock cannot be believed (F30).

A wall clock that moves by more than five minutes against the seconds that have really passed was set, rightly or
wrongly. Until that is known the desk's time goes on as if nothing had happened, so that nothing is written with a
time that may be weeks off, and timers wait. The old time is kept when the wall clock comes back to it; the new one is
taken when it has been steady for an hour. A machine that slept is no jump: CLOCK_BOOTTIME goes on in its sleep. A
process that is started anew takes the clock as it finds it.
"""

from __future__ import annotations

import threading
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from enum import Enum

from maild.pipeline.leases import boottime

MOST = timedelta(minutes=5)
"""A larger step is a jump: more than any slewing makes up for between two looks, and less than a wrong zone."""
STEADY = timedelta(hours=1)
"""After so long a new time is believed."""

_ONE_MOMENT = 1.0


class Turn(Enum):
    """What a look at the two clocks shows."""

    STEADY = "steady"
    JUMPED = "jumped"
    DOUBTED = "doubted"
    RIPE = "ripe"
    """The new time has been steady for so long that it may be taken."""
    BACK = "back"


@dataclass(frozen=True, slots=True)
class Pace:
    """Where the two clocks stood at one moment: from here they should go on alike."""

    wall: datetime
    passed: float
    """Seconds of CLOCK_BOOTTIME."""

    def at(self, passed: float) -> datetime:
        """The time by this pace."""
        return self.wall + timedelta(seconds=passed - self.passed)

    def off(self, wall: datetime, passed: float) -> timedelta:
        """By how much the wall clock is ahead of this pace."""
        return wall - self.at(passed)


@dataclass(frozen=True, slots=True)
class Belief:
    """The pace that is kept, and the one that the wall clock has had since it jumped, if it did."""

    kept: Pace
    other: Pace | None = None

    def now(self, passed: float) -> datetime:
        return self.kept.at(passed)


def judge(belief: Belief, wall: datetime, passed: float) -> tuple[Belief, Turn]:
    """One look at the two clocks, and what to believe after it. Pure."""
    seen = Pace(wall, passed)
    if abs(belief.kept.off(wall, passed)) <= MOST:
        return Belief(seen), Turn.STEADY if belief.other is None else Turn.BACK
    if belief.other is None or abs(belief.other.off(wall, passed)) > MOST:  # it has moved, or moved once more
        return replace(belief, other=seen), Turn.JUMPED
    if passed - belief.other.passed >= STEADY.total_seconds():
        return belief, Turn.RIPE
    # The other pace is not renewed, or its hour would never be over: slewing in an hour is far below MOST.
    return belief, Turn.DOUBTED


@dataclass(frozen=True, slots=True)
class Jump:
    """What one look showed: by how much the wall clock is ahead, and what time it is by the pace that is kept."""

    turn: Turn
    by: timedelta
    kept: datetime


class SteadyClock:
    """Call it for the time. Safe to use from several threads."""

    def __init__(
        self, wall: Callable[[], datetime] = lambda: datetime.now(UTC), passed: Callable[[], float] = boottime
    ) -> None:
        self._wall = wall
        self._passed = passed
        self._lock = threading.Lock()
        self._belief = Belief(Pace(*self._read()))
        self._news: list[Jump] = []

    def __call__(self) -> datetime:
        with self._lock:
            _, _, passed = self._look()
            return self._belief.now(passed)

    def in_doubt(self) -> bool:
        """Whether the wall clock says something else just now."""
        with self._lock:
            return self._look()[0] not in (Turn.STEADY, Turn.BACK)

    def news(self) -> list[Jump]:
        """How it jumped, and came back, since this was last asked."""
        with self._lock:
            self._look()
            news, self._news = self._news, []
            return news

    def new_time(self) -> Jump | None:
        """The new time, once it may be taken."""
        with self._lock:
            turn, wall, passed = self._look()
            return _seen(turn, self._belief.kept, wall, passed) if turn is Turn.RIPE else None

    def take_new_time(self) -> None:
        """From now on the time is what the wall clock shows."""
        with self._lock:
            self._belief = Belief(Pace(*self._read()))

    def _look(self) -> tuple[Turn, datetime, float]:
        """What a look shows, and both clocks as they were then."""
        wall, passed = self._read()
        before = self._belief.kept
        self._belief, turn = judge(self._belief, wall, passed)
        if turn in (Turn.JUMPED, Turn.BACK):
            self._news.append(_seen(turn, before, wall, passed))
        return turn, wall, passed

    def _read(self) -> tuple[datetime, float]:
        """Both clocks at one moment: a process may be stopped for minutes between two lines."""
        while True:
            before, wall, after = self._passed(), self._wall(), self._passed()
            if after - before < _ONE_MOMENT:
                return wall, after


def _seen(turn: Turn, kept: Pace, wall: datetime, passed: float) -> Jump:
    return Jump(turn, kept.off(wall, passed), kept.at(passed))
