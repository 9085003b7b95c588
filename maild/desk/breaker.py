"""The breaker: so many cases are about to close at once that it is rather a mistake than silence.

A clock that jumped, a mailbox that nobody could reach, a relay that swallowed our mail: all look like customers who
say nothing. A few closes too many are put right by a reply; hundreds are not, so a person is asked first.
"""

from __future__ import annotations

from maild.desk.settings import Policy


def is_suspect(policy: Policy, closes: int) -> bool:
    """Whether so many closes may be a mass at all: only then the cases have to be counted."""
    return bool(policy.most_closes or policy.most_closes_percent) and closes > policy.most_closes


def most(policy: Policy, unclosed: int) -> int:
    """How many closes within an hour are nothing unusual, of so many cases that are not closed."""
    return max(policy.most_closes, unclosed * policy.most_closes_percent // 100)
