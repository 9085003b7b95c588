"""A thread that does something again and again, beside what its node is doing, for as long as that lasts."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager


@contextmanager
def beating(name: str, pause: float, beat: Callable[[], bool], over: threading.Event | None = None) -> Iterator[None]:
    """Call `beat` every `pause` seconds until the body ends, or until it says False: then `over` is set."""
    done = threading.Event()

    def run() -> None:
        while not done.wait(pause):
            if not beat():
                if over is not None:
                    over.set()
                return

    thread = threading.Thread(target=run, name=name, daemon=True)
    thread.start()
    try:
        yield
    finally:
        done.set()
        thread.join()
