"""Each row of the table in docs/process.md of what a desk does is told as a story, and each story has its row."""

from __future__ import annotations

import inspect
import re

from tests.house.pages import ROOT
from tests.stories import test_the_process


def _rows() -> list[str]:
    page = (ROOT / "docs/process.md").read_text(encoding="utf-8")
    _, found, rest = page.partition("\n## What a desk does\n")
    assert found
    return re.findall(r"^\| (?!what \|)([^|-][^|]*) \|", rest.partition("\n## ")[0], re.MULTILINE)


def test_every_row_of_the_process_is_a_story_and_every_story_is_a_row() -> None:
    stories = [inspect.getdoc(found) for name, found in vars(test_the_process).items() if name.startswith("test_")]
    assert stories == _rows()
