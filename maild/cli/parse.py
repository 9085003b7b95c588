"""`maild parse`: what the parsers see."""

from __future__ import annotations

import argparse
import json
import sys
from pathlib import Path

from parsers import parse, to_json


def run(arguments: argparse.Namespace) -> int:
    """One JSON object per message; a file that cannot be read is said on standard error, the others go on."""
    code = 0
    for name in arguments.files:
        try:
            raw = sys.stdin.buffer.read() if name == "-" else Path(name).read_bytes()
        except OSError as error:
            print(f"maild: {name}: {error.strerror}", file=sys.stderr)
            code = 1
            continue
        row = {"file": name, **to_json(parse(raw))}
        if arguments.json:
            print(json.dumps(row, ensure_ascii=False))
        else:
            _print_for_people(row)
    return code


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
