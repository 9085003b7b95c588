"""Statements that are made once: what SQLAlchemy says in SQL is kept, and given to the driver as it is.

    _ONE = Prepared(select(cases).where(cases.c.number == bindparam("of")))
    row = _ONE.on(connection, {"of": 7}).first()

Rows that nobody looks at before the end of a transaction are written together: `later`.

To look a statement up, to bind its values and to wrap its rows costs SQLAlchemy several times what SQLite needs to
carry it out, and as much as a way to PostgreSQL and back; a mail takes some thirty. Transactions are SQLAlchemy's.
Errors of the driver come as they are: see `failures.translated`.
"""

from __future__ import annotations

import re
from collections import namedtuple
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cache, cached_property
from typing import Any, cast

import sqlalchemy
from sqlalchemy import (
    BindParameter,
    Connection,
    Dialect,
    Executable,
    Insert,
    Table,
    Update,
    bindparam,
)
from sqlalchemy.sql.compiler import SQLCompiler
from sqlalchemy.sql.sqltypes import TupleType
from sqlalchemy.sql.visitors import iterate

CURSOR = "cursor"
"""Under which name a connection's `info` has its driver's cursor, which takes values by their place."""
LATER = "later"
"""… and what was given to `later` in its transaction and is not written yet: statement → rows."""
Values = Mapping[str, Any]
_MOST = 32
"""A list of values that is longer is not worth keeping a statement for."""
_FEW_ROWS, _MOST_ROWS = 32, 128
"""Up to so many rows are written with one statement, whatever their number; and so many at the most."""
_ROW = "__row_"
_Process = Callable[[Any], Any]


class Found:
    """The rows of a statement, and how many it changed: as much of SQLAlchemy's CursorResult as is needed here, which
    stands in for it where a list is long."""

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
class _Ready:
    """A statement in SQL, for values of these names and lists of these lengths."""

    sql: str
    words: frozenset[str]
    """All that it mentions."""
    values: list[Any]
    """In their places: its own; those that are given are filled in."""
    given: tuple[tuple[int, str], ...]
    """(place, name)"""
    made: tuple[tuple[int, str, _Process], ...]
    """Of values that the driver does not know as such, also by what they are made known to it."""
    listed: tuple[tuple[int, str, int, _Process | None], ...]
    """Of those of a list, also which of the list."""
    row: Callable[[Any], Any] | None
    """Makes a row of what the driver gives as one; None where there are no rows."""
    results: tuple[tuple[int, _Process], ...]
    """Columns whose values the driver does not know as such."""

    def bound(self, values: Values) -> list[Any]:
        found = self.values[:]
        for place, name in self.given:
            found[place] = values[name]
        for place, name, make in self.made:
            found[place] = make(values[name])
        for place, name, at, process in self.listed:
            value = values[name][at]
            found[place] = value if process is None else process(value)
        return found

    def shown(self, rows: list[Any]) -> list[Any]:
        assert self.row is not None
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
        dialect = connection.dialect.name
        lists = [name for name in self._lists if name in values]
        if not lists:
            ready = self._ready.get((dialect, *values)) or self._made(connection, (dialect, *values), values)
        else:
            if max(len(values[name]) for name in lists) > _MOST:
                return cast("Found", connection.execute(self._of(connection), values))
            key = (dialect, *values, *(len(values[name]) for name in lists))
            ready = self._ready.get(key) or self._made(connection, key, values)
            values = {**values, **{name: _flat(values[name]) for name in lists}}
        waiting = connection.info.get(LATER)
        if waiting:
            _write(connection, [one for one in waiting if one.table in ready.words or one in self._needed(waiting)])
        cursor = connection.info[CURSOR]
        cursor.execute(ready.sql, ready.bound(values))
        # All rows at once: until the last was fetched, SQLite is not done with what it changes.
        return Found([] if ready.row is None else ready.shown(cursor.fetchall()), cursor.rowcount)

    def on_all(self, connection: Connection, rows: Sequence[Values]) -> None:
        """Carry it out, an insert of a row or an update of one, for each of these, all of the same columns; at least
        one. An update finds its rows by their primary key, which is one column."""
        names, left = tuple(rows[0]), list(rows)
        while left:
            # Of few lengths, so that there are few statements to keep.
            count = len(left) if len(left) <= _FEW_ROWS else min(_MOST_ROWS, 1 << (len(left).bit_length() - 1))
            some, left = left[:count], left[count:]
            key = (connection.dialect.name, len(some), *names)
            ready = self._ready.get(key)
            if ready is None:
                ready = self._ready[key] = _make(_of_rows(self._of(connection), names, len(some)), connection, {})
            values = {name: [row[name] for row in some] for name in names}
            connection.info[CURSOR].execute(ready.sql, ready.bound(values))

    def later(self, connection: Connection, rows: Sequence[Values], *key: str) -> None:
        """The same, at some time before anything else could see it: together with more of its kind. Of rows with one
        `key` the last counts. Needs a transaction that ends with `write_all`."""
        waiting = connection.info[LATER].setdefault(self, {}) if rows else {}
        for row in rows:
            waiting[tuple(row[name] for name in key) or len(waiting)] = row

    @property
    def table(self) -> str:
        """Whose rows it adds or changes."""
        return cast("Table", self.on_sqlite.table).name

    @cached_property
    def _points_to(self) -> frozenset[str]:
        """The other tables to whose rows those that it adds point."""
        if not isinstance(self.on_sqlite, Insert):
            return frozenset()
        keys = cast("Table", self.on_sqlite.table).foreign_keys
        return frozenset({key.column.table.name for key in keys} - {self.table})

    def _needed(self, waiting: Iterable[Prepared]) -> list[Prepared]:
        """Those of these that add rows to which its own may point."""
        if not self._points_to:
            return []
        return [one for one in waiting if one.table in self._points_to and isinstance(one.on_sqlite, Insert)]

    def _of(self, connection: Connection) -> Any:
        return self.on_sqlite if connection.dialect.name == "sqlite" else self.on_postgres

    def _made(self, connection: Connection, key: tuple[object, ...], values: Values) -> _Ready:
        ready = self._ready[key] = _make(self._of(connection), connection, values)
        return ready


