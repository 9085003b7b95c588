"""Gives out agents' tokens: says of which generation they are, and has the store note it."""

from __future__ import annotations

from datetime import datetime, timedelta

from store import Unit


class Issuing:
    """Of one piece of work: what it has looked up, it need not look up for every place a token stands in."""

    def __init__(self, unit: Unit, life: timedelta, now: datetime) -> None:
        self._unit = unit
        self._life = life
        self._now = now
        self._given: dict[tuple[str, int], int] = {}

    def __call__(self, agent: str, case: int) -> int:
        key = agent, case
        if key not in self._given:
            self._given[key] = self._unit.passes.issue(agent, case, self._now, self._life)
        return self._given[key]

    def void(self, agent: str, case: int) -> bool:
        """What was given out so far is good for nothing any more. False when there was nothing."""
        self._given.pop((agent, case), None)
        return self._unit.passes.void(agent, case)
