"""One mail into a daemon that has nothing to do: from the IMAP server's word to the acknowledgement in the relay.

How long the server itself needs to say that there is mail is measured beside, by a client that waits as maild does.
Then nothing happens, and what the daemon uses meanwhile is measured.
"""

from __future__ import annotations

import time
from collections.abc import Iterator

from tests.benchmarks.frame import Frame
from tests.benchmarks.mails import ADDRESS
from tests.benchmarks.measure import Figures, medians
from tests.benchmarks.yard import STORES, Desk


def measure(frame: Frame) -> Iterator[tuple[str, Figures]]:
    for store in STORES:
        url = frame.yard.new_store(store)
        with frame.yard.desk(url) as desk:
            runs = []
            for number in range(frame.size.singles):
                runs.append(_one(desk, number))
                yield f"one mail, {store}", medians(runs) | {"slowest": max(run["seconds"] for run in runs)}
            desk.wait_until_done()
            time.sleep(2)
            with desk.meter() as meter:
                time.sleep(frame.size.idle_seconds)
            percent = meter.cpu["maild"] / meter.seconds * 100
            yield f"nothing to do, {store}", {"percent_of_a_processor": round(percent, 2), **meter.figures()}
        frame.yard.drop(url)


def _one(desk: Desk, number: int) -> Figures:
    desk.begin()
    mail = (
        f"From: One <one{number}@single.example>\r\nTo: {ADDRESS}\r\nSubject: One {number}\r\n"
        f"Message-ID: <one{number}@single.example>\r\n\r\nOnly one, number {number}.\r\n"
    )
    put = desk.put([mail.encode()])
    while not (relayed := desk.relayed):
        time.sleep(0.02)
    time.sleep(1 + number % 7 / 10)  # not in step with anything that looks every second
    return {"seconds": round(relayed[0].at - put.noticed, 3), "server_needs": round(put.noticed - put.at, 3)}
