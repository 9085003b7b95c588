"""Written mails become rows of the outbox, which is all that sending means inside a transaction."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta

from maild.desk.settings import Agent
from maild.render.stationery import Stationery, Written
from store import Unit

_TOLD_EVERY = timedelta(hours=1)


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


def post_hourly(
    unit: Unit,
    stationery: Stationery,
    about: str,
    event: str,
    verdict: str,
    lines: Sequence[str],
    now: datetime,
) -> None:
    """Queue such a mail to the admins, unless they were told of the same within the hour."""
    last = unit.facts.get(about)
    # A time to come was written by a clock that was wrong.
    if last is not None and timedelta(0) <= now - datetime.fromisoformat(last) < _TOLD_EVERY:
        return
    if unit.facts.swap(about, last, now.isoformat()):
        admins = stationery.letterhead.desk.admins()
        post_report(unit, stationery, event, admins, verdict, lines, now)


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
                envelope_from=returns,
                message_id=mail.message_id,
                content=mail.content,
                next_at=now + hold,
                created_at=now,
            ),
            recipient,
        )
        for recipient, returns in zip(mail.recipients, _returns(mail), strict=True)
    ]


def _returns(mail: Written) -> tuple[str, ...]:
    return mail.returns or (mail.envelope_from,) * len(mail.recipients)
