"""What is asked at every tick and for every letter reads no whole table, however much a store holds."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from maild.pipeline.casefile import case_files
from store import open_store
from store.records import Timer
from store.schema import metadata
from tests.store.asking import again, asking
from tests.store.plans import Question, steps_of

_NOW = datetime(2026, 3, 2, tzinfo=UTC)
_DUE = {"support": _NOW, "billing": _NOW}
_ALL = tuple(f"SCAN {table}" for table in metadata.tables)
_TIMERS = [Timer(id=n, case=n, name="stale", queue="support", due_at=_NOW, armed_at=_NOW) for n in (1, 2)]
_LETTERS: Any = [SimpleNamespace(id=n, fence=n) for n in (1, 2)]

QUESTIONS: dict[str, Question] = {
    "what is due": lambda unit: unit.timers.due_before(_DUE, _NOW, 100),
    "how many closes are due": lambda unit: unit.timers.count_due(_DUE, _NOW, ("silence-close",), None),
    "which letters wait": lambda unit: unit.letters.none_waits_before(),
    "what was said last in a case": lambda unit: unit.entries.newest([1], 4),
    "what a person was written": lambda unit: unit.outbox.automatic_to(["ann@a.test", "bea@desk.test"], [1], _NOW),
    "what all were acknowledged": lambda unit: (
        unit.outbox.automatic("ann@customer.test", ["acknowledgement", "logged"], _NOW, _NOW, 1000).in_all
    ),
    "what may be a flood": lambda unit: any(
        unit.cases.opened_since({"ann@customer.test": (_NOW, 5), "@customer.test": (_NOW, 5), "@": (_NOW, 5)})
    ),
    "what a person opened": lambda unit: unit.cases.opened_by("ann@customer.test", _NOW, 20),
    "what is kept of several cases": lambda unit: case_files(unit, [1, 2, 3], _NOW, ids=True),
    "what is kept of one case": lambda unit: case_files(unit, [1], _NOW, ids=True),
    "which of several timers are taken": lambda unit: unit.timers.take_all(_TIMERS),
    "which letters are still in hand": lambda unit: unit.waiting.lock(_LETTERS, "me"),
    "the same mail in another queue": lambda unit: unit.letters.elsewhere("support", "a digest"),
}


@pytest.mark.parametrize("name", QUESTIONS)
def test_no_question_of_a_tick_or_a_letter_reads_a_whole_table(name: str, tmp_path: Path) -> None:
    plan = steps_of(QUESTIONS[name], tmp_path)
    # The index of what waits holds nothing else: to walk through it is to read what waits.
    walked = "ix_letters_waiting" if name == "which letters wait" else "none"
    assert [step for step in plan if step.startswith(_ALL) and walked not in step] == [], plan


@pytest.mark.parametrize("events", [("update",), ("answer", "update", "vendor")])
@pytest.mark.parametrize("cases", [[1], [1, 2, 3]])
def test_what_can_be_taken_back_is_looked_up_by_its_cases(
    cases: list[int], events: tuple[str, ...], tmp_path: Path
) -> None:
    plan = steps_of(lambda unit: unit.outbox.held(cases, events, _NOW), tmp_path)
    assert plan == ["SEARCH outbox USING INDEX ix_outbox_case (case_number=?)"]


def test_whether_a_mail_may_overtake_is_looked_up_among_those_that_leave(tmp_path: Path) -> None:
    plan = steps_of(lambda unit: unit.outbox.lease("me", _NOW, timedelta(minutes=1), 20), tmp_path)
    assert [step for step in plan if "older" in step and "ix_outbox_leaving" not in step] == [], plan


def test_mails_are_leased_in_the_order_of_an_index_however_many_wait(pg_url: str) -> None:
    """Sorting six thousand for each twenty took PostgreSQL 33 ms, and takes 1."""
    store = open_store(pg_url)
    with store.write() as unit:
        for n in range(1000):
            unit.outbox.add(
                case_number=None, entry_id=None, event="reply", automatic=True, recipient="a@b.test",
                envelope_from="", message_id=f"<{n}@d>", content=b"x", next_at=_NOW, created_at=_NOW,
            )  # fmt: skip
        unit.outbox._connection.exec_driver_sql("ANALYZE outbox")  # as the server does by itself, after a while
    asked: list[tuple[str, Any]] = []
    with asking(store._database.engine, lambda *said: asked.append(said)), store.write() as unit:
        assert [mail.id for mail in unit.outbox.lease("me", _NOW, timedelta(minutes=1), 20)] == [*range(1, 21)]
        lease = next((statement, values) for statement, values in asked if statement.startswith("UPDATE outbox"))
        plan = [str(row[0]).strip() for row in again(unit.outbox._connection, f"EXPLAIN {lease[0]}", lease[1])]
    store.close()
    assert not [step for step in plan if "Sort" in step], plan
    assert any("ix_outbox_open" in step for step in plan), plan
