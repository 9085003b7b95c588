"""Ids of rows that are written later, together with others of their kind."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from functools import cache
from typing import Any

from sqlalchemy import BigInteger, Column, Connection, bindparam, cast, column, func, insert, select, table
from sqlalchemy.dialects.postgresql import REGCLASS

from store.prepared import Prepared


class Ahead:
    """A table's rows, which get their ids before they are written. For cases only that this transaction has locked by
    then: by their ids a case's rows are in order, and another transaction may have asked for ids before."""

    def __init__(self, connection: Connection, key: Column[Any]) -> None:
        self._connection = connection
        self._key = key
        self._left: list[int] = []

    @contextmanager
    def of(self, rows: int) -> Iterator[None]:
        """In the body so many rows may be written later."""
        self._left = list(_ids(self._connection, self._key, rows))[::-1] if rows else []
        try:
            yield
        finally:
            self.end()

    def end(self) -> None:
        """A row is written at once: with the next id of SQLite, which would be the next of these."""
        self._left = []

    def put(self, row: dict[str, Any]) -> int | None:
        """Have it written with the others; its id. None: it is for the caller to write it at once."""
        if not self._left:
            return None
        row_id = self._left.pop()
        _add_to(self._key).later(self._connection, [{self._key.name: row_id, **row}])
        return row_id


@cache
def _add_to(key: Column[Any]) -> Prepared:
    return Prepared(insert(key.table))


def _ids(connection: Connection, key: Column[Any], rows: int) -> Sequence[int]:
    """As many as asked for: PostgreSQL gives them to nobody else, and SQLite has one writer."""
    if connection.dialect.name == "sqlite":
        first = _last_of(key).on(connection).scalar_one() + 1
        return range(first, first + rows)
    return [row[0] for row in _next_of(key).on(connection, {"rows": rows})]


@cache
def _last_of(key: Column[Any]) -> Prepared:
    """The last id that SQLite gave."""
    if key.table.dialect_options["sqlite"]["autoincrement"]:  # also to a row that is gone
        numbers = table("sqlite_sequence", column("name"), column("seq"))
        return Prepared(select(func.coalesce(func.max(numbers.c.seq), 0)).where(numbers.c.name == key.table.name))
    return Prepared(select(func.coalesce(func.max(key), 0)))


@cache
def _next_of(key: Column[Any]) -> Prepared:
    named = cast(func.pg_get_serial_sequence(key.table.name, key.name), REGCLASS)
    sequence = select(named).scalar_subquery()  # looked up once, and not for each row
    rows = func.generate_series(1, bindparam("rows", type_=BigInteger))
    return Prepared(select(func.nextval(sequence).label("id")).select_from(rows))
