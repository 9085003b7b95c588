"""Fills a store with years of a desk at once: cases with their letters, entries, mails, journal and timers, as rows.

    python -m tests.benchmarks.seed STORE_URL [--cases N] [--entries N]

No road is taken: the rows are made here, after what the road leaves, and written in bulk. Half of the entries came
in, each with its letter and its bytes, half went out, each with its mail. Four of five cases are closed.
"""

from __future__ import annotations

import argparse
import hashlib
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from sqlalchemy import Connection, Table, create_engine, insert, text

from store import open_store
from store import schema as s
from store.records import Status

_AT_ONCE = 2000
"""Cases in one transaction."""
_SPAN = timedelta(days=3 * 365)
_NAMES = (
    "stale",
    "targets",
    "no-response",
    "silence-close",
    "rule:a",
    "rule:b",
    "rule:c",
    "rule:d",
    "rule:e",
    "rule:f",
)
"""Timers of a case, as many as are asked for."""
_TEXT = "I ordered two weeks ago and have heard nothing since. Could you please look where it is? "
_WARNING = "silence-warning"
_ANSWER = 2
"""The entry of a case that is its first answer, where it has so many."""

_TABLES = (
    s.cases, s.raws, s.entries, s.letters, s.participants, s.outbox, s.journal, s.changes, s.targets, s.timers,
)  # fmt: skip
"""Each behind those that it refers to."""

Rows = dict[Table, list[dict[str, Any]]]


@dataclass(frozen=True, slots=True)
class Plot:
    """What a store is filled with."""

    cases: int
    entries: int
    """Of all cases together."""
    waiting: int = 0
    """Timers that are due some day."""
    due: int = 0
    """Cases that wait for their customer, whose warning is due now; the first ones."""


def sow(url: str, plot: Plot) -> None:
    """Fill a store that is empty, or not there yet."""
    open_store(url).close()
    engine = create_engine(url)
    now = datetime.now(UTC)
    try:
        with engine.connect() as connection:
            if engine.dialect.name == "sqlite":
                connection.exec_driver_sql("PRAGMA synchronous=OFF")  # until it is whole nobody needs it
                connection.commit()
            for first in range(1, plot.cases + 1, _AT_ONCE):
                numbers = range(first, min(first + _AT_ONCE, plot.cases + 1))
                _write(connection, _rows(plot, numbers, now))
            _finish(connection)
    finally:
        engine.dispose()


def _write(connection: Connection, rows: Rows) -> None:
    for table, lines in rows.items():
        if lines:
            connection.execute(insert(table), lines)
    connection.commit()


def _finish(connection: Connection) -> None:
    """Numbers go on behind ours, and the planner knows what there is."""
    if connection.dialect.name == "sqlite":
        connection.exec_driver_sql("PRAGMA wal_checkpoint(TRUNCATE)")
        return
    for table in (s.raws, s.letters, s.cases, s.entries, s.timers, s.outbox, s.journal, s.changes):
        (key,) = table.primary_key.columns
        sequence = f"pg_get_serial_sequence('{table.name}', '{key.name}')"
        connection.execute(
            text(f"select setval({sequence}, (select coalesce(max({key.name}), 1) from {table.name}))")
        )
    connection.commit()
    connection.execute(text("analyze"))
    connection.commit()


def _rows(plot: Plot, numbers: range, now: datetime) -> Rows:
    rows: Rows = {table: [] for table in _TABLES}
    per_case = plot.entries // plot.cases
    for number in numbers:
        _case(rows, plot, number, per_case, now)
    return rows


def _case(rows: Rows, plot: Plot, number: int, per_case: int, now: datetime) -> None:
    opened = now - _SPAN + _SPAN * 0.99 * (number / plot.cases)
    waits = number <= plot.due or number % 5 == 0
    who = f"customer{number * 7 % (plot.cases * 7 // 10 + 1)}@company{number % 997}.example"
    if number <= plot.due:
        who = f"customer{number}@waiting.example"
    last = opened + timedelta(minutes=10 * per_case)
    rows[s.cases].append({
        "number": number, "queue": "support", "subject": f"Question {number} about an order", "severity": "Medium",
        "status": (Status.WAITING_ON_CUSTOMER if waits else Status.CLOSED).value, "kind": "question", "level": "L1",
        "owner": "agent0@desk.example", "assigned_at": opened, "requester": who, "creator": "agent0@desk.example",
        "requester_name": f"Customer {number}", "language": "en", "created_at": opened, "updated_at": last,
        "closed_at": None if waits else last, "events": per_case + 2, "root_message_id": f"<m{number}@root.example>",
    })  # fmt: skip
    rows[s.participants].append(
        {"case_number": number, "address": who, "name": f"Customer {number}", "role": "requester"}
    )
    for event in range(1, per_case + 1):
        _entry(rows, number, event, (number - 1) * per_case + event, who, opened + timedelta(minutes=10 * event))
    rows[s.changes] += [
        {
            "case_number": number,
            "at": last,
            "field": "status",
            "was": was,
            "value": value,
            "why": "seeded",
            "actor": who,
        }
        for was, value in ((Status.NEW.value, Status.WAITING_ON_CUSTOMER.value),)
    ]
    answered = opened + timedelta(minutes=10 * _ANSWER)
    rows[s.targets] += [
        {"case_number": number, "goal": goal, "round": 0, "due_at": opened + timedelta(hours=8), "met_at": answered}
        for goal in ("address", "comment")
    ]
    rows[s.timers] += _timers(plot, number, opened, now)


