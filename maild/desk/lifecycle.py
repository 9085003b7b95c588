"""The life of a case, as one table: (state type or status, what happened) → status. Nothing else moves a status.

A missing line means: it stays as it is.
"""

from __future__ import annotations

from enum import StrEnum

from maild.desk.process import STATUSES
from store.records import Case, StateType, Status


class Happening(StrEnum):
    """What can move a case along."""

    CUSTOMER_WROTE = "the customer wrote"
    ANSWERED = "we answered"
    ANSWERED_STILL_OWING = "we answered and still owe something"
    SPOKEN = "we spoke with the customer"
    TAKEN = "somebody took it"
    SILENCE = "the customer stayed silent"
    ASKED_VENDOR = "we asked a vendor"
    VENDOR_WROTE = "the vendor wrote"
    CUSTOMER_CLOSED = "the customer needs nothing more"
    CUSTOMER_REOPENED = "the customer opened it again"


_TABLE: dict[tuple[StateType, Happening], Status] = {
    (StateType.NEW, Happening.ANSWERED): Status.WAITING_ON_CUSTOMER,
    (StateType.NEW, Happening.ANSWERED_STILL_OWING): Status.OPEN,
    (StateType.NEW, Happening.TAKEN): Status.OPEN,
    (StateType.ACTIVE, Happening.ANSWERED): Status.WAITING_ON_CUSTOMER,
    (StateType.ACTIVE, Happening.ANSWERED_STILL_OWING): Status.OPEN,
    (StateType.PAUSED, Happening.CUSTOMER_WROTE): Status.OPEN,
    (StateType.PAUSED, Happening.ANSWERED): Status.WAITING_ON_CUSTOMER,
    (StateType.PAUSED, Happening.ANSWERED_STILL_OWING): Status.OPEN,
    (StateType.PAUSED, Happening.SILENCE): Status.CLOSED,
    (StateType.DONE, Happening.CUSTOMER_WROTE): Status.OPEN,
    (StateType.DONE, Happening.ANSWERED): Status.WAITING_ON_CUSTOMER,
    (StateType.DONE, Happening.ANSWERED_STILL_OWING): Status.OPEN,
    (StateType.DONE, Happening.SILENCE): Status.CLOSED,
}

_TABLE |= {(state, Happening.CUSTOMER_CLOSED): Status.CLOSED for state in StateType if state is not StateType.DONE}
_TABLE |= {(state, Happening.SPOKEN): Status.WAITING_ON_CUSTOMER for state in StateType}
_TABLE |= {(StateType.DONE, Happening.CUSTOMER_REOPENED): Status.OPEN}
_TABLE |= {(state, Happening.ASKED_VENDOR): Status.WAITING_ON_VENDOR for state in StateType}

_EXCEPTIONS: dict[tuple[Status, Happening], Status] = {
    # What waits for a vendor or was put on hold is moved by us, not by the customer's silence or question.
    (Status.WAITING_ON_VENDOR, Happening.CUSTOMER_WROTE): Status.WAITING_ON_VENDOR,
    # Word to the customer that we wait for somebody else does not mean that we wait for the customer.
    (Status.WAITING_ON_VENDOR, Happening.ANSWERED): Status.WAITING_ON_VENDOR,
    (Status.WAITING_ON_VENDOR, Happening.ANSWERED_STILL_OWING): Status.WAITING_ON_VENDOR,
    (Status.WAITING_ON_VENDOR, Happening.SILENCE): Status.WAITING_ON_VENDOR,
    # Only what waits for a vendor, or has given them up, is moved by their answer.
    (Status.WAITING_ON_VENDOR, Happening.VENDOR_WROTE): Status.OPEN,
    (Status.NO_RESPONSE, Happening.VENDOR_WROTE): Status.OPEN,
    (Status.ON_HOLD, Happening.SILENCE): Status.ON_HOLD,
    (Status.SPAM, Happening.ASKED_VENDOR): Status.SPAM,
    (Status.SPAM, Happening.CUSTOMER_WROTE): Status.SPAM,
    (Status.MERGED, Happening.CUSTOMER_WROTE): Status.MERGED,
    (Status.RESOLVED, Happening.CUSTOMER_CLOSED): Status.CLOSED,
    (Status.SPAM, Happening.CUSTOMER_REOPENED): Status.SPAM,
    (Status.MERGED, Happening.CUSTOMER_REOPENED): Status.MERGED,
}

WAITS_FOR_CUSTOMER = frozenset(status for status in Status if STATUSES[status].silence_closes)
"""Statuses in which silence closes a case."""

SILENCE_WARNING, SILENCE_CLOSE = "silence-warning", "silence-close"
"""The timers of that, one at a time (maild.features.autoclose)."""


def after(case: Case, happening: Happening) -> Status:
    """The status a case has after this happened."""
    exception = _EXCEPTIONS.get((case.status, happening))
    if exception is not None:
        return exception
    return _TABLE.get((case.status.state, happening), case.status)


def table() -> str:
    """docs/process.md: what each happening makes of each status."""
    head = " | ".join(happening.value for happening in Happening)
    rows = ""
    for status in Status:
        cells = [_EXCEPTIONS.get((status, one)) or _TABLE.get((status.state, one), status) for one in Happening]
        rows += f"| {status.value} | {' | '.join('' if cell is status else cell.value for cell in cells)} |\n"
    return f"| status | {head} |\n|---|{'---|' * len(Happening)}\n{rows}"
