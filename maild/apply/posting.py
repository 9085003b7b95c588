"""Written mails become rows of the outbox, which is all that sending means inside a transaction."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta

from maild.desk.settings import Agent
from maild.render.stationery import Stationery, Written
from store import Unit


def post_report(
    unit: Unit,
    stationery: Stationery,
    event: str,
    agents: Sequence[Agent],
    verdict: str,
    lines: Sequence[str],
    now: datetime,
) -> None:
    """Queue a mail about the desk itself, one to each of these agents; it belongs to no case."""
    for agent in agents:
        post(unit, stationery.report(event, agent, verdict, lines, now), event, now)


def post(
    unit: Unit,
    mail: Written,
    event: str,
    now: datetime,
    *,
    automatic: bool = True,
    case: int | None = None,
    entry: int | None = None,
    hold: timedelta = timedelta(0),
) -> list[tuple[int, str]]:
    """Put a written mail into the outbox, one row for each recipient, not to leave before `hold` is over: the ids."""
    return [
        (
            unit.outbox.add(
                case_number=case,
                entry_id=entry,
                event=event,
                automatic=automatic,
                recipient=recipient,
                envelope_from=mail.envelope_from,
                message_id=mail.message_id,
                content=mail.content,
                next_at=now + hold,
                created_at=now,
            ),
            recipient,
        )
        for recipient in mail.recipients
    ]