def begin(connection: Connection) -> None:
    """Nothing waits: a transaction has begun, or what it wrote last was undone."""
    connection.info[LATER] = {}


def write_all(connection: Connection) -> None:
    """Write what waits."""
    if waiting := connection.info.get(LATER):
        _write(connection, list(waiting))


def _write(connection: Connection, some: Sequence[Prepared]) -> None:
    """These, and before each those to whose rows its own point."""
    waiting = connection.info[LATER]
    for one in some:
        if one in waiting:
            _write(connection, one._needed(waiting))
            one.on_all(connection, list(waiting.pop(one).values()))


def _of_rows(statement: Insert | Update, names: Sequence[str], count: int) -> Insert | Update:
    """One statement for so many rows: `names` are its lists of values."""
    table = cast("Table", statement.table)
    rows = [{name: bindparam(f"{name}{_ROW}{n}", None, table.c[name].type) for name in names} for n in range(count)]
    if isinstance(statement, Insert):
        return statement.values(rows)
    (key,) = table.primary_key
    changed = [name for name in names if name != key.name]
    if count == 1:
        return statement.where(key == rows[0][key.name]).values({name: rows[0][name] for name in changed})
    given = sqlalchemy.values(*(sqlalchemy.column(name, table.c[name].type) for name in names), name="given")
    new = given.data([tuple(row.values()) for row in rows]).cte()
    return statement.where(key == new.c[key.name]).values({name: new.c[name] for name in changed})


@cache
def _numbered(dialect: type[Any]) -> Dialect:
    """PostgreSQL as SQLAlchemy knows it, with $1 for the first value."""
    made: Dialect = dialect(paramstyle="numeric_dollar")
    return made


def _flat(values: list[Any]) -> list[Any]:
    """A list as it is asked for: without the tuples in it."""
    return [part for one in values for part in one] if values and isinstance(values[0], tuple) else values


def _make(statement: Any, connection: Connection, values: Values) -> _Ready:
    dialect = connection.dialect
    if not dialect.positional:
        dialect = _numbered(cast("Any", type(dialect)))
    gives_rows = bool(getattr(statement, "exported_columns", None))
    if isinstance(statement, Insert) and not gives_rows:
        statement = statement.inline()  # or SQLAlchemy would ask for the new row's key
    compiled: SQLCompiler = statement.compile(dialect=dialect, column_keys=list(values))
    if compiled.insert_prefetch or compiled.update_prefetch:
        raise TypeError("a default that Python reckons would be left out: give the value")
    expanded = compiled.construct_expanded_state(values)
    lists = {one: (name, at) for name, those in expanded.parameter_expansion.items() for at, one in enumerate(those)}
    own, given, made, listed = list[Any](), [], [], []
    for place, name in enumerate(expanded.positiontup or ()):
        of, at = lists.get(name, (name, 0))
        kind: Any = compiled.binds[of].type
        if isinstance(kind, TupleType):  # its parts, one after the other
            kind = kind.types[at % len(kind.types)]
        process = kind.dialect_impl(dialect).bind_processor(dialect)
        column, is_row, row = of.partition(_ROW)
        is_own = not is_row and of not in values
        own.append(expanded.parameters[name] if is_own else None)
        if is_own:
            own[place] = own[place] if process is None else process(own[place])
        elif is_row or name in lists:
            listed.append((place, column, int(row) if is_row else at, process))
        elif process is not None:
            made.append((place, of, process))
        else:
            given.append((place, of))
    shown = _result(statement, dialect) if gives_rows else (None, ())
    words = frozenset(re.findall(r"\w+", expanded.statement))
    return _Ready(expanded.statement, words, own, tuple(given), tuple(made), tuple(listed), *shown)


def _result(statement: Any, dialect: Dialect) -> tuple[Callable[[Any], Any], tuple[tuple[int, _Process], ...]]:
    columns = statement.exported_columns
    row = namedtuple("row", [str(name) for name in dict(columns)], rename=True)  # type: ignore[misc]
    made = (column.type.dialect_impl(dialect).result_processor(dialect, None) for column in columns)
    return row._make, tuple((place, process) for place, process in enumerate(made) if process is not None)
