"""Fixture `pg_url`: a fresh, empty PostgreSQL database for this test, as `postgresql+psycopg://…`.

The server is MAILD_TEST_PG_URL if set (a user who may create databases), else Debian's binaries with a data
directory of their own, started once per test process; root starts them as nobody, because PostgreSQL refuses
root. `pg_server.kill()` and `.start()` are there for tests of faults (own server only).
"""

from __future__ import annotations

import os
import shutil
import subprocess
from collections.abc import Iterator, Sequence
from contextlib import suppress
from itertools import count
from pathlib import Path

import pytest

from tests.servers.process import Process, binary, free_ports, listens, missing, workdir

_SETTINGS = {
    "listen_addresses": "127.0.0.1",
    "fsync": "off",  # the machine's page cache outlives every kill -9 of ours
    "full_page_writes": "off",
    "max_connections": "200",
    "unix_socket_directories": "",
    "log_min_messages": "warning",
    "dynamic_shared_memory_type": "mmap",  # in its folder, and so gone with it, however it ends
}
_AS_IN_SERVICE = {"fsync": "on", "full_page_writes": "on", "dynamic_shared_memory_type": "posix"}


class Postgres:
    """`url(name)` names a database on this server; "postgres" is the one to administer from. `durable`: it syncs, as
    in service."""

    def __init__(self, *, durable: bool = False) -> None:
        self._durable = durable
        self._given = os.environ.get("MAILD_TEST_PG_URL", "")
        self._process: Process | None = None
        self._names = count(1)
        if not self._given:
            self._prepare()

    def _prepare(self) -> None:
        places = sorted(Path("/usr/lib/postgresql").glob("*/bin"), reverse=True)
        initdb = binary("initdb", *map(str, places))
        self.here = workdir("pg", durable=self._durable)
        self.port = free_ports(1)[0]
        user = "nobody" if os.geteuid() == 0 else None
        if user:
            shutil.chown(self.here, "nobody", "nogroup")
        command = [initdb, "-A", "trust", "-U", "maild", "-E", "UTF8", "--locale=C.UTF-8", "--no-sync",
                   "-D", str(self.here / "data")]  # fmt: skip
        if user:
            command = [binary("setpriv"), "--reuid=nobody", "--regid=nogroup", "--clear-groups", "--", *command]
        subprocess.run(command, check=True, capture_output=True, cwd="/")
        settings = _SETTINGS | (_AS_IN_SERVICE if self._durable else {})
        options = [word for key, value in settings.items() for word in ("-c", f"{key}={value}")]
        server = binary("postgres", str(Path(initdb).resolve().parent))
        self._process = Process(
            [server, "-D", str(self.here / "data"), "-p", str(self.port), *options],
            self.here,
            user=user,
            signal="INT",
        )

    def start(self) -> None:
        if self._process:
            self._process.start(self._answers)

    def stop(self) -> None:
        if self._process:
            self._process.stop()

    def kill(self) -> None:
        if self._process is None:
            missing("a server given by MAILD_TEST_PG_URL is not ours to kill")
        # Each connection's process has a session of its own, and would serve on for a moment.
        postmaster = (self.here / "data" / "postmaster.pid").read_text().split()[0]
        serving = Path(f"/proc/{postmaster}/task/{postmaster}/children").read_text().split()
        self._process.kill()
        for process in serving:
            with suppress(ProcessLookupError):
                os.kill(int(process), 9)
        (self.here / "data" / "postmaster.pid").unlink(missing_ok=True)

    def pids(self) -> list[int]:
        """The process all others of our own server come from."""
        return [] if self._process is None else self._process.pids()

    def _answers(self) -> bool:
        import psycopg

        if not listens(self.port):
            return False
        try:
            psycopg.connect(_plain(self.url("postgres")), connect_timeout=2).close()
        except psycopg.OperationalError:  # listening, still starting up
            return False
        return True

    def url(self, name: str) -> str:
        base = self._given or f"postgresql+psycopg://maild@127.0.0.1:{self.port}/postgres"
        return f"{base.rsplit('/', 1)[0]}/{name}"

    def create(self, like: str = "") -> str:
        """A new database: an empty one, or a copy of another, to which nobody is connected."""
        name = f"maild_{os.getpid()}_{next(self._names)}"
        self._administer(f"CREATE DATABASE {name}" + (f" TEMPLATE {like}" if like else ""))
        return name

    def drop(self, name: str) -> None:
        self._administer(f"DROP DATABASE IF EXISTS {name} WITH (FORCE)")

    def empty(self, name: str, tables: Sequence[str]) -> None:
        """Take every row out of these tables, as whose first the next will count; whoever is connected is cut off."""
        import psycopg

        terminate_others(self.url(name))
        with psycopg.connect(_plain(self.url(name)), autocommit=True) as connection:
            connection.execute(";".join(f'DELETE FROM "{table}"' for table in tables).encode())
            connection.execute(
                "SELECT setval(format('%I.%I', schemaname, sequencename), start_value, false) FROM pg_sequences"
            )

    def _administer(self, statement: str) -> None:
        import psycopg

        with psycopg.connect(_plain(self._given or self.url("postgres")), autocommit=True) as connection:
            connection.execute(statement.encode())


def _plain(url: str) -> str:
    return url.replace("postgresql+psycopg://", "postgresql://")


@pytest.fixture(scope="session")
def pg_server() -> Iterator[Postgres]:
    pytest.importorskip("psycopg")
    server = Postgres()
    server.start()
    yield server
    server.stop()


@pytest.fixture
def pg_url(pg_server: Postgres) -> Iterator[str]:
    name = pg_server.create()
    yield pg_server.url(name)
    pg_server.drop(name)


def terminate_others(url: str) -> None:
    """End every session on this database."""
    import psycopg

    with psycopg.connect(_plain(url), autocommit=True) as connection:
        connection.execute(
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity "
            "WHERE datname = current_database() AND pid <> pg_backend_pid()"
        )
