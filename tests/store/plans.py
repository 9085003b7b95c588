"""How SQLite would answer a question to the store: the steps of its plan."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

from sqlalchemy import event

from store import Unit, open_store

Question = Callable[[Unit], object]


def steps_of(question: Question, folder: Path) -> list[str]:
    """The plan of the one query that this question asks of an empty store."""
    store = open_store(f"sqlite:///{folder}/maild.db")
    asked: list[tuple[str, Any]] = []
    with store.read() as unit:
        connection = unit.timers._connection

        @event.listens_for(connection, "before_cursor_execute")
        def note(_c: Any, _cursor: Any, statement: str, parameters: Any, _context: Any, _many: Any) -> None:
            asked.append((statement, parameters))

        assert not question(unit)
        event.remove(connection, "before_cursor_execute", note)
        ((statement, parameters),) = asked
        plan = [str(row[3]) for row in connection.exec_driver_sql(f"EXPLAIN QUERY PLAN {statement}", parameters)]
    store.close()
    assert plan
    return plan
