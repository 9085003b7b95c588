"""What reports ask costs what they show: no question reads all cases that there ever were."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from tests.store.plans import Question, steps_of

NOW = datetime(2026, 3, 2, 9, tzinfo=UTC)
WEEK = timedelta(days=7)
QUESTIONS: dict[str, Question] = {
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
    plan = steps_of(QUESTIONS[name], tmp_path)
    assert [step for step in plan if step.startswith("SCAN")] == [], plan
