"""Call a handful of functions at steady intervals: the home of APScheduler, used as a clockwork and nothing more.

Nothing durable lives here. What is due, and whether it was done, is in the store's rows; a tick only says "look
now". So a tick that comes late or is skipped because the last one still runs does no harm.
"""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable
from contextlib import suppress
from datetime import UTC, datetime
from typing import Any

from apscheduler.events import EVENT_JOB_ERROR
from apscheduler.executors.pool import ThreadPoolExecutor
from apscheduler.jobstores.base import JobLookupError
from apscheduler.schedulers.background import BackgroundScheduler

OnError = Callable[[str, BaseException], None]
_LOOK_AT_CLOCK = 1.0


class Ticker:
    """Each function runs on a thread of its own, never twice at once; what it raises goes to `on_error`."""

    def __init__(self, on_error: OnError) -> None:
        self._on_error = on_error
        self._scheduler: Any = BackgroundScheduler(
            timezone=UTC,
            executors={"default": ThreadPoolExecutor(16)},
            # Late is better than never (None), and many missed ticks are one.
            job_defaults={"coalesce": True, "max_instances": 1, "misfire_grace_time": None},
        )
        self._scheduler.add_listener(self._report, EVENT_JOB_ERROR)
        # Errors go to on_error, once; APScheduler would also print each with its traceback.
        quiet = logging.getLogger("apscheduler")
        quiet.addHandler(logging.NullHandler())
        quiet.propagate = False
        self._stopped = threading.Event()

    def every(self, seconds: float, name: str, function: Callable[[], object]) -> None:
        """Call `function` now (or at start) and then every so many seconds; `name` must be unique."""
        self._scheduler.add_job(
            function, "interval", seconds=seconds, id=name, name=name, next_run_time=datetime.now(UTC)
        )

    def start(self) -> None:
        self._scheduler.start()
        threading.Thread(target=self._wind_up, name="ticker's clock", daemon=True).start()

    def stop(self, wait: bool = True) -> None:
        """No more ticks; with `wait`, return when the running ones have ended."""
        self._stopped.set()
        if self._scheduler.running:
            self._scheduler.shutdown(wait=wait)

    def _wind_up(self) -> None:
        """APScheduler goes by the wall clock: when that is put back, everything would wait until it has come as far
        again. So then everything ticks at once, and steadily from there."""
        last = datetime.now(UTC)
        while not self._stopped.wait(_LOOK_AT_CLOCK):
            now = datetime.now(UTC)
            if now < last:
                for job in self._scheduler.get_jobs():
                    with suppress(JobLookupError):  # stopped meanwhile
                        job.modify(next_run_time=now)
            last = now

    def _report(self, event: Any) -> None:
        self._on_error(str(event.job_id), event.exception)
