"""What the tables of the process say is what the code does."""

from __future__ import annotations

import pytest

from maild.desk.plans import DUE
from maild.desk.process import KINDS, STATUSES, TIMERS, clocks_run, first_level
from maild.desk.rules.names import KINDS as NAMES_OF_KINDS
from maild.features.autoclose import CLOSE, WARNING
from maild.features.no_response import NAME as NO_RESPONSE
from maild.features.stale import NAME as STALE
from maild.features.targets import NAME as TARGETS
from store.records import StateType, Status


def test_every_status_and_every_kind_has_its_line() -> None:
    assert set(STATUSES) == set(Status)
    assert tuple(KINDS) == NAMES_OF_KINDS
    assert [status for status in Status if clocks_run(status)] == [Status.NEW, Status.OPEN]
    assert not any(
        STATUSES[status].reminds for status in Status if status.state in (StateType.PAUSED, StateType.DONE)
    )


def test_every_timer_has_its_line() -> None:
    assert set(TIMERS) == {WARNING, CLOSE, TARGETS, STALE, NO_RESPONSE, DUE, "remind-N"}


@pytest.mark.parametrize(
    ("kind", "queue", "level"),
    [
        ("question", "L1", "L1"), ("question", "L2", "L2"), ("bug", "L1", "L3"), ("data request", "L1", "L2"),
        ("data request", "L3", "L3"), ("bug", "vendor", "vendor"),
    ],
)  # fmt: skip
def test_a_case_begins_at_the_level_of_its_queue_or_of_its_kind_whichever_is_higher(
    kind: str, queue: str, level: str
) -> None:
    assert first_level(kind, queue) == level
