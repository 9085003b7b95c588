"""Disks that are too small, and are filled to the last block and emptied again."""

from __future__ import annotations

import os
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from tests.servers.process import binary, missing, workdir


@contextmanager
def small_disk(mebibytes: int) -> Iterator[Path]:
    """A disk of that size, unmounted whatever happens; skips the test where nothing may be mounted."""
    folder = workdir("disk")
    made = subprocess.run(
        [binary("mount"), "-t", "tmpfs", "-o", f"size={mebibytes}m", "none", str(folder)],
        capture_output=True,
        text=True,
        check=False,
    )
    if made.returncode:
        missing(f"a small disk cannot be mounted here: {made.stderr.strip()}")
    try:
        yield folder
    finally:
        subprocess.run([binary("umount"), "--lazy", str(folder)], check=False)


def fill(folder: Path) -> None:
    """Not one block stays free on the disk of this folder."""
    with _ballast(folder).open("ab") as ballast, suppress(OSError):
        os.posix_fallocate(ballast.fileno(), 0, os.fstat(ballast.fileno()).st_size + _free(folder))
    with _ballast(folder).open("ab", buffering=0) as ballast, suppress(OSError):
        while True:
            ballast.write(b"\0" * 4096)


def leave(folder: Path, octets: int) -> None:
    """Fill the disk, but for so much."""
    with _ballast(folder).open("ab") as ballast:
        os.posix_fallocate(ballast.fileno(), 0, _free(folder) - octets)


def empty(folder: Path) -> None:
    """Take away what filled it."""
    _ballast(folder).unlink(missing_ok=True)


def _ballast(folder: Path) -> Path:
    return folder / "ballast"


def _free(folder: Path) -> int:
    found = os.statvfs(folder)
    return found.f_bavail * found.f_frsize
