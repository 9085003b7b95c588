"""`maild reconcile`: what lies in the done folders and not in the store comes in again."""

from __future__ import annotations

import argparse
from dataclasses import replace
from datetime import timedelta

from maild.cli.common import plan_of
from maild.daemon.wiring import make_log, opened_office, wall_clock
from maild.errors import Permanent, Temporary, UserError
from maild.log import Event
from maild.pipeline.office import Office
from maild.pipeline.reconcile import reconcile
from maild.transport.imap import ImapAccess, Mailbox


def run(arguments: argparse.Namespace) -> int:
    """All mailboxes, or one; whatever one of them says, the others are read."""
    plan = plan_of(arguments)
    named = [one for one in plan.mailboxes() if arguments.mailbox in (None, one.name)]
    if not named:
        raise UserError(f"--mailbox {arguments.mailbox}: there is no such mailbox")
    troubles: list[Temporary | Permanent] = []
    with opened_office(plan, make_log(plan)) as office:
        for access in named:
            try:
                _reconcile(office, access, arguments.since)
            except (Temporary, Permanent) as trouble:
                troubles.append(trouble)
        with office.store.read() as unit:
            held = unit.facts.outbox_held()
    if troubles:
        raise troubles[0]
    if held is not None:
        print("Next: `maild run` routes them; look at `maild outbox list`, then `maild outbox release`.")
    return 0


def _reconcile(office: Office, access: ImapAccess, days: int | None) -> None:
    since = wall_clock() - timedelta(days=days) if days is not None else None
    done = replace(access, folder=access.done_folder, done_folder=access.folder)
    with Mailbox(done) as folder:
        found = reconcile(office, access.name, done.folder, folder, since)
    known = found.seen - found.taken
    office.log.emit(Event.MAILBOX_RECONCILED, mailbox=access.name, seen=found.seen, known=known, taken=found.taken)
