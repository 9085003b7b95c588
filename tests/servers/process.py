"""Start a server that cannot outlive the tests, find free ports, wait until something listens."""

from __future__ import annotations

import atexit
import os
import shutil
import socket
import subprocess
import tempfile
import time
from collections import deque
from collections.abc import Callable, Sequence
from contextlib import suppress
from functools import cache
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


DISK, _MEMORY, _ROOM = Path("/tmp"), Path("/dev/shm"), 6 << 30


@cache
def scratch() -> Path:
    """Where tests write: memory where there is enough of it, for a disk takes half a second to make a database and a
    millisecond to make a file. What a kill of ours leaves behind is the same on both."""
    with suppress(OSError):
        there = os.statvfs(_MEMORY)
        roomy = there.f_bavail * there.f_frsize >= _ROOM
        if roomy and not there.f_flag & os.ST_NOEXEC and os.access(_MEMORY, os.W_OK):
            return _MEMORY
    return DISK


def workdir(kind: str, *, durable: bool = False) -> Path:
    """A short path (sockets: 108 octets) that servers running as other users can enter (0755); removed at exit.
    `durable`: on a disk, whatever it takes."""
    path = Path(tempfile.mkdtemp(prefix=f"{kind}-", dir=DISK if durable else scratch()))
    path.chmod(0o755)
    atexit.register(shutil.rmtree, path, ignore_errors=True)
    return path


def free_ports(count: int) -> list[int]:
    """Ports that nobody uses, nor was given by this function to another process that still lives; below the range
    the kernel gives to clients, so they stay free."""
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
        if _claimed(10_000 + at):
            found.append(10_000 + at)
    return found


_MOST_CLAIMS = 400
_claims: deque[socket.socket] = deque()
"""The newest; each is an open file, and a process that runs thousands of tests has only so many. A server that still
listens on a port of an older one keeps it by that."""


def _claimed(port: int) -> bool:
    """Whether the port is ours until this process ends: a name without a file, which the kernel gives only once."""
    claim = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM | socket.SOCK_CLOEXEC)
    try:
        claim.bind(f"\0maild-test-port-{port}")
    except OSError:
        claim.close()
        return False
    _claims.append(claim)
    if len(_claims) > _MOST_CLAIMS:
        _claims.popleft().close()
    return True


# The guard waits on a pipe from us. When we say stop, it stops the server; when we die, in whichever way, the pipe
# ends and it removes the server's directory as well. (PR_SET_PDEATHSIG is not enough: Postfix changes its
# effective user, which clears it.) At last it kills its process group, itself included.
_GUARD = """
directory=$1 signal=$2; shift 2
exec 3<&0 </dev/null
"$@" 3<&- &
server=$!
word=
read -r word <&3
kill -s "$signal" $server
(sleep 10; kill -s KILL 0) &
wait $server
[ "$word" = stop ] || rm -rf "$directory"
kill -s KILL 0
"""


class Process:
    """A server in the foreground, with a guard that lets it outlive nobody."""

    def __init__(self, command: Sequence[str], here: Path, *, user: str | None = None, signal: str = "TERM") -> None:
        self.log = here / "stderr.log"
        if user:
            command = [binary("setpriv"), f"--reuid={user}", "--regid=nogroup", "--clear-groups", "--", *command]
        self.command = ["/bin/sh", "-c", _GUARD, "guard", str(here), signal, *command]
        self._guard: subprocess.Popen[bytes] | None = None
        atexit.register(self.kill)

    def start(self, ready: Callable[[], bool], within: float = 60.0) -> None:
        with self.log.open("ab") as out:
            self._guard = subprocess.Popen(
                self.command, stdin=subprocess.PIPE, stdout=out, stderr=out, start_new_session=True, cwd="/"
            )
        wait_for(ready, within, f"{self.command[6:]} to be up", self._explain)

    def _explain(self) -> str:
        return self.log.read_text("utf-8", "replace")[-3000:]

    def pids(self) -> list[int]:
        """The guard, of which the server is a child."""
        return [] if self._guard is None else [self._guard.pid]

    def stop(self) -> None:
        """Ask the server to end, and wait until it has (10 seconds at most)."""
        if self._guard is not None:
            self._guard.communicate(b"stop\n", timeout=20)
            self._guard = None

    def kill(self) -> None:
        """SIGKILL to the server and all its children, as in a crash of the machine."""
        if self._guard is not None:
            os.killpg(self._guard.pid, 9)
            self._guard.communicate(timeout=10)
            self._guard = None


def listens(port: int) -> bool:
    try:
        socket.create_connection(("127.0.0.1", port), timeout=1).close()
    except OSError:
        return False
    return True


def greets(port: int) -> bool:
    """Whether a server behind this port says hello (IMAP, LMTP, SMTP): listening alone may be a dying one."""
    try:
        with socket.create_connection(("127.0.0.1", port), timeout=5) as sock:
            return bool(sock.recv(1))
    except OSError:
        return False


def wait_for(
    true: Callable[[], object], within: float = 10.0, what: str = "it", explain: Callable[[], str] = str
) -> None:
    """Wait until a condition holds; fail the test with what was waited for. A look that takes long is taken seldom:
    what is waited for needs the machine."""
    end = time.monotonic() + within
    while True:
        began = time.monotonic()
        if true():
            return
        now = time.monotonic()
        if now > end:
            pytest.fail(f"waited {within:g} s in vain for {what}\n{explain()}")
        time.sleep(min(max(0.02, 2 * (now - began)), 1.0))
