"""`maild quarantine list|show|retry|release|drop`."""

from __future__ import annotations

import argparse
from typing import Any

from maild.cli.common import iso, lines_of, print_json, printable, short, store_of
from maild.errors import Permanent
from store import Store
from store.letters import RELEASED
from store.records import Letter, LetterState

_SAID = {
    "retry": "will be routed again",
    "release": "will be routed, and let pass",
    "drop": "kept without effect",
}


def run(arguments: argparse.Namespace) -> int:
    with store_of(arguments) as store:
        match arguments.action:
            case "list":
                return _list(store, arguments.json)
            case "show":
                return _show(store, arguments)
        with store.write() as unit:
            if arguments.action == "drop":
                done = unit.letters.drop(arguments.id)
            else:
                done = unit.letters.release(arguments.id, RELEASED if arguments.action == "release" else None)
    if not done:
        raise Permanent(f"letter {arguments.id} is not in quarantine; `maild quarantine list` shows what is")
    print(f"letter {arguments.id}: {_SAID[arguments.action]}")
    return 0


def _list(store: Store, as_json: bool) -> int:
    with store.read() as unit:
        letters = unit.letters.quarantined()
    if not letters and not as_json:
        print("nothing is held")
    for letter in letters:
        if as_json:
            print_json(_row(letter))
        else:
            print(
                f"{letter.id:>6}  {short(letter.received_at)}  {printable(letter.cause, 24):<24} "
                f"{printable(letter.sender, 30):<30} {printable(letter.subject, 60)}"
            )
    return 0


def _show(store: Store, arguments: argparse.Namespace) -> int:
    with store.read() as unit:
        letter = unit.letters.get(arguments.id)
        if letter is None or letter.state is not LetterState.QUARANTINED:
            raise Permanent(f"letter {arguments.id} is not in quarantine; `maild quarantine list` shows what is")
        raw = unit.letters.raw(letter.id).decode("utf-8", "replace")
    if arguments.json:
        print_json({**_row(letter), "error": letter.error, "raw": raw})
        return 0
    for key, value in {**_row(letter), "error": letter.error}.items():
        print(f"{key}: {printable(str(value))}")
    print()
    for line in lines_of(raw):
        print(line)
    return 0


def _row(letter: Letter) -> dict[str, Any]:
    return {
        "id": letter.id,
        "queue": letter.queue,
        "cause": letter.cause,
        "from": letter.sender,
        "subject": letter.subject,
        "received_at": iso(letter.received_at),
        "attempts": letter.attempts,
    }
