"""Rows to begin with."""

from datetime import UTC, datetime

from store import Store

NOW = datetime(2026, 3, 1, 12, tzinfo=UTC)


def new_case(store: Store) -> int:
    """A case of which nothing matters; its number."""
    with store.write() as unit:
        return unit.cases.open(
            queue="support", subject="s", status="New", severity="Medium", kind="question", level="L1",
            requester="a@b.test", requester_name="A", language="en", created_at=NOW, updated_at=NOW, events=0,
        )  # fmt: skip
