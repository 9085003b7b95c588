"""A disk that is full, files that cannot be written, a PostgreSQL that goes in the middle (F26 to F29)."""

from __future__ import annotations

import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import psycopg
import pytest

from store import Store, StoreFull, StoreUnavailable, Unit, open_store
from tests.faults.disk import small_disk
from tests.servers.postgres import terminate_others

NOW = datetime(2026, 1, 5, 9, 0, tzinfo=UTC)


@pytest.fixture
def disk() -> Iterator[Path]:
    with small_disk(4) as folder:
        yield folder


def _store_letter(store: Store, size: int) -> int:
    with store.write() as unit:
        return unit.letters.store("inbox", "support", b"x" * size, NOW, None)


def _fill(folder: Path) -> Path:
    ballast = folder / "ballast"
    with ballast.open("wb", buffering=0) as file:
        try:
            while True:
                file.write(b"\0" * 4096)
        except OSError:
            return ballast


def test_F26_full_disk_is_said_as_such_undoes_the_whole_and_is_over_when_there_is_room(disk: Path) -> None:
    store = open_store(f"sqlite:///{disk}/maild.db")
    told: list[bool] = []
    store.when_full(lambda: told.append(True))
    kept = _store_letter(store, 100)
    ballast = _fill(disk)

    for savepoint in (False, True):
        with pytest.raises(StoreFull), store.write() as unit:
            if savepoint:
                with unit.savepoint():
                    unit.letters.store("inbox", "support", b"x" * 900_000, NOW, None)
            else:
                unit.letters.store("inbox", "support", b"x" * 900_000, NOW, None)
    with pytest.raises(StoreFull), store.write() as unit:  # taking out needs room as well
        unit.letters.drop(kept, "dropped-by-admin")
        for number in range(3000):
            unit.journal.add_all([_line(number)])
    assert len(told) == 3
    with store.read() as unit:
        assert unit.letters.count() == 1

    ballast.unlink()
    _store_letter(store, 100)
    with store.read() as unit:
        assert unit.letters.count() == 2
    store.close()


def _line(number: int) -> object:
    from store.records import JournalLine

    return JournalLine(at=NOW, event="x", why=str(number) * 200, actor="y", case=None, letter=None)


def test_F26_store_cannot_be_opened_on_a_full_disk_and_says_so(disk: Path) -> None:
    open_store(f"sqlite:///{disk}/maild.db").close()
    _fill(disk)
    with pytest.raises(StoreUnavailable):
        open_store(f"sqlite:///{disk}/other.db")
    again = None
    with pytest.raises(StoreUnavailable):  # what makes the files that a connection needs is a write as well
        again = open_store(f"sqlite:///{disk}/maild.db")
        _store_letter(again, 900_000)
    if again is not None:
        again.close()


def test_F27_file_that_cannot_be_written_is_no_full_disk(tmp_path: Path) -> None:
    """In a process of its own, whose files may not grow: what the system says then is not "no space left"."""
    code = (
        "import resource, sys\n"
        "from datetime import datetime, UTC\n"
        "from store import StoreBroken, open_store\n"
        f"store = open_store('sqlite:///{tmp_path}/maild.db')\n"
        "resource.setrlimit(resource.RLIMIT_FSIZE, (400_000, 400_000))\n"
        "try:\n"
        "    with store.write() as unit:\n"
        "        unit.letters.store('inbox', None, b'x' * 900_000, datetime.now(UTC), None)\n"
        "except StoreBroken as error:\n"
        "    print(error)\n"
    )
    run = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, timeout=60, check=False)
    assert run.stdout.strip() == "disk I/O error", run.stderr


# PostgreSQL

Loses = Callable[[Store, Unit], None]


@pytest.fixture
def pg_store(pg_url: str) -> Iterator[Store]:
    store = open_store(pg_url)
    yield store
    store.close()


