"""One real `maild run` process, held by a test: started and ended in every way, and its log read while it lives.

daemon = Daemon(folder)             folder holds maild.toml, and gets maild.log
daemon.start(MAILD_FP="route.taken:kill")
daemon.sees("intake.stopped")       waits for an event's line, and gives back all of them since the start
daemon.stop(), .kill(), .ends()     SIGTERM, SIGKILL, or by itself
"""

from __future__ import annotations

import os
import re
import signal
import subprocess
import sys
import time
from contextlib import suppress
from pathlib import Path

from tests.servers.process import wait_for

_ROOT = Path(__file__).resolve().parents[2]


class Daemon:
    """`environment` is added to this process's own, in every life."""

    def __init__(self, folder: Path, environment: dict[str, str] | None = None) -> None:
        self.folder = folder
        self.environment = environment or {}
        self._process: subprocess.Popen[bytes] | None = None
        self._began = 0

    @property
    def config(self) -> Path:
        return self.folder / "maild.toml"

    @property
    def logfile(self) -> Path:
        return self.folder / "maild.log"

    # its life

    def start(self, *, stdout: int | None = None, **environment: str) -> None:
        """Returns at once; `is_up_within` and `sees` wait."""
        with self.logfile.open("ab") as log:
            self._began = log.tell()
            self._process = subprocess.Popen(
                [sys.executable, "-m", "maild", "run", "-c", str(self.config)],
                stdout=log if stdout is None else stdout,
                stderr=log,
                env={**os.environ, "PYTHONPATH": str(_ROOT), **self.environment, **environment},
            )

    def start_and_wait(self, **environment: str) -> None:
        """Until it says that it has started."""
        self.start(**environment)
        self.sees("daemon.started")

    @property
    def process(self) -> subprocess.Popen[bytes]:
        assert self._process is not None, "it was not started"
        return self._process

    @property
    def pid(self) -> int:
        return self.process.pid

    def is_alive(self) -> bool:
        return self._process is not None and self._process.poll() is None

    def is_up_within(self, seconds: float) -> bool:
        """Whether it says that it has started, and does not end, in that time."""
        deadline = time.monotonic() + seconds
        while self.is_alive() and time.monotonic() < deadline:
            if self.said("daemon.started"):
                return True
            time.sleep(0.05)
        return False

    def dies_within(self, seconds: float) -> bool:
        """Whether it ends by itself in that time."""
        with suppress(subprocess.TimeoutExpired):
            self.process.wait(seconds)
            return True
        return False

    def ends(self, within: float = 60.0) -> int:
        """Wait until it ends by itself; how."""
        code = self.process.wait(timeout=within)
        self._process = None
        return code

    def stop(self) -> int:
        """SIGTERM, once it is up; the exit code."""
        self.sees("daemon.started")
        time.sleep(0.5)  # the line is written a moment before all is up
        self.process.terminate()
        return self.ends()

    def kill(self) -> None:
        """SIGKILL, as when the power is cut; nothing if it does not run."""
        if self._process is not None:
            self._process.kill()
            self._process.wait()
            self._process = None

    def signal(self, number: int) -> None:
        if self.is_alive():
            self.process.send_signal(number)

    def pause(self) -> None:
        self.signal(signal.SIGSTOP)

    def go_on(self) -> None:
        self.signal(signal.SIGCONT)

    def is_paused(self) -> bool:
        state = Path(f"/proc/{self.pid}/stat").read_text().rpartition(")")[2].split()[0]
        return state == "T"

    def worker(self) -> int | None:
        """The process id of its parser process."""
        for task in Path(f"/proc/{self.pid}/task").iterdir():
            with suppress(OSError):
                if found := (task / "children").read_text().split():
                    return int(found[0])
        return None

    # its log

    def log(self) -> list[str]:
        """The lines since the last start."""
        if not self.logfile.exists():
            return []
        with self.logfile.open("rb") as file:
            file.seek(self._began)
            return file.read().decode("utf-8", "replace").splitlines()

    def last_words(self) -> str:
        return "\n".join([f"== {self.folder.name}", *self.log()[-40:]])

    def said(self, event: str) -> list[str]:
        """The lines of an event since the last start, whatever the format of the log."""
        return [line for line in self.log() if re.search(rf'(^| |"){re.escape(event)}("| )', line + " ")]

    def sees(self, event: str, times: int = 1, within: float = 60.0) -> list[str]:
        wait_for(lambda: len(self.said(event)) >= times, within, f"{times} lines {event}", self.last_words)
        return self.said(event)
