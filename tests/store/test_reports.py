"""What reports ask costs what they show: no question reads all cases that there ever were."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import event

from store import Unit, open_store

NOW = datetime(2026, 3, 2, 9, tzinfo=UTC)
WEEK = timedelta(days=7)
QUESTIONS: dict[str, Callable[[Unit], object]] = {
    "mine": lambda unit: unit.reports.of_owner("bea@desk.test"),
    "owned": lambda unit: unit.reports.owned(()),
    "created": lambda unit: unit.reports.created(("support",)),
    "stale": lambda unit: unit.reports.untouched_since(NOW, ()),
    "waiting": lambda unit: unit.reports.waiting(()),
    "violated": lambda unit: unit.reports.violated((), NOW),
    "opened": lambda unit: unit.reports.opened_by_level(NOW - WEEK, NOW, ()),
    "closed": lambda unit: unit.reports.closed_by_level(NOW - WEEK, NOW, ()),
    "targets": lambda unit: unit.reports.targets_due(NOW - WEEK, NOW, ()),
}


@pytest.mark.parametrize("name", QUESTIONS)
def test_no_question_reads_a_whole_table(name: str, tmp_path: Path) -> None:
    store = open_store(f"sqlite:///{tmp_path}/maild.db")
    asked: list[tuple[str, Any]] = []
    with store.read() as unit:
        connection = unit.reports._connection

        @event.listens_for(connection, "before_cursor_execute")
        def note(_c: Any, _cursor: Any, statement: str, parameters: Any, _context: Any, _many: Any) -> None:
            asked.append((statement, parameters))

        assert not QUESTIONS[name](unit)
        event.remove(connection, "before_cursor_execute", note)
        ((statement, parameters),) = asked
        plan = [str(row[3]) for row in connection.exec_driver_sql(f"EXPLAIN QUERY PLAN {statement}", parameters)]
    store.close()
    assert plan
    assert [step for step in plan if step.startswith("SCAN")] == [], plan
