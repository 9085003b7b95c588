"""Runs the benchmarks of the whole daemon: `make bench`.

    make bench                                       all of them, in about a quarter of an hour
    make bench ONLY=intake SIZE=small                one, tiny: whether it runs at all
    make bench SIZE=full FLOOR=FILE GENERATOR=FILE   as large as they get, beside a bare loop, with somebody's mails

Each case is printed as one JSON object when it is better known, and kept in a file (JSON=bench.json), also when the
run is broken off. Needs Dovecot and PostgreSQL.
"""

from __future__ import annotations

import argparse
import importlib
import json
import signal
import sys
import tempfile
from dataclasses import replace
from pathlib import Path

from tests.benchmarks.floor import Floor
from tests.benchmarks.frame import SIZES, Benchmark, Frame
from tests.benchmarks.results import Results
from tests.benchmarks.yard import yard

BENCHMARKS = ("startup", "idle", "intake", "outbox", "timers", "large", "folder", "nodes")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--only", nargs="+", choices=BENCHMARKS, default=BENCHMARKS, metavar="NAME")
    parser.add_argument("--size", choices=SIZES, default="usual")
    parser.add_argument("--runs", type=int, help="how often each case is measured")
    parser.add_argument("--floor", type=Path, metavar="FILE", help="the bare loop that we are compared with")
    parser.add_argument("--generator", type=Path, metavar="FILE", help="what makes the mails")
    parser.add_argument("--json", type=Path, default=Path("bench.json"), metavar="FILE")
    parser.add_argument("--work", type=Path, help="where SQLite stores lie")
    chosen = parser.parse_args()
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))  # daemons and servers are ended, as after Ctrl-C
    size = SIZES[chosen.size]
    size = replace(size, runs=chosen.runs or size.runs)
    results = Results(chosen.json)
    with tempfile.TemporaryDirectory(dir=chosen.work, prefix="bench-") as folder, yard(Path(folder)) as ground:
        Path(folder).chmod(0o755)  # servers that run as other users have files in it
        floor = (
            Floor(chosen.floor.resolve(), Path(folder) / "floor", min(1000, *size.heaps)) if chosen.floor else None
        )
        frame = Frame(ground, size, chosen.generator, floor)
        for name in chosen.only:
            benchmark: Benchmark = importlib.import_module(f"tests.benchmarks.{name}")  # type: ignore[assignment]
            for case, figures in benchmark.measure(frame):
                results.keep(name, case, figures)
                print(json.dumps({"case": f"{name}: {case}", **figures}, ensure_ascii=False), flush=True)


if __name__ == "__main__":
    main()
