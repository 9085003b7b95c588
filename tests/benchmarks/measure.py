"""The measuring room: what processes use of processor and memory, and the medians of several runs."""

from __future__ import annotations

import os
import platform
import statistics
import threading
import time
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from types import TracebackType
from typing import Any, Self

_TICKS = os.sysconf("SC_CLK_TCK")
_LOOK_EVERY = 0.25
"""Seconds between two looks at the memory: what is needed for shorter is not seen."""

Figures = dict[str, Any]
"""Name → number, or what explains one."""


def _processes() -> dict[int, tuple[int, float]]:
    """Process → its parent, and the processor seconds of it and of those of its children that it has buried."""
    found = {}
    for path in Path("/proc").glob("[0-9]*/stat"):
        try:
            words = path.read_text().rpartition(")")[2].split()
        except OSError:
            continue
        found[int(path.parent.name)] = (int(words[1]), sum(map(int, words[11:15])) / _TICKS)
    return found


def family(roots: Iterable[int], among: Mapping[int, tuple[int, float]] | None = None) -> set[int]:
    """These processes, their children, and theirs."""
    among = _processes() if among is None else among
    found = set(roots) & among.keys()
    grown = set(found)
    while grown:
        grown = {pid for pid, (parent, _) in among.items() if parent in grown} - found
        found |= grown
    return found


def processor_seconds(*roots: int) -> float:
    """What these processes and all that came from them have used, those that ended (and were buried) as well."""
    among = _processes()
    return sum(among[pid][1] for pid in family(roots, among))


def memory(*roots: int) -> int:
    """Octets of memory of a family: the sum of PSS, in which what several of them share counts once."""
    total = 0
    for pid in family(roots):
        try:
            lines = Path(f"/proc/{pid}/smaps_rollup").read_text().splitlines()
        except OSError:  # it has ended
            continue
        total += sum(int(line.split()[1]) * 1024 for line in lines if line.startswith("Pss:"))
    return total


def _machine_busy() -> float:
    """Processor seconds that the whole machine was busy so far, those that the host took included."""
    words = [int(word) for word in Path("/proc/stat").read_text().split("\n", 1)[0].split()[1:9]]
    return (sum(words) - words[3] - words[4]) / _TICKS


class Meter:
    """What families of processes use while the block runs.

    with Meter(maild=[pid], server=[other]) as meter: …
    meter.seconds, meter.cpu["maild"]
    meter.before, meter.peak      octets of memory of the first family
    meter.others                  how many processors others kept busy: do not trust a run with much of it
    """

    def __init__(self, **families: Sequence[int]) -> None:
        self.families = {name: list(pids) for name, pids in families.items()}
        self.seconds, self.cpu, self.others = 0.0, dict[str, float](), 0.0
        self._memory: list[int] = []
        self._over = threading.Event()
        self._watcher = threading.Thread(target=self._watch, name="meter", daemon=True)

    def __enter__(self) -> Self:
        self.cpu = self._used()
        self._look()
        self._watcher.start()
        self._began = (time.monotonic(), _machine_busy() - self._ours())
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None
    ) -> None:
        self.seconds = time.monotonic() - self._began[0]
        foreign = _machine_busy() - self._ours() - self._began[1]
        used = self._used()
        self.cpu = {name: used[name] - before for name, before in self.cpu.items()}
        self.others = max(0.0, foreign / max(self.seconds, 0.001))
        self._over.set()
        self._watcher.join()
        self._look()

    def _used(self) -> dict[str, float]:
        return {name: processor_seconds(*pids) for name, pids in self.families.items()}

    def _ours(self) -> float:
        return processor_seconds(os.getpid(), *(pid for pids in self.families.values() for pid in pids))

    def _look(self) -> None:
        self._memory.append(memory(*next(iter(self.families.values()))))

    def _watch(self) -> None:
        while not self._over.wait(_LOOK_EVERY):
            self._look()

    @property
    def before(self) -> int:
        return self._memory[0]

    @property
    def peak(self) -> int:
        return max(self._memory)

    @property
    def grown(self) -> int:
        """How much higher the peak of the second half is than that of the first."""
        half = (len(self._memory) + 1) // 2
        return max(self._memory[half:], default=self.peak) - max(self._memory[:half])

    def figures(self, count: int = 1) -> Figures:
        """Everything, the processor time for each of so many things, in milliseconds."""
        each = {f"{name}_cpu_ms": round(seconds / count * 1000, 2) for name, seconds in self.cpu.items()}
        megabytes = {"peak_mb": round(self.peak / 1e6, 1), "grown_mb": round(self.grown / 1e6, 1)}
        return {**each, **megabytes, "others": round(self.others, 2)}


def medians(runs: Sequence[Figures]) -> Figures:
    """Of each number the median of all runs; of anything else, what the last said."""
    found: Figures = {"runs": len(runs)}
    for name, last in runs[-1].items():
        values = [run[name] for run in runs if isinstance(run.get(name), int | float)]
        found[name] = round(statistics.median(values), 3) if values else last
    return found


def machine() -> Figures:
    """Where this was measured."""
    model = next((line.partition(":")[2].strip() for line in Path("/proc/cpuinfo").read_text().splitlines()
                  if line.startswith("model name")), platform.machine())  # fmt: skip
    return {"processors": os.cpu_count(), "model": model, "python": platform.python_version(),
            "system": platform.platform()}  # fmt: skip
