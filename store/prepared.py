"""Statements that are made once: what SQLAlchemy says in SQL is kept, and given to SQLite's driver as it is.

    _ONE = Prepared(select(cases).where(cases.c.number == bindparam("of")))
    row = _ONE.on(connection, {"of": 7}).first()

To look a statement up, to bind its values and to wrap its rows costs SQLAlchemy several times what SQLite needs to
carry it out, and a mail takes some thirty. On PostgreSQL, where each is a way to the server and back, SQLAlchemy does
all of it. Transactions are SQLAlchemy's on both. Errors of SQLite's driver come as they are: see `engine.translated`.
"""

from __future__ import annotations

from collections import namedtuple
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, cast

from sqlalchemy import BindParameter, Connection, Dialect, Executable
from sqlalchemy.sql.compiler import SQLCompiler
from sqlalchemy.sql.visitors import iterate

Values = Mapping[str, Any]
_MOST = 32
"""A list of values that is longer is not worth keeping a statement for."""
_Process = Callable[[Any], Any]


class Found:
    """The rows of a statement, and how many it changed: as much of SQLAlchemy's CursorResult as is needed here, which
    stands in for it on PostgreSQL."""

    __slots__ = ("_rows", "rowcount")

    def __init__(self, rows: list[Any], rowcount: int) -> None:
        self._rows = rows
        self.rowcount = rowcount

    def __iter__(self) -> Iterator[Any]:
        return iter(self._rows)

    def all(self) -> list[Any]:
        return self._rows

    def first(self) -> Any:
        """The first row, or None."""
        return self._rows[0] if self._rows else None

    def one(self) -> Any:
        (row,) = self._rows
        return row

    def scalar(self) -> Any:
        """The first column of the first row, or None."""
        return self._rows[0][0] if self._rows else None

    def scalar_one(self) -> Any:
        return self.one()[0]


@dataclass(frozen=True, slots=True)
class _Bind:
    """What stands for one question mark."""

    name: str
    place: int | None
    """Of a list of values, which; None for a single one."""
    default: Any
    process: _Process | None
    """Makes it SQLite's; None where SQLite knows it as such."""

    def of(self, values: Values) -> Any:
        value = values.get(self.name, self.default)
        if self.place is not None:
            value = value[self.place]
        return value if self.process is None else self.process(value)


@dataclass(frozen=True, slots=True)
class _Ready:
    """A statement in SQL, for values of these names and lists of these lengths."""

    sql: str
    binds: tuple[_Bind, ...]
    row: Callable[[Any], Any]
    results: tuple[tuple[int, _Process], ...]
    """Columns whose values SQLite does not know as such."""

    def bound(self, values: Values) -> list[Any]:
        return [bind.of(values) for bind in self.binds]

    def shown(self, rows: list[Any]) -> list[Any]:
        if not self.results:
            return list(map(self.row, rows))
        shown = []
        for row in rows:
            cells = list(row)
            for column, process in self.results:
                cells[column] = process(cells[column])
            shown.append(self.row(cells))
        return shown


class Prepared:
    """A statement, or one for each of both engines (see `engine.for_both`)."""

    def __init__(self, statement: Executable | Mapping[bool, Any]) -> None:
        both: Mapping[bool, Any] = (
            statement if isinstance(statement, Mapping) else {True: statement, False: statement}
        )
        self.on_sqlite: Any = both[True]
        self.on_postgres: Any = both[False]
        binds = (one for one in iterate(self.on_sqlite) if isinstance(one, BindParameter))
        self._lists = sorted({bind.key for bind in binds if bind.expanding})
        self._ready: dict[tuple[object, ...], _Ready] = {}

    def on(self, connection: Connection, values: Values | None = None) -> Found:
        """Carry it out in this connection's transaction."""
        values = values or {}
        dialect = connection.dialect
        if dialect.name != "sqlite":
            return cast("Found", connection.execute(self.on_postgres, values))
        lists = [name for name in self._lists if name in values]
        if not lists:
            ready = self._ready.get(tuple(values)) or self._made(dialect, tuple(values), values)
        else:
            if max(len(values[name]) for name in lists) > _MOST:
                return cast("Found", connection.execute(self.on_sqlite, values))
            key = (*values, *(len(values[name]) for name in lists))
            ready = self._ready.get(key) or self._made(dialect, key, values)
            values = {**values, **{name: _flat(values[name]) for name in lists}}
        cursor = _driver(connection).execute(ready.sql, ready.bound(values))
        # All rows at once: until the last was fetched, SQLite is not done with what it changes.
        return Found(ready.shown(cursor.fetchall()) if cursor.description else [], cursor.rowcount)

    def on_all(self, connection: Connection, rows: Sequence[Values]) -> None:
        """Carry it out for each of these rows, all of the same columns; at least one."""
        dialect = connection.dialect
        if dialect.name != "sqlite":
            connection.execute(self.on_postgres, rows)
            return
        key = tuple(rows[0])
        ready = self._ready.get(key) or self._made(dialect, key, rows[0])
        _driver(connection).executemany(ready.sql, [ready.bound(row) for row in rows])

    def _made(self, dialect: Dialect, key: tuple[object, ...], values: Values) -> _Ready:
        ready = self._ready[key] = _make(self.on_sqlite, dialect, values)
        return ready


def _driver(connection: Connection) -> Any:
    return connection.connection.driver_connection


def _flat(values: list[Any]) -> list[Any]:
    """A list as it is asked for: without the tuples in it."""
    return [part for one in values for part in one] if values and isinstance(values[0], tuple) else values


def _make(statement: Any, dialect: Dialect, values: Values) -> _Ready:
    compiled: SQLCompiler = statement.compile(dialect=dialect, column_keys=list(values))
    if compiled.insert_prefetch or compiled.update_prefetch:
        raise TypeError("a default that Python reckons would be left out: give the value")
    expanded = compiled.construct_expanded_state(values)
    places: dict[str, tuple[str, int | None]] = {}
    for name, those in expanded.parameter_expansion.items():
        places |= {one: (name, place) for place, one in enumerate(those)}
    known = compiled.params

    def bind(name: str) -> _Bind:
        of, place = places.get(name, (name, None))
        type_ = compiled.binds[of].type.dialect_impl(dialect)
        return _Bind(of, place, known.get(of), type_.bind_processor(dialect))

    binds = tuple(map(bind, expanded.positiontup or ()))
    return _Ready(expanded.statement, binds, *_result(statement, dialect))


def _result(statement: Any, dialect: Dialect) -> tuple[Callable[[Any], Any], tuple[tuple[int, _Process], ...]]:
    columns = getattr(statement, "exported_columns", None)
    if not columns:
        return tuple, ()
    row = namedtuple("row", [str(name) for name in dict(columns)], rename=True)  # type: ignore[misc]
    made = (column.type.dialect_impl(dialect).result_processor(dialect, None) for column in columns)
    return row._make, tuple((place, process) for place, process in enumerate(made) if process is not None)
