"""`maild outbox list|show|retry|drop`."""

from __future__ import annotations

import argparse
from typing import Any

from maild.cli.common import iso, lines_of, print_json, printable, short, store_of
from maild.daemon.wiring import wall_clock
from maild.errors import Permanent, Temporary, UserError
from store import Store
from store.records import MailState, Outgoing


def run(arguments: argparse.Namespace) -> int:
    with store_of(arguments) as store:
        match arguments.action:
            case "list":
                return _list(store, arguments)
            case "show":
                return _show(store, arguments)
        with store.write() as unit:
            mail = unit.outbox.get(arguments.id)
            if mail is None:
                raise Permanent(f"there is no mail {arguments.id} in the outbox")
            if mail.state is MailState.SENT:
                raise UserError(f"mail {arguments.id} was sent already")
            done = (
                unit.outbox.retry(mail.id, wall_clock()) if arguments.action == "retry" else unit.outbox.drop(mail.id)
            )
            if not done:
                raise Temporary(f"mail {arguments.id} is being sent just now")
    print(f"mail {arguments.id}: {'will be tried at once' if arguments.action == 'retry' else 'given up'}")
    return 0


def _list(store: Store, arguments: argparse.Namespace) -> int:
    states = None if arguments.all else [MailState.WAITING, MailState.LEASED, MailState.FAILED]
    with store.read() as unit:
        mails = unit.outbox.listed(states)
    if not mails and not arguments.json:
        print("nothing waits" if states else "no mail was ever written")
    for mail in mails:
        if arguments.json:
            print_json(_row(mail))
        else:
            print(
                f"{mail.id:>6}  {mail.state.value:<8} {mail.event:<16} {printable(mail.recipient, 32):<32} "
                f"next {short(mail.next_at)}  {printable(mail.error, 60)}"
            )
    return 0


def _show(store: Store, arguments: argparse.Namespace) -> int:
    with store.read() as unit:
        mail, content = unit.outbox.get(arguments.id), unit.outbox.content(arguments.id)
    if mail is None or content is None:
        raise Permanent(f"there is no mail {arguments.id} in the outbox")
    raw = content.decode("utf-8", "replace")
    if arguments.json:
        print_json({**_row(mail), "envelope_from": mail.envelope_from, "raw": raw})
        return 0
    for key, value in _row(mail).items():
        print(f"{key}: {value}")
    print()
    for line in lines_of(raw):
        print(line)
    return 0


def _row(mail: Outgoing) -> dict[str, Any]:
    return {
        "id": mail.id,
        "case": mail.case,
        "event": mail.event,
        "to": mail.recipient,
        "message_id": mail.message_id,
        "state": mail.state.value,
        "attempts": mail.attempts,
        "next_at": iso(mail.next_at),
        "error": mail.error,
    }
