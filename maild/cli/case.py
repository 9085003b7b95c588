"""`maild case list|show` and `maild export`."""

from __future__ import annotations

import argparse
import getpass
import sys
from dataclasses import asdict
from datetime import timedelta
from typing import Any

from maild.cli.common import iso, lines_of, plan_of, print_json, printable, short
from maild.daemon.wiring import opened_store
from maild.desk.orders.times import in_words
from maild.desk.relations import said
from maild.errors import Permanent
from maild.log import Log
from maild.settings.build import Plan
from store import Unit
from store.records import Case, Direction, Entry, JournalLine, MailState, Outgoing, Relation, StateType, Status


def run(arguments: argparse.Namespace) -> int:
    plan = plan_of(arguments)
    if arguments.action == "merge":
        return _merge(arguments, plan)
    with opened_store(plan) as store, store.read() as unit:
        if arguments.action == "show":
            case = unit.cases.get(arguments.number)
            if case is None:
                raise Permanent(f"there is no case {arguments.number}; `maild case list` shows those there are")
            row = whole(unit, case, plan.desk.tag)
            print_json(row) if arguments.json else _print_case(unit, row)
            return 0
        states = [s for s in Status if s.state is not StateType.DONE] if arguments.open else None
        for case in unit.cases.listed(states, arguments.queue):
            row = brief(case, plan.desk.tag)
            print_json(row) if arguments.json else _print_line(row)
    return 0


def _merge(arguments: argparse.Namespace, plan: Plan) -> int:
    # Here, because looking at cases must start quickly.
    from maild.daemon.wiring import opened_office, wall_clock
    from maild.pipeline.command import merge
    from maild.pipeline.record import tell_changes

    with opened_office(plan, Log(sys.stderr, level="warning")) as office:
        now = arguments.now or wall_clock()
        tell_changes(office, merge(office, arguments.number, arguments.into, f"{_user()} (maild case merge)", now))
    print(
        f"Case {arguments.number} goes on in case {arguments.into}: from now on the people of both get each answer "
        f"there, by mails of their own. /unmerge {arguments.number} there parts them."
    )
    return 0


def _user() -> str:
    try:
        return getpass.getuser()
    except (KeyError, OSError):  # a container may have a number only
        return "an admin"


def export(arguments: argparse.Namespace) -> int:
    """Every case, whole."""
    plan = plan_of(arguments)
    with opened_store(plan) as store, store.read() as unit:
        for case in list(unit.cases.listed()):
            print_json(exported(unit, case, plan.desk.tag))
    return 0


def brief(case: Case, tag: str) -> dict[str, Any]:
    """A case as `case list --json` has it."""
    return {
        "number": case.number,
        "tag": f"[{tag} #{case.number}]",
        "subject": case.subject,
        "status": case.status.value,
        "state": case.status.state.value,
        "queue": case.queue,
        "severity": case.severity,
        "kind": case.kind,
        "tags": list(case.tags),
        "level": case.level,
        "owner": case.owner,
        "requester": case.requester,
        "creator": case.creator,
        "created_at": iso(case.created_at),
        "updated_at": iso(case.updated_at),
    }


def exported(unit: Unit, case: Case, tag: str) -> dict[str, Any]:
    """A case as `export --json` has it: the entries of one that was merged stand in the one in which it goes on, so
    that each stands somewhere once."""
    row = whole(unit, case, tag)
    return {**row, "entries": []} if case.status is Status.MERGED else row


def whole(unit: Unit, case: Case, tag: str) -> dict[str, Any]:
    """A case as `case show --json` has it, with the entries of those that were merged into it."""
    one = [case.number, *unit.relations.threads([case.number]).get(case.number, [])]
    people = unit.cases.participants([case.number])[case.number]
    worked = unit.worked.of_cases(one)
    return {
        **brief(case, tag),
        "closed_at": iso(case.closed_at),
        "due_at": iso(case.due_at),
        "continuation_of": case.continuation_of,
        "linked_to": case.linked_to,
        "participants": [{k: v for k, v in asdict(person).items() if k != "case"} for person in people],
        "relations": [_relation(relation, case.number) for relation in unit.relations.of_case(case.number)],
        "entries": [_entry(unit, entry) for entry in unit.entries.of_cases(one)],
        "worked_minutes": sum(spent.minutes for spent in worked),
        "worked": [
            {"agent": spent.agent, "minutes": spent.minutes, "text": spent.text, "at": iso(spent.at)}
            for spent in worked
        ],
        "timers": [{"name": t.name, "due_at": iso(t.due_at)} for t in unit.timers.of_case(case.number)],
        "journal": [_journal(line) for line in unit.journal.of_case(case.number)],
    }


