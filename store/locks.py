"""What a transaction has to itself until its end: rows, and words that stand for what no row does. PostgreSQL only:
SQLite has one writer anyhow.

Two transactions never wait for each other in a ring: each waits for the first thing that it locks here only, and is
refused the next one (Busy) when another has it. The locks end with the transaction, so a pooler does them no harm.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from functools import cache
from typing import Any

from sqlalchemy import BigInteger, Connection, Row, bindparam, func, select

from store.engine import Database
from store.failures import Busy
from store.prepared import Prepared


class Locks:
    def __init__(self, connection: Connection, database: Database, *, reading: bool = False) -> None:
        self._connection = connection
        self._needed = not (reading or database.is_sqlite)
        self._has_some = False

    def row(self, query: Prepared, values: Mapping[str, object], *, wait: bool = True) -> Row[Any] | None:
        """The row as it is now, held against other writers; None where there is none. `query` is one of few.

        Rows that only point to it may be written meanwhile: a new case that is linked to it, for one.
        """
        found: Row[Any] | None
        if not self._needed:
            found = query.on(self._connection, values).first()
            return found
        patient = self._may_wait(wait)
        found = _locking(query, patient).on(self._connection, values).first()
        if found is None and not patient and query.on(self._connection, values).first() is not None:
            raise Busy("another transaction has this row")
        return found

    def free_rows(self, query: Prepared, values: Mapping[str, object]) -> list[Row[Any]]:
        """Those of these rows that no other transaction has, as they are now, held in the same way."""
        if not self._needed:
            return query.on(self._connection, values).all()
        self._has_some = True
        return _locking(query, False).on(self._connection, values).all()

    def word(self, word: str) -> None:
        """Nobody else gets past this word before the end of the transaction."""
        if not self._needed:
            return
        key = int.from_bytes(hashlib.blake2b(word.encode(), digest_size=8).digest(), signed=True)
        if self._may_wait(True):
            _WAIT.on(self._connection, {"key": key})
        elif not _TRY.on(self._connection, {"key": key}).scalar_one():
            raise Busy("another transaction has this word")

    def _may_wait(self, wish: bool) -> bool:
        patient = wish and not self._has_some
        self._has_some = True
        return patient


_KEY = bindparam("key", type_=BigInteger)
_WAIT = Prepared(select(func.pg_advisory_xact_lock(_KEY)))
_TRY = Prepared(select(func.pg_try_advisory_xact_lock(_KEY)))


@cache
def _locking(query: Prepared, patient: bool) -> Prepared:
    return Prepared(query.on_postgres.with_for_update(key_share=True, skip_locked=not patient))
