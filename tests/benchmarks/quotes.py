"""How well and how fast the new text of a reply is found: ours beside mail-parser-reply, quotequail and
email-reply-parser, on the mails of tests/parsers/golden.

These mails are ours, made while our own reader was written: they show what the others miss, not how good ours is.

    python -m tests.benchmarks.quotes [--misses NAME]
"""

from __future__ import annotations

import argparse
import importlib
import json
import statistics
import sys
import time
from collections.abc import Callable, Iterator
from typing import Any

from parsers import reply
from tests.benchmarks.golden import Reply, replies

Cutter = Callable[[str], str]
RUNS = 5


def _ours(text: str) -> str:
    return reply.new_text(text, is_forward=False, is_reply=True)


def _mail_parser_reply() -> Cutter:
    module: Any = importlib.import_module("mailparser_reply")
    languages = sorted(importlib.import_module("mailparser_reply.constants").MAIL_LANGUAGES)
    parser = module.EmailReplyParser(languages=languages)
    return lambda text: parser.parse_reply(text=text) or ""


def _quotequail() -> Cutter:
    module: Any = importlib.import_module("quotequail")
    return lambda text: "\n".join(piece for shown, piece in module.quote(text, quote_intro_line=True) if shown)


def _email_reply_parser() -> Cutter:
    module: Any = importlib.import_module("email_reply_parser")
    return lambda text: str(module.EmailReplyParser.parse_reply(text))


MAKERS: dict[str, Callable[[], Cutter]] = {
    "ours": lambda: _ours,
    "mail-parser-reply": _mail_parser_reply,
    "quotequail": _quotequail,
    "email-reply-parser": _email_reply_parser,
}


def cutters() -> Iterator[tuple[str, Cutter]]:
    """Those that are installed."""
    for name, make in MAKERS.items():
        try:
            yield name, make()
        except ModuleNotFoundError as error:
            print(f"{name} is left out: {error}; make bench-quotes installs it", file=sys.stderr)


def verdict(mail: Reply, found: str) -> tuple[bool, bool, bool]:
    """(nothing lost, no quotation left, exactly the new text)"""
    have = {_plain(line) for line in found.split("\n")}
    whole = _plain(found)
    new = [_plain(line) for line in mail.new.split("\n")]
    kept = all(line in whole for line in new)
    clean = not any(_plain(line) in have for line in mail.quoted)
    return kept, clean, kept and clean and whole == "".join(new)


def _plain(text: str) -> str:
    return "".join(text.split())


def _score(cut: Cutter, mails: list[Reply]) -> list[tuple[bool, bool, bool]]:
    found = []
    for mail in mails:
        try:
            found.append(verdict(mail, cut(mail.body)))
        except Exception:  # theirs may raise whatever it likes: then it has found nothing
            found.append((False, False, False))
    return found


def _milliseconds(cut: Cutter, mails: list[Reply]) -> float:
    """Processor time for one mail, the median of several runs."""
    spent = []
    for _ in range(RUNS):
        began = time.process_time()
        _score(cut, mails)
        spent.append(time.process_time() - began)
    return statistics.median(spent) / len(mails) * 1000


def main() -> None:
    arguments = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    arguments.add_argument("--misses", metavar="NAME", help="name the mails that this one does not cut exactly")
    chosen = arguments.parse_args()
    mails = replies()
    result: dict[str, Any] = {"mails": len(mails), "of them replies": sum(bool(mail.quoted) for mail in mails)}
    for name, cut in cutters():
        found = _score(cut, mails)
        counts = [sum(one[i] for one in found) for i in range(3)]
        result[name] = {
            **dict(zip(("nothing lost", "no quotation left", "exact"), counts, strict=True)),
            "exact %": round(100 * counts[2] / len(mails), 1),
            "ms a mail": round(_milliseconds(cut, mails), 4),
        }
        if name == chosen.misses:
            for mail, one in zip(mails, found, strict=True):
                if not one[2]:
                    print(f"--- {mail.language} {one}\n{mail.body}\n=== {cut(mail.body)}", file=sys.stderr)
    print(json.dumps(result, indent=2))


if __name__ == "__main__":
    main()
