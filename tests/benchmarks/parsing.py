"""What a full `parse` costs, as a ratio to the standard library reading the same mails with `policy.default`.

Ours gives headers, text, the new text, attachments with digests, sanitised HTML, automatic, bounce and forward. The
library gives its header objects, the text, and each file's name, type and bytes: `full` reads every header, `lean`
only those that a desk needs. Both take turns in one process; processor time, medians of several runs.

    python -m tests.benchmarks.parsing [--generator FILE] [--mails N] [--runs N] [--crlf]

The generator is one of tests.benchmarks.mails. Without one the mails of tests/parsers/golden are read.
"""

from __future__ import annotations

import argparse
import json
import platform
import statistics
import time
from collections.abc import Callable
from email import message_from_bytes, policy
from email.message import EmailMessage
from pathlib import Path
from typing import Any

from parsers import parse
from tests.benchmarks.golden import others, replies
from tests.benchmarks.mails import generated

LEAN = ("from", "to", "cc", "reply-to", "subject", "date", "message-id", "in-reply-to", "references")
WARM_UP = 50


def corpus(generator: Path | None, count: int) -> list[bytes]:
    """The mails to be read."""
    if generator is None:
        return [mail.raw for mail in (*replies(), *others())][:count]
    return [raw.replace(b"{tag}", b"[Case #7]") for raw in generated(generator, count)]


def library(raw: bytes, lean: bool) -> None:
    """Headers, text and attachments by the standard library."""
    message = message_from_bytes(raw, policy=policy.default)
    assert isinstance(message, EmailMessage)
    if lean:
        for name in LEAN:
            str(message[name])
    else:
        for _, value in message.items():
            str(value)
    body = message.get_body(("plain", "html"))
    if body is not None:
        body.get_content()
    for part in message.iter_attachments():
        part.get_filename()
        part.get_content_type()
        part.get_content()


def _seconds(read: Callable[[bytes], object], mails: list[bytes]) -> tuple[float, int]:
    """Processor time, and how many mails made the reader raise."""
    failed = 0
    began = time.process_time()
    for raw in mails:
        try:
            read(raw)
        except Exception:  # the library's headers and charsets raise on real mail; the time counts all the same
            failed += 1
    return time.process_time() - began, failed


def measure(mails: list[bytes], runs: int) -> dict[str, Any]:
    readers: dict[str, Callable[[bytes], object]] = {
        "ours": parse,
        "full": lambda raw: library(raw, lean=False),
        "lean": lambda raw: library(raw, lean=True),
    }
    for read in readers.values():
        _seconds(read, mails[:WARM_UP])
    spent: dict[str, list[float]] = {name: [] for name in readers}
    failed: dict[str, int] = {}
    for _ in range(runs):
        for name, read in readers.items():
            seconds, failed[name] = _seconds(read, mails)
            spent[name].append(seconds)
    return {
        "python": platform.python_version(),
        "mails": len(mails),
        "bytes": sum(map(len, mails)),
        "runs": runs,
        "raised": failed,
        "ms a mail": {name: round(statistics.median(of) / len(mails) * 1000, 3) for name, of in spent.items()},
        "ratio": {name: _ratio(spent["ours"], spent[name]) for name in ("full", "lean")},
    }


def _ratio(ours: list[float], theirs: list[float]) -> float:
    return round(statistics.median(a / b for a, b in zip(ours, theirs, strict=True)), 3)


def main() -> None:
    arguments = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    arguments.add_argument("--generator", type=Path, metavar="FILE")
    arguments.add_argument("--mails", type=int, default=1000)
    arguments.add_argument("--runs", type=int, default=7)
    arguments.add_argument("--crlf", action="store_true", help="line ends as a server sends them")
    chosen = arguments.parse_args()
    mails = corpus(chosen.generator, chosen.mails)
    if chosen.crlf:
        mails = [raw.replace(b"\n", b"\r\n") for raw in mails]
    print(json.dumps(measure(mails, chosen.runs), indent=2))


if __name__ == "__main__":
    main()
