"""What all benchmarks share: how large they are, where they run, what they are made with and compared with.

A benchmark is a module with `measure(frame)`, which yields (name of a case, its figures) each time it knows better:
a run that is broken off leaves what it had.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Protocol

from tests.benchmarks.floor import Floor
from tests.benchmarks.mails import mails
from tests.benchmarks.measure import Figures
from tests.benchmarks.seed import Plot, sow
from tests.benchmarks.yard import Yard


@dataclass(frozen=True, slots=True)
class Size:
    runs: int
    heaps: tuple[int, ...]
    """Mails of a heap."""
    cases: int
    entries: int
    notices: int
    waiting: int
    """Timers that are not due."""
    due: int
    singles: int
    """Mails that come one by one."""
    idle_seconds: int
    attachment_mb: int
    folder: int
    nodes: tuple[int, ...]
    letters: int
    """Of each heap that nodes work off."""


SIZES = {
    "small": Size(1, (50,), 200, 2000, 50, 2000, 30, 3, 3, 5, 200, (1, 2), 30),
    "usual": Size(3, (1000,), 20_000, 200_000, 2000, 200_000, 2000, 15, 20, 25, 5000, (1, 2, 3), 500),
    "full": Size(
        3, (1000, 20_000), 100_000, 1_000_000, 10_000, 1_000_000, 10_000, 30, 60, 25, 100_000, (1, 2, 3), 1000
    ),
}
"""small: does it run at all; usual: a quarter of an hour; full: hours."""


@dataclass(slots=True)
class Frame:
    yard: Yard
    size: Size
    generator: Path | None
    floor: Floor | None
    _mails: dict[int, list[bytes]] = field(default_factory=dict)
    _sown: dict[tuple[str, Plot], str] = field(default_factory=dict)

    def mails(self, count: int) -> list[bytes]:
        if count not in self._mails:
            self._mails = {count: mails(self.generator, count)}
        return self._mails[count]

    def sown(self, kind: str, plot: Plot) -> str:
        """The URL of a store of this kind that holds all this; made once. Copy it, and leave it as it is."""
        if (kind, plot) not in self._sown:
            url = self.yard.new_store(kind)
            sow(url, plot)
            self._sown[kind, plot] = url
        return self._sown[kind, plot]


class Benchmark(Protocol):
    def measure(self, frame: Frame, /) -> Iterator[tuple[str, Figures]]: ...