def _relation(relation: Relation, here: int) -> dict[str, Any]:
    return {
        "from": relation.source,
        "kind": relation.kind.value,
        "to": relation.target,
        "said": said(relation, here),
        "at": iso(relation.at),
        "by": relation.by,
    }


def _entry(unit: Unit, entry: Entry) -> dict[str, Any]:
    letter = unit.letters.get(entry.letter) if entry.letter is not None else None
    decision = (letter.decision if letter else None) or {}
    return {
        "id": entry.id,
        "case": entry.case,
        "event": entry.event,
        "direction": (Direction.NOTE if entry.direction is Direction.ORDERS else entry.direction).value,
        "public": entry.public,
        "automatic": entry.automatic,
        "from": entry.sender,
        "to": list(entry.to),
        "message_id": entry.message_id,
        "at": iso(entry.at),
        "text": entry.text,
        "finding_of": entry.finding_of,
        "verdict": decision.get("sender"),
        "proofs": decision.get("proofs") or [],
    }


def _journal(line: JournalLine) -> dict[str, Any]:
    return {"at": iso(line.at), "event": line.event, "why": line.why, "actor": line.actor}


def _print_line(row: dict[str, Any]) -> None:
    owner = (row["owner"] or "-").partition("@")[0]
    tags = "".join(f" #{printable(tag)}" for tag in row["tags"])
    print(
        f"{row['number']:>6}  {row['status']:<20} {printable(owner, 14):<14} "
        f"{printable(row['requester'], 28):<28} {printable(row['subject'], 60)}{tags}"
    )


_ARROWS = dict(zip(Direction, "←→·☎☎✎·", strict=True))


def _print_case(unit: Unit, row: dict[str, Any]) -> None:
    print(f"{row['tag']} {printable(row['subject'])}")
    print(f"{row['status']}, {row['severity']} {row['kind']}, {row['level']}, queue {row['queue']}")
    if row["tags"]:
        print(f"tags {printable(' '.join(row['tags']))}")
    print(f"requester {printable(row['requester'])}, owner {row['owner'] or 'nobody'}")
    for relation in row["relations"]:
        print(f"{relation['said']} ({_minute(relation['at'])}, {printable(relation['by'])})")
    for entry in (one for one in row["entries"] if one["finding_of"]):
        print(f"cause, found by {entry['finding_of']} ({printable(entry['from'])}): {printable(entry['text'])}")
    if row["due_at"]:
        print(f"due {_minute(row['due_at'])}")
    if row["worked"]:
        print(f"time worked: {in_words(timedelta(minutes=row['worked_minutes']))}")
    for timer in row["timers"]:
        print(f"timer {timer['name']} due {_minute(timer['due_at'])}")
    mails: dict[int | None, list[Outgoing]] = {}
    for number in {row["number"], *(entry["case"] for entry in row["entries"])}:
        for mail in unit.outbox.of_case(number):
            mails.setdefault(mail.entry, []).append(mail)
    changes = [line for line in row["journal"] if line["event"] in ("case.moved", "case.assigned", "mail.taken-back")]
    for line in sorted((*row["entries"], *changes), key=lambda one: str(one["at"])):
        if "event" in line and "why" in line:
            print(f"\n* {_minute(line['at'])} {printable(line['why'])} ({printable(line['actor'])})")
        else:
            _print_entry(line, mails.get(line["id"], []), row["number"])


def _print_entry(entry: dict[str, Any], mails: list[Outgoing], here: int) -> None:
    note = "" if entry["public"] else " (internal)"
    note += "" if entry["case"] == here else f" (case {entry['case']})"
    print(f"\n{_ARROWS[entry['direction']]} {_minute(entry['at'])} {printable(entry['from'])}{note}")
    if entry["verdict"]:
        print(f"  {printable(entry['verdict'])}")
    for mail in mails if entry["direction"] == Direction.OUT.value else ():
        if mail.recipient in entry["to"]:
            when = f" until {short(mail.next_at)}" if mail.state is MailState.WAITING else ""
            print(f"  {mail.state.value}{when}: {printable(mail.recipient)} {printable(mail.error)}".rstrip())
    for text in lines_of(entry["text"]):
        print(f"    {text}")


def _minute(at: str) -> str:
    return f"{at[:16].replace('T', ' ')}Z"
