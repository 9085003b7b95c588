"""How fast one, two, three nodes work off the same heap of letters on one PostgreSQL, and what a letter costs.

Real daemons, a private PostgreSQL that syncs, a sink on the same machine. Three heaps: new cases, answers to them
(one each), and answers that all go to one case. A heap is stored in one transaction; the time runs from its commit
until the last letter is routed and the last mail has been taken. Then the road in: mails of one IMAP mailbox are read
and stored by one reader.

    python -m tests.benchmarks.nodes [--nodes 1 2 3] [--letters 1000]

Prints one JSON object a line. Processor time is that of the processes of each kind; whatever else the machine does at
the same time slows the letters down, so look at `load`.
"""

from __future__ import annotations

import argparse
import json
import os
import platform
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from store import Store, open_store
from tests.servers.postgres import Postgres
from tests.servers.process import free_ports, listens, wait_for

CONFIG = """
[desk]
address = "support@desk.test"
key_file = "{key}"
state_dir = "{state}"
[store]
url = "{url}"
[smtp]
host = "127.0.0.1"
port = {port}
undo_window = "0s"
[[agent]]
address = "bea@desk.test"
name = "Bea"
"""
TEXT = "I ordered two weeks ago and have heard nothing since. Could you please look where it is?\r\n" * 8
_TICKS = os.sysconf("SC_CLK_TCK")


