"""What rules cost on the road: processor time of the route stage for each mail, with none, 50 and 500 rules.

Each run routes the same mails with each number of rules, in turn, into a fresh SQLite store: parse, match, decide,
apply and commit in one process, so that all of it is counted. Medians of the runs; ratios are of the same run. The
rules are of every kind; the mails are those of a generator, or of tests/parsers/golden.

    python -m tests.benchmarks.rules [--generator FILE] [--mails N] [--runs N]

The generator is one of tests.benchmarks.mails. Prints one JSON object. Exit code 1 when 50 rules add a fifth to the
road or 500 cost over 12 times as much.
"""

from __future__ import annotations

import argparse
import json
import platform
import statistics
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import UTC, datetime
from io import StringIO
from pathlib import Path
from typing import Any

from maild.daemon.wiring import opened_office
from maild.desk.rules.names import SEVERITIES
from maild.log import Log
from maild.pipeline.office import Office
from maild.pipeline.route import route_waiting
from maild.settings.build import Plan, build
from maild.settings.load import parse as parse_settings
from parsers import parse
from parsers.message import ParsedMessage
from tests.benchmarks.parsing import corpus

AMOUNTS = (0, 50, 500)
MOST = 0.20
"""What 50 rules may add to the processor time of a mail."""
STEEPEST = 12.0
"""How many times the cost of 50 rules 500 may have: ten, and a little for the noise."""

_CONFIG = (
    '[desk]\naddress = "support@desk.example"\n[smtp]\nhost = "127.0.0.1"\n[rules]\ndefaults = false\n'
    '[[agent]]\naddress = "bea@desk.example"\nname = "Bea"\n'
)
_TOPICS = "refund bill parcel login password crash outage export training contract calendar api layout role".split()
_KINDS = (
    'case.new and message.subject =~~ "\\b({topic}{n}|{other} number {n})\\b"',
    'message.subject =~~ "\\b({topic}|{other}) .*{n}\\b"',
    'sender.domain == "customer{n}.example"',
    'case.new and message.text =~~ "\\b({topic} {n}|{other} of {n})\\b"',
    'sender.organisation in ["company{n}.example", "firm{n}.example"] and now.hour >= {hour}',
    'case.severity == "{severity}" and message.subject =~~ "{other} {n}"',
    'header("X-Product") =~~ "product {n}"',
    'message.automatic == "" and message.importance == "high" and message.subject =~~ "{topic} {n}"',
    'not case.new and case.age_hours > {n} and message.new_text =~~ "{topic} {n}"',
    '(message.files =~~ "{topic}{n}\\\\.pdf" or message.file_count > {many}) and not sender.proven',
)


def rules(count: int) -> str:
    """So many rules, as an admin might write them."""
    return "".join(_rule(n) for n in range(count))


def _rule(n: int) -> str:
    when = _KINDS[n % len(_KINDS)].format(
        n=n,
        topic=_TOPICS[n % len(_TOPICS)],
        other=_TOPICS[(n // len(_KINDS) + 3) % len(_TOPICS)],
        hour=n % 24,
        severity=SEVERITIES[n % len(SEVERITIES)],
        many=50 + n,
    )
    return f"[[rule]]\nname = \"r{n}\"\nwhen = '''{when}'''\nset = {{ severity = \"High\" }}\n"


class InProcess:
    """Reads mails here instead of in a process of their own."""

    def __call__(self, raw: bytes, seconds: float | None = None, /) -> ParsedMessage:  # noqa: ARG002
        return parse(raw)

    def ready(self) -> None: ...


def plan_of(rules_text: str, folder: Path) -> Plan:
    """A desk with these rules and no others, whose store lies in this folder."""
    path = folder / "maild.toml"
    path.write_text(_CONFIG + rules_text, encoding="utf-8")
    return build(parse_settings(_CONFIG + rules_text, "maild.toml"), path)


@contextmanager
def desk(rules_text: str, folder: Path) -> Iterator[Office]:
    with opened_office(plan_of(rules_text, folder), Log(StringIO())) as office:
        yield replace(office, read=InProcess())


def route(office: Office, mails: list[bytes], now: datetime) -> float:
    """Store all and route all; the processor time of the routing."""
    with office.store.write() as unit:
        for raw in mails:
            unit.letters.store("inject", None, raw, now, None)
    began = time.process_time()
    tried = route_waiting(office, lambda: now)
    spent = time.process_time() - began
    assert tried >= len(mails)
    return spent


def seconds(rules_text: str, mails: list[bytes]) -> float:
    """Processor time of routing all of them into a fresh store."""
    with tempfile.TemporaryDirectory() as folder, desk(rules_text, Path(folder)) as office:
        return route(office, mails, datetime(2026, 3, 2, 12, 0, tzinfo=UTC))


def measure(mails: list[bytes], runs: int) -> dict[str, Any]:
    """Each amount in turn, as often as there are runs; the first round only warms up."""
    texts = {count: rules(count) for count in AMOUNTS}
    spent: dict[int, list[float]] = {count: [] for count in AMOUNTS}
    for run in range(runs + 1):
        for count, text in texts.items():
            took = seconds(text, mails if run else mails[:50])
            if run:
                spent[count].append(took)
    none, fifty, many = (spent[count] for count in AMOUNTS)
    added = statistics.median(b / a - 1 for a, b in zip(none, fifty, strict=True))
    steep = statistics.median((c - a) / (b - a) for a, b, c in zip(none, fifty, many, strict=True))
    return {
        "python": platform.python_version(),
        "mails": len(mails),
        "runs": runs,
        "ms a mail": {count: round(statistics.median(of) / len(mails) * 1000, 3) for count, of in spent.items()},
        "added by 50": round(added, 3),
        "500 to 50": round(steep, 2),
        "ok": added < MOST and steep < STEEPEST,
    }


def main() -> None:
    arguments = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    arguments.add_argument("--generator", type=Path, metavar="FILE")
    arguments.add_argument("--mails", type=int, default=1000)
    arguments.add_argument("--runs", type=int, default=5)
    chosen = arguments.parse_args()
    found = measure(corpus(chosen.generator, chosen.mails), chosen.runs)
    print(json.dumps(found, indent=2))
    raise SystemExit(0 if found["ok"] else 1)


if __name__ == "__main__":
    main()
