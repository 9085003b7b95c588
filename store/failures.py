"""What goes wrong with a store, whichever driver says it: a row is there already, another has it in hand, or the
store is away, full or broken. What is none of these is a bug, and stays what it is."""

from __future__ import annotations

import errno
import sqlite3
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from sqlalchemy.exc import DBAPIError
from sqlalchemy.exc import TimeoutError as PoolExhausted


class Conflict(Exception):
    """A unique key says that this is there already: another node, or an earlier try, was quicker."""


class Busy(Exception):
    """Another transaction has this in hand, and ours must not wait for it: the same call succeeds when that one is
    over."""


class StoreUnavailable(Exception):
    """The database cannot be reached, is full or is locked: the same call may succeed later."""


class StoreFull(StoreUnavailable):
    """There is no room left where it lies. Nothing was written, and taking something out would need room as well."""


class StoreBroken(StoreUnavailable):
    """Its files could not be written, read or synced (SQLite). What the system still has to write is unknown after
    that, so no further call of this process may be believed: end it, and start anew from what is on the disk."""


_OUTAGES = frozenset({"08", "25", "40", "53", "55", "57", "58"})
"""SQLSTATE classes of a server that is away, full, or asks to try again; others are our statement's fault."""


def _errors() -> tuple[type[Exception], ...]:
    """What SQLAlchemy and the drivers raise; all have the names of PEP 249."""
    psycopg = sys.modules.get("psycopg")
    return (DBAPIError, sqlite3.Error, *([psycopg.Error] if psycopg else []))


def _is_outage(error: Exception) -> bool:
    if not _is(error, "OperationalError", "InterfaceError", "InternalError"):
        return False
    state = getattr(_said(error), "sqlstate", None)
    return state is None or state[:2] in _OUTAGES


def _is(error: Exception, *names: str) -> bool:
    return any(kind.__name__ in names for kind in type(error).__mro__)


def _said(error: Exception) -> BaseException:
    """The driver's own error."""
    return (error.orig or error) if isinstance(error, DBAPIError) else error


def _as_outage(error: BaseException | None) -> StoreUnavailable:
    """What the driver's error means. SQLite undoes a transaction by itself when the disk is full, and undoing it once
    more is then an error of its own: what came first counts."""
    first_said = str(error).splitlines()[0] if str(error) else "no connection"
    while error is not None and not isinstance(error, StoreUnavailable):
        code, state = getattr(error, "sqlite_errorcode", None), getattr(error, "sqlstate", None)
        if state == "53100" or code in (sqlite3.SQLITE_FULL, sqlite3.SQLITE_IOERR_SHMSIZE):
            return StoreFull(str(error).splitlines()[0])
        if code is not None and code & 0xFF == sqlite3.SQLITE_IOERR:
            return StoreBroken(str(error).splitlines()[0])
        error = (error.orig if isinstance(error, DBAPIError) else None) or error.__context__
    return StoreUnavailable(first_said)


def no_file(path: Path, error: OSError) -> StoreUnavailable:
    kind = StoreFull if error.errno in (errno.ENOSPC, errno.EDQUOT) else StoreUnavailable
    return kind(f"{path}: {error.strerror}")


@contextmanager
def translated() -> Iterator[None]:
    """A database that is away, locked or full is said as StoreUnavailable, a unique key as Conflict; a wrong
    statement stays a bug."""
    try:
        yield
    except PoolExhausted as error:
        raise StoreUnavailable("all connections to it are in use") from error
    except _errors() as error:
        if _is(error, "IntegrityError"):
            raise Conflict(str(_said(error)).splitlines()[0]) from error
        if not _is_outage(error):
            raise
        raise _as_outage(_said(error)) from error
