"""Parses mails in a process of its own, under limits of time and memory (threats T66 to T73).

A mail may be made to make a parser slow, hungry or crash. The worker has no network, no database and no secret; when
it dies or runs over its time, that one mail is `Unreadable` and the next one gets a fresh worker. `worker` is the
other side.
"""

from __future__ import annotations

import contextlib
import os
import pickle
import select
import subprocess
import sys
import threading
import time
from typing import IO

from maild.log import Event, Log
from maild.pipeline.office import Unreadable
from maild.pipeline.worker import LENGTH
from parsers.message import ParsedMessage

_MAILS_PER_WORKER = 5000
"""A worker is renewed now and then, so that nothing a library leaks can grow for ever."""


class Reader:
    """One worker process, started when it is first needed. Safe to call from several threads, one at a time."""

    def __init__(self, log: Log, seconds: float, memory: int) -> None:
        self._log = log
        self._seconds = seconds
        self._memory = memory
        self._lock = threading.Lock()
        self._worker: subprocess.Popen[bytes] | None = None
        self._read = 0

    def __call__(self, raw: bytes) -> ParsedMessage:
        """What a mail says. Raises Unreadable when it cannot be had within the limits."""
        with self._lock:
            worker = self._ready()
            try:
                return self._ask(worker, raw)
            except Unreadable as error:
                self._end()
                self._log.emit(Event.WORKER_LOST, error=error)
                raise

    def ready(self) -> None:
        """Wait until a worker is up. Called before an attempt is counted: its start is not the letter's fault."""
        with self._lock:
            if self._worker is None or self._worker.poll() is not None:
                self._ask(self._ready(), b"")

    def close(self) -> None:
        with self._lock:
            self._end()

    def _ready(self) -> subprocess.Popen[bytes]:
        if self._worker is None or self._worker.poll() is not None or self._read >= _MAILS_PER_WORKER:
            self._end()
            limits = [str(int(self._memory))]
            self._worker = subprocess.Popen(
                [sys.executable, "-m", "maild.pipeline.worker", *limits],
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                bufsize=0,
                start_new_session=True,  # a Ctrl-C at the terminal is not for it
            )
            self._read = 0
        self._read += 1
        return self._worker

    def _ask(self, worker: subprocess.Popen[bytes], raw: bytes) -> ParsedMessage:
        if worker.stdin is None or worker.stdout is None:
            raise RuntimeError("the parser process was started without pipes")
        deadline = time.monotonic() + self._seconds
        try:
            worker.stdin.write(LENGTH.pack(len(raw)))
            view = memoryview(raw)
            while view:
                written = worker.stdin.write(view)
                view = view[written or 0 :]
            (length,) = LENGTH.unpack(_exactly(worker.stdout, LENGTH.size, deadline))
            answer = _exactly(worker.stdout, length, deadline)
        except (BrokenPipeError, EOFError) as error:
            raise Unreadable("the parser process died") from error
        except TimeoutError as error:
            raise Unreadable(f"took longer than {self._seconds:g} s") from error
        message = pickle.loads(answer)  # written by our own worker
        if not isinstance(message, ParsedMessage):
            raise Unreadable(str(message))
        return message

    def _end(self) -> None:
        if self._worker is None:
            return
        self._worker.kill()
        self._worker.wait()
        for pipe in (self._worker.stdin, self._worker.stdout):
            if pipe is not None:
                with contextlib.suppress(OSError):
                    pipe.close()
        self._worker = None


def _exactly(pipe: IO[bytes], length: int, deadline: float) -> bytes:
    """That many bytes, or EOFError, or TimeoutError at the deadline."""
    parts: list[bytes] = []
    while length:
        left = deadline - time.monotonic()
        if left <= 0 or not select.select([pipe], [], [], left)[0]:
            raise TimeoutError
        part = os.read(pipe.fileno(), min(length, 1 << 20))
        if not part:
            raise EOFError
        parts.append(part)
        length -= len(part)
    return b"".join(parts)
