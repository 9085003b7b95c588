"""From the mailbox to the acknowledgement: a heap of mails in Dovecot, to the last mail that the relay took.

With no agent, and with one who is told of each mail; into an empty store, and into one that holds much. The clock
runs from the IMAP server's word that there is mail. The floor, where one is given, runs once in each round.
`of_empty`: the rate into the full store as part of that into the empty one, just before in the same round.
"""

from __future__ import annotations

from collections.abc import Iterator
from itertools import product

from tests.benchmarks.floor import Bare
from tests.benchmarks.frame import Frame
from tests.benchmarks.measure import Figures, medians
from tests.benchmarks.seed import Plot
from tests.benchmarks.yard import STORES

AGENTS = (0, 1)


def measure(frame: Frame) -> Iterator[tuple[str, Figures]]:
    full = Plot(frame.size.cases, frame.size.entries)
    for heap in frame.size.heaps:
        yield from _rounds(frame, heap, None, full)


def _rounds(frame: Frame, heap: int, *plots: Plot | None) -> Iterator[tuple[str, Figures]]:
    runs: dict[str, list[Figures]] = {}
    empty = 0.0
    for _ in range(frame.size.runs):
        floor = frame.floor.run() if frame.floor else {}
        for store, agents, plot in product(STORES, AGENTS, plots):  # the full store right behind the empty one
            name = f"{store}, {heap} mails, {agents} agents, {plot.cases if plot else 0} cases before"
            found = _run(frame, store, heap, agents, plot, floor.get(store))
            if plot is None:
                empty = found["per_second"]
            else:
                found["of_empty"] = round(found["per_second"] / empty, 3)
            runs.setdefault(name, []).append(found)
            yield name, medians(runs[name])


def _run(frame: Frame, store: str, heap: int, agents: int, plot: Plot | None, floor: Bare | None) -> Figures:
    mails, like = frame.mails(heap), frame.sown(store, plot) if plot else ""
    url = frame.yard.new_store(store, like)
    with frame.yard.desk(url, agents) as desk:
        with desk.meter() as meter:
            put = desk.put(mails)
            desk.wait_until_done()
        out = desk.relayed
        cases = desk.ask("select count(*) from cases")
    frame.yard.drop(url)
    rate = heap / (out[-1].at - put.noticed)
    found = {
        "mails": heap,
        "mails_out": len(out),
        "cases": cases,
        "per_second": round(rate, 1),
        **meter.figures(heap),
    }
    if floor is not None:
        found |= {
            "floor_per_second": round(floor.rate, 1),
            "floor_cpu_ms": round(floor.cpu_ms, 2),
            "of_floor": round(rate / floor.rate, 3),
            "cpu_of_floor": round(found["maild_cpu_ms"] / floor.cpu_ms, 3),
        }
    return found
