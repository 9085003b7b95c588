"""The table of a case's life: every line, and what is not in it."""

from dataclasses import replace
from datetime import UTC, datetime

import pytest

from maild.desk.lifecycle import Happening, after
from store.records import Case, StateType, Status

CASE = Case(
    number=1, queue="support", subject="s", status=Status.NEW, severity="Medium", kind="question", level="L1",
    owner=None, requester="a@b.test", requester_name="", creator=None, language="en",
    created_at=datetime(2026, 1, 1, tzinfo=UTC), updated_at=datetime(2026, 1, 1, tzinfo=UTC), events=0,
    root_message_id=None,
)  # fmt: skip

H = Happening


@pytest.mark.parametrize(
    ("status", "happening", "then"),
    [
        (Status.NEW, H.CUSTOMER_WROTE, Status.NEW),
        (Status.NEW, H.ANSWERED, Status.WAITING_ON_CUSTOMER),
        (Status.NEW, H.ANSWERED_STILL_OWING, Status.OPEN),
        (Status.NEW, H.TAKEN, Status.OPEN),
        (Status.WAITING_ON_VENDOR, H.ANSWERED, Status.WAITING_ON_VENDOR),
        (Status.WAITING_ON_VENDOR, H.SPOKEN, Status.WAITING_ON_CUSTOMER),
        (Status.ON_HOLD, H.SPOKEN, Status.WAITING_ON_CUSTOMER),
        (Status.OPEN, H.CUSTOMER_WROTE, Status.OPEN),
        (Status.OPEN, H.ANSWERED, Status.WAITING_ON_CUSTOMER),
        (Status.WAITING_ON_CUSTOMER, H.CUSTOMER_WROTE, Status.OPEN),
        (Status.WAITING_ON_CUSTOMER, H.SILENCE, Status.CLOSED),
        (Status.WAITING_ON_VENDOR, H.CUSTOMER_WROTE, Status.WAITING_ON_VENDOR),
        (Status.WAITING_ON_VENDOR, H.SILENCE, Status.WAITING_ON_VENDOR),
        (Status.ON_HOLD, H.SILENCE, Status.ON_HOLD),
        (Status.RESOLVED, H.CUSTOMER_WROTE, Status.OPEN),
        (Status.RESOLVED, H.SILENCE, Status.CLOSED),
        (Status.CLOSED, H.CUSTOMER_WROTE, Status.OPEN),
        (Status.SPAM, H.CUSTOMER_WROTE, Status.SPAM),
        (Status.NEW, H.CUSTOMER_CLOSED, Status.CLOSED),
        (Status.ON_HOLD, H.CUSTOMER_CLOSED, Status.CLOSED),
        (Status.RESOLVED, H.CUSTOMER_CLOSED, Status.CLOSED),
        (Status.NO_RESPONSE, H.CUSTOMER_CLOSED, Status.NO_RESPONSE),
        (Status.SPAM, H.CUSTOMER_CLOSED, Status.SPAM),
        (Status.CLOSED, H.CUSTOMER_REOPENED, Status.OPEN),
        (Status.NO_RESPONSE, H.CUSTOMER_REOPENED, Status.OPEN),
        (Status.WAITING_ON_CUSTOMER, H.CUSTOMER_REOPENED, Status.WAITING_ON_CUSTOMER),
        (Status.SPAM, H.CUSTOMER_REOPENED, Status.SPAM),
    ],
)
def test_status_after(status: Status, happening: Happening, then: Status) -> None:
    assert after(replace(CASE, status=status), happening) is then


def test_every_status_has_a_state_type() -> None:
    assert {status.state for status in Status} == set(StateType)
