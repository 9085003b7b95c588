"""The whole installation under test, on one machine:

    world ─SMTP→ Postfix ─LMTP→ Dovecot ─IMAP→ [proxy] → maild ×1..3 → [proxy] ─SMTP→ sink
                        └──────LMTP→ [proxy] ──────────↗

and the tools to break each part of it. A node is one real `maild run` with a state directory of its own.
"""

from __future__ import annotations

import os
import subprocess
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from store import Store, open_store
from tests.faults.daemon import Daemon
from tests.faults.proxy import Proxy
from tests.servers.certs import Certs
from tests.servers.dovecot import PASSWORD, Dovecot
from tests.servers.postfix import Postfix
from tests.servers.postgres import Postgres
from tests.servers.process import free_ports
from tests.servers.sink import SinkServer

MAILBOX = "support@desk.test"

_CONFIG = """
[desk]
address = "support@desk.test"
name = "Desk"
state_dir = "{state}"
key_file = "{key}"
[store]
url = "{store}"
{lease}
[[mailbox]]
host = "127.0.0.1"
port = {imap}
tls = "none"
user = "support@desk.test"
password = "{password}"
poll_every = "1s"
idle = {idle}
queue = "support"
{lmtp}
[[queue]]
name = "support"
[[queue]]
name = "sales"
address = "sales@desk.test"
[smtp]
host = "127.0.0.1"
port = {smtp}
undo_window = "0s"
last_reply = "4s"
[[agent]]
address = "anna@desk.test"
name = "Anna"
[[agent]]
address = "ben@desk.test"
name = "Ben"
[timers]
warn_after = "4s"
auto_close_after = "8s"
most_closes = 0
most_closes_percent = 0
[limits]
flood_per_sender = 0
flood_per_domain = 0
flood_in_all = 0
acknowledgements_in_all = 1_000_000
{limits}
[log]
format = "json"
"""


class Node(Daemon):
    """One daemon, killed and started at will; it writes down which fail points acted."""

    def __init__(self, folder: Path) -> None:
        super().__init__(folder, {"MAILD_FP_LOG": str(folder / "points.log")})

    @property
    def name(self) -> str:
        return self.folder.name


@dataclass(slots=True)
class Plant:
    folder: Path
    dovecot: Dovecot
    postfix: Postfix
    sink: SinkServer
    postgres: Postgres | None
    imap: Proxy
    smtp: Proxy
    lmtp: Proxy
    nodes: list[Node]
    store_url: str
    began: float = field(default_factory=time.time)

    @contextmanager
    def store(self) -> Iterator[Store]:
        """Opened only while the nodes are calm: it migrates what is not migrated yet."""
        opened = open_store(self.store_url)
        try:
            yield opened
        finally:
            opened.close()

    @property
    def small(self) -> Path:
        """The disk of an SQLite store, which can be filled up, where the machine let us mount it."""
        return self.folder / "small"

    def points(self) -> list[tuple[str, str]]:
        """(point, action) of every fail point that acted."""
        lines: list[tuple[str, str]] = []
        for node in self.nodes:
            path = node.folder / "points.log"
            if path.exists():
                lines += [(line.split()[0], line.split()[1]) for line in path.read_text().splitlines()]
        return lines


@contextmanager
def plant(
    folder: Path, certs: Certs, *, nodes: int, shared: bool, move: bool = True, idle: bool = True
) -> Iterator[Plant]:
    """Everything is up except the nodes. `shared`: PostgreSQL; `move`: whether the mailbox's server knows MOVE."""
    with ExitStack() as stack:
        capability = "" if move else "IMAP4rev1 UIDPLUS IDLE LITERAL+ NAMESPACE"
        dovecot = stack.enter_context(Dovecot(certs, capability=capability))
        sink = stack.enter_context(SinkServer())
        ports = free_ports(nodes)
        imap = stack.enter_context(Proxy([dovecot.imap_port]))
        smtp = stack.enter_context(Proxy([sink.port]))
        lmtp = stack.enter_context(Proxy(ports))
        postfix = Postfix(certs, dovecot, routes={"sales@desk.test": f"lmtp:inet:127.0.0.1:{lmtp.port}"})
        postfix.start()
        stack.callback(postfix.kill)
        postgres = None
        if shared:
            postgres = Postgres()
            postgres.start()
            stack.callback(postgres.stop)
        small = folder / "small"
        small.mkdir(parents=True)
        if not shared:
            _mount(small, stack)
        url = postgres.url(postgres.create()) if postgres else f"sqlite:///{small}/maild.db"
        made = [
            _node(
                folder,
                f"n{number}",
                small if not shared else None,
                _values(url, imap, smtp, port, shared, idle),
            )
            for number, port in enumerate(ports, 1)
        ]
        running = Plant(folder, dovecot, postfix, sink, postgres, imap, smtp, lmtp, made, url)
        stack.callback(lambda: [node.kill() for node in made])
        yield running


def _values(url: str, imap: Proxy, smtp: Proxy, lmtp: int, shared: bool, idle: bool) -> dict[str, object]:
    return {
        "store": url,
        "imap": imap.port,
        "smtp": smtp.port,
        "password": PASSWORD,
        "idle": str(idle).lower(),
        "lease": 'lease = "4s"' if shared else "",
        "lmtp": f'[lmtp]\nlisten = "127.0.0.1:{lmtp}"\nsettle = "6s"',
        "limits": "",
    }


def _node(folder: Path, name: str, state: Path | None, values: dict[str, object]) -> Node:
    own = folder / name
    own.mkdir()
    state = state or own
    node = Node(own)
    node.config.write_text(_CONFIG.format(state=state, key=folder / "maild.key", **values))
    return node


def _mount(small: Path, stack: ExitStack) -> None:
    """A small disk of its own for the SQLite store, where the machine lets us; it can then be filled up."""
    if os.geteuid() != 0:
        return
    done = subprocess.run(["mount", "-t", "tmpfs", "-o", "size=192m", "maild", str(small)], check=False)
    if done.returncode == 0:
        stack.callback(lambda: subprocess.run(["umount", "-l", str(small)], check=False))
