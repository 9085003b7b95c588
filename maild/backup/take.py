"""Takes a backup of a desk at work: the database, the key and the configuration, in one archive."""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from maild import __version__
from maild.backup import archive
from maild.errors import Permanent, Temporary, UserError
from maild.settings.build import Plan
from store import Store, StoreUnavailable
from store.copies import Contents, CopyFailed


@dataclass(frozen=True, slots=True)
class Taken:
    path: Path
    contents: Contents
    pruned: int


def folder_of(plan: Plan, named: str | None = None) -> Path:
    """Where backups lie: as named, else as configured, else beside the store."""
    configured = plan.settings.backup.dir
    return Path(named) if named else plan.config_dir / configured if configured else plan.state_dir / "backups"


def take(plan: Plan, store: Store, folder: Path, now: datetime) -> Taken:
    """One backup; older ones beyond `keep` go only when it is there. Raises MaildError."""
    engine = "postgresql" if store.is_shared else "sqlite"
    key, config = plan.key_file, plan.config
    plan.keys()  # made, if it never was
    with scratch_in(folder) as scratch:
        database = scratch / archive.STORES[engine]
        contents = copied(store, database)
        members = {archive.STORES[engine]: database}
        for name, path in ((archive.KEY, key), (archive.CONFIG, config)):
            try:
                members[name] = Path(shutil.copyfile(path, scratch / name))
            except OSError as error:
                raise UserError(f"{path}: {error.strerror}; a backup needs it") from error
        digests = {name: archive.digest_of(path) for name, path in members.items()}
        manifest = archive.Manifest(maild=__version__, at=now, engine=engine, contents=contents, members=digests)
        final = folder / archive.file_name(now)
        archive.write(manifest, members, scratch, final)
    return Taken(final, contents, len(archive.prune(folder, plan.settings.backup.keep, now)))


def copied(store: Store, path: Path) -> Contents:
    try:
        return store.copy_to(path)
    except StoreUnavailable as error:
        raise Temporary(f"the store cannot be copied now: {error}") from error
    except CopyFailed as error:
        raise Permanent(str(error)) from error


@contextmanager
def scratch_in(folder: Path) -> Iterator[Path]:
    """A folder for this user's eyes only, on the disk of the backups; gone at the end."""
    try:
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        made = tempfile.TemporaryDirectory(prefix=archive.PART, dir=folder)
    except OSError as error:
        raise UserError(f"backup.dir: {folder}: {error.strerror}") from error
    with made as name:
        yield Path(name)
