"""The bytes of mails, in and out. On PostgreSQL large ones go in pieces: its library would copy them whole into a
buffer that the connection keeps for good, and out again in hexadecimal digits, twice as many."""

from __future__ import annotations

import struct
from collections.abc import Iterator
from io import BytesIO
from typing import Any

from sqlalchemy import Column, Connection, LargeBinary, Select, bindparam, func, insert, select, text
from sqlalchemy.exc import DBAPIError

from store.engine import Database, first
from store.schema import letters, outbox, raws

_LARGE = _PIECE = 2 << 20

# PostgreSQL's manual, COPY, "Binary Format"; here one row of two columns.
_HEAD = struct.Struct(">11sIIhIqI")
_END = struct.pack(">h", -1)


def keep(connection: Connection, database: Database, raw: bytes) -> int:
    """Store a mail's exact bytes; their id."""
    if database.is_sqlite or len(raw) <= _LARGE:
        return int(connection.execute(_KEEP, {"content": raw}).scalar_one())
    raw_id = int(connection.execute(_NEXT).scalar_one())
    _copy_in(connection, _pieces(raw_id, raw))
    return raw_id


def of_letter(connection: Connection, database: Database, letter_id: int) -> bytes | None:
    """None where there is no letter of this id."""
    return _read(connection, database, _RAW, letter_id)


def of_mail(connection: Connection, database: Database, mail_id: int) -> bytes | None:
    """Of one in the outbox; None where there is none of this id."""
    return _read(connection, database, _CONTENT, mail_id)


def _pieces(raw_id: int, raw: bytes) -> Iterator[bytes | memoryview]:
    yield _HEAD.pack(b"PGCOPY\n\xff\r\n\0", 0, 0, 2, 8, raw_id, len(raw))
    view = memoryview(raw)
    for at in range(0, len(raw), _PIECE):
        yield view[at : at + _PIECE]
    yield _END


def _copy_in(connection: Connection, pieces: Iterator[bytes | memoryview]) -> None:
    driver: Any = connection.connection.driver_connection
    error: type[Exception] = connection.dialect.loaded_dbapi.Error
    try:
        with driver.cursor() as cursor, cursor.copy("copy raws (id, content) from stdin (format binary)") as copy:
            for piece in pieces:
                copy.write(piece)
    except error as problem:  # said as SQLAlchemy says those of other statements
        raise DBAPIError.instance(None, None, problem, error, dialect=connection.dialect) from problem


def _in_pieces(column: Column[Any], row: Any, whose: Any) -> Select[Any]:
    """So many octets of the row of this id, from there on."""
    piece = func.substr(column, bindparam("at"), _PIECE, type_=LargeBinary)
    return select(piece).select_from(row).where(whose == bindparam("of"))


def _read(connection: Connection, database: Database, how: dict[bool, Select[Any]], row_id: int) -> bytes | None:
    if database.is_sqlite:
        content: bytes | None = first(connection.execute(how[True], {"of": row_id}).first())
        return content
    found, at, query = BytesIO(), 1, how[False]
    while True:
        piece = first(connection.execute(query, {"of": row_id, "at": at}).first())
        if piece is None:
            return None
        at += found.write(piece)
        if len(piece) < _PIECE:
            return found.getvalue()


_KEEP = insert(raws).returning(raws.c.id)
_NEXT = text("select nextval(pg_get_serial_sequence('raws', 'id'))")
_KEPT = raws.join(letters, letters.c.raw_id == raws.c.id)
_RAW = {
    True: select(raws.c.content).select_from(_KEPT).where(letters.c.id == bindparam("of")),
    False: _in_pieces(raws.c.content, _KEPT, letters.c.id),
}
_CONTENT = {
    True: select(outbox.c.content).where(outbox.c.id == bindparam("of")),
    False: _in_pieces(outbox.c.content, outbox, outbox.c.id),
}
