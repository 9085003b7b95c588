"""SIGHUP: the configuration is read anew while the daemon works, and taken whole or not at all.

A file with a fault changes nothing but one line in the log. With a good one the daemon stops as on SIGTERM, finishes
what is in hand, and begins anew in the same process: so no mail ever meets half of two configurations.
"""

from __future__ import annotations

import os
import signal
import sys
from collections.abc import Callable
from pathlib import Path

from maild.daemon.trust import believed
from maild.errors import UserError
from maild.log import Event, Log
from maild.pipeline.office import Office
from maild.settings.build import Plan
from store import Store

_ENDS = frozenset({signal.SIGTERM, signal.SIGINT})
_HELD = _ENDS | {signal.SIGHUP}


class Reload:
    """Whether a daemon is to begin anew. `read` makes a plan of the file as it is now, and raises UserError."""

    def __init__(
        self, plan: Plan, read: Callable[[], Plan], log: Log, clock_is_doubted: Callable[[], bool] = lambda: False
    ) -> None:
        self._plan = plan
        self._read = read
        self._log = log
        self._clock_is_doubted = clock_is_doubted
        self._asked = False
        self._wake: Callable[[], None] = lambda: None
        self._on_terminal = _is_terminal()
        self.is_agreed = False
        """A good file was read, and the daemon stops to begin anew with it."""

    def listen(self, wake: Callable[[], None] = lambda: None) -> None:
        """From now on; before, the signal waits if this process has begun anew. `wake` is called in the handler."""
        self._wake = wake
        signal.signal(signal.SIGHUP, lambda *_: self._ask())
        signal.pthread_sigmask(signal.SIG_UNBLOCK, _HELD)

    def _ask(self) -> None:
        self._asked = True
        self._wake()

    def is_wanted(self, office: Office, stop: Callable[[], None]) -> bool:
        """Somebody asked, and the file is good. Asked by whoever may stop the daemon, when it was woken."""
        if not self._asked:
            return False
        self._asked = False
        if self._on_terminal and not _is_terminal():  # nobody asked: the terminal is gone, and so is its user
            stop()
            return False
        if self._clock_is_doubted():  # what begins anew takes the clock as it finds it
            self._refuse("the clock has jumped; reload when it is right, or restart to take it as it is")
            return False
        self.is_agreed = self._is_good(office.store)
        if self.is_agreed:
            self._log.emit(Event.SETTINGS_CHANGED, file=self._plan.config)
        return self.is_agreed

    def begin_anew(self, was_told_to_end: Callable[[], bool]) -> bool:
        """Become a new process with the same number; what was open is closed by now. Comes back with False when the
        daemon was told to end meanwhile, and with True when it has to go on with what it had."""
        # A signal from here on waits for the new process, and is heard there.
        signal.pthread_sigmask(signal.SIG_BLOCK, _HELD)
        if was_told_to_end():
            return False
        if self._is_good(None):  # it took a while to stop, and the file may have changed since
            try:
                os.execv(sys.executable, [sys.executable, *sys.orig_argv[1:]])
            except OSError as error:
                self._refuse(f"{sys.executable} cannot be run: {error.strerror}")
        return True

    def _is_good(self, store: Store | None) -> bool:
        try:
            _check(self._plan, self._read(), store)
        except UserError as error:
            self._refuse("; ".join(str(error).splitlines()))
        except Exception as error:  # whatever it is, the daemon goes on as it was
            self._refuse(f"{type(error).__name__}: {error}")
        else:
            return True
        return False

    def _refuse(self, error: str) -> None:
        self._log.emit(Event.SETTINGS_REFUSED, file=self._plan.config, error=error)


def hear_end() -> None:
    """A process that has begun anew may be ended again while it starts."""
    signal.pthread_sigmask(signal.SIG_UNBLOCK, _ENDS)


def _check(old: Plan, new: Plan, store: Store | None) -> None:
    """All that a start looks at. Raises UserError."""
    for what, was, will in (
        ("desk.state_dir", old.state_dir, new.state_dir),
        ("desk.key_file", _key_file(old), _key_file(new)),
        ("store.url", old.store_url, new.store_url),
    ):
        if was != will:
            raise UserError(f"{new.config}: {what}: changes only with a restart")
    new.stationery()
    new.rules()
    new.mailboxes()
    new.relay()
    new.lmtp()
    if store is not None:
        _check_queues(old, new, store)
        believed(new.desk, store)


def _check_queues(old: Plan, new: Plan, store: Store) -> None:
    gone = {queue.name for queue in old.desk.queues} - {queue.name for queue in new.desk.queues}
    if not gone:
        return
    with store.read() as unit:
        in_use = unit.cases.queues_in_use()
    if left := ", ".join(f"{queue} ({in_use[queue]})" for queue in sorted(gone & in_use.keys())):
        raise UserError(f"{new.config}: [[queue]]: cases are still open in queues that were taken out: {left}")


def _key_file(plan: Plan) -> Path:
    return plan.key_file


def _is_terminal() -> bool:
    try:
        return os.isatty(0)
    except OSError:
        return False
