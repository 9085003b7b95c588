"""Whole copies of a store: taken live, loaded whole or not at all, compared by their contents.

SQLite: the online backup API, inside one read transaction: a consistent view, writers go on meanwhile (WAL), and the
copy never has to begin anew because somebody wrote. PostgreSQL: pg_dump on an exported snapshot, so that what is
counted is what is dumped; pg_restore through psql, in one transaction together with the hold on the outbox. The
password travels in the environment, never on a command line.
"""

from __future__ import annotations

import hashlib
import os
import shutil
import sqlite3
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from sqlalchemy import Connection, func, inspect, select, text
from sqlalchemy.engine import URL

from store.audit import count
from store.engine import ALONE, Database
from store.facts import HELD, Age
from store.failures import StoreUnavailable, translated
from store.migrate import version
from store.schema import cases, letters, metadata, raws
from store.unit import Unit

_PAGES = 1024
"""How much of SQLite's file is copied at a step: 4 MB."""


class CopyFailed(Exception):
    """A copy could not be taken or loaded, and would not be by trying again: a program or a right is missing."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Contents:
    """What a store holds, in a form in which two can be compared."""

    migration: str
    age: Age | None
    audit: dict[str, Any]
    tables: dict[str, int]
    letters: str
    """SHA-256 over all letters, their bytes and what became of them."""


def copy_out(database: Database, path: Path) -> Contents:
    """Copy the whole store into a new file, live. Raises StoreUnavailable and CopyFailed."""
    with database.snapshot() as connection:
        contents = contents_of(connection, database)
        if database.is_sqlite:
            _copy_sqlite(connection, path)
        else:
            snapshot = connection.execute(text("select pg_export_snapshot()")).scalar_one()
            schema = connection.execute(text("select current_schema()")).scalar_one()
            words = [f'--table="{schema}"."{name}"' for name in _present(connection)]
            _run(
                database.url, "pg_dump", "-Fc", "-O", "-x", f"--snapshot={snapshot}", f"--file={path}", *words
            )  # fmt: skip
    return contents


def contents_of(connection: Connection, database: Database) -> Contents:
    unit = Unit(connection, database, reading=True)
    return Contents(
        migration=version(connection) or "",
        age=unit.facts.age(),
        audit=count(unit),
        tables={
            table.name: int(connection.execute(select(func.count()).select_from(table)).scalar_one())
            for table in metadata.sorted_tables
        },
        letters=_fingerprint(connection),
    )


def _fingerprint(connection: Connection) -> str:
    digest = hashlib.sha256()
    kept = select(raws.c.id, raws.c.content).order_by(raws.c.id).execution_options(yield_per=20)
    for raw_id, content in connection.execute(kept):
        digest.update(b"%d %d " % (raw_id, len(content)))
        digest.update(content)
    columns = (letters.c.id, letters.c.raw_id, letters.c.mailbox, letters.c.state, letters.c.entry_id)
    for row in connection.execute(select(*columns).order_by(letters.c.id).execution_options(yield_per=500)):
        digest.update(repr(tuple(row)).encode())
    return digest.hexdigest()


def damage(database: Database) -> list[str]:
    """What the engine's own check finds wrong. (PostgreSQL has checked every constraint while it loaded.)"""
    if not database.is_sqlite:
        return []
    with database.read() as connection:
        found = [str(line) for (line,) in connection.execute(text("PRAGMA integrity_check"))]
        orphans = connection.execute(text("PRAGMA foreign_key_check")).all()
    return [line for line in found if line != "ok"] + [f"a row of {row[0]} points nowhere" for row in orphans]


def is_empty(database: Database) -> bool:
    """Whether nothing of worth is lost with it. A store that cannot be read is not empty."""
    with database.read() as connection:
        if not inspect(connection).has_table("letters"):
            return True
        return not any(connection.execute(select(table).limit(1)).first() for table in (letters.c.id, cases.c.number))


def others_connected(database: Database) -> int:
    """How many other connections this user has to a PostgreSQL database."""
    query = text(
        "select count(*) from pg_stat_activity where datname = current_database() and usename = current_user "
        "and backend_type = 'client backend' and pid <> pg_backend_pid()"
    )
    with database.read() as connection:
        return int(connection.execute(query).scalar_one())