@pytest.mark.parametrize("savepoint", [False, True])
def test_F28_connection_that_is_lost_in_a_transaction_leaves_nothing_half_done(
    pg_store: Store, pg_url: str, savepoint: bool
) -> None:
    with pytest.raises(StoreUnavailable), pg_store.write() as unit:
        unit.letters.store("inbox", "support", b"one", NOW, None)
        if savepoint:
            with unit.savepoint():
                terminate_others(pg_url)
                unit.letters.store("inbox", "support", b"two", NOW, None)
        else:
            terminate_others(pg_url)
            unit.letters.store("inbox", "support", b"two", NOW, None)
    assert _store_letter(pg_store, 3)
    with pg_store.read() as unit:
        assert unit.letters.count() == 1


def test_F28_connections_that_died_while_nobody_used_them_are_replaced_unsaid(pg_store: Store, pg_url: str) -> None:
    with pg_store.write(), pg_store.write(), pg_store.read():
        pass  # three lie in the pool
    terminate_others(pg_url)
    time.sleep(1.2)
    with pg_store.write() as one, pg_store.write() as two, pg_store.read() as three:
        assert [one.letters.count(), two.letters.count(), three.letters.count()] == [0, 0, 0]


def test_F28_a_connection_that_died_a_moment_ago_is_an_outage_once(
    pg_store: Store, pg_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("store.engine.FRESH", 60.0)
    _store_letter(pg_store, 1)
    terminate_others(pg_url)
    with pytest.raises(StoreUnavailable):
        _store_letter(pg_store, 2)
    assert _store_letter(pg_store, 3)
    with pg_store.read() as unit:
        assert unit.letters.count() == 2


def test_F29_session_ended_for_idling_in_a_transaction_is_an_outage_and_no_bug(pg_url: str) -> None:
    open_store(pg_url).close()  # its tables take their time, where the machine has much to do
    store = open_store(pg_url, timedelta(milliseconds=500))
    with pytest.raises(StoreUnavailable), store.write() as unit:
        unit.letters.store("inbox", "support", b"one", NOW, None)
        time.sleep(1)
        unit.letters.store("inbox", "support", b"two", NOW, None)
    with store.read() as unit:
        assert unit.letters.count() == 0
    store.close()


def test_F29_two_transactions_in_each_others_way_are_an_outage_for_one_of_them(pg_store: Store) -> None:
    one, two = _store_letter(pg_store, 1), _store_letter(pg_store, 2)
    both = threading.Barrier(2)
    outcomes: list[str] = []

    def cross(first: int, second: int) -> None:
        try:
            with pg_store.write() as unit:
                unit.waiting.take([first], "node", NOW, NOW + timedelta(minutes=1))
                both.wait(10)
                unit.letters.failed(second, "x")
            outcomes.append("done")
        except StoreUnavailable as error:
            outcomes.append("deadlock" if "deadlock" in str(error) else str(error))

    _together([lambda: cross(one, two), lambda: cross(two, one)])
    assert sorted(outcomes) == ["deadlock", "done"]


def test_F29_serialisation_failure_is_an_outage_for_one_of_them(pg_store: Store, pg_url: str) -> None:
    _set(pg_store, pg_url, "default_transaction_isolation", "serializable")
    letter = _store_letter(pg_store, 1)
    both = threading.Barrier(2)
    outcomes: list[str] = []

    def count_and_change(node: str) -> None:
        try:
            with pg_store.write() as unit:
                unit.letters.count()
                both.wait(10)
                unit.letters.failed(letter, node)
            outcomes.append("done")
        except StoreUnavailable:
            outcomes.append("again")

    _together([lambda: count_and_change("one"), lambda: count_and_change("two")])
    assert sorted(outcomes) == ["again", "done"]


def _set(store: Store, url: str, name: str, value: str) -> None:
    """For all connections from now on."""
    with psycopg.connect(url.replace("+psycopg", ""), autocommit=True) as connection:
        database = url.rpartition("/")[2]
        connection.execute(f"alter database {database} set {name} = '{value}'".encode())
    store.close()  # the pool is empty now, and fills again


def _together(jobs: list[Callable[[], None]]) -> None:
    threads = [threading.Thread(target=job) for job in jobs]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(30)
