"""The bytes of mails, in and out: large ones past the parameters and rows of the drivers.

SQLite copies a parameter twice, and its statement keeps it until the next; PostgreSQL's library copies it whole into
a buffer that the connection keeps for good, and gives values out in hexadecimal digits, twice as many.
"""

from __future__ import annotations

import sqlite3
import struct
from collections.abc import Collection, Iterator
from contextlib import closing
from io import BytesIO
from typing import Any

from sqlalchemy import (
    Connection,
    FromClause,
    Integer,
    LargeBinary,
    Table,
    bindparam,
    case,
    func,
    insert,
    select,
    text,
)
from sqlalchemy.exc import DBAPIError

from store.engine import Database, first
from store.prepared import Prepared
from store.schema import letters, outbox, raws

_LARGE = _PIECE = 2 << 20
_SMALL = 100_000
"""Octets of mails that may be fetched together: of larger ones only one should be in memory at a time."""

# PostgreSQL's manual, COPY, "Binary Format"; here one row of two columns.
_HEAD = struct.Struct(">11sIIhIqI")
_END = struct.pack(">h", -1)


def keep(connection: Connection, database: Database, raw: bytes) -> int:
    """Store a mail's exact bytes; their id."""
    if len(raw) <= _LARGE:
        return int(_KEEP.on(connection, {"content": raw}).scalar_one())
    if database.is_sqlite:
        return _add_filled(connection, raws, {"content": raw})
    raw_id = int(connection.execute(_NEXT).scalar_one())
    _copy_in(connection, _pieces(raw_id, raw))
    return raw_id


def may_be_kept_beside(database: Database, raw: bytes) -> bool:
    """Whether `KEPT` may be part of the statement that needs their id (PostgreSQL), and they are not too large."""
    return not database.is_sqlite and len(raw) <= _LARGE


def of_letter(connection: Connection, database: Database, letter_id: int) -> bytes:
    raw = _read(connection, database, raws, _RAW, letter_id)
    if raw is None:
        raise LookupError(f"there is no letter {letter_id}")
    return raw


def is_small(content: Any) -> bool:
    """Whether many of its size may be in memory at once."""
    return len(content) <= _SMALL


def put_out(connection: Connection, database: Database, values: dict[str, Any]) -> int:
    """A new row of the outbox; its id."""
    if database.is_sqlite and len(values["content"]) > _LARGE:
        return _add_filled(connection, outbox, values)
    return int(_ADD.on(connection, values).scalar_one())


def of_mail(connection: Connection, database: Database, mail_id: int) -> bytes | None:
    """The bytes of one in the outbox; None where there is none of this id."""
    return _read(connection, database, outbox, _CONTENT, mail_id)


def of_small_letters(connection: Connection, ids: Collection[int]) -> dict[int, bytes]:
    """Of those of these letters that are small."""
    return _of_small(connection, _SMALL_RAWS, ids)


def of_small_mails(connection: Connection, ids: Collection[int]) -> dict[int, bytes]:
    """… and of those of these mails in the outbox."""
    return _of_small(connection, _SMALL_CONTENTS, ids)


def _of_small(connection: Connection, which: Prepared, ids: Collection[int]) -> dict[int, bytes]:
    rows = which.on(connection, {"of": list(ids)})
    return {row_id: bytes(content) for row_id, content in rows}


# SQLite


def _add_filled(connection: Connection, table: Table, values: dict[str, Any]) -> int:
    """A new row, and its content written where it is to lie."""
    content = values["content"]
    row = insert(table).values({**values, "content": func.zeroblob(len(content))}).returning(table.c.id)
    row_id = int(connection.execute(row).scalar_one())
    with _blob(connection, table, row_id) as blob:
        blob.write(content)
    return row_id


def _blob(connection: Connection, table: Table, row_id: int) -> closing[sqlite3.Blob]:
    driver: Any = connection.connection.driver_connection
    return closing(driver.blobopen(table.name, "content", row_id))


# PostgreSQL


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


# both


def _read(connection: Connection, database: Database, table: Table, how: Prepared, row_id: int) -> bytes | None:
    if database.is_sqlite:
        row = how.on(connection, {"of": row_id}).first()
        if row is None or row[0] is not None:
            return first(row)  # type: ignore[no-any-return]
        with _blob(connection, table, row[1]) as blob:
            return blob.read()
    found, at = BytesIO(), 1
    while (piece := first(how.on(connection, {"of": row_id, "at": at}).first())) is not None:
        at += found.write(piece)
        if len(piece) < _PIECE:
            return found.getvalue()
    return None


def _by_id(table: Table, row: FromClause, whose: Any) -> Prepared:
    """On SQLite the content, unless it is large, and its row; on PostgreSQL a piece of it."""
    content = table.c.content
    small = case((func.length(content) <= _LARGE, content)).label("content")
    piece = func.substr(content, bindparam("at", type_=Integer), _PIECE, type_=LargeBinary)
    on_sqlite = select(small, table.c.id).select_from(row).where(whose == bindparam("of"))
    on_postgres = select(piece).select_from(row).where(whose == bindparam("of"))
    return Prepared({True: on_sqlite, False: on_postgres})


def _small(table: Table, row: FromClause, whose: Any) -> Prepared:
    is_small = func.length(table.c.content) <= _SMALL
    query = select(whose, table.c.content).select_from(row)
    return Prepared(query.where(whose.in_(bindparam("of", expanding=True)), is_small))


KEPT = insert(raws).values(content=bindparam("content")).returning(raws.c.id)
_KEEP = Prepared(KEPT)
_ADD = Prepared(insert(outbox).returning(outbox.c.id))
_NEXT = text("select nextval(pg_get_serial_sequence('raws', 'id'))")
_LETTERS = raws.join(letters, letters.c.raw_id == raws.c.id)
_RAW = _by_id(raws, _LETTERS, letters.c.id)
_SMALL_RAWS = _small(raws, _LETTERS, letters.c.id)
_CONTENT = _by_id(outbox, outbox, outbox.c.id)
_SMALL_CONTENTS = _small(outbox, outbox, outbox.c.id)
