"""`maild` commands, each in a process of its own that need not start: one that has imported everything is forked.

    run = command(["audit", "--json"], folder)      as subprocess.run of `python -m maild`, in this folder

To load the program takes most commands ten times as long as what they do. How it starts is tested elsewhere: by the
daemons of tests/faults, the wheel, and whatever calls `python -m maild` itself.
"""

from __future__ import annotations

import multiprocessing
import os
import shutil
import subprocess
import sys
from collections.abc import Mapping, Sequence
from functools import cache
from itertools import count
from pathlib import Path

from tests.servers.process import workdir

_FORKED = multiprocessing.get_context("forkserver")
_FORKED.set_forkserver_preload(["tests.servers.loaded"])
_NUMBERS = count(1)
_STREAMS = ("in", "out", "err")


def command(
    words: Sequence[str], folder: Path | str, raw: bytes = b"", within: float = 120.0
) -> subprocess.CompletedProcess[bytes]:
    here = _workdir() / str(next(_NUMBERS))
    here.mkdir()
    (here / "in").write_bytes(raw)
    process = _FORKED.Process(target=_child, args=(list(words), str(folder), str(here), dict(os.environ)))
    process.start()
    process.join(within)
    if process.exitcode is None:
        process.kill()
        process.join()
        raise subprocess.TimeoutExpired(list(words), within)
    code = process.exitcode
    process.close()
    out, err = ((here / name).read_bytes() for name in _STREAMS[1:])
    shutil.rmtree(here)
    return subprocess.CompletedProcess(["maild", *words], code, out, err)


def said(words: Sequence[str], folder: Path | str, within: float = 120.0) -> subprocess.CompletedProcess[str]:
    """The same, in text."""
    run = command(words, folder, within=within)
    return subprocess.CompletedProcess(run.args, run.returncode, run.stdout.decode(), run.stderr.decode())


@cache
def _workdir() -> Path:
    return workdir("cmd")


def _child(words: list[str], folder: str, here: str, environment: Mapping[str, str]) -> None:
    os.environ.clear()
    os.environ.update(environment)
    for number, name in enumerate(_STREAMS):
        opened = os.open(os.path.join(here, name), os.O_RDWR | os.O_CREAT)
        os.dup2(opened, number)
        os.close(opened)
    sys.stdin = open(0, encoding="utf-8", closefd=False)  # noqa: SIM115
    os.chdir(folder)
    from maild.cli import main

    sys.argv = ["maild", *words]
    raise SystemExit(main(words))
