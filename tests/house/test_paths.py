"""Files, folders and modules that the pages name are there."""

from __future__ import annotations

import re

import pytest

from tests.house.pages import ROOT
from tests.house.test_docs import PAGES

_FOLDERS = ("maild", "store", "parsers", "tests", "templates", "deploy", "docs")
_PATH = re.compile(rf"(?<![\w/.])(?:{'|'.join(_FOLDERS)})/[\w./-]*\w")
_MODULE = re.compile(r"(?:python -m |^    )((?:maild|tests)(?:\.[a-z_]+)+)", re.MULTILINE)
"""What is run by its name, and the floors of the house."""
_FILE = re.compile(r"`([\w/]+\.py)`")
_OURS = {path.name for folder in _FOLDERS[:4] for path in (ROOT / folder).rglob("*.py")}


@pytest.mark.parametrize("page", PAGES)
def test_paths_and_modules_of_a_page_are_there(page: str) -> None:
    text = (ROOT / page).read_text(encoding="utf-8")
    paths = {path for path in _PATH.findall(text) if not (ROOT / path).exists()}
    modules = {
        name
        for name in set(_MODULE.findall(text))
        if not any((ROOT / name.replace(".", "/")).with_suffix(end).exists() for end in ("", ".py"))
    }
    files = {name for name in _FILE.findall(text) if name not in _OURS and not (ROOT / name).exists()}
    assert (paths, modules, files) == (set(), set(), set())