def letter(number: int, kind: str, more: str = "") -> bytes:
    return (
        f"From: Customer {number} <c{number}@customer.test>\r\nTo: support@desk.test\r\n"
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


def processor_seconds(root: int) -> float:
    """What a process and its children have used, those that ended (and were waited for) as well."""
    found, of = 0.0, {}
    for path in Path("/proc").glob("[0-9]*/stat"):
        try:
            words = path.read_text().rpartition(")")[2].split()
        except OSError:
            continue
        of[int(path.parent.name)] = (int(words[1]), sum(map(int, words[11:15])) / _TICKS)
    family, grown = {root}, True
    while grown:
        more = {pid for pid, (parent, _) in of.items() if parent in family} - family
        grown, family = bool(more), family | more
    for pid in family & of.keys():
        found += of[pid][1]
    return found


@contextmanager
def sink(port: int) -> Iterator[int]:
    """A sink in a process of its own; its process number."""
    program = (
        "import sys, time\nfrom tests.servers.sink import SinkServer\n"
        "server = SinkServer()\nserver.port = int(sys.argv[1])\nserver.start()\ntime.sleep(36000)"
    )
    process = subprocess.Popen([sys.executable, "-c", program, str(port)])
    wait_for(lambda: listens(port), 60, "the sink")
    try:
        yield process.pid
    finally:
        process.kill()
        process.wait()


@contextmanager
def nodes(folder: Path, count: int, url: str, port: int) -> Iterator[list[int]]:
    """Daemons that are up; their process numbers."""
    (folder / "key").write_text("k" * 64)
    (folder / "key").chmod(0o600)
    made = []
    for number in range(count):
        state = folder / f"node{number}"
        state.mkdir()
        config = state / "maild.toml"
        config.write_text(CONFIG.format(key=folder / "key", state=state, url=url, port=port))
        log = state / "log"
        with log.open("w") as out:
            made.append(
                subprocess.Popen([sys.executable, "-m", "maild", "run", "-c", str(config)], stdout=out, stderr=out)
            )
        wait_for(lambda log=log: "daemon.started" in log.read_text(), 60, "a node", log.read_text)  # type: ignore[misc]
    time.sleep(3)  # the parser processes come up
    try:
        yield [process.pid for process in made]
    finally:
        for process in made:
            process.terminate()
        for process in made:
            process.wait(60)


def work_off(store: Store, heap: list[bytes], kinds: dict[str, list[int]]) -> dict[str, Any]:
    """Store a heap, wait until nothing is left; what it took."""
    before = {kind: sum(map(processor_seconds, pids)) for kind, pids in kinds.items()}
    with store.read() as unit:
        sent_before = unit.outbox.counts().get("sent", 0)
    with store.write() as unit:
        for raw in heap:
            unit.letters.store("inject", "support", raw, datetime.now(UTC), None)
    began, routed_at = time.monotonic(), None
    while True:
        time.sleep(0.2)
        with store.read() as unit:
            letters, mails = unit.letters.counts(), unit.outbox.counts()
        if not letters.get("stored"):
            routed_at = routed_at or time.monotonic()
            if set(mails) <= {"sent"}:
                break
    ended = time.monotonic()
    used = {kind: sum(map(processor_seconds, pids)) - before[kind] for kind, pids in kinds.items()}
    assert set(letters) == {"routed"}, letters
    return {
        "letters": len(heap),
        "mails_out": mails["sent"] - sent_before,
        "letters_per_second_routed": round(len(heap) / (routed_at - began), 1),
        "letters_per_second_to_the_last_mail": round(len(heap) / (ended - began), 1),
        "milliseconds_of_processor_per_letter": {
            kind: round(seconds / len(heap) * 1000, 1) for kind, seconds in used.items()
        },
        "octets_per_letter": sum(map(len, heap)) // len(heap),
    }


def octets(url: str) -> int:
    """What a database takes on the disk."""
    import psycopg

    with psycopg.connect(url.replace("+psycopg", "")) as connection:
        row = connection.execute("select pg_database_size(current_database())").fetchone()
    assert row is not None
    return int(row[0])


def intake(store: Store, letters: int) -> dict[str, Any]:
    """One reader on one mailbox of a real Dovecot."""
    from maild.log import Log
    from maild.pipeline.intake import take_in
    from maild.pipeline.office import Office
    from maild.transport.imap import Mailbox
    from tests.servers.certs import make_certs
    from tests.servers.dovecot import Dovecot

    with Dovecot(make_certs()) as dovecot:
        user = dovecot.new_user()
        dovecot.append(user, *(letter(n, "read") for n in range(letters)))
        access = dovecot.access(user, tls="implicit", idle=False)
        nothing: Any = None
        with Path(os.devnull).open("w") as silent, Mailbox(access) as mailbox:
            office = Office(store=store, desk=nothing, stationery=nothing, read=nothing, log=Log(silent), node="one")
            began, cpu = time.monotonic(), time.process_time()
            taken = take_in(office, "inbox", "INBOX", mailbox, 10**8, datetime.now(UTC))
            seconds, used = time.monotonic() - began, time.process_time() - cpu
    return {
        "heap": "one IMAP mailbox, one reader, stored and filed away",
        "letters": taken,
        "letters_per_second": round(taken / seconds, 1),
        "milliseconds_of_processor_per_letter": {"nodes": round(used / taken * 1000, 1)},
    }


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.split("\n", 1)[0] if __doc__ else None)
    parser.add_argument("--nodes", type=int, nargs="+", default=[1, 2, 3])
    parser.add_argument("--letters", type=int, default=1000)
    arguments = parser.parse_args()
    machine = {"processors": os.cpu_count(), "python": platform.python_version(), "system": platform.platform()}
    print(json.dumps({"machine": machine}), flush=True)
    postgres = Postgres(durable=True)
    postgres.start()
    try:
        for count in arguments.nodes:
            measure(postgres, count, arguments.letters)
        store = open_store(postgres.url(postgres.create()))
        print(json.dumps(intake(store, arguments.letters)), flush=True)
        store.close()
    finally:
        postgres.stop()


def measure(postgres: Postgres, count: int, letters: int) -> None:
    url, port = postgres.url(postgres.create()), free_ports(1)[0]
    with (
        tempfile.TemporaryDirectory() as folder,
        sink(port) as sink_pid,
        nodes(Path(folder), count, url, port) as pids,
    ):
        store, kinds = open_store(url), {"nodes": pids, "postgresql": postgres.pids(), "sink": [sink_pid]}
        for name, heap in heaps(letters).items():
            load, before = round(os.getloadavg()[0], 1), octets(url)
            found = work_off(store, heap, kinds)
            grown = (octets(url) - before) // letters
            more = {"octets_in_the_database_per_letter": grown, "load": load}
            print(json.dumps({"nodes": count, "heap": name, **found, **more}), flush=True)
        store.close()


if __name__ == "__main__":
    main()
