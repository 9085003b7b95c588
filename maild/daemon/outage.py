"""Says that the store is away, and that it is back: once each, however many threads run against it meanwhile."""

from __future__ import annotations

import os
import threading
import time
from collections.abc import Callable

from maild.errors import TRY_AGAIN
from maild.log import Event, Log
from maild.pipeline.office import Office
from store import StoreBroken, StoreUnavailable

_REMIND = 600.0
_STALE = 120.0
"""A duty that has not met the store for so long has other troubles, or nothing to do."""
_PAUSE = 0.5


class Outage:
    """Which duties fail for want of the store. Over when all of them went well again."""

    def __init__(self, log: Log, monotonic: Callable[[], float] = time.monotonic) -> None:
        self._log = log
        self._monotonic = monotonic
        self._lock = threading.Lock()
        self._failing: dict[str, float] = {}
        """Duty → when it last found the store away."""
        self._since = self._said = 0.0

    @property
    def goes_on(self) -> bool:
        """Whether a duty found the store away, and has not found it back yet."""
        return bool(self._failing)

    def met(self, duty: str, error: StoreUnavailable) -> None:
        """A duty found the store away. If its files are broken, the process ends at once: nothing may be tried again
        on the same open files, not even to close them in order."""
        if isinstance(error, StoreBroken):
            self._log.emit(Event.STORE_BROKEN, duty=duty, error=error)
            os._exit(TRY_AGAIN)
        with self._lock:
            now = self._monotonic()
            if not self._failing:
                self._since = now
            if not self._failing or now - self._said > _REMIND:
                self._said = now
                self._log.emit(Event.STORE_UNAVAILABLE, duty=duty, error=error)
            self._failing[duty] = now

    def over(self, duty: str) -> None:
        """A duty went well."""
        if not self._failing:
            return
        with self._lock:
            now, was = self._monotonic(), bool(self._failing)
            self._failing = {one: met for one, met in self._failing.items() if one != duty and now - met < _STALE}
            if was and not self._failing:
                self._log.emit(Event.STORE_BACK, after=f"{now - self._since:.0f}s")


def settle_last(office: Office, deadline: float) -> None:
    """Before the process ends: write what is owed, waiting until then (time.monotonic) for a store that is away."""
    while len(office.owed):
        try:
            office.owed.settle()
        except StoreUnavailable:
            if time.monotonic() >= deadline:
                office.log.emit(Event.STORE_OWED, debts=len(office.owed))
                return
            time.sleep(_PAUSE)
