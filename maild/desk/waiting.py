"""What follows when a case is made to wait for its customer and no mail of ours asks them for anything: silence
closes it, and whoever made it wait is to know that. Words for a receipt; decides nothing. Pure.
"""

from __future__ import annotations

from maild.desk.clocks.calendar import spelled
from maild.desk.clocks.clocks import History, was_answered
from maild.desk.lifecycle import WAITS_FOR_CUSTOMER
from maild.desk.settings import Policy
from store.records import Case, Status


def what_follows(
    case: Case | None, then: Status, policy: Policy, history: History | None, *, spoken: bool
) -> tuple[str, ...]:
    """Of a case that stood like this and has this status now. `spoken`: they were answered by word of mouth."""
    if then not in WAITS_FOR_CUSTOMER:
        return ()
    warned, closed = spelled(policy.warn_after), spelled(policy.close_after)
    lines = [
        f"Without a word from the customer they are warned in {warned}, and the case is closed in {closed}. "
        "/wait us keeps it open."
    ]
    due = case.due_at if case is not None else None
    if due is not None and history is not None and history.as_of + policy.close_after < due:
        lines.append("That is before it is due, of which nothing is said any more once it is closed.")
    if not spoken and (history is None or not was_answered(history)):
        lines.append("You have not answered them yet: they do not know that you wait for them.")
    if case is not None and case.status is Status.WAITING_ON_VENDOR:
        lines.append("It waits for the vendor no more; /wait vendor has it wait for them again.")
    return tuple(lines)
