"""The outside of the parser process: starts it, hands it mails, waits no longer than a mail may take, ends it.

Knows neither parsers nor mails: bytes go in, pieces of bytes come out, or `Refused` says why there are none. So a
command can have a mail read without loading a single parser itself. `worker` is the inside.
"""

from __future__ import annotations

import contextlib
import json
import math
import os
import select
import struct
import subprocess
import sys
import time
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field
from io import BytesIO
from pathlib import Path
from typing import IO

from maild.errors import Temporary

QUESTION = struct.Struct(">Q")
"""Before each mail: its length."""

ANSWER = struct.Struct(">?I")
"""Before each answer: whether the mail could be read, and of how many pieces it is."""

PIECE = struct.Struct(">Q")
"""Before each piece: its length."""

_MAILS_PER_WORKER = 5000
"""A worker is renewed now and then, so that nothing a library leaks can grow for ever."""

_START = 60.0
"""Seconds in which a worker must be up; a machine that is short of memory takes long."""

_MEMORY = {"MALLOC_MMAP_THRESHOLD_": "1048576", "MALLOC_TRIM_THRESHOLD_": "1048576"}
"""What a large mail took goes back to the system (glibc); left alone, each such mail would raise these marks."""

_ROOT = str(Path(__file__).resolve().parents[2])
_CODE = """\
import sys
if sys.argv[1] not in sys.path:
    sys.path.insert(0, sys.argv[1])
from maild.pipeline import worker
worker.main(sys.argv[2])
"""


class Refused(Exception):
    """The mail cannot be read within the limits; says why."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Terms:
    """What the worker is told: how to answer, and what it may take."""

    form: str
    """json: the line of `maild parse`; pickle: a ParsedMessage."""
    seconds: float = 10.0
    memory: int = 512 * 1024 * 1024
    tag: str = "Case"
    own_lists: Sequence[str] = ()
    """List-Ids, in lower case."""
    limits: Mapping[str, int] = field(default_factory=dict)
    """Fields of parsers.Limits; those not named have its defaults."""


class Confined:
    """One worker process, started when it is first needed. For one thread at a time."""

    def __init__(self, terms: Terms) -> None:
        self._terms = terms
        self._worker: subprocess.Popen[bytes] | None = None
        self._read = 0

    def ask(self, raw: bytes, seconds: float | None = None) -> list[bytes]:
        """The worker's answer in its pieces, within so many seconds (at most those of the terms).

        Raises Refused, after which the next mail has a fresh worker, and Temporary when no worker comes up.
        """
        self.start()
        return self._exchange(raw, min(seconds or math.inf, self._terms.seconds))

    def start(self) -> None:
        """Wait until a worker is up; its start is no mail's fault. Raises Temporary when none comes up."""
        if self._worker is not None and self._worker.poll() is None and self._read < _MAILS_PER_WORKER:
            return
        self.close()
        try:
            self._worker = subprocess.Popen(
                # -P: never a module from the folder we happen to stand in. -B: it writes nothing.
                [sys.executable, "-P", "-B", "-c", _CODE, _ROOT, json.dumps(asdict(self._terms))],
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=subprocess.DEVNULL,  # a stranger's mail must not write into our log
                bufsize=0,
                env=os.environ | _MEMORY,
                start_new_session=True,  # a Ctrl-C at the terminal is not for it
            )
        except OSError as error:  # no process, memory or file descriptor is left
            raise Temporary(f"the parser process does not start: {error.strerror}") from error
        self._read = 0
        try:
            self._exchange(b"", _START)
        except Refused as error:
            raise Temporary(f"the parser process does not start: {error}") from error

    def close(self) -> None:
        """End the worker, whatever it is doing."""
        if self._worker is None:
            return
        self._worker.kill()
        self._worker.wait()
        for pipe in (self._worker.stdin, self._worker.stdout):
            if pipe is not None:
                with contextlib.suppress(OSError):
                    pipe.close()
        self._worker = None

    def _exchange(self, raw: bytes, seconds: float) -> list[bytes]:
        worker = self._worker
        if worker is None or worker.stdin is None or worker.stdout is None:
            raise RuntimeError("the parser process was started without pipes")
        self._read += 1
        deadline = time.monotonic() + seconds
        try:
            _write(worker.stdin, QUESTION.pack(len(raw)), deadline)
            _write(worker.stdin, raw, deadline)
            good, count = ANSWER.unpack(_exactly(worker.stdout, ANSWER.size, deadline))
            answer = [_piece(worker.stdout, deadline) for _ in range(count)]
        except TimeoutError as error:
            self.close()
            raise Refused(f"took longer than {seconds:g} s") from error
        except (BrokenPipeError, EOFError) as error:
            self.close()
            raise Refused("the parser process died") from error
        if not good:  # what is left of its memory is unknown
            self.close()
            raise Refused(b"".join(answer).decode())
        return answer


def _ready(pipe: IO[bytes], event: int, seconds: float) -> bool:
    """By poll: select knows no descriptor above 1023, and a busy process may have more open."""
    poll = select.poll()
    poll.register(pipe, event)
    return bool(poll.poll(math.ceil(seconds * 1000)))


def _write(pipe: IO[bytes], data: bytes, deadline: float) -> None:
    view = memoryview(data)
    os.set_blocking(pipe.fileno(), False)
    while view:
        left = deadline - time.monotonic()
        if left <= 0 or not _ready(pipe, select.POLLOUT, left):
            raise TimeoutError
        with contextlib.suppress(BlockingIOError):
            view = view[os.write(pipe.fileno(), view) :]


def _piece(pipe: IO[bytes], deadline: float) -> bytes:
    (length,) = PIECE.unpack(_exactly(pipe, PIECE.size, deadline))
    return _exactly(pipe, length, deadline)


def _exactly(pipe: IO[bytes], length: int, deadline: float) -> bytes:
    """That many bytes, or EOFError, or TimeoutError at the deadline."""
    read = BytesIO()  # gives out what it holds without copying it
    while length:
        left = deadline - time.monotonic()
        if left <= 0 or not _ready(pipe, select.POLLIN, left):
            raise TimeoutError
        part = os.read(pipe.fileno(), min(length, 1 << 20))
        if not part:
            raise EOFError
        length -= read.write(part)
    return read.getvalue()
