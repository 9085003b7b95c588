"""`maild audit` and `maild status`: does everything add up, and how is the desk doing."""

from __future__ import annotations

import argparse
from datetime import datetime
from typing import Any

from maild.cli.common import HELD, TIMERS_HELD, iso, plan_of, print_json, printable, short
from maild.daemon.presence import SILENT_AFTER
from maild.daemon.room import room_of
from maild.daemon.wiring import is_running, make_log, opened_store, wall_clock
from maild.pipeline.breaker import GUARDED
from maild.pipeline.rounds import round_of
from maild.settings.build import Plan
from store import Unit
from store.audit import count
from store.records import Lease, Node


def audit(arguments: argparse.Namespace) -> int:
    """Promise 2, counted: what was stored is the sum of what it became. Exit code 1 unless it is."""
    with opened_store(plan_of(arguments)) as store, store.read() as unit:
        row = count(unit)
    if arguments.json:
        print_json(row)
    else:
        for key, value in row.items():
            words = ", ".join(f"{n} {k}" for k, n in value.items()) if isinstance(value, dict) else value
            print(f"{key:<12} {words}")
    return 0 if row["ok"] else 1


def disk(plan: Plan) -> dict[str, Any] | None:
    """The room on the store's disk; None where another machine has it."""
    room = room_of(plan, make_log(plan))
    if room is None:
        return None
    found = room.measure()
    return {"free": found.free, "limit": found.least, "reserve": found.reserve, "short": found.is_short}


def said_of_disk(found: dict[str, Any]) -> str:
    """The same in words."""
    free, limit = found["free"] // 1_048_576, found["limit"] // 1_048_576
    if found["short"]:
        return f"{free} MiB free on the disk, less than {limit}: NO MAIL IS TAKEN IN until there is more room"
    return f"{free} MiB free on the disk; below {limit} no more mail is taken in"


def mailbox_row(unit: Unit, name: str, lease: Lease | None) -> dict[str, Any]:
    """Until when a mailbox was read, how it is doing, and which node reads it (PostgreSQL)."""
    known = unit.mailboxes.conditions([name]).get(name)
    probe = round_of(unit, name)
    row: dict[str, Any] = {
        "name": name,
        "read_at": iso(known.read_at) if known else None,
        "mail_at": iso(known.mail_at) if known else None,
        "failing_since": iso(known.failing_since) if known else None,
        "failure": known.failure if known else None,
        "probe": {
            "sent_at": iso(probe.sent_at),
            "waiting_since": iso(probe.waiting_since),
            "back_at": iso(probe.back_at),
            "seconds": probe.took,
        }
        if probe
        else None,
    }
    held = {"holder": lease.holder, "until": iso(lease.until), "fence": lease.fence} if lease else {}
    return row | {"holder": None, "until": None, "fence": None} | held


def said_of_mailbox(row: dict[str, Any]) -> str:
    """The same in a line or two."""
    read_at = datetime.fromisoformat(row["read_at"]) if row["read_at"] else None
    mail_at = datetime.fromisoformat(row["mail_at"]) if row["mail_at"] else None
    ago = f", {int((wall_clock() - read_at).total_seconds() // 60)} minutes ago" if read_at else ""
    by = f", by {row['holder']}" if row["holder"] else ""
    line = f"mailbox {row['name']}: read {short(read_at)}{ago}{by}; last mail {short(mail_at)}"
    if probe := row["probe"]:
        line += f"; probe {probe['seconds']:.0f} s" if probe["seconds"] is not None else ""
        line += f"; a probe is under way since {probe['waiting_since']}" if probe["waiting_since"] else ""
    if row["failing_since"]:
        line += f"\n  CANNOT BE READ since {row['failing_since']}: {printable(row['failure'])}"
    return line


def node_row(node: Node, now: datetime) -> dict[str, Any]:
    """A daemon on PostgreSQL; one that was stopped in order is not there any more."""
    alive = now - node.seen_at < SILENT_AFTER
    times = {"started_at": iso(node.started_at), "seen_at": iso(node.seen_at)}
    return {"name": node.name, "version": node.version, **times, "alive": alive}


def held_timers(unit: Unit, now: datetime) -> dict[str, Any] | None:
    """Why the silence clock's timers are held, and how many are due; None in ordinary times."""
    reason = unit.facts.timers_held()
    if reason is None:
        return None
    return {"reason": reason, "due": unit.timers.count_held(GUARDED, unit.facts.timers_passed(), now)}


def status(arguments: argparse.Namespace) -> int:
    """Open cases, what waits, when each mailbox was read last, what is due next."""
    plan = plan_of(arguments)
    names = list(plan.feeds())
    with opened_store(plan) as store, store.read() as unit:
        leases = unit.mailboxes.leases()
        counted = count(unit)
        row = {
            "daemon": is_running(plan),
            "cases": unit.cases.count_by_status(),
            "unrouted": counted["unrouted"],
            "quarantined": counted["quarantined"],
            "outbox": counted["outbox"],
            "outbox_held": unit.facts.outbox_held(),
            "timers_held": held_timers(unit, wall_clock()),
            "mailboxes": [mailbox_row(unit, name, leases.get(name)) for name in names],
            "nodes": [node_row(node, unit.clock(wall_clock())) for node in unit.nodes.listed()],
            "next_timer_at": iso(unit.timers.next_due()),
            "next_mail_at": iso(unit.outbox.next_at()),
            "disk": disk(plan),
        }
    if arguments.json:
        print_json(row)
        return 0
    if row["daemon"] is not None:
        print("The daemon is running." if row["daemon"] else "The daemon is NOT running.")
    if row["outbox_held"] is not None:
        print(f"{HELD}: {printable(row['outbox_held'])}")
    if row["timers_held"] is not None:
        print(f"{TIMERS_HELD}: {printable(row['timers_held']['reason'])}; {row['timers_held']['due']} are due")
    for name, number in row["cases"].items():
        print(f"{number:>6} {name}")
    print(f"{row['unrouted']:>6} letters to be routed, {row['quarantined']} in quarantine")
    print(f"{row['outbox']['waiting']:>6} mails waiting, {row['outbox']['failed']} failed")
    for one in row["mailboxes"]:
        print(said_of_mailbox(one))
    for node in row["nodes"]:
        state = "alive" if node["alive"] else f"SILENT since {node['seen_at']}"
        print(f"node {node['name']}: {state}, version {node['version']}")
    if row["disk"] is not None:
        print(said_of_disk(row["disk"]))
    if row["outbox"]["waiting"]:
        print(f"the next mail is due {row['next_mail_at']}")
    return 0
