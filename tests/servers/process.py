"""Start a server that cannot outlive the tests, find free ports, wait until something listens."""

from __future__ import annotations

import atexit
import os
import shutil
import socket
import subprocess
import tempfile
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import NoReturn

import pytest


def missing(reason: str) -> NoReturn:
    """Skip for want of a server; a failure where MAILD_REQUIRE_SERVERS promises that it is there."""
    if os.environ.get("MAILD_REQUIRE_SERVERS"):
        pytest.fail(reason)
    pytest.skip(reason)


def binary(name: str, *elsewhere: str) -> str:
    path = os.pathsep.join((os.environ.get("PATH", ""), "/usr/sbin", "/usr/local/sbin", *elsewhere))
    return shutil.which(name, path=path) or missing(f"{name} is not installed")


def workdir(kind: str) -> Path:
    """A short path (sockets: 108 octets) that servers running as other users can enter (0755); removed at exit."""
    path = Path(tempfile.mkdtemp(prefix=f"{kind}-", dir="/tmp"))
    path.chmod(0o755)
    atexit.register(shutil.rmtree, path, ignore_errors=True)
    return path


def free_ports(count: int) -> list[int]:
    """Ports that were all free at one moment; below the range the kernel gives to clients, so they stay free."""
    found: list[int] = []
    span = 32_768 - 10_000
    at = (os.getpid() * 131 + time.monotonic_ns() // 1000) % span
    while len(found) < count:
        at = (at + 1) % span
        with socket.socket() as sock:
            try:
                sock.bind(("127.0.0.1", 10_000 + at))
            except OSError:
                continue
            found.append(10_000 + at)
    return found


class Process:
    """A server in the foreground. The kernel stops it when we die, whichever way."""

    def __init__(self, command: Sequence[str], log: Path, user: str | None = None) -> None:
        self.command = list(command)
        self.log = log
        guard = shutil.which("setpriv")
        if guard:
            as_user = [f"--reuid={user}", "--regid=nogroup", "--clear-groups"] if user else []
            self.command = [guard, "--pdeathsig", "TERM", *as_user, "--", *self.command]
        elif user:
            missing("setpriv (util-linux) is not installed")
        self._process: subprocess.Popen[bytes] | None = None
        atexit.register(self.kill)

    def start(self, ready: Callable[[], bool], within: float = 60.0) -> None:
        with self.log.open("ab") as out:
            self._process = subprocess.Popen(
                self.command, stdin=subprocess.DEVNULL, stdout=out, stderr=out, start_new_session=True
            )
        wait_for(ready, within, f"{self.command} to be up", self._explain)

    def _explain(self) -> str:
        return self.log.read_text("utf-8", "replace")[-3000:]

    def stop(self, within: float = 20.0) -> None:
        if self._process is not None:
            self._process.terminate()
            try:
                self._process.wait(within)
            except subprocess.TimeoutExpired:
                self.kill()
            self._process = None

    def kill(self) -> None:
        """SIGKILL, to all its children as well."""
        if self._process is not None:
            try:
                os.killpg(self._process.pid, 9)
            except ProcessLookupError:
                pass
            self._process.wait(10)
            self._process = None


def listens(port: int) -> bool:
    try:
        socket.create_connection(("127.0.0.1", port), timeout=1).close()
    except OSError:
        return False
    return True


def wait_for(
    true: Callable[[], object], within: float = 10.0, what: str = "it", explain: Callable[[], str] = str
) -> None:
    """Wait until a condition holds; fail the test with what was waited for."""
    end = time.monotonic() + within
    while not true():
        if time.monotonic() > end:
            pytest.fail(f"waited {within:g} s in vain for {what}\n{explain()}")
        time.sleep(0.02)
