"""Which reports there are. Apart from what makes them, so that the command line knows their names at once."""

from __future__ import annotations

REPORTS = {
    "mine": "open cases that somebody owns",
    "created": "open cases that the team created, by owner",
    "stale": "open cases in which nothing has happened for long",
    "waiting": "cases that wait for somebody",
    "violated": "open cases of which a target was missed",
    "volume": "cases opened and closed, week by week, and the share closed at each level",
    "sla": "how many targets were kept, week by week",
}
"""Name → what it shows."""
OF_ONE = frozenset({"mine"})
"""Reports of one person's own."""
OVER_TIME = frozenset({"volume", "sla"})
