"""The archive: one file with all that a desk is made of. Writes, reads and verifies it; knows no database.

    manifest.json    what stands in it: versions, time, epoch, counts, a SHA-256 of each member
    store.sqlite     or store.pgdump: the database
    maild.key        the key that signs tokens; with it, whoever has the archive can make proofs: it is secret
    maild.toml       the configuration

Whole or not there: it is written under another name, synced, renamed, and the folder synced (promise 1 for backups).
"""

from __future__ import annotations

import hashlib
import json
import os
import re
import shutil
import tarfile
import zlib
from contextlib import suppress
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import IO, Any

from maild.errors import Permanent, Temporary, UserError
from store.copies import Contents
from store.facts import Age

MANIFEST, KEY, CONFIG = "manifest.json", "maild.key", "maild.toml"
STORES = {"sqlite": "store.sqlite", "postgresql": "store.pgdump"}
PART = ".maild-backup-"
"""Begin of the names of folders in which an archive is being made or read."""

_FORMAT = 1
_NAME = re.compile(r"maild-\d{8}T\d{6}Z\.tar\.gz")
_BLOCK = 1 << 20


@dataclass(frozen=True, slots=True, kw_only=True)
class Manifest:
    """What an archive says of itself."""

    maild: str
    at: datetime
    engine: str
    contents: Contents
    members: dict[str, str]
    """Name → SHA-256."""

    def to_json(self) -> bytes:
        row = {"format": _FORMAT, **asdict(self), "at": self.at.isoformat()}
        return json.dumps(row, indent=1, sort_keys=True).encode() + b"\n"


def manifest_of(raw: bytes, name: str) -> Manifest:
    """Raises Permanent."""
    try:
        row = json.loads(raw)
        if row["format"] > _FORMAT:
            raise UserError(f"{name} was made by maild {row['maild']}; use that one, or a newer one")
        told: dict[str, Any] = row["contents"]
        age = Age(**told["age"]) if told["age"] else None
        return Manifest(
            maild=row["maild"],
            at=datetime.fromisoformat(row["at"]),
            engine=row["engine"],
            contents=Contents(**{**told, "age": age}),
            members=row["members"],
        )
    except (KeyError, TypeError, ValueError) as error:
        raise Permanent(f"{name}: its manifest cannot be read: {error}") from error


def file_name(at: datetime) -> str:
    return f"maild-{at.astimezone(UTC):%Y%m%dT%H%M%SZ}.tar.gz"


def listed(folder: Path) -> list[Path]:
    """The archives in a folder, oldest first."""
    try:
        return sorted(path for path in folder.iterdir() if _NAME.fullmatch(path.name))
    except FileNotFoundError:
        return []


def taken_at(path: Path) -> datetime:
    """When an archive of `listed` was made, by its name."""
    return datetime.strptime(path.name[6:22], "%Y%m%dT%H%M%SZ").replace(tzinfo=UTC)


def digest_of(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def write(manifest: Manifest, members: dict[str, Path], scratch: Path, final: Path) -> None:
    """Make the archive in `scratch` (on the same disk) and put it in its place. Raises Temporary."""
    part = scratch / "archive"
    (scratch / MANIFEST).write_bytes(manifest.to_json())
    try:
        with open(os.open(part, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as file:
            with tarfile.open(fileobj=file, mode="w:gz", compresslevel=1) as tar:
                for name, path in {MANIFEST: scratch / MANIFEST, **members}.items():
                    tar.add(path, arcname=name, recursive=False, filter=_plain)
            file.flush()
            os.fsync(file.fileno())
        part.replace(final)
        sync_folder(final.parent)
    except OSError as error:
        raise Temporary(f"{final}: {error.strerror}") from error


def _plain(member: tarfile.TarInfo) -> tarfile.TarInfo:
    """Without whose it was; for nobody else's eyes."""
    member.uid = member.gid = 0
    member.uname = member.gname = ""
    member.mode = 0o600
    return member


def unpack(archive: Path, into: Path) -> Manifest:
    """Take the members out and verify each. Raises UserError (no such file) and Permanent (damaged).

    Only the names above are taken, as plain files: an archive cannot write anywhere else.
    """
    found: dict[str, str] = {}
    manifest: Manifest | None = None
    try:
        with tarfile.open(archive, mode="r:gz") as tar:
            for member in tar:
                if member.name not in (MANIFEST, KEY, CONFIG, *STORES.values()) or not member.isfile():
                    raise Permanent(f"{archive}: {member.name!r} does not belong into a backup")
                stream = tar.extractfile(member)
                assert stream is not None
                if member.name == MANIFEST:
                    manifest = manifest_of(stream.read(_BLOCK), str(archive))
                else:
                    found[member.name] = _take_out(stream, into / member.name)
    except FileNotFoundError as error:
        raise UserError(f"{archive}: there is no such file") from error
    except (tarfile.TarError, EOFError, OSError, zlib.error) as error:
        raise Permanent(f"{archive}: damaged, or no backup: {error}") from error
    if manifest is None:
        raise Permanent(f"{archive}: has no manifest; no backup of maild's")
    wrong = [name for name in {*manifest.members, *found} if manifest.members.get(name) != found.get(name)]
    if wrong:
        raise Permanent(f"{archive}: damaged: {', '.join(sorted(wrong))} is not what was backed up")
    return manifest


def _take_out(stream: IO[bytes], path: Path) -> str:
    digest = hashlib.sha256()
    handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    try:
        while block := stream.read(_BLOCK):
            digest.update(block)
            _written(handle, block, path)
        os.fsync(handle)
    finally:
        os.close(handle)
    return digest.hexdigest()


def _written(handle: int, block: bytes, path: Path) -> None:
    left = memoryview(block)
    try:
        while left:
            left = left[os.write(handle, left) :]
    except OSError as error:  # our disk is full: that does not damage the archive
        raise Temporary(f"{path}: {error.strerror}") from error


def prune(folder: Path, keep: int, now: datetime) -> list[Path]:
    """Remove archives beyond the newest ones, and what a killed backup left a day ago; the archives removed."""
    for left in folder.glob(f"{PART}*"):
        if now.timestamp() - left.stat().st_mtime > 86_400:
            shutil.rmtree(left, ignore_errors=True)
    old = listed(folder)[:-keep]
    for path in old:
        with suppress(FileNotFoundError):
            path.unlink()
    return old


def sync_folder(folder: Path) -> None:
    """A new or changed name in a folder is on the disk only after this."""
    handle = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
