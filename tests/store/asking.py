"""Everything that a store is asked, as its driver hears it."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

from sqlalchemy import Engine, event

Note = Callable[[str, Any], object]
"""(statement, its values)"""


@contextmanager
def asking(engine: Engine, note: Note) -> Iterator[None]:
    """`note` is called for each statement until the block ends, but not for BEGIN and for what sets a connection up.
    No transaction may be open on entry."""

    def noted(statement: str, values: Any) -> None:
        if not statement.startswith(("BEGIN", "PRAGMA")):
            note(statement, values)

    if engine.dialect.name != "sqlite":

        def asked(_connection: Any, _cursor: Any, statement: str, values: Any, *_: Any) -> None:
            noted(statement, values)

        event.listen(engine, "before_cursor_execute", asked)
        yield
        event.remove(engine, "before_cursor_execute", asked)
        return

    # What is prepared goes past SQLAlchemy, and so past its events.
    class Cursor(sqlite3.Cursor):
        def execute(self, statement: str, values: Any = (), /) -> Cursor:
            noted(statement, values)
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

    event.listen(engine, "do_connect", connect)
    engine.dispose()  # each connection is made anew
    yield
    event.remove(engine, "do_connect", connect)
    engine.dispose()
