"""Order on stable storage, seen from outside: nothing is told to another machine before what it rests on is synced.

kill -9 cannot see this, because the kernel keeps what a dead process wrote. So a real `maild` runs under strace(1):
when it tells the mail server to file a mail away, begins to hand a mail to the relay, or answers an LMTP delivery,
then no byte that was written to the store's write-ahead log may still be unsynced (P9).
"""

from __future__ import annotations

import re
import subprocess
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

from tests.servers.process import binary

STRACE = ("-f", "-y", "-s", "120", "-e", "trace=pwrite64,write,fsync,fdatasync,sendto,sendmsg,writev")

_CALL = re.compile(r"^(?:\[pid\s+)?(?P<pid>\d+)?\]?\s*(?P<name>\w+)\((?P<fd>\d+)<(?P<path>[^>]*)>(?P<rest>.*)$")
_TELLS = {
    "filed away": re.compile(r'"\w+ UID (MOVE|STORE)'),
    "sent": re.compile(r'"(mail|MAIL) FROM:'),
    "taken": re.compile(r'"250 2\.\d\.0 '),
}


@dataclass(frozen=True, slots=True)
class Told:
    """Something another machine was told."""

    what: str
    line: str
    synced: bool


def traced(command: Iterable[str], report: Path) -> list[str]:
    """The command under strace; `report` receives its calls."""
    return [binary("strace"), *STRACE, "-o", str(report), *command]


def told(report: Path) -> Iterator[Told]:
    """Everything that was told, in order, and whether all that was written before had been synced."""
    dirty = False
    for line in _whole_lines(report):
        call = _CALL.match(line)
        if call is None:
            continue
        name, path = call["name"], call["path"]
        if path.endswith("-wal"):
            if name in ("pwrite64", "write", "writev"):
                dirty = True
            elif name in ("fsync", "fdatasync"):
                dirty = False
        for what, words in _TELLS.items():
            if name in ("sendto", "sendmsg", "write") and words.search(call["rest"]):
                yield Told(what, line[:160], not dirty)


def _whole_lines(report: Path) -> Iterator[str]:
    """strace cuts a call in two when another thread comes between: the first half is taken as the call, except for
    syncs, which count when they have ended."""
    pending: dict[str, str] = {}
    for line in report.read_text("utf-8", "replace").splitlines():
        pid = line.split(" ", 1)[0]
        if "<unfinished ...>" in line:
            if re.search(r"\bf(data)?sync\(", line):
                pending[pid] = line
            else:
                yield line
        elif "resumed>" in line:
            if pid in pending:
                yield pending.pop(pid)
        else:
            yield line


def run(command: list[str], **options: object) -> subprocess.CompletedProcess[str]:
    """To its end, within a minute."""
    return subprocess.run(command, capture_output=True, text=True, timeout=120, check=False, **options)  # type: ignore[call-overload,no-any-return]
