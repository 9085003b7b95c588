"""A store on each engine, and behind a pooler: what a test in this folder says holds for all of them."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from store import Store, open_store


@pytest.fixture(params=["sqlite", "postgres", "pgbouncer"])
def url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """Of an empty store. A module may have a fixture of this name that leaves some out."""
    if request.param == "sqlite":
        return f"sqlite:///{tmp_path}/maild.db"
    direct = str(request.getfixturevalue("pg_url"))
    if request.param == "postgres":
        return direct
    return str(request.getfixturevalue("bouncer").url(direct.rsplit("/", 1)[1]))


@pytest.fixture
def store(url: str) -> Iterator[Store]:
    opened = open_store(url)
    yield opened
    opened.close()
