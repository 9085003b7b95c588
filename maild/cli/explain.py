"""`maild explain`: why something happened, or what would."""

from __future__ import annotations

import argparse
import sys
from datetime import datetime
from pathlib import Path
from typing import Any

from maild.cli.common import plan_of, print_json, printable
from maild.daemon.wiring import opened_office, wall_clock
from maild.desk.relations import said
from maild.errors import Permanent, UserError
from maild.log import Log
from maild.pipeline import explain
from maild.pipeline.accounts import account_of
from maild.pipeline.office import Office, Unreadable
from store import Unit
from store.records import Case


def run(arguments: argparse.Namespace) -> int:
    """A file is decided afresh; a case, one of its fields or a Message-ID shows what is on record."""
    plan = plan_of(arguments)
    now = arguments.now or wall_clock()
    with opened_office(plan, Log(sys.stderr, level="warning")) as office:
        what: str = arguments.what
        if arguments.field is not None:
            rows = [_of_field(office, what.lstrip("#"), arguments.field)]
        elif _is_file(what):
            rows = [_of_file(office, Path(what), now)]
        elif _is_number(what.lstrip("#")):
            rows = [_of_case(office, int(what.lstrip("#")))]
        else:
            rows = _of_message_id(office, what)
    for row in rows:
        print_json(row) if arguments.json else _print(row)
    return 0


def _is_number(what: str) -> bool:
    """Of a case: the store knows no longer ones."""
    return what.isascii() and what.isdigit() and len(what) < 18


def _is_file(what: str) -> bool:
    try:
        return Path(what).is_file()
    except OSError:  # too long for a name: a Message-ID
        return False


def _of_file(office: Office, path: Path, now: datetime) -> dict[str, object]:
    try:
        message = office.read(path.read_bytes())
    except Unreadable as error:
        raise Permanent(f"{path}: {error}; it would be quarantined") from error
    return explain.of_message(office, message, now)


def _of_case(office: Office, number: int) -> dict[str, object]:
    with office.store.read() as unit:
        case = _case(unit, number)
        summary = list(account_of(unit, case, office.desk.zone))
        related = [f"{said(one, number)}, by {one.by}" for one in unit.relations.of_case(number)]
    found: dict[str, object] = {"signal": None, "case": number, "summary": summary, "relations": related}
    return found | {"effects": explain.of_case(office, number)}


def _of_field(office: Office, number: str, field: str) -> dict[str, object]:
    """What it is and who decided that, then each change of it."""
    if not _is_number(number):
        raise UserError(f"{number} is no case's number; only of a case can one field be explained")
    with office.store.read() as unit:
        case = _case(unit, int(number))
        summary = [line for line in account_of(unit, case, office.desk.zone) if line.startswith(f"{field} ")]
        changes = [change for change in unit.changes.of_case(case.number) if change.field == field]
    effects = [
        {
            "at": change.at.isoformat(),
            "effect": f"{field}: {change.was or 'none'} → {change.value or 'none'}",
            "actor": change.actor,
            "letter": None,
            "why": change.why,
        }
        for change in changes
    ]
    return {"signal": None, "case": case.number, "field": field, "summary": summary, "effects": effects}


def _case(unit: Unit, number: int) -> Case:
    case = unit.cases.get(number)
    if case is None:
        raise Permanent(f"there is no case {number}")
    return case


def _of_message_id(office: Office, message_id: str) -> list[dict[str, object]]:
    wanted = message_id if message_id.startswith("<") else f"<{message_id}>"
    with office.store.read() as unit:
        letters = unit.letters.by_message_id(wanted)
        mails = unit.outbox.by_message_id(wanted) if not letters else []
    if letters:
        return [explain.of_letter(letter) for letter in letters]
    if mails:  # one of ours: its case tells why it was written
        return [_of_case(office, case) for case in dict.fromkeys(m.case for m in mails if m.case is not None)]
    raise Permanent(f"{message_id}: no such file, case or Message-ID here")


def _print(row: dict[str, Any]) -> None:
    if "letter" in row:
        print(f"letter {row['letter']}: {row['state']}")
    print(f"case:   {row['case'] or 'none yet'}")
    if row.get("signal"):
        print(f"signal: {row['signal']}")
    for relation in row.get("relations", ()):
        print(f"        {printable(relation)}")
    if row.get("sender"):
        print(f"sender: {printable(row['sender'])}")
    for proof in row.get("proofs") or ():
        print(f"        {printable(proof)}")
    for line in row.get("summary", ()):
        print(f"  {printable(line)}")
    for effect in row["effects"]:
        if "at" in effect:  # on record: when, what, who
            letter = f", letter {effect['letter']}" if effect["letter"] else ""
            print(f"  {effect['at'][:19]}Z {printable(effect['effect'])}, by {printable(effect['actor'])}{letter}")
            print(f"      {printable(effect['why'])}")
        else:
            print(f"  {printable(effect['effect'])}\n      because {printable(effect['why'])}")
    if row.get("rules"):
        _print_rules(row["rules"])
    print()


def _print_rules(rules: dict[str, Any]) -> None:
    print(f"rules:  version {rules['version']}")
    for one in rules["applied"]:
        print(f"  applied: {printable(one['rule'])}\n      because {printable(one['why'])}")
        for lost in one["lost"]:
            print(f"      lost {printable(lost)}")
    for one in rules["failed"]:
        print(f"  SKIPPED: {printable(one['rule'])}\n      because {printable(one['why'])}")
    for one in rules.get("others", ()):
        print(f"  not: {printable(one['rule'])}\n      because {printable(one['why'])}")
