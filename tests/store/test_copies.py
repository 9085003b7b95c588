"""A store is copied while others write (F43): one consistent moment, and nobody waits for it."""

import threading
import time
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest
from sqlalchemy import update

from store import Store, open_store
from store.copies import CopyFailed, load_postgresql, scratch_beside
from store.engine import Database
from store.schema import raws

NOW = datetime(2026, 3, 1, 12, tzinfo=UTC)


@pytest.fixture(params=["sqlite", "postgres"])
def store(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Store]:
    sqlite = request.param == "sqlite"
    opened = open_store(f"sqlite:///{tmp_path}/maild.db" if sqlite else request.getfixturevalue("pg_url"))
    yield opened
    opened.close()


def _write_pair(store: Store, number: int) -> None:
    """Two letters in one transaction: a copy has both or none."""
    with store.write() as unit:
        for half in (b"one", b"two"):
            unit.letters.store("m", None, half + b" %d " % number + bytes(20_000), NOW, None)


def test_F43_a_copy_taken_under_load_is_one_moment_and_holds_nobody_up(store: Store, tmp_path: Path) -> None:
    for number in range(300):
        _write_pair(store, number)
    waits: list[float] = []
    done = threading.Event()

    def write() -> None:
        number = 300
        while not done.is_set():
            began = time.monotonic()
            _write_pair(store, number)
            waits.append(time.monotonic() - began)
            number += 1

    writer = threading.Thread(target=write)
    writer.start()
    try:
        told = store.copy_to(tmp_path / "copy")
        during = len(waits)
    finally:
        done.set()
        writer.join()
    assert during >= 1
    assert max(waits) < 5
    found = _loaded_contents(store, tmp_path / "copy")
    assert (found.letters, found.audit, found.tables["raws"]) == (told.letters, told.audit, told.tables["raws"])
    assert found.tables["letters"] % 2 == 0
    assert 600 <= found.tables["letters"] < 600 + 2 * len(waits) + 2


def _loaded_contents(store: Store, copy: Path):  # type: ignore[no-untyped-def]
    if not store.is_shared:
        loaded = open_store(f"sqlite:///{copy}")
        assert loaded.damage() == []
        contents = loaded.contents()
        loaded.close()
        return contents
    with scratch_beside(store._database) as url:
        database = Database(url)
        load_postgresql(database, copy, "aside", "it's a test")
        database.close()
        loaded = open_store(url)
        contents = loaded.contents()
        with loaded.read() as unit:
            assert unit.facts.outbox_held() == "it's a test"
        loaded.close()
    return contents


def test_contents_differ_when_a_byte_of_a_letter_does(store: Store) -> None:
    with store.write() as unit:
        unit.letters.store("m", None, b"bytes", NOW, None)
    before = store.contents()
    assert store.contents() == before
    with store._database.write() as connection:
        connection.execute(update(raws).values(content=b"bytez"))
    assert store.contents().letters != before.letters


def test_a_dump_that_breaks_off_leaves_the_database_as_it_was(tmp_path: Path, pg_url: str) -> None:
    store = open_store(pg_url)
    _write_pair(store, 1)
    for number in range(50):
        _write_pair(store, number)
    store.copy_to(tmp_path / "dump")
    before = store.contents()
    store.close()
    whole = (tmp_path / "dump").read_bytes()
    (tmp_path / "dump").write_bytes(whole[: len(whole) - 200])
    database = Database(pg_url)
    with pytest.raises(CopyFailed, match="could not be loaded"):
        load_postgresql(database, tmp_path / "dump", "aside", "r")
    database.close()
    store = open_store(pg_url)
    assert store.contents() == before
    store.close()
