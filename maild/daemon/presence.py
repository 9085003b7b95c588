"""One node of several on PostgreSQL: its name, its line in the table of nodes, and what it takes over from neighbours
that died.

A node's name is made anew at each start; a file of that name in the state directory stays locked for as long as the
process lives. Process numbers would not do: in containers all of them are 1. Whoever can take the lock knows that the
node is gone, and frees what it had in hand, without waiting for its leases to end. Nodes that share no state
directory do wait for that.
"""

from __future__ import annotations

import fcntl
import os
import secrets
import socket
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from datetime import UTC, datetime, timedelta
from pathlib import Path

from maild import __version__
from maild.log import Event
from maild.pipeline.beating import beating
from maild.pipeline.office import Office
from maild.pipeline.send import reclaim
from store import StoreUnavailable

BEAT = timedelta(seconds=10)
"""How often a node says that it lives."""
SILENT_AFTER = 3 * BEAT
FAR_APART = timedelta(seconds=5)
"""Clocks that differ by more are said."""
_FORGOTTEN_AFTER = timedelta(days=1)


def new_name() -> str:
    """host/process/chance: no two starts of any process have the same."""
    return f"{socket.gethostname()}/{os.getpid()}/{secrets.token_hex(4)}"


@contextmanager
def present(state_dir: Path, office: Office) -> Iterator[None]:
    """This node is there until the body ends."""
    folder = state_dir / "nodes"
    folder.mkdir(mode=0o700, exist_ok=True)
    mine, started_at = _locked(folder / _file_name(office.node)), datetime.now(UTC)

    def live() -> None:
        _bury(folder, office)
        with office.store.write() as unit:
            now = unit.clock(datetime.now(UTC))
            unit.nodes.seen(office.node, __version__, started_at, now)
            unit.nodes.sweep(now - _FORGOTTEN_AFTER)
        _compare(office, now)

    def beat() -> bool:
        with suppress(StoreUnavailable):  # the loops say so
            live()
        return True

    live()
    try:
        with beating("node", BEAT.total_seconds(), beat):
            yield
    finally:
        with suppress(StoreUnavailable), office.store.write() as unit:
            unit.nodes.left([office.node])
        (folder / _file_name(office.node)).unlink(missing_ok=True)
        os.close(mine)


def _compare(office: Office, now: datetime) -> None:
    """Say, once, that this node's clock and the database's differ: its timers act by its own."""
    apart = datetime.now(UTC) - now
    if abs(apart) > FAR_APART and office.first_time("clock"):
        office.log.emit(Event.CLOCK_APART, node=office.node, seconds=f"{apart.total_seconds():+.0f}")


def _bury(folder: Path, office: Office) -> None:
    """Free what neighbours had in hand whose lock nobody holds any more."""
    gone = {_node_name(path): handle for path in folder.iterdir() if (handle := _if_free(path)) is not None}
    if not gone:
        return
    try:
        reclaim(office, lambda holder: "/".join(holder.split("/")[:3]) in gone)
        with office.store.write() as unit:
            unit.nodes.left(list(gone))
        for name in gone:
            office.log.emit(Event.NODE_GONE, node=name)
            (folder / _file_name(name)).unlink(missing_ok=True)
    finally:
        for handle in gone.values():
            os.close(handle)


def _file_name(node: str) -> str:
    return node.replace("/", "@")


def _node_name(path: Path) -> str:
    return "/".join(path.name.rsplit("@", 2))


def _locked(path: Path) -> int:
    """Make the file and lock it; both, because a neighbour may take it away in between."""
    while True:
        handle = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        fcntl.flock(handle, fcntl.LOCK_EX)
        with suppress(FileNotFoundError):
            if os.stat(path).st_ino == os.fstat(handle).st_ino:
                return handle
        os.close(handle)


def _if_free(path: Path) -> int | None:
    """A handle that holds the lock, when nobody else did."""
    try:
        handle = os.open(path, os.O_RDWR | os.O_CLOEXEC)
    except OSError:  # just taken away
        return None
    try:
        fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        os.close(handle)
        return None
    return handle
