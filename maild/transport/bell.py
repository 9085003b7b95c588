"""What wakes whoever sleeps in poll(): an event of ours (Linux: eventfd), and a signal to the process."""

from __future__ import annotations

import contextlib
import os
import select
import signal
import threading
import weakref
from collections.abc import Iterator


class Bell(threading.Event):
    """Whoever waits with poll() for `fileno` wakes when it is set, at once and never for nothing."""

    def __init__(self) -> None:
        super().__init__()
        self._handle = os.eventfd(0, os.EFD_NONBLOCK | os.EFD_CLOEXEC)
        weakref.finalize(self, os.close, self._handle)

    def fileno(self) -> int:
        return self._handle

    def set(self) -> None:
        super().set()
        os.eventfd_write(self._handle, 1)

    def clear(self) -> None:
        self._hush()
        super().clear()

    def _hush(self) -> None:
        try:
            os.eventfd_read(self._handle)
        except BlockingIOError:  # nobody has rung
            pass


class Summons:
    """Calls the main thread, which sleeps until then.

    The kernel hands a signal to any thread, and a handler of Python's runs only when the main thread does: asleep in
    poll(), it would not hear what another thread was handed. So what Python does first, in that other thread, writes
    into a pipe.
    """

    def __init__(self) -> None:
        self._heard, self._said = os.pipe2(os.O_NONBLOCK | os.O_CLOEXEC)
        for end in (self._heard, self._said):
            weakref.finalize(self, os.close, end)

    def ring(self) -> None:
        """From any thread, and from a handler."""
        with contextlib.suppress(BlockingIOError):  # it has been rung often enough
            os.write(self._said, b"!")

    @contextlib.contextmanager
    def hearing_signals(self) -> Iterator[None]:
        """Every signal with a handler rings, too. For the main thread."""
        before = signal.set_wakeup_fd(self._said, warn_on_full_buffer=False)
        try:
            yield
        finally:
            signal.set_wakeup_fd(before, warn_on_full_buffer=False)

    def listen(self) -> None:
        """Until it was rung since the last time."""
        poller = select.poll()
        poller.register(self._heard, select.POLLIN)
        poller.poll()
        with contextlib.suppress(BlockingIOError):
            os.read(self._heard, 4096)
