"""A heap of notices that wait in the outbox, all at once: from the first that the relay took to the last."""

from __future__ import annotations

from collections.abc import Iterator

from tests.benchmarks.frame import Frame
from tests.benchmarks.measure import Figures, medians
from tests.benchmarks.seed import Plot, add_notices
from tests.benchmarks.yard import STORES


def measure(frame: Frame) -> Iterator[tuple[str, Figures]]:
    count = frame.size.notices
    for store in STORES:
        runs: list[Figures] = []
        for _ in range(frame.size.runs):
            url = frame.yard.new_store(store, frame.sown(store, Plot(count, 2 * count)))
            with frame.yard.desk(url, mailbox=False) as desk:
                with desk.meter() as meter:
                    add_notices(url, count)
                    desk.wait_until_done()
                out = desk.relayed
            frame.yard.drop(url)
            seconds = out[-1].at - out[0].at
            runs.append(
                {"mails_out": len(out), "per_second": round(len(out) / seconds, 1), **meter.figures(len(out))}
            )
            yield f"{count} notices, {store}", medians(runs)
