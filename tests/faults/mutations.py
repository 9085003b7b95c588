"""Shows that the harness can fail: each promise is broken on purpose in a copy of the source, and must be seen.

    python -m tests.faults.mutations              all of them; exit code 1 when one stays unseen
    python -m tests.faults.mutations fence digest

A mutation names the lines it changes, word for word; when the source has moved on, it says so instead of passing.
"""

from __future__ import annotations

import argparse
import os
import shutil
import subprocess
import sys
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path

_ROOT = Path(__file__).resolve().parents[2]
_PARTS = ("maild", "parsers", "store", "templates", "tests", "deploy", "docs", "pyproject.toml", "README.md")


@dataclass(frozen=True, slots=True)
class Change:
    file: str
    old: str
    new: str


@dataclass(frozen=True, slots=True)
class Mutation:
    name: str
    breaks: str
    """What would be wrong with it, in one line."""
    changes: tuple[Change, ...]
    check: tuple[str, ...]
    """The command, behind `python -m`, that must fail."""
    says: str
    """What its output must hold then: a check that fails of something else has seen nothing."""


_FAULTS = ("tests.faults", "--rounds", "1", "--kills", "30", "--mails", "300", "--jobs", "1", "--store")
_ON_SQLITE = (*_FAULTS, "sqlite", "--seed", "3")

MUTATIONS = (
    Mutation(
        "early-move",
        "a letter is filed away before it is committed",
        (
            Change(
                "maild/pipeline/intake.py",
                "    if batch:\n        yield _commit(",
                "    if batch:\n        folder.file_away([mail.uid for mail in batch])\n        yield _commit(",
            ),
        ),
        _ON_SQLITE,
        '"lost": [',
    ),
    Mutation(
        "digest",
        "the same content is not known again",
        (
            Change("store/schema.py", '    UniqueConstraint("queue", "digest"),\n', ""),
            Change(
                "store/migrations/versions/0001_first_tables.py",
                '        sa.UniqueConstraint("queue", "digest", name=op.f("uq_letters_queue_digest")),\n',
                "",
            ),
            Change(
                "store/letters.py",
                "letters.c.queue == queue, letters.c.digest == digest)\n",
                'letters.c.queue == queue, letters.c.digest == "none")\n',
            ),
        ),
        _ON_SQLITE,
        '"doubled": [',
    ),
    Mutation(
        "synchronous-off",
        "a commit is not synced before somebody is told (kill -9 cannot see it: the order of system calls does)",
        (Change("store/engine.py", '"synchronous=FULL"', '"synchronous=OFF"'),),
        ("pytest", "-q", "-x", "tests/faults/test_order.py"),
        "synced=False",
    ),
    Mutation(
        "fence",
        "a node that stood still goes on with what another has taken over",
        (
            Change("store/outbox.py", "            outbox.c.lease_by == owner,\n", ""),
            Change("store/outbox.py", "            outbox.c.fence == mail.fence,\n", ""),
            Change(
                "store/outbox.py", "            outbox.c.state == MailState.LEASED.value,\n        )\n", "        )\n"
            ),
        ),
        ("pytest", "-q", "-x", "tests/faults/test_nodes.py", "tests/store/test_store.py", "-k", "F34"),
        "1 failed",
    ),
    Mutation(
        "freshness",
        "timers act although the mailbox was not read since",
        (
            Change("maild/pipeline/office.py", "        if not assume_read:\n", "        if False:\n"),
            Change("maild/pipeline/office.py", "        limits += [at for name", "        [at for name"),
        ),
        _ON_SQLITE,
        '"wrong_closes": [',
    ),
    Mutation(
        "echo",
        "an acknowledgement repeats the subject to an address that has proven nothing",
        (Change("maild/render/stationery.py", "        if not effect.show_subject:\n", "        if False:\n"),),
        _ON_SQLITE,
        '"leaks": [',
    ),
)


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m tests.faults.mutations", description=__doc__.split("\n")[0])
    parser.add_argument("names", nargs="*", choices=[[], *(one.name for one in MUTATIONS)])
    wanted = parser.parse_args().names
    unseen = [one.name for one in MUTATIONS if (not wanted or one.name in wanted) and not is_seen(one)]
    print(f"unseen: {', '.join(unseen)}" if unseen else "every mutation was seen")
    return 1 if unseen else 0


def is_seen(mutation: Mutation) -> bool:
    """Whether its check fails on a copy that has it."""
    began = time.monotonic()
    with tempfile.TemporaryDirectory(prefix="mutation-") as folder:
        tree = Path(folder)
        for part in _PARTS:
            source = _ROOT / part
            (shutil.copytree if source.is_dir() else shutil.copy)(source, tree / part)
        for change in mutation.changes:
            _change(tree, change)
        done = subprocess.run(
            [sys.executable, "-m", *mutation.check],
            cwd=tree, env=dict(os.environ, PYTHONPATH=str(tree)), capture_output=True, text=True, check=False,
        )  # fmt: skip
    seen = done.returncode == 1 and mutation.says in done.stdout
    last = [line for line in (done.stdout + done.stderr).splitlines() if mutation.says in line or not seen][-1:]
    state = "RED, as it must be" if seen else f"NOT SEEN (exit code {done.returncode})"
    print(f"{mutation.name}: {mutation.breaks}: {state}, {time.monotonic() - began:.0f} s", flush=True)
    print(f"    {last[0][:400] if last else 'said nothing'}", flush=True)
    return seen


def _change(tree: Path, change: Change) -> None:
    path = tree / change.file
    text = path.read_text()
    if text.count(change.old) != 1:
        raise SystemExit(f"{change.file} has {text.count(change.old)} times, not once: {change.old!r}")
    path.write_text(text.replace(change.old, change.new))


if __name__ == "__main__":
    sys.exit(main())
