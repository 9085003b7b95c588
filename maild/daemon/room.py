"""Watches the room on the store's disk: says when no more mail may be taken in, and keeps a reserve for the end.

Intake stops in time, while there is room left to route, to send, and to write down what the mail server answered.
Should the store find the disk full all the same, the reserve file is given up, so that what is in hand can be
finished; it is made anew, and intake goes on, when there is room again.
"""

from __future__ import annotations

import os
import threading
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from maild.log import Event, Log
from maild.settings.build import Plan

RESERVE = 16 * 1024 * 1024


@dataclass(frozen=True, slots=True)
class Measure:
    """How much room there is."""

    free: int
    reserve: int
    """Bytes of the reserve file; 0: there is none."""
    least: int
    """With less room than that no more mail is taken in: the setting, and the reserve while there is none."""

    @property
    def is_short(self) -> bool:
        return self.free < self.least

    @property
    def is_ample(self) -> bool:
        """Well above the mark, so that intake does not stop and go on with each mail."""
        return self.free >= self.least + self.least // 4


class DiskRoom:
    """The room in some folders, the first of which is the store's. Safe to use from several threads."""

    def __init__(self, folders: Sequence[Path], least: int, log: Log, reserve: int = RESERVE) -> None:
        self._folders = folders
        self._least = least
        self._log = log
        self._size = reserve
        self._reserve = folders[0] / "maild.reserve"
        self._lock = threading.Lock()
        self._short = False

    def is_short(self) -> bool:
        """Whether intake must stop. Looks at the disk each time: that costs no more than a system call."""
        with self._lock:
            self._look()
            return self._short

    def measure(self) -> Measure:
        """What there is now; changes nothing."""
        reserve = self._reserve.stat().st_size if self._reserve.exists() else 0
        return Measure(
            free=min(_free(folder) for folder in self._folders),
            reserve=reserve,
            least=self._least + (0 if reserve else self._size),
        )

    def spend(self) -> None:
        """The store found the disk full: give up the reserve. Mail is taken in again when it could be made anew."""
        with self._lock:
            with suppress(OSError):
                self._reserve.unlink(missing_ok=True)
            self._look()

    def _look(self) -> None:
        found = self.measure()
        if not found.reserve and not found.is_short and self._make():
            found = self.measure()
        short = not found.is_ample if self._short else found.is_short
        if short != self._short:
            self._short = short
            event = Event.INTAKE_STOPPED if short else Event.INTAKE_RESUMED
            self._log.emit(event, free=found.free, limit=found.least, reserve=found.reserve)

    def _make(self) -> bool:
        """The reserve, really on the disk and not only promised; False when it does not fit after all."""
        try:
            handle = os.open(self._reserve, os.O_WRONLY | os.O_CREAT | os.O_CLOEXEC, 0o600)
        except OSError:
            return False
        try:
            os.posix_fallocate(handle, 0, self._size)
        except OSError:
            with suppress(OSError):
                self._reserve.unlink()
            return False
        finally:
            os.close(handle)
        return True


def room_of(plan: Plan, log: Log) -> DiskRoom | None:
    """The room a desk on SQLite has; None on PostgreSQL, whose disk is another machine's."""
    scheme, _, path = plan.store_url.partition(":///")
    if not scheme.startswith("sqlite"):
        return None
    return DiskRoom([Path(path).parent, plan.state_dir], plan.settings.limits.free_space, log)


def _free(folder: Path) -> int:
    try:
        found = os.statvfs(folder)
    except OSError:  # not there, or its disk is gone: nothing can be kept in it
        return 0
    return found.f_bavail * found.f_frsize
