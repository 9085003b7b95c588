"""One mail with a large attachment: how long it takes, and how much memory beyond that of an idle daemon."""

from __future__ import annotations

import random
from collections.abc import Iterator
from email.message import EmailMessage

from tests.benchmarks.frame import Frame
from tests.benchmarks.mails import ADDRESS
from tests.benchmarks.measure import Figures, medians
from tests.benchmarks.yard import STORES


def measure(frame: Frame) -> Iterator[tuple[str, Figures]]:
    raw = _mail(frame.size.attachment_mb)
    for store in STORES:
        runs: list[Figures] = []
        for _ in range(frame.size.runs):
            url = frame.yard.new_store(store)
            with frame.yard.desk(url, agents=1) as desk:
                with desk.meter() as meter:
                    put = desk.put([raw])
                    desk.wait_until_done()
                seconds = desk.relayed[0].at - put.noticed
            frame.yard.drop(url)
            beyond = meter.peak - meter.before
            runs.append({
                "mail_mb": round(len(raw) / 1e6, 1), "seconds": round(seconds, 2),
                "before_mb": round(meter.before / 1e6, 1), "times_its_size": round(beyond / len(raw), 2),
                **meter.figures(),
            })  # fmt: skip
            yield f"{frame.size.attachment_mb} MB attached, {store}", medians(runs)


def _mail(megabytes: int) -> bytes:
    message = EmailMessage()
    message["From"], message["To"], message["Subject"] = "Large <large@large.example>", ADDRESS, "The scan"
    message["Message-ID"] = "<large@large.example>"
    message.set_content("Here it is.\n")
    content = random.Random(1).randbytes(megabytes * 1_000_000)
    message.add_attachment(content, maintype="application", subtype="octet-stream", filename="scan.bin")
    return message.as_bytes()
