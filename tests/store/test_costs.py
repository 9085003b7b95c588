"""What is asked at every tick and for every letter reads no whole table, however much a store holds."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import event

from store import Unit, open_store

_NOW = datetime(2026, 3, 2, tzinfo=UTC)
_DUE = {"support": _NOW, "billing": _NOW}
_ALL = ("SCAN letters", "SCAN timers", "SCAN entries")

QUESTIONS: dict[str, Callable[[Unit], object]] = {
    "what is due": lambda unit: unit.timers.due_before(_DUE, _NOW, 100),
    "how many closes are due": lambda unit: unit.timers.count_due(_DUE, _NOW, ("silence-close",), None),
    "which letters wait": lambda unit: unit.letters.none_waits_before(),
    "what was said last in a case": lambda unit: unit.entries.newest([1], 4),
    "the same mail in another queue": lambda unit: unit.letters.elsewhere("support", "a digest"),
}


@pytest.mark.parametrize("name", QUESTIONS)
def test_no_question_of_a_tick_or_a_letter_reads_a_whole_table(name: str, tmp_path: Path) -> None:
    store = open_store(f"sqlite:///{tmp_path}/maild.db")
    asked: list[tuple[str, Any]] = []
    with store.read() as unit:
        connection = unit.timers._connection

        @event.listens_for(connection, "before_cursor_execute")
        def note(_c: Any, _cursor: Any, statement: str, parameters: Any, _context: Any, _many: Any) -> None:
            asked.append((statement, parameters))

        assert not QUESTIONS[name](unit)
        event.remove(connection, "before_cursor_execute", note)
        ((statement, parameters),) = asked
        plan = [str(row[3]) for row in connection.exec_driver_sql(f"EXPLAIN QUERY PLAN {statement}", parameters)]
    store.close()
    assert plan
    # The index of what waits holds nothing else: to walk through it is to read what waits.
    assert [step for step in plan if step.startswith(_ALL) and "ix_letters_waiting" not in step] == [], plan
