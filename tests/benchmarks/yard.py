"""Where benchmarks run: a Dovecot, a PostgreSQL and a relay that sync as in service, stores, and real daemons.

with yard(folder) as here:
    store = here.new_store("postgres")              its URL; `like=` another: a copy of it
    with here.desk(store, agents=1) as desk:        a `maild run` that is up, warm and idle
        put = desk.put(mails)                       put.noticed: when the IMAP server first said that there is mail
        desk.wait_until_done()
        desk.relayed[-1].at                         when the relay took the last mail
"""

from __future__ import annotations

import shutil
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from itertools import count
from pathlib import Path

from sqlalchemy import create_engine, func, select, text

from store.schema import outbox
from tests.benchmarks.mails import ADDRESS
from tests.benchmarks.measure import Meter, processor_seconds
from tests.benchmarks.rules import rules
from tests.faults.daemon import Daemon
from tests.servers.certs import make_certs
from tests.servers.dovecot import PASSWORD, Dovecot
from tests.servers.postgres import Postgres
from tests.servers.process import free_ports, listens, wait_for

STORES = ("sqlite", "postgres")
RULES = 50
_LONGEST = 3600.0
"""Seconds that a heap may take."""
_LOOK = 0.03
"""Seconds between two looks: often enough, and it costs the daemon little."""
_FIRST = f"From: Warm Up <warm@up.example>\r\nTo: {ADDRESS}\r\nSubject: Warm\r\n\r\nHello.\r\n".encode()


@dataclass(frozen=True, slots=True)
class Put:
    """When mails were in their folder, and when the IMAP server first said of one beside that it has come."""

    at: float
    noticed: float


NO_FLOOD = (
    "[limits]\nflood_per_sender = 0\nflood_per_domain = 0\nflood_in_all = 0\nacknowledgements_in_all = 1_000_000\n"
    "notices_per_hour = 1_000_000\n"
)
"""Here thousands of mails an hour are what is wanted."""


@dataclass(frozen=True, slots=True)
class Relayed:
    at: float
    recipient: str


class Relay:
    """tests.benchmarks.relay in a process of its own."""

    def __init__(self, folder: Path) -> None:
        self.port, self._file = free_ports(1)[0], folder / "relayed"
        command = [sys.executable, "-m", "tests.benchmarks.relay", str(self.port), str(self._file)]
        self._process = subprocess.Popen(command)
        wait_for(lambda: listens(self.port), 60, "the relay")

    @property
    def pid(self) -> int:
        return self._process.pid

    def taken(self, first: int = 0) -> list[Relayed]:
        """What it took, from the so manyth on."""
        lines = self._file.read_text().splitlines()[first:] if self._file.exists() else []
        return [Relayed(float(at), recipient) for at, _, recipient in (line.partition(" ") for line in lines)]

    def stop(self) -> None:
        self._process.kill()
        self._process.wait()


@dataclass(frozen=True, slots=True)
class Started:
    """What it took until a daemon said that it was ready."""

    seconds: float
    cpu: float


class Desk:
    """One daemon, its mailbox and its store."""

    def __init__(self, yard: Yard, daemon: Daemon, user: str, store: str, started: Started) -> None:
        self._yard, self._user = yard, user
        # A mailbox beside, which nobody empties: there a client can see when the server says that mail has come.
        self._beside = yard.dovecot.new_user() if user else ""
        self.daemon, self.started = daemon, started
        self._engine = create_engine(store)
        self._relayed_before = len(yard.relay.taken())

    @property
    def pid(self) -> int:
        return self.daemon.pid

    def meter(self) -> Meter:
        return Meter(maild=[self.pid], postgres=self._yard.postgres.pids(), imap=self._yard.dovecot.pids())

    def put(self, mails: Sequence[bytes]) -> Put:
        """Deliver mails into the mailbox, and one beside."""
        dovecot = self._yard.dovecot
        dovecot.deliver(self._beside, [])
        with _first_notice(dovecot, self._beside) as noticed:
            at = dovecot.arrive([*dovecot.written(self._beside, mails[:1]), *dovecot.written(self._user, mails)])
            return Put(at, noticed())

    def left(self) -> int:
        """Mails that lie in the mailbox still."""
        return self._yard.dovecot.left(self._user) if self._user else 0

    def begin(self) -> None:
        """What the relay took so far does not count."""
        self._relayed_before = len(self._yard.relay.taken())

    @property
    def relayed(self) -> list[Relayed]:
        return self._yard.relay.taken(self._relayed_before)

    def wait_until_done(self, within: float = _LONGEST, every: float = _LOOK) -> None:
        """Until nothing lies in the mailbox, no letter waits to be routed and no mail to be sent."""

        def done() -> bool:
            return self.open_work() == 0 and not self.left() and self.open_work() == 0

        self.wait_until(done, "all to be done", within, every)

    def wait_until(
        self, true: Callable[[], object], what: str, within: float = _LONGEST, every: float = _LOOK
    ) -> None:
        """Look every so many seconds; seldom, where a look counts many rows."""

        def look() -> object:
            time.sleep(every)
            return true()

        wait_for(look, within, what, self.daemon.last_words)

    def open_work(self) -> int:
        """Letters that wait, and mails."""
        return self.ask("select count(*) from letters where state = 'stored'") + self.ask(
            "select count(*) from outbox where state in ('waiting', 'leased')"
        )

    def ask(self, question: str) -> int:
        with self._engine.connect() as connection:
            return int(connection.execute(text(question)).scalar_one() or 0)

    def written(self, event: str) -> tuple[float, float]:
        """When the first and the last mail of an event was put into the outbox."""
        at = outbox.c.created_at
        query = select(func.min(at), func.max(at)).where(outbox.c.event == event)
        with self._engine.connect() as connection:
            first, last = connection.execute(query).one()
        return first.timestamp(), last.timestamp()

    def close(self) -> None:
        self._engine.dispose()


