"""A daemon that starts on a folder with very many mails: until the first acknowledgement, and until all are kept.

Kept means stored and filed away; that they are routed meanwhile is what slows it down, and is not waited for.
"""

from __future__ import annotations

import time
from collections.abc import Iterator

from tests.benchmarks.frame import Frame
from tests.benchmarks.mails import ADDRESS
from tests.benchmarks.measure import Figures
from tests.benchmarks.yard import STORES

_TEXT = "I ordered two weeks ago and have heard nothing since. Could you please look where it is?\r\n" * 8


def measure(frame: Frame) -> Iterator[tuple[str, Figures]]:
    """Once for each store: what differs from run to run is small beside what it takes."""
    for store in STORES:
        url = frame.yard.new_store(store)
        mails = (_mail(number) for number in range(frame.size.folder))
        with frame.yard.desk(url, warm=False, already=mails) as desk:
            began = time.time()
            with desk.meter() as meter:
                desk.wait_until(lambda: desk.relayed, "the first acknowledgement")
                while desk.left():
                    time.sleep(0.5)
            kept = frame.size.folder / meter.seconds
            first = desk.relayed[0].at - began
            yield f"{frame.size.folder} mails, {store}", {
                "kept_per_second": round(kept, 1), "first_acknowledgement_s": round(first, 2), **meter.figures(),
            }  # fmt: skip
        frame.yard.drop(url)


def _mail(number: int) -> bytes:
    return (
        f"From: Customer {number} <c{number}@customer.example>\r\nTo: {ADDRESS}\r\nSubject: Question {number}\r\n"
        f"Message-ID: <m{number}@customer.example>\r\n\r\n{number}: {_TEXT}"
    ).encode()
