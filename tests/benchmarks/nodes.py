"""How fast one, two, three nodes work off the same heap of letters on one PostgreSQL, and what a letter costs.

Three heaps: new cases, answers to them (one each), and answers that all go to one case. A heap is stored in one
transaction; the time runs from its commit until the last letter is routed and the last mail has been taken. Then the
road in: mails of one IMAP mailbox are read and stored by one reader.
"""

from __future__ import annotations

import os
import time
from collections.abc import Iterator
from contextlib import ExitStack
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from maild.log import Log
from maild.pipeline.intake import take_in
from maild.pipeline.office import Office
from maild.transport.imap import Mailbox
from store import Store, open_store
from tests.benchmarks.frame import Frame
from tests.benchmarks.mails import ADDRESS
from tests.benchmarks.measure import Figures, Meter, medians
from tests.benchmarks.yard import Yard

TEXT = "I ordered two weeks ago and have heard nothing since. Could you please look where it is?\r\n" * 8


def letter(number: int, kind: str, more: str = "") -> bytes:
    return (
        f"From: Customer {number} <c{number}@customer.test>\r\nTo: {ADDRESS}\r\n"
        f"Subject: Question {number}\r\n"
        f"Message-ID: <{kind}{number}@customer.test>\r\nDate: {datetime.now(UTC):%a, %d %b %Y %H:%M:%S} +0000\r\n"
        f"Content-Type: text/plain; charset=utf-8\r\n{more}\r\n{kind} {number}: {TEXT}"
    ).encode()


def heaps(letters: int) -> dict[str, list[bytes]]:
    """Name → letters; each heap stands on the one before."""
    answers = [letter(n, "answer", f"In-Reply-To: <new{n}@customer.test>\r\n") for n in range(letters)]
    to_one = "In-Reply-To: <new0@customer.test>\r\n"
    one = [
        letter(n, "again", to_one).replace(b"Customer %d <c%d@" % (n, n), b"Customer 0 <c0@") for n in range(letters)
    ]
    return {"new cases": [letter(n, "new") for n in range(letters)], "answers": answers, "answers to one case": one}


def measure(frame: Frame) -> Iterator[tuple[str, Figures]]:
    runs: dict[str, list[Figures]] = {}
    for _ in range(frame.size.runs):
        for count in frame.size.nodes:
            for heap, figures in _crew(frame.yard, count, frame.size.letters):
                name = f"{heap}, {count} {'node' if count == 1 else 'nodes'}"
                runs.setdefault(name, []).append(figures)
                yield name, medians(runs[name])
    for kind in ("sqlite", "postgres"):
        yield f"one reader of one mailbox, {kind}", _reader(frame.yard, kind, frame.size.letters)


def _crew(yard: Yard, count: int, letters: int) -> Iterator[tuple[str, Figures]]:
    url = yard.new_store("postgres")
    with ExitStack() as stack:
        desks = [stack.enter_context(yard.desk(url, agents=1, mailbox=False)) for _ in range(count)]
        time.sleep(3)  # the parser processes come up
        store = open_store(url)
        stack.callback(store.close)
        for name, heap in heaps(letters).items():
            before, pids = _octets(url), [desk.pid for desk in desks]
            with Meter(maild=pids, postgres=yard.postgres.pids(), relay=[yard.relay.pid]) as meter:
                found = _work_off(store, heap)
            grown = (_octets(url) - before) // letters
            yield name, {**found, "database_kb_each": round(grown / 1000, 1), **meter.figures(letters)}
    yard.drop(url)


def _work_off(store: Store, heap: list[bytes]) -> Figures:
    """Store a heap, wait until nothing is left; what it took."""
    with store.read() as unit:
        sent_before = unit.outbox.counts().get("sent", 0)
    with store.write() as unit:
        for raw in heap:
            unit.letters.store("inject", "support", raw, datetime.now(UTC), None)
    began, routed_at = time.monotonic(), None
    while True:
        time.sleep(0.1)
        with store.read() as unit:
            letters, mails = unit.letters.counts(), unit.outbox.counts()
        if not letters.get("stored"):
            routed_at = routed_at or time.monotonic()
            if set(mails) <= {"sent"}:
                break
    ended = time.monotonic()
    assert set(letters) == {"routed"}, letters
    return {
        "letters": len(heap),
        "mails_out": mails["sent"] - sent_before,
        "routed_per_second": round(len(heap) / (routed_at - began), 1),
        "per_second": round(len(heap) / (ended - began), 1),
    }


def _octets(url: str) -> int:
    """What a database takes on the disk."""
    import psycopg

    with psycopg.connect(url.replace("+psycopg", "")) as connection:
        row = connection.execute("select pg_database_size(current_database())").fetchone()
    assert row is not None
    return int(row[0])


def _reader(yard: Yard, kind: str, letters: int) -> Figures:
    """One reader on one mailbox, and nothing else: stored and filed away."""
    url, user = yard.new_store(kind), yard.dovecot.new_user()
    yard.dovecot.deliver(user, (letter(n, "read") for n in range(letters)))
    access, store, nothing = yard.dovecot.access(user, tls="implicit", idle=False), open_store(url), _nothing()
    with Path(os.devnull).open("w") as silent, Mailbox(access) as mailbox:
        office = Office(store=store, desk=nothing, stationery=nothing, read=nothing, log=Log(silent), node="one")
        with Meter(maild=[os.getpid()]) as meter:
            taken = take_in(office, "inbox", "INBOX", mailbox, 10**8, datetime.now(UTC))
    store.close()
    yard.drop(url)
    return {"letters": taken, "per_second": round(taken / meter.seconds, 1), **meter.figures(taken)}


def _nothing() -> Any:
    """Stands for what a reader does not need."""
