"""Grinds a corpus through Dovecot, maild and a sink, once unbroken and once with kills, and compares the ends.

    python -m tests.faults.grind --generator make_corpus.py --n 1000 --kills 50 --seed 1

Without --generator our own small corpus is used. Prints one line of JSON per run; exit code 1 when anything is off.
"""

from __future__ import annotations

import argparse
import json
import random
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from maild.daemon.wiring import opened_store
from maild.settings.build import build
from maild.settings.load import load
from tests.faults.mills import Corpus, Mill, Outcome, generated_corpus, small_corpus
from tests.servers.certs import make_certs
from tests.servers.dovecot import Dovecot
from tests.servers.postgres import Postgres
from tests.servers.sink import SinkServer


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--generator", type=Path, help="a script with Corpus(n, seed, to) and render(raw, tag)")
    parser.add_argument("--n", type=int, default=1000)
    parser.add_argument("--kills", type=int, default=50)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--postgres", action="store_true", help="on a private PostgreSQL instead of SQLite")
    arguments = parser.parse_args()
    corpus = (
        generated_corpus(arguments.generator, arguments.n, arguments.seed) if arguments.generator else small_corpus()
    )
    with Dovecot(make_certs()) as dovecot, _stores(arguments.postgres) as new_store:
        whole = run(dovecot, corpus, new_store(), 0, arguments.seed, again=True)
        broken = run(dovecot, corpus, new_store(), arguments.kills, arguments.seed, again=False)
    same = whole.comparable() == broken.comparable()
    print(
        json.dumps(
            {"same end state": same, "kills": broken.kills, "second copies": broken.copies, "seed": arguments.seed}
        )
    )
    return 0 if same else 1


@contextmanager
def _stores(postgres: bool) -> Iterator[Callable[[], str]]:
    """Gives the URL of a fresh store."""
    if not postgres:
        yield lambda: "sqlite:///maild.db"
        return
    server = Postgres()
    server.start()
    try:
        yield lambda: server.url(server.create())
    finally:
        server.stop()


def run(dovecot: Dovecot, corpus: Corpus, store: str, kills: int, seed: int, *, again: bool) -> Outcome:
    """One run; with `again`, afterwards everything is delivered a second time."""
    dice = random.Random(seed)
    with tempfile.TemporaryDirectory(prefix="grind-") as folder, SinkServer() as sink:
        mill = Mill(Path(folder), dovecot, sink, dovecot.new_user(), store)
        began = time.monotonic()
        mill.grind(corpus.first, dice, kills - kills // 3)
        second = corpus.second(mill.numbers())
        mill.grind(second, dice, kills // 3)
        took = time.monotonic() - began
        end = mill.outcome()
        _print(end, took)
        if again:
            _explain(mill)
            _deliver_again(mill, [*corpus.first, *second])
    return end


def _explain(mill: Mill) -> None:
    """Every mail's decision is on record: its signal, and every effect with its reason; `maild explain` prints it."""
    with opened_store(build(load(mill.config), mill.config)) as store, store.read() as unit:
        letters = [letter for n in range(1, unit.letters.count() + 1) if (letter := unit.letters.get(n))]
    told = [
        letter.decision and letter.decision["signal"] and _reasons(letter.decision["effects"]) for letter in letters
    ]
    sample = random.Random(1).sample(letters, min(10, len(letters)))
    printed = [json.loads(mill.maild("explain", letter.message_id or "", "--json").stdout) for letter in sample]
    same = [
        row["effects"] == letter.decision["effects"]
        for row, letter in zip(printed, sample, strict=True)
        if letter.decision
    ]
    signals = Counter(str(letter.decision["signal"]) for letter in letters if letter.decision)
    print(
        json.dumps({"explained": sum(map(bool, told)), "of": len(letters), "printed": sum(same), "signals": signals}),
        flush=True,
    )


def _reasons(effects: Any) -> bool:
    return bool(effects) and all(effect["why"] for effect in effects)


def _deliver_again(mill: Mill, mails: list[bytes]) -> None:
    before = mill.outcome()
    assert mill.maild("run", "--once").returncode == 0
    idle = mill.outcome()
    assert idle.comparable() == before.comparable(), "a second run took something in"
    mill.dovecot.append(mill.user, *mails)
    assert mill.maild("run", "--once").returncode == 0
    after = mill.outcome()
    row = {
        "delivered again": len(mails),
        "duplicates": after.audit["duplicate"] - before.audit["duplicate"],
        "mails sent for them": len(mill.sink.messages) - before.sent - before.copies,
        "audit ok": after.audit["ok"],
    }
    print(json.dumps(row), flush=True)


def _print(end: Outcome, took: float) -> None:
    row: dict[str, Any] = {
        "kills": end.kills,
        "cases": end.cases,
        "incoming entries": sum(len(ids) for ids in end.entries.values()),
        "acknowledgements": sum(end.acknowledged.values()),
        "mails acknowledged more than once": sum(number > 1 for number in end.acknowledged.values()),
        "second copies": end.copies,
        "same id, other bytes": end.forged,
        "inbox": end.inbox,
        "processed": end.processed,
        "audit": end.audit,
        "seconds": round(took, 1),
    }
    print(json.dumps(row), flush=True)


if __name__ == "__main__":
    sys.exit(main())
