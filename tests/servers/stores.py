"""Stores that are up to date already, for tests of what happens in them: to migrate one takes longer than most tests.

    ready_pg_url            a PostgreSQL database with our tables and nothing in them
    put_ready_store(url)    the same in a file of SQLite

Tests of migrations and of faults begin with nothing: `pg_url`.
"""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import pytest

from store import open_store
from store.schema import metadata
from tests.servers.postgres import Postgres
from tests.servers.process import workdir


@cache
def _ready_file() -> Path:
    path = workdir("store") / "maild.db"
    open_store(f"sqlite:///{path}").close()
    return path


def put_ready_store(url: str) -> None:
    """Where there is none, and SQLite is wanted."""
    path = Path(url.removeprefix("sqlite:///"))
    if url.startswith("sqlite:") and not path.exists():
        shutil.copy(_ready_file(), path)


@pytest.fixture(scope="session")
def ready_database(pg_server: Postgres) -> str:
    name = pg_server.create()
    open_store(pg_server.url(name)).close()
    return name


@pytest.fixture
def ready_pg_url(pg_server: Postgres, ready_database: str) -> Iterator[str]:
    """One database, in turn: to empty its tables takes a hundredth of the time that a new one takes."""
    yield pg_server.url(ready_database)
    pg_server.empty(ready_database, [table.name for table in reversed(metadata.sorted_tables)])
