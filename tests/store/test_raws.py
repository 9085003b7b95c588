"""Mails of any size come out as they went in, on both engines and behind a pooler."""

import random
from collections.abc import Iterator
from datetime import UTC, datetime

import pytest
from sqlalchemy import create_engine, text

from store import Store, StoreUnavailable, open_store
from store.raws import _copy_in, _pieces

NOW = datetime(2026, 3, 1, 12, tzinfo=UTC)
PIECE = 2 << 20


def test_large_mails_come_out_as_they_went_in(store: Store) -> None:
    noise = random.Random(1).randbytes(3 * PIECE)
    for raw in (b"", b"x", noise[:PIECE], noise[: PIECE + 1], noise[: 2 * PIECE], noise[:-1], b"\0\\x" * PIECE):
        with store.write() as unit:
            with unit.savepoint():
                letter = unit.letters.store("inbox", None, raw, NOW, None)
            small = unit.letters.store("inbox", None, b"behind it", NOW, None)
            mail = unit.outbox.add(
                case_number=None, entry_id=None, event="answer", automatic=False, recipient="a@b.test",
                envelope_from="", message_id=f"<{letter}@d>", content=raw, next_at=NOW, created_at=NOW,
            )  # fmt: skip
        with store.read() as unit:
            assert unit.letters.raw(letter) == raw
            assert unit.letters.raw(small) == b"behind it"
            assert unit.outbox.content(mail) == raw
            assert unit.outbox.content(mail + 1) is None


def test_what_is_undone_leaves_no_large_mail(store: Store) -> None:
    with pytest.raises(RuntimeError), store.write() as unit:
        letter = unit.letters.store("inbox", None, bytes(2 * PIECE), NOW, None)
        raise RuntimeError
    with store.read() as unit, pytest.raises(LookupError):
        unit.letters.raw(letter)


def test_F28_a_server_that_dies_in_the_middle_of_a_large_mail_is_an_outage(pg_url: str) -> None:
    store, raw = open_store(pg_url), bytes(2 * PIECE)
    engine = create_engine(pg_url)
    with pytest.raises(StoreUnavailable), store.write() as unit:
        process = unit._connection.execute(text("select pg_backend_pid()")).scalar_one()

        def pieces() -> Iterator[bytes | memoryview]:
            yield from list(_pieces(1, raw))[:-1]
            with engine.begin() as other:
                other.execute(text("select pg_terminate_backend(:of, 5000)"), {"of": process})
            yield bytes(8 * PIECE)

        _copy_in(unit._connection, pieces())
    engine.dispose()
    with store.write() as unit:
        letter = unit.letters.store("inbox", None, raw, NOW, None)
    with store.read() as unit:
        assert unit.letters.raw(letter) == raw
    store.close()
