"""Starting: `maild --help`, `maild parse` of one mail, and `maild run` until it says that it is ready."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from collections.abc import Iterator

from tests.benchmarks.frame import Frame
from tests.benchmarks.measure import Figures, medians
from tests.benchmarks.yard import STORES

_TIMES = 3
"""Times as many runs as of longer things."""


def measure(frame: Frame) -> Iterator[tuple[str, Figures]]:
    mail = frame.yard.folder / "mail.eml"
    mail.write_bytes(frame.mails(10)[0])
    for words in (("--help",), ("parse", str(mail))):
        runs = [_run(*words) for _ in range(frame.size.runs * _TIMES)]
        yield f"maild {words[0]}", medians(runs)
    for store in STORES:
        runs = []
        for _ in range(frame.size.runs * _TIMES):
            url = frame.yard.new_store(store)
            with frame.yard.desk(url, warm=False):
                pass  # a new store is made first, which happens once in its life
            with frame.yard.desk(url, warm=False) as desk:
                runs.append({"seconds": round(desk.started.seconds, 2), "cpu": round(desk.started.cpu, 2)})
            frame.yard.drop(url)
        yield f"maild run until ready, {store}", medians(runs)


def _run(*words: str) -> Figures:
    began = time.monotonic()
    process = subprocess.Popen([sys.executable, "-m", "maild", *words], stdout=subprocess.DEVNULL)
    _, status, used = os.wait4(process.pid, 0)
    process.returncode = os.waitstatus_to_exitcode(status)
    assert process.returncode == 0, words
    spent = used.ru_utime + used.ru_stime  # its own and of all that it waited for
    return {"seconds": round(time.monotonic() - began, 3), "cpu": round(spent, 3)}
