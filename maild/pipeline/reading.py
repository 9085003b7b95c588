"""Parses mails in a process of its own, under limits of time and memory (threats T66 to T73).

A mail may be made to make a parser slow, hungry or crash. The worker has no network, no database and no secret; when
it dies or runs over its limits, that one mail is `Unreadable` and the next one gets a fresh worker. `confined` is
how such a process is held, `worker` is what it does.
"""

from __future__ import annotations

import pickle
import threading
from collections.abc import Sequence
from dataclasses import asdict

from maild.errors import Temporary
from maild.log import Event, Log
from maild.pipeline.confined import Confined, Refused, Terms
from maild.pipeline.office import Unreadable
from parsers.fields import Limits
from parsers.message import ParsedMessage


class Reader:
    """The daemon's reader. Safe to call from several threads, one at a time."""

    def __init__(
        self, log: Log, seconds: float, memory: int, limits: Limits, tag: str, own_lists: Sequence[str] = ()
    ) -> None:
        self._log = log
        self._lock = threading.Lock()
        self._confined = Confined(
            Terms(form="pickle", seconds=seconds, memory=memory, tag=tag, own_lists=own_lists, limits=asdict(limits))
        )

    def __call__(self, raw: bytes, seconds: float | None = None) -> ParsedMessage:
        """What a mail says. Raises Unreadable when it cannot be had within the limits, Temporary without a worker."""
        with self._lock:
            try:
                answer = self._confined.ask(raw, seconds)
            except Refused as error:
                self._log.emit(Event.WORKER_LOST, error=error)
                raise Unreadable(str(error)) from error
            except Temporary as error:
                self._log.emit(Event.WORKER_LOST, error=error)
                raise
        message = pickle.loads(answer[0], buffers=answer[1:])  # written by our own worker
        if not isinstance(message, ParsedMessage):
            raise TypeError(f"the parser process answered a {type(message).__name__}")
        return message

    def ready(self) -> None:
        """Wait until a worker is up. Called before an attempt is counted: its start is not the letter's fault."""
        with self._lock:
            try:
                self._confined.start()
            except Temporary as error:
                self._log.emit(Event.WORKER_LOST, error=error)
                raise

    def close(self) -> None:
        with self._lock:
            self._confined.close()
