"""How SQLite would answer a question to the store: the steps of its plan."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

from store import Unit, open_store
from tests.store.asking import asking

Question = Callable[[Unit], object]


def steps_of(question: Question, folder: Path) -> list[str]:
    """The plans of all that this question asks of an empty store."""
    store = open_store(f"sqlite:///{folder}/maild.db")
    asked: list[tuple[str, Any]] = []
    with asking(store._database.engine, lambda *said: asked.append(said)), store.read() as unit:
        question(unit)
        driver: Any = unit.timers._connection.connection.driver_connection
        plan = [
            str(row[3])
            for statement, values in list(asked)
            for row in driver.execute(f"EXPLAIN QUERY PLAN {statement}", values)
        ]
    store.close()
    assert plan
    return plan
