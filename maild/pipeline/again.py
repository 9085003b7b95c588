"""Letters whose routing failed before: one at a time, the least tried first, each after a pause that grows.

Between two of them whatever has newly come goes first, so that however many bad letters there are, a good one waits
for one of their tries at most. The pauses are in memory only: a restart forgets them, never the counted attempts.
"""

from __future__ import annotations

import time
from collections.abc import Callable

from maild.pipeline.office import Clock, Office
from maild.pipeline.route import route_again, tried_before
from store.records import Letter

_PAUSES = (5.0, 20.0)
"""Seconds after the first failure, and after any further one."""


class Again:
    def __init__(self, monotonic: Callable[[], float] = time.monotonic) -> None:
        self._monotonic = monotonic
        self._not_before: dict[tuple[int, int], float] = {}

    @property
    def waits(self) -> bool:
        """Whether a letter that was tried before waits for its next try, as far as is known."""
        return bool(self._not_before)

    def route_one(self, office: Office, clock: Clock) -> int:
        """Try the next letter whose pause is over; 0 when there is none."""
        letters = tried_before(office, clock())
        known = self._not_before
        self._not_before = {_try(one): known.get(_try(one), self._pause_end(one)) for one in letters}
        now = self._monotonic()
        for letter in letters:
            if self._not_before[_try(letter)] <= now:
                route_again(office, letter, clock)
                return 1
        return 0

    def _pause_end(self, letter: Letter) -> float:
        if letter.error is None:  # nothing failed: the process ended while it had the letter in hand
            return 0.0
        return self._monotonic() + _PAUSES[min(letter.attempts, len(_PAUSES)) - 1]


def _try(letter: Letter) -> tuple[int, int]:
    return letter.id, letter.attempts
