"""A cursor on PostgreSQL that is as short a way to libpq as psycopg offers: one call for a statement, during which
other threads go on. psycopg's own cursors send and wait in Python, which costs as much again, under the lock that all
threads need.

Values and rows are adapted as psycopg adapts them. Signals are heard when the server has answered.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from psycopg import Connection, OperationalError
from psycopg.adapt import PyFormat, Transformer
from psycopg.errors import error_from_result
from psycopg.pq import ConnStatus, ExecStatus
from psycopg.pq.abc import PGresult

_PREPARE_AT = 3
"""At this execution of a statement the server is told to keep it and its plan."""
_Kind = tuple[str, tuple[int, ...]]
"""A statement, and the types of its values: to the server each pair is another one."""


class Direct:
    """`keeps`: of how many statements the server keeps the plan, those that were carried out last; none behind a
    pooler, for which a session is not one."""

    def __init__(self, connection: Connection[Any], keeps: int) -> None:
        self._libpq = connection.pgconn
        self._adapted = Transformer(connection)
        self._keeps = keeps
        self._times: dict[_Kind, int] = {}
        self._names: dict[_Kind, bytes] = {}
        """Of those that are kept, the least recently used first."""
        self._named = 0
        self._found: PGresult | None = None
        self.rowcount = 0
        """Rows that the last statement found or changed."""

    def execute(self, statement: str, values: Sequence[Any] = ()) -> None:
        """Values stand in the statement as $1, $2 and so on. Raises psycopg's errors."""
        # None is NULL, whatever psycopg's annotations say.
        sent: Any = self._adapted.dump_sequence(values, [PyFormat.AUTO] * len(values))
        types, formats = self._adapted.types or (), self._adapted.formats
        name = self._name((statement, types))
        if name is not None:
            self._found = self._checked(self._libpq.exec_prepared(name, sent, formats))
        else:
            self._found = self._checked(self._libpq.exec_params(statement.encode(), sent, types, formats))
        self.rowcount = self._found.command_tuples or 0

    def fetchall(self) -> list[Any]:
        """The rows of the last statement, once."""
        found, self._found = self._found, None
        if found is None:
            return []
        self._adapted.set_pgresult(found)
        rows = self._adapted.load_rows(0, found.ntuples, tuple)
        self._adapted.set_pgresult(None)
        return rows

    def number(self, statements: str) -> int:
        """Several statements at once, without values; the last one gives a number."""
        found = self._checked(self._libpq.exec_(statements.encode()))
        return int(found.get_value(0, 0) or 0)

    def _name(self, kind: _Kind) -> bytes | None:
        """Of one that is kept, or is from now on."""
        if name := self._names.pop(kind, None):
            self._names[kind] = name
            return name
        times = self._times[kind] = self._times.get(kind, 0) + 1
        if times < _PREPARE_AT or not self._keeps:
            return None
        if len(self._names) >= self._keeps:
            longest_unused = next(iter(self._names))
            self._checked(self._libpq.exec_(b"DEALLOCATE " + self._names[longest_unused]))
            del self._names[longest_unused], self._times[longest_unused]
        self._named += 1
        name = b"maild_%d" % self._named
        self._checked(self._libpq.prepare(name, kind[0].encode(), kind[1]))
        self._names[kind] = name
        return name

    def _checked(self, result: PGresult) -> PGresult:
        if result.status in (ExecStatus.TUPLES_OK, ExecStatus.COMMAND_OK):
            return result
        if self._libpq.status != ConnStatus.OK:
            raise OperationalError(self._libpq.get_error_message())
        raise error_from_result(result)
