"""Connections and transactions. The one place that knows SQLite from PostgreSQL.

SQLite: WAL, synchronous=FULL, foreign keys, BEGIN IMMEDIATE. Write transactions of all threads and processes
queue on one lock file that is held until after the commit, so that no two connections ever write or
checkpoint at the same instant (SQLite before 3.51.3 can damage a WAL that two connections reset at once).
PostgreSQL: psycopg 3, no session state that a pooler in transaction mode would lose; the server ends a write
transaction in which nothing was said for `patience`.

On both we say BEGIN ourselves, and what belongs to it in the same breath.
"""

from __future__ import annotations

import fcntl
import os
import threading
import time
from collections.abc import Callable, Collection, Iterable, Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager, nullcontext
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, TypeVar

from sqlalchemy import (
    Column,
    ColumnElement,
    Connection,
    Engine,
    Row,
    Select,
    Table,
    bindparam,
    create_engine,
    event,
    func,
    make_url,
    or_,
    text,
)
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.engine import URL
from sqlalchemy.exc import ArgumentError, InvalidatePoolError
from sqlalchemy.pool import QueuePool

from store.failures import StoreFull, StoreUnavailable, no_file, translated
from store.hand import FRESH, LEFT, Hand
from store.prepared import CURSOR, LATER, begin, write_all

Made = TypeVar("Made")
_BUSY_MS = 15_000
_NO_LEASE = timedelta(days=1)
"""No lease is that long."""
_BEGAN = "began"
"""Under which name a connection's `info` has the time at which PostgreSQL began its transaction."""
_READING = {"maild_read": True}
"""Options of a connection whose transactions change nothing."""
ALONE = {"maild_alone": True}
"""Options of a connection each of whose statements is a transaction of its own."""
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_NOW = "SELECT (extract(epoch from now()) * 1000000)::bigint"
_MOST_PREPARED = 400
"""More than the road has."""


def has_ended(until: ColumnElement[Any], *, by_server: bool = False) -> ColumnElement[bool]:
    """Whether a lease is over at the time of `as_of`, or by the server's own clock (PostgreSQL); also one that would
    last for weeks: a clock that was wrong wrote it."""
    if by_server:
        return or_(until <= func.now(), until > func.now() + _NO_LEASE)
    return or_(until <= bindparam("as_of", type_=until.type), until > bindparam("no_lease", type_=until.type))


def as_of(at: datetime) -> dict[str, datetime]:
    """What `has_ended` asks of a statement."""
    return {"as_of": at, "no_lease": at + _NO_LEASE}


def for_both(make: Callable[[Any], Any]) -> dict[bool, Any]:
    """A statement that needs the insert of SQLite (True) or that of PostgreSQL (False), as `make` makes it of each:
    only theirs know what to do where the row is there already."""
    return {True: make(sqlite.insert), False: make(postgresql.insert)}


def locking(query: Select[Any]) -> dict[bool, Any]:
    """On PostgreSQL the rows are ours until the end of the transaction, and whoever has them now is waited for."""
    return {True: query, False: query.with_for_update(key_share=True)}


def skipping_locked(query: Select[Any], make: Callable[[Any], Any] = lambda query: query) -> dict[bool, Any]:
    """What `make` makes of a query from which rows are left out that another node is working on (PostgreSQL; SQLite
    has one writer anyhow)."""
    return {True: make(query), False: make(query.with_for_update(skip_locked=True, key_share=True))}


def insert_if_absent(table: Table, *key: Column[Any]) -> dict[bool, Any]:
    """Adds a row unless there is one with this key."""
    return for_both(lambda insert: insert(table).on_conflict_do_nothing(index_elements=key))


def insert_or_set(table: Table, key: Sequence[Column[Any]], columns: Sequence[Column[Any]]) -> dict[bool, Any]:
    """Adds a row, or sets these columns of the one with this key."""

    def make(insert: Any) -> Any:
        new = insert(table)
        return new.on_conflict_do_update(index_elements=key, set_={c.name: new.excluded[c.name] for c in columns})

    return for_both(make)


def by_case(numbers: Collection[int], rows: Iterable[Any], make: Callable[[Any], Made]) -> dict[int, list[Made]]:
    """Case → what `make` makes of each of its rows, in their order; for each of these cases."""
    found: dict[int, list[Made]] = {number: [] for number in numbers}
    for row in rows:
        found[row.case_number].append(make(row))
    return found


