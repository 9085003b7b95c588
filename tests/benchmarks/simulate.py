"""Whether `maild rules simulate` says exactly what one changed rule would have changed, writes nothing, and how long
it takes.

Mails are routed into a fresh store; then one rule gets one more word, and what is found is compared with a plain
look at the subjects in the store. All rows of the store are compared before and after.

    python -m tests.benchmarks.simulate [--generator FILE] [--mails N] [--word WORD]

The generator is as that of tests.benchmarks.rules. Prints one JSON object; exit code 1 unless all is as it must be.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import sqlite3
import tempfile
import time
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from maild.pipeline.simulate import Tally, simulate
from tests.benchmarks.parsing import corpus
from tests.benchmarks.rules import desk, plan_of, route

MOST_SECONDS = 60.0
_NOW = datetime(2026, 3, 2, 12, 0, tzinfo=UTC)
_RULE = """
[[rule]]
name = "words"
when = 'case.new and message.subject =~~ "{words}"'
set = {{ severity = "High" }}
[[rule]]
name = "other"
when = 'case.new and message.subject =~~ "not in any subject"'
set = {{ severity = "Low" }}
"""


def check(mails: list[bytes], word: str, folder: Path) -> dict[str, Any]:
    """Route with the old rule, simulate the new one, compare."""
    with desk(_RULE.format(words="crashes in settings"), folder) as office:
        route(office, mails, _NOW)
        new = plan_of(_RULE.format(words=f"crashes in settings|{word}"), folder).rules()
        expected, before = _meant(folder, word), _rows(folder)
        tally, began = Tally(), time.monotonic()
        found = list(simulate(office, new, _NOW - timedelta(days=30), _NOW, tally))
        took = time.monotonic() - began
    exact = {one.letter.id: (one.changed, one.more, one.fewer) for one in found} == {
        letter: ({"severity": ("Medium", "High")}, (), ()) for letter in expected
    }
    unchanged = _rows(folder) == before
    return {
        "mails": tally.mails,
        "seconds": round(took, 1),
        "expected": len(expected),
        "found": len(found),
        "exact": exact,
        "nothing written": unchanged,
        "ok": exact and unchanged and took < MOST_SECONDS and bool(expected),
    }


def _meant(folder: Path, word: str) -> set[int]:
    """The letters that opened a case and have the word in their subject."""
    query = "select id from letters where lower(subject) like ? and decision like '%\"OpenCase %'"
    with sqlite3.connect(folder / "maild.db") as connection:
        return {row[0] for row in connection.execute(query, (f"%{word}%",))}


def _rows(folder: Path) -> dict[str, str]:
    """Table → a hash of all its rows."""
    with sqlite3.connect(folder / "maild.db") as connection:
        tables = [row[0] for row in connection.execute("select name from sqlite_master where type = 'table'")]
        return {name: hashlib.sha256(repr(list(connection.execute(f"select * from {name}"))).encode()).hexdigest()
                for name in tables}  # fmt: skip


def main() -> None:
    arguments = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    arguments.add_argument("--generator", type=Path, metavar="FILE")
    arguments.add_argument("--mails", type=int, default=1000)
    arguments.add_argument("--word", default="wrong address")
    chosen = arguments.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        found = check(corpus(chosen.generator, chosen.mails), chosen.word, Path(folder))
    print(json.dumps(found, indent=2))
    raise SystemExit(0 if found["ok"] else 1)


if __name__ == "__main__":
    main()
