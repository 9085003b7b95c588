"""`maild parse`: what the parsers see.

It may be given anything, so the reading is done where the daemon does it, in a process of its own under the daemon's
limits; this side needs neither parsers nor a configuration. A file that cannot be read is said on standard error and
makes the exit code 1; the others go on.
"""

from __future__ import annotations

import argparse
import io
import json
import sys

from maild.pipeline.confined import Confined, Refused, Terms

_MOST = 64 * 1024 * 1024
"""Of a file no more is taken in; the parsers' own limit is lower and leaves its mark in `defects`."""


def run(arguments: argparse.Namespace) -> int:
    """One JSON object per message, in the order of the files."""
    if isinstance(sys.stdout, io.TextIOWrapper):  # in JSON, what a name has that is no character becomes \\udcXX
        sys.stdout.reconfigure(encoding="utf-8", errors="backslashreplace")
    confined = Confined(Terms(form="json"))
    try:
        return max([_one(confined, name, as_json=arguments.json) for name in arguments.files])
    finally:
        confined.close()


def _one(confined: Confined, name: str, *, as_json: bool) -> int:
    try:
        (answer,) = confined.ask(_bytes_of(name))
    except OSError as error:
        return _refuse(name, error.strerror or "cannot be read")
    except Refused as error:
        return _refuse(name, str(error))
    row = {"file": name, **json.loads(answer)}
    if as_json:
        print(json.dumps(row, ensure_ascii=False))
    else:
        _print_for_people(row)
    return 0


def _bytes_of(name: str) -> bytes:
    if name == "-":
        return sys.stdin.buffer.read(_MOST)
    with open(name, "rb") as file:
        return file.read(_MOST)


def _refuse(name: str, why: str) -> int:
    sys.stdout.flush()  # so that the lines of both streams stand in order on a terminal
    print(f"maild: {name}: {why}", file=sys.stderr)
    return 1


def _print_for_people(row: dict[str, object]) -> None:
    for key, value in row.items():
        if value in (None, [], ""):
            continue
        if isinstance(value, str) and "\n" in value:
            print(f"{key}:")
            for line in value.splitlines():
                print("    " + "".join(c if c.isprintable() else "�" for c in line))
        else:
            print(f"{key}: {value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)}")
    print()