class WriteLock:
    """One writer at a time, among threads (a lock) and among processes (flock on a file)."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._thread = threading.Lock()

    @contextmanager
    def held(self) -> Iterator[None]:
        with self._thread:
            try:
                handle = os.open(self._path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
            except OSError as error:
                raise no_file(self._path, error) from error
            try:
                fcntl.flock(handle, fcntl.LOCK_EX)
                yield
            finally:
                os.close(handle)  # gives the lock back


class Database:
    """An engine and how its transactions begin."""

    def __init__(self, url: str, patience: timedelta = timedelta(seconds=30)) -> None:
        try:
            self.url: URL = make_url(url)
        except (ArgumentError, ValueError) as error:
            raise StoreUnavailable("the store's URL cannot be read") from error
        self.is_sqlite = self.url.get_backend_name() == "sqlite"
        self.when_full: Callable[[], object] = lambda: None
        """Called when a write found no room, after it was undone."""
        self._lock: WriteLock | None = None
        if self.is_sqlite:
            path = Path(self.url.database or "maild.db")
            self._lock = WriteLock(path.with_name(path.name + ".lock"))
            _make_private(path)
            self.engine = _sqlite_engine(self.url)
        else:
            self.engine = _postgres_engine(self.url, patience)
        event.listen(self.engine, "begin", begin)
        # What SQLAlchemy carries out by itself, savepoints among it, finds all that was written before.
        event.listen(self.engine, "before_cursor_execute", lambda connection, *_: write_all(connection))
        self._for_reading = self.engine.execution_options(**_READING)
        self._for_one = self.engine.execution_options(**ALONE)
        self._hand = Hand()

    @contextmanager
    def write(self) -> Iterator[Connection]:
        """A transaction that may change rows: committed at the end, rolled back when the body raises."""
        self._hand.let_go()
        try:
            with (
                self._lock.held() if self._lock else nullcontext(),
                translated(),
                self.engine.begin() as connection,
            ):
                yield connection
                write_all(connection)
        except StoreFull:
            self.when_full()
            raise

    @contextmanager
    def read(self) -> Iterator[Connection]:
        """A consistent view; nothing can be changed through it."""
        self._hand.let_go()
        with (
            translated(),
            self._for_reading.connect() as connection,
            connection.begin(),
        ):
            yield connection

    def look(self) -> AbstractContextManager[Connection]:
        """For a single statement that changes nothing, without what a transaction costs."""
        return self._alone(nullcontext())

    def mark(self) -> AbstractContextManager[Connection]:
        """For a single statement that changes rows, likewise: what it changed is committed when it returns."""
        return self._alone(self._lock.held() if self._lock else nullcontext())

    @contextmanager
    def at_hand(self) -> Iterator[None]:
        """In the body this thread keeps a connection from one such statement to the next: to ask the pool for it and
        to give it back costs more than the statement."""
        self._hand.keeps = True
        try:
            yield
        finally:
            self._hand.keeps = False
            self._hand.let_go()

    @contextmanager
    def _alone(self, held: AbstractContextManager[None]) -> Iterator[Connection]:
        hand = self._hand
        try:
            with held, translated():
                connection = hand.taken() or self._for_one.connect()
                try:
                    connection.info.pop(LATER, None)  # of a transaction that was undone
                    yield connection
                except BaseException:
                    connection.close()
                    raise
                hand.take(connection)
        except StoreFull:
            self.when_full()
            raise

    @contextmanager
    def snapshot(self) -> Iterator[Connection]:
        """A view that stays what it is, however long it is looked at."""
        if self.is_sqlite:  # each of its read transactions is one
            with self.read() as connection:
                yield connection
            return
        with translated(), self._for_reading.connect() as connection, connection.begin():
            connection.execute(text("set local idle_in_transaction_session_timeout = 0"))
            yield connection

    def close(self) -> None:
        """Give all connections back. Closing SQLite's last one writes a checkpoint, so it needs the lock too."""
        with self._lock.held() if self._lock else nullcontext():
            self.engine.dispose()

    def skip_numbers(self, connection: Connection, column: Column[Any], gap: int) -> None:
        """Let a table's own numbering go on after a gap."""
        table = column.table.name
        if not self.is_sqlite:
            named = {"table": table, "column": column.name}
            sequence = connection.execute(text("select pg_get_serial_sequence(:table, :column)"), named).scalar_one()
            following = text("select setval(cast(:s as regclass), nextval(cast(:s as regclass)) + :gap - 1)")
            connection.execute(following, {"s": sequence, "gap": gap})
            return
        numbered = {"gap": gap, "table": table}
        if not connection.execute(
            text("update sqlite_sequence set seq = seq + :gap where name = :table"), numbered
        ).rowcount:
            connection.execute(text("insert into sqlite_sequence (name, seq) values (:table, :gap)"), numbered)

    def clock(self, connection: Connection, now: datetime) -> datetime:
        """The time by which leases are counted: the server's, which all nodes share, as the transaction began; on
        SQLite, where there is one node, its own `now`."""
        return now if self.is_sqlite else connection.info[_BEGAN]


