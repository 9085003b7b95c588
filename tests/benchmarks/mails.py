"""The mails that benchmarks are made with: those of a generator that somebody brings, or plain ones of our own.

A generator is a Python file with a class `Corpus(n, seed, to)` whose `mails()` yields pairs of anything and a raw
mail, with {tag} in the subject of those that answer.
"""

from __future__ import annotations

import importlib.util
from email.message import EmailMessage
from email.utils import format_datetime
from pathlib import Path
from typing import Any

from tests.benchmarks.made_cases import made_cases

ADDRESS = "support@desk.example"


def generated(generator: Path, count: int) -> list[bytes]:
    """A generator's mails, as they are."""
    spec = importlib.util.spec_from_file_location("generator", generator)
    if spec is None or spec.loader is None:
        raise SystemExit(f"{generator} is no Python file")
    module: Any = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return [raw for _, raw in module.Corpus(n=count, seed=1, to=ADDRESS).mails()]


def mails(generator: Path | None, count: int) -> list[bytes]:
    """So many mails to the desk. Answers find their case by what they refer to: their tags are left out, because
    nobody knows the numbers beforehand."""
    if generator is None:
        return plain(count)
    return [raw.replace(b"{tag} ", b"") for raw in generated(generator, count)]


def plain(count: int) -> list[bytes]:
    """Six new cases and four answers of each ten, text only; no address writes often."""
    made: list[bytes] = []
    asked: list[EmailMessage] = []
    for number, case in enumerate(made_cases(count)):
        message = EmailMessage()
        message["Message-ID"] = f"<{number}@{case.requester.partition('@')[2]}>"
        message["Date"] = format_datetime(case.at)
        message["To"] = ADDRESS
        if number % 10 < 6:
            message["From"] = case.requester.replace("@", f"{number}@")
            message["Subject"] = case.subject
            asked.append(message)
        else:
            first = asked[(number * 7) % len(asked)]
            message["From"], message["Subject"] = first["From"], f"Re: {first['Subject']}"
            message["In-Reply-To"] = first["Message-ID"]
        message.set_content(f"{case.text}\n\nNumber {number}.\n")
        made.append(message.as_bytes())
    return made
