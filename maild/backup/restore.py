"""Puts an archive to work. What is there already is kept aside, never deleted; the outbox is held afterwards.

The archive is verified before anything is touched. SQLite: the restored file is made ready beside the old one, and
takes its place by a rename. PostgreSQL: one transaction. A crash on the way leaves the old store, or the new one on
hold.
"""

from __future__ import annotations

import fcntl
import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from maild.backup import archive
from maild.backup.age import highest, put_on_hold, remember
from maild.backup.archive import Manifest
from maild.backup.take import scratch_in
from maild.errors import Permanent, Temporary, UserError
from maild.settings.build import Plan
from maild.settings.keys import parse_keys, read_keys
from store import Store, StoreTooNew, StoreUnavailable, Unit, open_store
from store.copies import CopyFailed, is_empty, load_postgresql, others_connected
from store.engine import Database, WriteLock
from store.facts import Age


@dataclass(frozen=True, slots=True)
class Restored:
    manifest: Manifest
    aside: str | None
    """Under what name the old store is kept."""
    same_config: bool


def restore(plan: Plan, path: Path, now: datetime, *, force: bool) -> Restored:
    """Raises MaildError, and then nothing has changed."""
    stamp = f"before-restore-{now:%Y%m%dT%H%M%SZ}"
    with no_daemon(plan), scratch_in(plan.state_dir) as scratch:
        manifest = archive.unpack(path, scratch)
        engine = "sqlite" if plan.store_url.startswith("sqlite") else "postgresql"
        if manifest.engine != engine:
            raise UserError(f"{path} holds a {manifest.engine} store, store.url names a {engine} one")
        member = scratch / archive.STORES[engine]
        key_differs = _key_differs(plan, scratch / archive.KEY)
        if key_differs and not force:
            raise UserError(
                f"{_key(plan)} is another key than the backup's; with --force it is kept as {_key(plan).name}.{stamp}"
            )
        reason = f"restored from {path.name}, a backup of {manifest.at:%Y-%m-%d %H:%M:%S}Z"
        load = _load_sqlite if engine == "sqlite" else _load_postgresql
        if not _key(plan).exists():  # before the store: a daemon that found none would make another
            _put_key(plan, scratch / archive.KEY)
        with _translated():
            aside = load(plan, member, stamp, reason, force=force)
        if key_differs:
            _key(plan).rename(_key(plan).with_name(f"{_key(plan).name}.{stamp}"))
            _put_key(plan, scratch / archive.KEY)
        same = plan.config.is_file() and archive.digest_of(plan.config) == manifest.members.get(archive.CONFIG)
    return Restored(manifest, aside, same)


@contextmanager
def no_daemon(plan: Plan) -> Iterator[None]:
    """Nobody runs on this state directory, and nobody begins to."""
    handle = os.open(plan.state_dir / "maild.running", os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    try:
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError as error:
            raise Temporary(f"a maild is running on {plan.state_dir}; stop it first") from error
        yield
    finally:
        os.close(handle)


def mark(store: Store, state_dir: Path, reason: str) -> None:
    """The restored store is one look older than any that this machine saw, held, and gives no number twice."""
    with store.write() as unit:
        put_on_hold(unit, reason)
        _free_all(unit)
        age = unit.facts.grow(os.urandom(8).hex())
        age = unit.facts.set_age(Age(age.store, max(age.epoch, highest(state_dir, age.store) + 1)))
    remember(state_dir, age)


def _free_all(unit: Unit) -> None:
    """Whoever had something in hand when the backup was taken does not have it here."""
    unit.reclaim(unit.holders())
    unit.nodes.left([node.name for node in unit.nodes.listed()])


# SQLite


def _load_sqlite(plan: Plan, member: Path, stamp: str, reason: str, *, force: bool) -> str | None:
    target = Path(plan.store_url.partition(":///")[2])
    there = target.exists() and target.stat().st_size > 0
    if there and not force and not _is_empty(plan.store_url):
        raise UserError(f"{target} is not empty; with --force it is kept as {target.name}.{stamp}")
    store = open_store(f"sqlite:///{member}")  # brings it up to date
    try:
        if found := store.damage():
            raise Permanent(f"the database in the backup is damaged: {found[0]}")
        mark(store, plan.state_dir, reason)
    finally:
        store.close()
    with member.open("rb+") as file:
        os.fsync(file.fileno())
    with WriteLock(target.with_name(target.name + ".lock")).held():
        if there:
            _put_aside(target, stamp)
        for left in ("-wal", "-shm"):  # of an empty one: they must not meet the new file
            target.with_name(target.name + left).unlink(missing_ok=True)
        member.replace(target)
        archive.sync_folder(target.parent)
    return f"{target.name}.{stamp}" if there else None


def _put_aside(target: Path, stamp: str) -> None:
    """Its WAL goes first: a crash in between leaves the old store in place, and both under their kept names."""
    for suffix in ("-wal", ""):
        old = target.with_name(target.name + suffix)
        if old.exists():
            old.rename(target.with_name(f"{target.name}.{stamp}{suffix}"))


# PostgreSQL


def _load_postgresql(plan: Plan, member: Path, stamp: str, reason: str, *, force: bool) -> str | None:
    database = Database(plan.store_url)
    try:
        if others := others_connected(database):
            raise Temporary(f"{others} other connections to the database: stop every maild that works on it first")
        empty = is_empty(database)
        if not empty and not force:
            raise UserError(
                f"the database is not empty; with --force its tables are kept in the schema {_schema(stamp)}"
            )
        load_postgresql(database, member, _schema(stamp), reason)
    finally:
        database.close()
    store = open_store(plan.store_url)
    try:
        mark(store, plan.state_dir, reason)
    finally:
        store.close()
    return None if empty else _schema(stamp)


def _schema(stamp: str) -> str:
    return stamp.replace("-", "_").lower()


# the key


def _key(plan: Plan) -> Path:
    return plan.key_file


def _key_differs(plan: Plan, kept: Path) -> bool:
    """Whether the backup's key is not among those there are: one that was rotated since is, as the former one."""
    return _key(plan).exists() and parse_keys(kept.read_bytes(), kept).current not in read_keys(_key(plan)).all


def _put_key(plan: Plan, kept: Path) -> None:
    kept.replace(_key(plan))
    archive.sync_folder(_key(plan).parent)


def _is_empty(url: str) -> bool:
    database = Database(url)
    try:
        return is_empty(database)
    except Exception:  # a damaged file is not an empty one: it is kept aside by --force only
        return False
    finally:
        database.close()


@contextmanager
def _translated() -> Iterator[None]:
    try:
        yield
    except StoreUnavailable as error:
        raise Temporary(f"store.url: {error}") from error
    except StoreTooNew as error:
        raise UserError(f"{error}; use the maild that made the backup, or a newer one") from error
    except CopyFailed as error:
        raise Permanent(str(error)) from error
