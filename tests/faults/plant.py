"""The whole installation under test, on one machine:

    world ─SMTP→ Postfix ─LMTP→ Dovecot ─IMAP→ [proxy] → maild ×1..3 → [proxy] ─SMTP→ sink
                        └──────LMTP→ [proxy] ──────────↗

and the tools to break each part of it. A `Node` is one real `maild run` process with a state directory of its own.
"""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from store import Store, open_store
from tests.faults.proxy import Proxy
from tests.servers.certs import Certs
from tests.servers.dovecot import PASSWORD, Dovecot
from tests.servers.postfix import Postfix
from tests.servers.postgres import Postgres
from tests.servers.process import free_ports
from tests.servers.sink import SinkServer

MAILBOX = "support@desk.test"
_ROOT = Path(__file__).resolve().parents[2]

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
{limits}
[log]
format = "json"
"""


@dataclass(slots=True)
class Node:
    """One daemon, killed and started at will."""

    name: str
    folder: Path
    config: Path
    process: subprocess.Popen[bytes] | None = None
    began: int = 0
    """Where the present life's log begins."""

    @property
    def log(self) -> Path:
        return self.folder / "maild.log"

    def start(self, fail_points: str = "") -> None:
        environment = dict(os.environ, PYTHONPATH=str(_ROOT), MAILD_FP_LOG=str(self.folder / "points.log"))
        if fail_points:
            environment["MAILD_FP"] = fail_points
        with self.log.open("ab") as log:
            self.began = log.tell()
            self.process = subprocess.Popen(
                [sys.executable, "-m", "maild", "run", "-c", str(self.config)],
                stdout=log, stderr=log, env=environment, cwd=_ROOT,
            )  # fmt: skip

    def is_alive(self) -> bool:
        return self.process is not None and self.process.poll() is None

    def is_up_within(self, seconds: float) -> bool:
        """Whether it says that it has started, or ends, in that time."""
        deadline = time.monotonic() + seconds
        while self.is_alive() and time.monotonic() < deadline:
            if b"daemon.started" in self.log.read_bytes()[self.began :]:
                return True
            time.sleep(0.05)
        return False

    def dies_within(self, seconds: float) -> bool:
        """Whether it ends by itself in that time."""
        assert self.process is not None
        try:
            self.process.wait(seconds)
        except subprocess.TimeoutExpired:
            return False
        return True

    def signal(self, number: int) -> None:
        if self.is_alive():
            assert self.process is not None
            self.process.send_signal(number)

    def kill(self) -> None:
        if self.process is not None:
            self.process.kill()
            self.process.wait()
            self.process = None

    def stop(self) -> int:
        """SIGTERM; its exit code."""
        assert self.process is not None
        self.process.send_signal(signal.SIGTERM)
        code = self.process.wait(60)
        self.process = None
        return code


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
    def ballast(self) -> Path:
        """A file beside the store, made large to fill the disk up."""
        return self.folder / "small" / "ballast"

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
    config = own / "maild.toml"
    config.write_text(_CONFIG.format(state=state, key=folder / "maild.key", **values))
    return Node(name, own, config)


def _mount(small: Path, stack: ExitStack) -> None:
    """A small disk of its own for the SQLite store, where the machine lets us; it can then be filled up."""
    if os.geteuid() != 0:
        return
    done = subprocess.run(["mount", "-t", "tmpfs", "-o", "size=192m", "maild", str(small)], check=False)
    if done.returncode == 0:
        stack.callback(lambda: subprocess.run(["umount", "-l", str(small)], check=False))
