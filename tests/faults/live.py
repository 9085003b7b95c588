"""A real `maild run` that tests watch and do harm to: its log, its process, its end; and disks too small for it.

with small_disk(64) as folder:          a tmpfs of so many MiB, unmounted whatever happens
    live = Live(folder, dovecot, sink, user, extra=LIMITS)
    live.start(MAILD_FP="route.taken:kill")
    live.sees("intake.stopped")         waits for an event's line, and gives it back
    live.fill(), live.empty()           the disk of its folder, to the last block
"""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

from tests.faults.mills import DESK, Mill
from tests.servers.process import binary, missing, wait_for, workdir


def question(number: int, text: str = "How?", more: str = "") -> bytes:
    return (
        f"From: Customer {number} <c{number}@customer.example>\r\nTo: {DESK}\r\nSubject: Question {number}\r\n"
        f"Message-ID: <q{number}@customer.example>\r\nDate: Mon, 02 Jun 2025 08:00:00 +0000\r\n{more}\r\n{text}\r\n"
    ).encode()


class Live(Mill):
    """A desk whose daemon runs beside the test."""

    def start(self, *, stdout: int | None = None, **environment: str) -> None:
        command = [sys.executable, "-m", "maild", "run", "-c", str(self.config)]
        with self.logfile.open("ab") as log:
            self._began = log.tell()
            self._daemon = subprocess.Popen(
                command, stdout=log if stdout is None else stdout, stderr=log, env={**os.environ, **environment}
            )

    @property
    def logfile(self) -> Path:
        return self.folder / "maild.log"

    @property
    def pid(self) -> int:
        assert self._daemon is not None
        return self._daemon.pid

    def is_alive(self) -> bool:
        return self._daemon is not None and self._daemon.poll() is None

    def ends(self, within: float = 60.0) -> int:
        """Wait until it ends by itself; how."""
        assert self._daemon is not None
        code = self._daemon.wait(timeout=within)
        self._daemon = None
        return code

    def log(self) -> list[str]:
        """The lines since the last start."""
        if not self.logfile.exists():
            return []
        with self.logfile.open("rb") as file:
            file.seek(self._began)
            return file.read().decode("utf-8", "replace").splitlines()

    def said(self, event: str) -> list[str]:
        return [line for line in self.log() if re.search(rf"(^| ){re.escape(event)} ", line + " ")]

    def sees(self, event: str, times: int = 1, within: float = 60.0) -> list[str]:
        wait_for(
            lambda: len(self.said(event)) >= times,
            within,
            f"{times} lines {event}",
            lambda: "\n".join(self.log()[-40:]),
        )
        return self.said(event)

    def audit(self) -> dict[str, Any]:
        run = self.maild("audit", "--json")
        assert run.stdout, run.stderr
        audit: dict[str, Any] = json.loads(run.stdout)
        return audit

    def worker(self) -> int | None:
        """The process id of its parser process."""
        with suppress(OSError, ValueError, IndexError):
            return int(Path(f"/proc/{self.pid}/task/{self.pid}/children").read_text().split()[0])
        for task in Path(f"/proc/{self.pid}/task").iterdir():
            with suppress(OSError):
                if found := (task / "children").read_text().split():
                    return int(found[0])
        return None

    def fill(self) -> None:
        """Not one block stays free on the disk of its folder."""
        with (self.folder / "ballast").open("ab") as ballast, suppress(OSError):
            os.posix_fallocate(ballast.fileno(), 0, os.fstat(ballast.fileno()).st_size + self.free())
        with (self.folder / "ballast").open("ab", buffering=0) as ballast, suppress(OSError):
            while True:
                ballast.write(b"\0" * 4096)

    def leave(self, octets: int) -> None:
        """Fill the disk, but for so much."""
        with (self.folder / "ballast").open("ab") as ballast:
            os.posix_fallocate(ballast.fileno(), 0, self.free() - octets)

    def empty(self) -> None:
        (self.folder / "ballast").unlink(missing_ok=True)

    def free(self) -> int:
        found = os.statvfs(self.folder)
        return found.f_bavail * found.f_frsize


@contextmanager
def small_disk(mebibytes: int) -> Iterator[Path]:
    """A disk of that size; skips the test where nothing may be mounted."""
    folder = workdir("disk")
    made = subprocess.run(
        [binary("mount"), "-t", "tmpfs", "-o", f"size={mebibytes}m", "none", str(folder)],
        capture_output=True,
        text=True,
        check=False,
    )
    if made.returncode:
        missing(f"a small disk cannot be mounted here: {made.stderr.strip()}")
    try:
        yield folder
    finally:
        subprocess.run([binary("umount"), "--lazy", str(folder)], check=False)
