"""Files fit in the head, functions on a screen."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.house.pages import ROOT

LONGEST_FILE = 400
LONGEST_FUNCTION = 60
EXCEPTIONS = frozenset({"store/migrations/versions/0001_first_tables.py:upgrade"})
"""`path` or `path:function`. A migration is one table after another, written once and never changed."""

_FILES = sorted(path for package in ("maild", "parsers", "store") for path in (ROOT / package).rglob("*.py"))


def _functions(source: str) -> Iterator[tuple[str, int]]:
    """(name, lines from `def` to its end) of every function, those inside others too."""
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            yield node.name, (node.end_lineno or node.lineno) - node.lineno + 1


def _too_long(name: str, source: str) -> dict[str, int]:
    lines = source.count("\n")
    functions = {f"{name}:{f}": size for f, size in _functions(source) if size > LONGEST_FUNCTION}
    return functions | ({name: lines} if lines > LONGEST_FILE else {})


@pytest.mark.parametrize("path", _FILES, ids=lambda path: str(path.relative_to(ROOT)))
def test_file_and_its_functions_are_small(path: Path) -> None:
    name, source = str(path.relative_to(ROOT)), path.read_text(encoding="utf-8")
    assert {what: lines for what, lines in _too_long(name, source).items() if what not in EXCEPTIONS} == {}


def test_no_exception_is_left_over() -> None:
    too_long = {
        what for path in _FILES for what in _too_long(str(path.relative_to(ROOT)), path.read_text(encoding="utf-8"))
    }
    assert too_long >= EXCEPTIONS
