"""A connection that a thread keeps from one single statement to the next: one, never while a transaction runs, and
none that is dead."""

import threading
import time
from collections.abc import Iterator

import pytest
from sqlalchemy import event

from store import Store, StoreUnavailable, open_store
from tests.servers.postgres import terminate_others

_KEPT_FOR = 1.2
"""Seconds after which a connection that lay there is asked whether it lives."""


@pytest.fixture
def taken(store: Store) -> Iterator[list[object]]:
    """What the pool gave out."""
    given: list[object] = []
    pool = store._database.engine.pool

    def note(connection: object, *_: object) -> None:
        given.append(connection)

    event.listen(pool, "checkout", note)
    yield given
    event.remove(pool, "checkout", note)
    assert pool.checkedout() == 0  # type: ignore[attr-defined]


def _mark(store: Store) -> None:
    with store.mark() as unit:
        assert not unit.timers.stop(1, "none")


def _out(store: Store) -> int:
    return int(store._database.engine.pool.checkedout())  # type: ignore[attr-defined]


def test_single_statements_one_after_the_other_share_a_connection(store: Store, taken: list[object]) -> None:
    for _ in range(3):
        _mark(store)
    assert len(taken) == 3
    taken.clear()
    with store.at_hand():
        for _ in range(3):
            _mark(store)
        assert _out(store) == 1
    assert len(taken) == 1
    _mark(store)
    assert len(taken) == 2


@pytest.mark.parametrize("how", ["read", "write"])
def test_a_thread_that_begins_a_transaction_has_no_second_connection(
    store: Store, taken: list[object], how: str
) -> None:
    with store.at_hand():
        _mark(store)
        with getattr(store, how)() as unit:
            assert _out(store) == 1
            assert unit.timers.of_case(1) == []
        _mark(store)
        assert _out(store) == 1


def test_another_thread_has_its_own(store: Store, taken: list[object]) -> None:
    with store.at_hand():
        _mark(store)
        other = threading.Thread(target=_mark, args=[store])
        other.start()
        other.join()
        assert len(taken) == 2
        assert _out(store) == 1


def test_a_statement_that_fails_gives_it_back(store: Store, taken: list[object]) -> None:
    with store.at_hand():
        _mark(store)
        with pytest.raises(KeyError), store.mark():
            raise KeyError
        assert _out(store) == 0
        _mark(store)
        assert _out(store) == 1


def test_many_senders_that_wait_for_their_relay_leave_connections_for_the_others(store: Store) -> None:
    marked, waits = threading.Barrier(21), threading.Event()

    def send() -> None:
        with store.at_hand():
            _mark(store)
            marked.wait(20)
            waits.wait(20)

    senders = [threading.Thread(target=send) for _ in range(20)]
    for sender in senders:
        sender.start()
    marked.wait(20)
    assert 0 < _out(store) <= 4
    waits.set()
    for sender in senders:
        sender.join()
    assert _out(store) == 0


@pytest.mark.parametrize("lay_there", [False, True])
def test_one_that_died_fails_at_most_once(pg_url: str, lay_there: bool) -> None:
    store = open_store(pg_url)
    with store.at_hand():
        _mark(store)
        terminate_others(pg_url)
        if lay_there:
            time.sleep(_KEPT_FOR)
        else:
            with pytest.raises(StoreUnavailable):
                _mark(store)
        _mark(store)
    store.close()