def _entry(rows: Rows, number: int, event: int, entry: int, who: str, at: datetime) -> None:
    came_in = event % 2 == 1
    message_id = f"<m{entry}@mail.example>" if came_in else f"<c{number}.e{event}.seeded@desk.example>"
    said = f"{number}, {event}: {_TEXT}"
    rows[s.entries].append({
        "id": entry, "case_number": number, "event": event, "direction": "in" if came_in else "out", "public": True,
        "automatic": False, "sender": who if came_in else "agent0@desk.example", "sender_name": "", "recipients": [],
        "message_id": message_id, "at": at, "text": said, "letter_id": entry if came_in else None,
    })  # fmt: skip
    if came_in:
        rows[s.raws].append({"id": entry, "content": f"Message-ID: {message_id}\r\n\r\n{said}".encode()})
        rows[s.letters].append({
            "id": entry, "raw_id": entry, "mailbox": "inbox", "queue": "support", "received_at": at,
            "state": "routed", "folder": "INBOX", "uidvalidity": 1, "uid": entry, "attempts": 1,
            "message_id": message_id, "sender": who,
            "digest": hashlib.sha256(message_id.encode()).hexdigest(), "subject": f"Question {number} about an order",
            "case_number": number, "entry_id": entry, "decision": {"effects": ["AddEntry"]},
        })  # fmt: skip
    else:
        rows[s.outbox].append({
            "id": entry, "case_number": number, "entry_id": entry, "event": "answer", "automatic": False,
            "recipient": who, "person": who, "envelope_from": "support@desk.example", "message_id": message_id,
            "content": said.encode(), "state": "sent", "attempts": 1, "next_at": at, "created_at": at, "sent_at": at,
        })  # fmt: skip
    rows[s.journal].append({
        "at": at, "case_number": number, "letter_id": entry if came_in else None, "event": "entry.added",
        "why": f"e{event} {'in' if came_in else 'out'}: seeded", "actor": who,
    })  # fmt: skip


def _timers(plot: Plot, number: int, opened: datetime, now: datetime) -> Iterator[dict[str, Any]]:
    timer = {"case_number": number, "queue": "support", "armed_at": opened}
    here = plot.waiting // plot.cases + (number <= plot.waiting % plot.cases)
    if here > len(_NAMES):
        raise ValueError("more timers than a case has names for")
    for place, name in enumerate(_NAMES[:here]):
        yield {**timer, "name": name, "due_at": now + timedelta(days=1, seconds=number * 10 + place)}
    if number <= plot.due:
        yield {**timer, "name": _WARNING, "due_at": now - timedelta(minutes=1)}


def add_notices(url: str, count: int) -> None:
    """So many mails that wait in the outbox, one about each case, all of them at once."""
    now, engine = datetime.now(UTC), create_engine(url)
    content = f"Subject: [Case #1] A notice\r\n\r\n{_TEXT * 10}\r\n".encode()
    agent = "agent0@desk.example"
    mails = [
        {
            "case_number": number, "entry_id": None, "event": "reply", "automatic": True, "person": agent,
            "recipient": agent, "envelope_from": "support@desk.example", "state": "waiting", "content": content,
            "message_id": f"<c{number}.e99.notice@desk.example>", "next_at": now, "created_at": now,
        }
        for number in range(1, count + 1)
    ]  # fmt: skip
    with engine.begin() as connection:
        connection.execute(insert(s.outbox), mails)
    engine.dispose()


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.split("\n", 1)[0] if __doc__ else None)
    parser.add_argument("url", metavar="STORE_URL")
    parser.add_argument("--cases", type=int, default=100_000)
    parser.add_argument("--entries", type=int, default=1_000_000)
    chosen = parser.parse_args()
    sow(chosen.url, Plot(chosen.cases, chosen.entries))


if __name__ == "__main__":
    main()
