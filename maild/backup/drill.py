"""The restore drill: the newest backup is loaded into a scratch place and must be what its manifest says.

Touches the live store only to put its result into the outbox, one mail to each admin.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path

from maild.apply import post_report
from maild.backup import archive
from maild.backup.archive import Manifest
from maild.backup.take import folder_of, scratch_in
from maild.desk.people.staff import staffed
from maild.errors import MaildError, Permanent, Temporary
from maild.settings.build import Plan
from maild.settings.keys import parse_keys
from store import Store, StoreTooNew, StoreUnavailable, open_store
from store.copies import Contents, CopyFailed, load_postgresql, scratch_beside
from store.engine import Database

_SPARE = timedelta(hours=6)
"""How much later than `every` a backup may be before that is wrong."""


@dataclass(frozen=True, slots=True)
class Drilled:
    """What was tried, what it held, and what is wrong with it."""

    path: Path | None
    manifest: Manifest | None
    problems: tuple[str, ...]

    def said(self) -> list[str]:
        """For people, one line each."""
        lines = [f"Backup: {self.path.name}"] if self.path else []
        if self.manifest is not None:
            audit = self.manifest.contents.audit
            lines.append(
                f"Made {self.manifest.at:%Y-%m-%d %H:%M}Z by maild {self.manifest.maild}: {audit['stored']} letters, "
                f"{self.manifest.contents.tables['cases']} cases."
            )
        return lines + (list(self.problems) or ["It was restored, and holds what it held when it was made."])


def drill(plan: Plan, named: Path | None, now: datetime) -> Drilled:
    """Restore a backup (the newest, unless one is named) and compare. Raises Temporary."""
    folder = folder_of(plan)
    paths = [named] if named is not None else archive.listed(folder)[-1:]
    if not paths:
        return Drilled(None, None, (f"There is no backup in {folder}.",))
    path = paths[0]
    manifest = None
    try:
        with scratch_in(folder) as scratch:
            manifest = archive.unpack(path, scratch)
            problems = [
                *_stale(plan, manifest, now, named),
                *_other_key(plan, scratch),
                *_compared(plan, manifest, scratch),
            ]
    except Temporary:
        raise
    except MaildError as error:
        problems = [str(error)]
    return Drilled(path, manifest, tuple(problems))


def report(plan: Plan, store: Store, result: Drilled, now: datetime) -> int:
    """Tell the admins by mail; how many there are."""
    verdict = "FAILED" if result.problems else "all well"
    with store.write() as unit:
        desk = staffed(plan.desk, unit.agents.listed())
        admins = desk.admins()
        post_report(unit, plan.stationery(), "drill", admins, verdict, tuple(result.said()), now)
    return len(admins)


def _stale(plan: Plan, manifest: Manifest, now: datetime, named: Path | None) -> list[str]:
    every = plan.settings.backup.every
    if not every or named is not None or now - manifest.at <= every + _SPARE:
        return []
    return [f"The newest backup is of {manifest.at:%Y-%m-%d %H:%M}Z: backups have stopped."]


def _other_key(plan: Plan, scratch: Path) -> list[str]:
    kept = scratch / archive.KEY
    same = parse_keys(kept.read_bytes(), kept).current in plan.keys().all
    return (
        []
        if same
        else ["The key in the backup is not the one in use: after a restore, replies would not be recognised."]
    )


def _compared(plan: Plan, manifest: Manifest, scratch: Path) -> list[str]:
    try:
        with _loaded(plan, manifest, scratch) as store:
            found = store.damage()
            return [*found, *_differences(manifest.contents, store.contents())]
    except (CopyFailed, StoreTooNew) as error:
        return [str(error)]
    except StoreUnavailable as error:
        if manifest.engine == "sqlite":  # it lies in our own scratch folder
            return [f"The database in the backup cannot be opened: {error}"]
        raise Temporary(f"store.url: {error}") from error


@contextmanager
def _loaded(plan: Plan, manifest: Manifest, scratch: Path) -> Iterator[Store]:
    member = scratch / archive.STORES[manifest.engine]
    if manifest.engine == "sqlite":
        yield from _opened(f"sqlite:///{member}")
        return
    if plan.store_url.startswith("sqlite"):
        raise Permanent("A PostgreSQL backup can only be tried beside a PostgreSQL store.")
    live = Database(plan.store_url)
    try:
        with scratch_beside(live) as url:
            scratch_database = Database(url)
            try:
                load_postgresql(scratch_database, member, "aside", "drill")
            finally:
                scratch_database.close()
            yield from _opened(url)
    finally:
        live.close()


def _opened(url: str) -> Iterator[Store]:
    store = open_store(url)
    try:
        yield store
    finally:
        store.close()


def _differences(told: Contents, found: Contents) -> list[str]:
    problems = [
        f"{name}: {found.tables.get(name)} rows were restored, {rows} were backed up."
        for name, rows in told.tables.items()
        if name != "facts" and found.tables.get(name) != rows  # a loaded store knows that it is held
    ]
    if told.letters != found.letters:
        problems.append("The letters are not those that were backed up.")
    if told.audit != found.audit:
        problems.append(f"The audit counts differ: {found.audit}, not {told.audit}.")
    if not found.audit["ok"]:
        problems.append("The audit does not add up.")
    return problems
