"""Everything that a store is asked, as its driver hears it."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

from sqlalchemy import Connection, Engine, event

from store.prepared import CURSOR

Note = Callable[[str, Any], object]
"""(statement, its values)"""


@contextmanager
def asking(engine: Engine, note: Note, alone: Callable[[], object] = lambda: None) -> Iterator[None]:
    """`note` is called for each statement until the block ends, but not for BEGIN and for what sets a connection up;
    `alone` for each that changes rows and is a transaction by itself. No transaction may be open on entry."""

    def noted(statement: str, values: Any) -> None:
        if not statement.startswith(("BEGIN", "PRAGMA", ";")):  # the last asks whether a connection still stands
            note(statement, values)

    connect = (
        _connect_to_sqlite(noted, alone) if engine.dialect.name == "sqlite" else _connect_to_postgres(noted, alone)
    )
    event.listen(engine, *connect)
    engine.dispose()  # each connection is made anew
    yield
    event.remove(engine, *connect)
    engine.dispose()


def again(connection: Connection, statement: str, values: Any) -> list[Any]:
    """The rows of a statement in a driver's words, with values as `asking` notes them."""
    if isinstance(values, list):
        cursor = connection.info[CURSOR]
        cursor.execute(statement, values)
        rows: list[Any] = cursor.fetchall()
        return rows
    return list(connection.exec_driver_sql(statement, values))


# What is prepared goes past SQLAlchemy, and so past its events.


def _connect_to_postgres(noted: Note, alone: Callable[[], object]) -> tuple[str, Callable[..., None]]:
    import psycopg

    from store.direct import Direct

    class Cursor(psycopg.Cursor[Any]):
        def execute(self, statement: Any, values: Any = None, **options: Any) -> Any:
            noted(statement, values)
            return super().execute(statement, values, **options)

        def executemany(self, statement: Any, rows: Any, **options: Any) -> None:
            noted(statement, rows)
            super().executemany(statement, rows, **options)

    class Noted(Direct):
        def execute(self, statement: str, values: Any = ()) -> None:
            noted(statement, values)
            idle = self._libpq.transaction_status == psycopg.pq.TransactionStatus.IDLE
            if idle and not statement.startswith("SELECT"):
                alone()
            super().execute(statement, values)

    def connected(dbapi: Any, record: Any) -> None:
        dbapi.cursor_factory = Cursor
        record.info[CURSOR] = Noted(dbapi, 0)

    return "connect", connected


def _connect_to_sqlite(noted: Note, alone: Callable[[], object]) -> tuple[str, Callable[..., None]]:
    class Cursor(sqlite3.Cursor):
        def execute(self, statement: str, values: Any = (), /) -> Cursor:
            noted(statement, values)
            if not self.connection.in_transaction and statement.startswith(("INSERT", "UPDATE", "DELETE")):
                alone()
            super().execute(statement, values)
            return self

        def executemany(self, statement: str, rows: Any, /) -> Cursor:
            noted(statement, rows)
            super().executemany(statement, rows)
            return self

    class Connected(sqlite3.Connection):
        def cursor(self, factory: Any = Cursor) -> Any:
            return super().cursor(factory)

        def execute(self, statement: str, values: Any = (), /) -> Any:
            return self.cursor().execute(statement, values)

        def executemany(self, statement: str, rows: Any, /) -> Any:
            return self.cursor().executemany(statement, rows)

    def connect(_dialect: Any, _record: Any, _args: Any, options: dict[str, Any]) -> None:
        options["factory"] = Connected

    return "do_connect", connect
