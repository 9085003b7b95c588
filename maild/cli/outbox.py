"""`maild outbox list|show|retry|drop|release`."""

from __future__ import annotations

import argparse
from typing import Any

from maild.cli.common import HELD, iso, plan_of, print_json, print_whole, printable, short
from maild.daemon.wiring import make_log, opened_store, wall_clock
from maild.errors import Permanent, Temporary, UserError
from maild.log import Event
from maild.settings.build import Plan
from store import Store, Unit
from store.records import MailState, Outgoing


def run(arguments: argparse.Namespace) -> int:
    plan = plan_of(arguments)
    with opened_store(plan) as store:
        match arguments.action:
            case "list":
                return _list(store, arguments)
            case "show":
                return _show(store, arguments)
            case "release":
                return _release(plan, store)
        with store.write() as unit:
            held = unit.facts.outbox_held()
            ids = [arguments.id] if arguments.action == "retry" else arguments.ids
            for mail_id in ids:
                _change(unit, mail_id, arguments.action)
    tried = "will be tried at once" if held is None else "will be tried when the outbox is released"
    for mail_id in ids:
        print(f"mail {mail_id}: {tried if arguments.action == 'retry' else 'given up'}")
    return 0


def _change(unit: Unit, mail_id: int, action: str) -> None:
    """Retry or drop one mail. Raises MaildError, and then none of them was changed."""
    mail = unit.outbox.get(mail_id)
    if mail is None:
        raise Permanent(f"there is no mail {mail_id} in the outbox")
    if mail.state is MailState.SENT:
        raise UserError(f"mail {mail_id} was sent already")
    if not (unit.outbox.retry(mail_id, wall_clock()) if action == "retry" else unit.outbox.drop(mail_id)):
        raise Temporary(f"mail {mail_id} is being sent just now")


def _release(plan: Plan, store: Store) -> int:
    with store.write() as unit:
        if not unit.facts.release_outbox():
            raise UserError("the outbox is not held")
        waiting = unit.outbox.counts().get(MailState.WAITING.value, 0)
    make_log(plan).emit(Event.OUTBOX_RELEASED, mails=waiting)
    return 0


def _list(store: Store, arguments: argparse.Namespace) -> int:
    states = None if arguments.all else [MailState.WAITING, MailState.LEASED, MailState.FAILED]
    with store.read() as unit:
        mails = unit.outbox.listed(states)
        held = unit.facts.outbox_held()
    if held is not None and not arguments.json:
        print(f"{HELD}: {printable(held)}")
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
    print_whole({**_row(mail), "envelope_from": mail.envelope_from}, content, as_json=arguments.json)
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