class Yard:
    def __init__(self, folder: Path, stack: ExitStack) -> None:
        self.folder, self._numbers = folder, count(1)
        self.dovecot = stack.enter_context(Dovecot(make_certs(), durable=True))
        self.postgres = Postgres(durable=True)
        self.postgres.start()
        stack.callback(self.postgres.stop)
        self.relay = Relay(folder)
        stack.callback(self.relay.stop)
        (folder / "key").write_text("k" * 64)
        (folder / "key").chmod(0o600)

    def room(self, name: str) -> Path:
        """A folder of one's own."""
        room = self.folder / f"{name}{next(self._numbers)}"
        room.mkdir()
        return room

    def new_store(self, kind: str, like: str = "") -> str:
        """The URL of a new store: an empty one, or a copy of another of its kind that nobody has open."""
        if kind == "postgres":
            return self.postgres.url(self.postgres.create(like.rpartition("/")[2]))
        url = f"sqlite:///{self.room('store')}/maild.db"
        if like:
            shutil.copyfile(like.removeprefix("sqlite:///"), url.removeprefix("sqlite:///"))
        return url

    def drop(self, store: str) -> None:
        """A store that is not needed any more."""
        if store.startswith("sqlite"):
            shutil.rmtree(Path(store.removeprefix("sqlite:///")).parent)
        else:
            self.postgres.drop(store.rpartition("/")[2])

    def config(self, room: Path, store: str, agents: int, user: str, more: str = "") -> Path:
        """A desk with all that comes with maild, and 50 rules."""
        people = "".join(
            f'[[agent]]\naddress = "agent{number}@desk.example"\nname = "Agent {number}"\n'
            for number in range(agents)
        )
        mailbox = (
            f'[[mailbox]]\nhost = "127.0.0.1"\nport = {self.dovecot.imap_port}\ntls = "none"\nuser = "{user}"\n'
            f'password = "{PASSWORD}"\n'
        )
        path = room / "maild.toml"
        path.write_text(
            f'[desk]\naddress = "{ADDRESS}"\nkey_file = "{self.folder / "key"}"\nstate_dir = "{room}"\n'
            f'[store]\nurl = "{store}"\n[smtp]\nhost = "127.0.0.1"\nport = {self.relay.port}\n{more}'
            f"{mailbox if user else ''}{people}{rules(RULES)}{NO_FLOOD}"
        )
        return path

    @contextmanager
    def desk(
        self, store: str, agents: int = 0, *, mailbox: bool = True, warm: bool = True, already: Iterable[bytes] = ()
    ) -> Iterator[Desk]:
        """A daemon that is up; `warm`: it has had a mail before, and is idle. What is `already` in its mailbox is
        there before it starts."""
        room, user = self.room("node"), self.dovecot.new_user() if mailbox else ""
        if user:
            self.dovecot.deliver(user, already)
        self.config(room, store, agents, user)
        daemon = Daemon(room)
        desk = Desk(self, daemon, user, store, start(daemon))
        try:
            if mailbox and warm:
                wait_for(lambda: daemon.said("mailbox.connected"), 60, "the mailbox", daemon.last_words)
                desk.put([_FIRST])
                desk.wait_until(lambda: desk.relayed, "the first mail", 60)
                desk.wait_until_done()
            desk.begin()
            yield desk
        finally:
            desk.close()
            daemon.kill()
            shutil.rmtree(room)


def start(daemon: Daemon, **environment: str) -> Started:
    """Start a daemon and wait until it tells the system that it is ready, as a service does."""
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as said:
        address = str(daemon.folder / "ready")
        said.bind(address)
        said.settimeout(120)
        began = time.monotonic()
        daemon.start(NOTIFY_SOCKET=address, **environment)
        while b"READY=1" not in said.recv(4096):
            pass
        return Started(time.monotonic() - began, processor_seconds(daemon.pid))


@contextmanager
def _first_notice(dovecot: Dovecot, user: str) -> Iterator[Callable[[], float]]:
    """A client that idles on a mailbox. What it gives waits for the first word of new mail; its answer is when."""
    with dovecot.client(user) as client:
        client.select()
        line = client.readline
        client.send(b"x IDLE\r\n")
        while not line().startswith(b"+"):
            pass
        seen: list[float] = []

        def listen() -> None:
            while not seen:
                said = line()
                if said.endswith(b" EXISTS\r\n"):
                    seen.append(time.time())
                elif not said:
                    return

        listener = threading.Thread(target=listen, daemon=True)
        listener.start()

        def noticed() -> float:
            listener.join(20)
            assert seen, "the IMAP server said nothing of new mail"
            return seen[0]

        yield noticed
        client.send(b"DONE\r\n")
        while not line().startswith(b"x "):
            pass


@contextmanager
def yard(folder: Path) -> Iterator[Yard]:
    with ExitStack() as stack:
        yield Yard(folder, stack)
