"""Writes the tables of the rule library's parser, which it would else compute at each start: `python -m
tests.house.tables`, after each change of the library's version. A test compares."""

from __future__ import annotations

import tempfile
from pathlib import Path

from rule_engine._vendor.ply import yacc
from rule_engine.parser import Parser

FILE = Path(__file__).resolve().parents[2] / "maild/desk/rules/tables.py"
_BEFORE = '''"""The tables of the rule library's parser, made by `python -m tests.house.tables`: do not edit.

It looks for them beside its own modules, and computes them, a quarter of a second long, where they are not there or
belong to another version.
"""

# mypy: ignore-errors

import sys

'''
_BEHIND = '\nsys.modules["rule_engine.parser.parsetab"] = sys.modules[__name__]\n'


def text() -> str:
    with tempfile.TemporaryDirectory() as folder:
        yacc.yacc(module=Parser(), debug=False, tabmodule="made", outputdir=folder, errorlog=yacc.NullLogger())
        made = (Path(folder) / "made.py").read_text()
    lines = [line.rstrip() for line in made.splitlines() if not line.startswith("#")]
    return _BEFORE + "\n".join(lines).strip() + "\n" + _BEHIND


if __name__ == "__main__":
    FILE.write_text(text())