def _make_private(path: Path) -> None:
    """A new database is for this user's eyes only; its WAL takes over the mode."""
    try:
        os.close(os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600))
    except OSError as error:
        raise no_file(path, error) from error


def _postgres_engine(url: URL, patience: timedelta) -> Engine:
    engine = create_engine(
        url,
        pool_size=8,
        max_overflow=8,
        hide_parameters=True,
        isolation_level="AUTOCOMMIT",  # we say BEGIN ourselves, below
        connect_args={"prepare_threshold": None},
    )
    # A process that was stopped in the middle must not hold its rows for ever. LOCAL: a pooler gives the session to
    # somebody else afterwards.
    milliseconds = int(patience.total_seconds() * 1000)
    write = f"BEGIN; SET LOCAL idle_in_transaction_session_timeout = {milliseconds}; {_NOW}"
    read = f"BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY; {_NOW}"

    @event.listens_for(engine, "connect")
    def _prepare(dbapi: Any, record: Any) -> None:
        from psycopg.types.numeric import Int8Dumper

        from store.direct import Direct

        # Or each number's size is a type, and each type a statement of its own to the server.
        dbapi.adapters.register_dumper(int, Int8Dumper)
        # A prepared statement belongs to a session, and a pooler gives the next transaction another one. Only the
        # server itself is the one that it said it was when we connected.
        with dbapi.cursor() as cursor:
            cursor.execute("select pg_backend_pid()")
            (process,) = cursor.fetchone()
        dbapi.rollback()
        record.info[CURSOR] = Direct(dbapi, _MOST_PREPARED if process == dbapi.info.backend_pid else 0)

    @event.listens_for(engine, "checkin")
    def _leave(_dbapi: Any, record: Any) -> None:
        record.info[LEFT] = time.monotonic()

    @event.listens_for(engine, "checkout")
    def _ask(dbapi: Any, record: Any, _proxy: Any) -> None:
        if time.monotonic() - record.info.get(LEFT, time.monotonic()) < FRESH:
            return
        try:
            engine.dialect.do_ping(dbapi)
        except engine.dialect.loaded_dbapi.Error as error:  # then the others of that time are dead as well
            raise InvalidatePoolError from error

    @event.listens_for(engine, "begin")
    def _begin(connection: Connection) -> None:
        options = connection.get_execution_options()
        if ALONE.keys() <= options.keys():
            return
        cursor = connection.info[CURSOR]
        began = cursor.number(read if _READING.keys() <= options.keys() else write)
        connection.info[_BEGAN] = _EPOCH + timedelta(microseconds=began)

    return engine


def _sqlite_engine(url: URL) -> Engine:
    engine = create_engine(
        url,
        poolclass=QueuePool,
        pool_size=8,
        max_overflow=8,
        connect_args={"check_same_thread": False},
        hide_parameters=True,
    )

    @event.listens_for(engine, "connect")
    def _prepare(dbapi: Any, record: Any) -> None:
        dbapi.isolation_level = None  # we say BEGIN ourselves, below
        record.info[CURSOR] = dbapi.cursor()
        # In memory: pages as they were before a savepoint. In files, they are nine tenths of what a letter writes.
        pragmas = ("journal_mode=WAL", "synchronous=FULL", "foreign_keys=ON", "temp_store=MEMORY")
        for pragma in (*pragmas, f"busy_timeout={_BUSY_MS}"):
            dbapi.execute("PRAGMA " + pragma)

    @event.listens_for(engine, "begin")
    def _begin(connection: Connection) -> None:
        # A deferred BEGIN would fail with "database is locked" when a read turns into a write.
        options = connection.get_execution_options()
        if ALONE.keys() <= options.keys():
            return
        reading = _READING.keys() <= options.keys()
        connection.info[CURSOR].execute("BEGIN" if reading else "BEGIN IMMEDIATE")

    return engine


def first(row: Row[Any] | None) -> Any:
    """The first column of a row, or None where there is no row."""
    return None if row is None else row[0]
