"""Fixture `bouncer`: pgbouncer in transaction mode in front of the private PostgreSQL, with fewer connections to it
than it is given, once per test process, so that one client's transactions really land in several sessions.

    bouncer.url(name)       the same database, through pgbouncer
"""

from __future__ import annotations

import os
from collections.abc import Iterator

import pytest

from tests.servers.postgres import Postgres
from tests.servers.process import Process, binary, free_ports, listens, missing, workdir

_CONFIG = """
[databases]
* = host=127.0.0.1 port={pg} user=maild
[pgbouncer]
listen_addr = 127.0.0.1
listen_port = {port}
unix_socket_dir =
auth_type = any
pool_mode = transaction
default_pool_size = 3
max_client_conn = 200
server_reset_query =
pidfile = {here}/pid
logfile = {here}/log
"""


class PgBouncer:
    def __init__(self, postgres: Postgres) -> None:
        program = binary("pgbouncer")
        if os.environ.get("MAILD_TEST_PG_URL"):
            missing("pgbouncer is tested with a PostgreSQL of our own only")
        self.here, self.port = workdir("pgbouncer"), free_ports(1)[0]
        config = self.here / "pgbouncer.ini"
        config.write_text(_CONFIG.format(pg=postgres.port, port=self.port, here=self.here))
        user = "nobody" if os.geteuid() == 0 else None  # it refuses root
        if user:
            os.chown(self.here, 65534, -1)
        self._process = Process([program, str(config)], self.here, user=user, signal="INT")

    def start(self) -> None:
        self._process.start(lambda: listens(self.port))

    def stop(self) -> None:
        self._process.stop()

    def url(self, name: str) -> str:
        return f"postgresql+psycopg://maild@127.0.0.1:{self.port}/{name}"


@pytest.fixture(scope="session")
def bouncer(pg_server: Postgres) -> Iterator[PgBouncer]:
    server = PgBouncer(pg_server)
    server.start()
    yield server
    server.stop()
