"""The floor that somebody brings: what a bare loop costs that only fetches, parses, stores and acknowledges.

It is a Python program that takes `--n MAILS --runs RUNS` and adds to the file $RESULTS one JSON object a line, with
`name`, `rate` (mails a second) and `cpu_ms` (of a mail). It runs with our Python, which it also finds at
$BENCH_DIR/venv-floor/bin/python; $BENCH_DIR is a folder for what it needs.
"""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

_LONGEST = 3600.0
"""Seconds."""

BY_STORE = {"sqlite": "floor-ALL-stdlib-sqlite-c1", "postgres": "floor-ALL-stdlib-pg-c1"}
"""The row that is our floor: the whole loop, the standard library's parser, a commit for each mail."""


@dataclass(frozen=True, slots=True)
class Bare:
    """One run of the bare loop."""

    rate: float
    cpu_ms: float


@dataclass(frozen=True, slots=True)
class Floor:
    program: Path
    folder: Path
    mails: int = 1000

    def run(self) -> dict[str, Bare]:
        """One run of it: store → what it cost there."""
        results, said = self.folder / "results.jsonl", self.folder / "said"
        self._furnish()
        results.unlink(missing_ok=True)
        with said.open("w") as out:
            process = subprocess.Popen(
                [sys.executable, str(self.program), "--n", str(self.mails), "--runs", "1", "--no-postfix"],
                env={**os.environ, "BENCH_DIR": str(self.folder), "RESULTS": str(results)},
                cwd=self.folder, stdout=out, stderr=out, start_new_session=True,
            )  # fmt: skip
            try:
                process.wait(_LONGEST)
            finally:
                with suppress(ProcessLookupError):  # the servers that it started, should it have died before them
                    os.killpg(process.pid, signal.SIGTERM)
        rows = [json.loads(line) for line in results.read_text().splitlines()] if results.exists() else []
        found = {row["name"]: Bare(row["rate"], row["cpu_ms"]) for row in rows}
        if missing := set(BY_STORE.values()) - found.keys():
            raise SystemExit(f"{self.program} gave no {', '.join(sorted(missing))}:\n{said.read_text()}")
        return {store: found[name] for store, name in BY_STORE.items()}

    def _furnish(self) -> None:
        python = self.folder / "venv-floor/bin/python"
        if not python.exists():
            python.parent.mkdir(parents=True)
            (self.folder / "logs").mkdir()
            python.write_text(f'#!/bin/sh\nexec {sys.executable} "$@"\n')
            python.chmod(0o755)
