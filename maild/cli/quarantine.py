"""`maild quarantine list|show|retry|release|drop|spam|block|attach`."""

from __future__ import annotations

import argparse
from typing import Any

from maild.apply.quarantine import block, handle_letter
from maild.cli.common import iso, plan_of, print_json, print_whole, printable, short
from maild.daemon.wiring import opened_store, wall_clock
from maild.desk.addresses import can_be_written_to
from maild.desk.quarantine import Block, Deed, HandleLetter
from maild.errors import Permanent, Temporary
from store import Store, Unit
from store.records import Letter, LetterState, fold_address

_SAID = {
    "retry": "will be routed again",
    "release": "will be routed, and let pass",
    "drop": "kept without effect",
    "spam": "kept without effect",
    "block": "kept without effect, and so is what {sender} writes from now on",
    "attach": "becomes an entry of case {case}",
}
_BY = "admin"


def run(arguments: argparse.Namespace) -> int:
    with opened_store(plan_of(arguments)) as store:
        match arguments.action:
            case "list":
                return _list(store, arguments.json)
            case "show":
                return _show(store, arguments)
        with store.write() as unit:
            letter = _quarantined(unit, arguments.id)
            again = arguments.action == "retry"
            if not (unit.letters.release(letter.id, None) if again else _work(unit, letter, arguments)):
                raise Temporary(f"letter {letter.id} was dealt with just now; look again")
    said = _SAID[arguments.action].format(sender=printable(letter.sender), case=getattr(arguments, "case", None))
    print(f"letter {letter.id}: {said}")
    return 0


def _work(unit: Unit, letter: Letter, arguments: argparse.Namespace) -> bool:
    """False when somebody else was quicker."""
    now, why = wall_clock(), "by command"
    deed, case = Deed.SPAM, None
    if arguments.action == "block":
        address = letter.sender or ""
        if not can_be_written_to(address):
            raise Permanent(f"letter {letter.id} names no sender who could be blocked")
        block(unit, Block(why=why, address=fold_address(address)), _BY, now)
    else:
        deed, case = Deed(arguments.action), getattr(arguments, "case", None)
    if case is not None and unit.cases.get(case) is None:
        raise Permanent(f"there is no case {case}")
    return handle_letter(unit, HandleLetter(why=why, letter=letter.id, deed=deed, case=case), _BY, now)


def _quarantined(unit: Unit, number: int) -> Letter:
    letter = unit.letters.get(number)
    if letter is None or letter.state is not LetterState.QUARANTINED:
        raise Permanent(f"letter {number} is not in quarantine; `maild quarantine list` shows what is")
    return letter


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
        letter = _quarantined(unit, arguments.id)
        raw = unit.letters.raw(letter.id)
    print_whole({**_row(letter), "error": letter.error}, raw, as_json=arguments.json)
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
