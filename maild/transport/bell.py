"""An event that poll() can wait for beside a socket, and that a signal handler may ring (Linux: eventfd)."""

from __future__ import annotations

import os
import select
import threading
import weakref


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
        self.ring()

    def clear(self) -> None:
        self._hush()
        super().clear()

    def ring(self) -> None:
        """Wake `listen` alone: a signal handler that set the event might wait for the thread it interrupted."""
        os.eventfd_write(self._handle, 1)

    def listen(self) -> None:
        """Until it was rung since the last time."""
        poller = select.poll()
        poller.register(self._handle, select.POLLIN)
        poller.poll()
        self._hush()

    def _hush(self) -> None:
        try:
            os.eventfd_read(self._handle)
        except BlockingIOError:  # nobody has rung
            pass