def load_postgresql(database: Database, dump: Path, aside: str, reason: str) -> None:
    """Load a dump in one transaction, with the outbox held for this reason; tables that are there move to the schema
    `aside`. Raises CopyFailed, and then nothing has changed."""
    with database.read() as connection:
        there = _present(connection)
    begin = ["BEGIN;", *([f'CREATE SCHEMA "{aside}";'] if there else [])]
    begin += [f'ALTER TABLE "{name}" SET SCHEMA "{aside}";' for name in there]
    said = reason.replace("'", "''")
    end = [
        "RESET search_path;",
        f"DELETE FROM facts WHERE name = '{HELD}';",
        f"INSERT INTO facts (name, value) VALUES ('{HELD}', '{said}');",
        "COMMIT;",
    ]
    command = [
        _program("psql"),
        "-X",
        "-q",
        "-v",
        "ON_ERROR_STOP=1",
        "-f",
        "-",
        f"--dbname={_conninfo(database.url)}",
    ]
    restore = [_program("pg_restore"), "-O", "-x", "-f", "-", str(dump)]
    with tempfile.TemporaryFile() as errors:
        psql = subprocess.Popen(
            command, stdin=subprocess.PIPE, stdout=subprocess.DEVNULL, stderr=errors, env=_environment(database.url)
        )
        assert psql.stdin is not None
        try:
            psql.stdin.write("\n".join(begin).encode() + b"\n")
            psql.stdin.flush()
            made = subprocess.run(restore, stdout=psql.stdin, stderr=subprocess.PIPE, check=False)
            if made.returncode == 0:  # else nothing is committed: the connection just ends
                psql.stdin.write("\n".join(end).encode() + b"\n")
            psql.stdin.close()
        except BrokenPipeError:
            made = None
        finally:
            psql.wait()
        errors.seek(0)
        complaint = errors.read() or (made.stderr if made is not None else b"")
    if made is None or made.returncode != 0 or psql.returncode != 0:
        raise CopyFailed(f"the dump could not be loaded: {_last_line(complaint)}")


@contextmanager
def scratch_beside(database: Database) -> Iterator[str]:
    """The URL of an empty database on the same PostgreSQL server; dropped at the end."""
    name = f"maild_drill_{database.url.database}"[:63].replace('"', "")
    administer = database.engine.execution_options(**ALONE)
    try:
        with translated(), administer.connect() as connection:
            connection.execute(text(f'DROP DATABASE IF EXISTS "{name}"'))  # left by a drill that was killed
            connection.execute(text(f'CREATE DATABASE "{name}"'))
    except StoreUnavailable:
        raise
    except Exception as error:
        raise CopyFailed(f"no scratch database: {_last_line(str(error).encode())}; ALTER ROLE … CREATEDB") from error
    try:
        yield database.url.set(database=name).render_as_string(hide_password=False)
    finally:
        with translated(), administer.connect() as connection:
            connection.execute(text(f'DROP DATABASE IF EXISTS "{name}"'))


def _copy_sqlite(connection: Connection, path: Path) -> None:
    source = connection.connection.driver_connection
    assert isinstance(source, sqlite3.Connection)
    target = sqlite3.connect(path)
    try:
        source.backup(target, pages=_PAGES)
        target.execute("PRAGMA journal_mode=DELETE")  # one file, without a WAL beside it
    except sqlite3.Error as error:
        raise StoreUnavailable(f"{path}: {error}") from error
    finally:
        target.close()


def _present(connection: Connection) -> list[str]:
    """Our tables that are there."""
    there = set(inspect(connection).get_table_names())
    return [name for name in (*(table.name for table in metadata.sorted_tables), "alembic_version") if name in there]


def _run(url: URL, program: str, *words: str) -> None:
    command = [_program(program), f"--dbname={_conninfo(url)}", *words]
    run = subprocess.run(command, env=_environment(url), capture_output=True, check=False)
    if run.returncode != 0:
        raise CopyFailed(f"{program} failed: {_last_line(run.stderr)}")


def _program(name: str) -> str:
    found = shutil.which(name)
    if found is None:
        raise CopyFailed(f"{name} is not on the PATH; it comes with PostgreSQL's client programs (postgresql-client)")
    return found


def _conninfo(url: URL) -> str:
    """What libpq's programs take, without the password: a command line can be read by everybody."""
    return url.set(drivername="postgresql", password=None).difference_update_query(["password"]).render_as_string()


def _environment(url: URL) -> dict[str, str]:
    password = url.password or url.query.get("password")
    return {**os.environ, **({"PGPASSWORD": str(password)} if password else {})}


def _last_line(said: bytes) -> str:
    lines = [line for line in said.decode("utf-8", "replace").splitlines() if line.strip()]
    return lines[-1].strip() if lines else "it said nothing"
