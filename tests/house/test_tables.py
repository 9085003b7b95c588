"""The tables of the rule library's parser are those of the library that is installed."""

import subprocess
import sys

from tests.house import tables


def test_tables_of_the_rule_language_are_those_of_the_library() -> None:
    assert tables.FILE.read_text() == tables.text()


def test_the_library_takes_them_and_computes_none() -> None:
    look = (
        "import maild.desk.rules.tables\n"
        "from rule_engine._vendor.ply import yacc\n"
        "yacc.LRGeneratedTable = None\n"  # whoever computes needs it
        "from maild.desk.rules import expressions\n"
        "import rule_engine; print(rule_engine.Rule('a == 1').matches({'a': 1}))"
    )
    assert subprocess.run([sys.executable, "-c", look], capture_output=True, text=True).stdout == "True\n"
