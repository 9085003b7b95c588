"""`maild parse` on everything that a stranger may send (T60 to T80): a line of JSON or a clear refusal, never a
traceback, each within 10 s and 512 MiB. All mails go through one run of the command, which reads them in their order.
"""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from tests.parsers.every_threat import mails

SECONDS, BYTES = 10.0, 512 * 1024 * 1024
FRESH_WORKER = 3.0
"""After a refusal the next mail waits for a new process; on a busy machine."""
NAMES = [name for name, _ in mails()]


@dataclass(frozen=True, slots=True)
class Said:
    line: str
    seconds: float


@dataclass(frozen=True, slots=True)
class Run:
    said: dict[str, Said]
    """File → what was said of it, and how long after what was said before."""
    code: int
    memory: int
    """The most that a process of the run ever held."""


def parse(folder: Path, names: list[str]) -> Run:
    """Both streams in one pipe, unbuffered, so that each line can be timed as it comes."""
    process = subprocess.Popen(
        [sys.executable, "-m", "maild", "parse", "--json", *names],
        cwd=folder,
        env={**os.environ, "PYTHONUNBUFFERED": "1"},
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
    )
    assert process.stdout is not None
    said, before = {}, time.monotonic()
    with process.stdout:
        for line in process.stdout:
            now = time.monotonic()
            text = line.decode().rstrip("\n")
            refused = re.match(r"maild: (\S+): .", text)
            assert refused or text.startswith("{"), text
            said[refused[1] if refused else json.loads(text)["file"]] = Said(text, now - before)
            before = now
    _, status, usage = os.wait4(process.pid, 0)
    process.returncode = os.waitstatus_to_exitcode(status)
    return Run(said, process.returncode, usage.ru_maxrss * 1024)


@pytest.fixture(scope="module")
def hostile(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Run]:
    folder = tmp_path_factory.mktemp("hostile")
    for name, raw in mails():
        (folder / name).write_bytes(raw)
    yield parse(folder, NAMES)
    for name in NAMES:
        (folder / name).unlink()


@pytest.mark.parametrize("name", NAMES)
def test_hostile_mail_is_read_or_refused_in_time(hostile: Run, name: str) -> None:
    said = hostile.said[name]
    refused = said.line.startswith("maild: ")
    assert said.seconds <= SECONDS + FRESH_WORKER
    assert refused or set(json.loads(said.line)) >= {"from", "subject", "text", "reply_text", "defects"}
    assert "reader failed" not in said.line


def test_hostile_mails_take_no_more_than_their_memory(hostile: Run) -> None:
    assert hostile.memory <= BYTES


def test_every_threat_of_reading_has_its_mails() -> None:
    # T62 is about our own envelopes: tests/faults and tests/stories.
    assert {int(name[1:3]) for name in NAMES} == set(range(60, 81)) - {62}


def test_exit_code_says_whether_all_were_read(hostile: Run) -> None:
    refused = [name for name, said in hostile.said.items() if said.line.startswith("maild: ")]
    assert hostile.code == (1 if refused else 0)


def test_file_that_cannot_be_read_is_named_and_the_others_are_answered(tmp_path: Path) -> None:
    (tmp_path / "folder").mkdir()
    (tmp_path / "good").write_bytes(b"From: a@b.example\nSubject: Hello\n\nx\n")
    run = parse(tmp_path, ["missing", "folder", "good"])
    assert run.code == 1
    assert run.said["missing"].line == "maild: missing: No such file or directory"
    assert run.said["folder"].line == "maild: folder: Is a directory"
    assert json.loads(run.said["good"].line)["subject"] == "Hello"


def test_name_that_is_no_text_is_still_json(tmp_path: Path) -> None:
    name = os.fsdecode(b"a\xff.eml")
    (tmp_path / name).write_bytes(b"From: a@b.example\n\nx\n")
    run = parse(tmp_path, [name])
    assert list(run.said) == [name]
    assert run.code == 0


def test_module_that_lies_beside_the_mails_is_not_run(tmp_path: Path) -> None:
    for module in ("struct", "parsers", "nh3", "mailparser"):
        (tmp_path / f"{module}.py").write_text("raise SystemExit(7)")
    (tmp_path / "mail").write_bytes(b"From: a@b.example\nContent-Type: text/html\n\nx\n")
    run = subprocess.run(
        [Path(sys.executable).with_name("maild"), "parse", "--json", "mail"],
        cwd=tmp_path,
        capture_output=True,
        check=False,
    )
    assert run.returncode == 0, run.stderr
