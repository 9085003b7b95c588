"""Timers: a sweep over very many of which none is due, and very many that are due at once, each with its mail."""

from __future__ import annotations

import statistics
import time
from collections.abc import Iterator
from datetime import UTC, datetime
from io import StringIO

from maild.daemon.wiring import opened_office
from maild.log import Log
from maild.pipeline.due import fire_due
from maild.settings.build import build
from maild.settings.load import load
from tests.benchmarks.frame import Frame
from tests.benchmarks.measure import Figures, medians
from tests.benchmarks.seed import Plot
from tests.benchmarks.yard import STORES

_SWEEPS = 100
_PER_CASE = 10
_LOOK = 0.5
"""Seconds between two looks whether all is done: when that was is read off afterwards."""


def measure(frame: Frame) -> Iterator[tuple[str, Figures]]:
    for store in STORES:
        yield f"{frame.size.waiting} wait, none is due, {store}", _none_due(frame, store)
    for store in STORES:
        runs: list[Figures] = []
        for _ in range(frame.size.runs):
            runs.append(_all_due(frame, store))
            yield f"{frame.size.due} are due, {store}", medians(runs)


def _none_due(frame: Frame, store: str) -> Figures:
    """In this process, as the daemon's ticker does it every few seconds."""
    cases = frame.size.waiting // _PER_CASE
    url = frame.sown(store, Plot(cases, cases, waiting=frame.size.waiting))
    path = frame.yard.config(frame.yard.room("sweep"), url, 1, "")
    took = []
    with opened_office(build(load(path), path), Log(StringIO())) as office:
        fire_due(office, lambda: datetime.now(UTC))
        began = time.process_time()
        for _ in range(_SWEEPS):
            at = time.perf_counter()
            assert fire_due(office, lambda: datetime.now(UTC)) == 0
            took.append((time.perf_counter() - at) * 1000)
        cpu = (time.process_time() - began) / _SWEEPS * 1000
    return {"ms_of_a_sweep": round(statistics.median(took), 2), "slowest_ms": round(max(took), 2),
            "cpu_ms": round(cpu, 2), "sweeps": _SWEEPS}  # fmt: skip


def _all_due(frame: Frame, store: str) -> Figures:
    """A daemon starts, and all are due: from the first that acts to the last, and to the last mail."""
    due = frame.size.due
    url = frame.yard.new_store(store, frame.sown(store, Plot(due, 2 * due, due=due)))
    with frame.yard.desk(url, mailbox=False) as desk, desk.meter() as meter:
        left = "select count(*) from timers where name = 'silence-warning'"
        desk.wait_until(lambda: not desk.ask(left), "timers", every=_LOOK)
        desk.wait_until_done(every=_LOOK)
        first, last = desk.written("closing-soon")
        out = desk.relayed
    frame.yard.drop(url)
    return {
        "timers": due, "mails_out": len(out), "fired_per_second": round(due / (last - first), 1),
        "mailed_per_second": round(due / (out[-1].at - first), 1), **meter.figures(due),
    }  # fmt: skip
