"""One turn of everything: intake, route, timers, reports, send. What `run --once`, a cron job and the tests call."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from functools import partial

from maild.daemon.failures import note_failure
from maild.daemon.outage import settle_last
from maild.daemon.wiring import post_through
from maild.errors import MaildError, Permanent, Temporary, UserError
from maild.log import Event
from maild.pipeline.digests import send_digests
from maild.pipeline.due import fire_due
from maild.pipeline.intake import take_in
from maild.pipeline.leases import Elsewhere, reading
from maild.pipeline.office import Clock, Office
from maild.pipeline.quarantine import send_quarantine
from maild.pipeline.reporting import send_reports
from maild.pipeline.route import route_waiting
from maild.pipeline.send import send_due
from maild.transport.imap import ImapAccess, Mailbox
from maild.transport.smtp import Sender, SmtpAccess
from store import StoreUnavailable

_LAST_WAIT = 20.0
"""Seconds to wait for the store with a mail server's answer in hand that is not written yet."""


def turn(office: Office, mailboxes: Sequence[ImapAccess], relay: SmtpAccess, clock: Clock) -> bool:
    """Do all that waits. False when a mailbox, the store or the relay was out of reach; the rest is still done."""
    stages: list[Callable[[], object]] = [
        *(partial(read_mailbox, office, access, clock) for access in mailboxes),
        lambda: route_waiting(office, clock),
        lambda: fire_due(office, clock),
        lambda: send_reports(office, clock),
        lambda: send_digests(office, clock),
        lambda: send_quarantine(office, clock),
        lambda: _send(office, relay, clock),
    ]
    outcomes = [_done(office, stage) for stage in stages]  # all of them, whatever the first ones said
    settle_last(office, time.monotonic() + _LAST_WAIT)
    return all(outcomes)


def read_mailbox(office: Office, access: ImapAccess, clock: Clock) -> int:
    """Take in one mailbox; how many letters were new. Raises MaildError."""
    try:
        with reading(office, access.name, clock) as hold, Mailbox(access) as folder:
            return take_in(office, access.name, access.folder, folder, access.largest, clock(), hold=hold)
    except Elsewhere as error:
        office.log.emit(Event.MAILBOX_ELSEWHERE, mailbox=access.name, holder=error.holder)
        raise
    except Temporary as error:
        office.log.emit(Event.MAILBOX_LOST, mailbox=access.name, error=error)
        note_failure(office, access.name, error, clock())
        raise
    except (Permanent, UserError) as error:
        office.log.emit(Event.MAILBOX_REFUSED, mailbox=access.name, error=error)
        note_failure(office, access.name, error, clock(), refused=True)
        raise


def _send(office: Office, relay: SmtpAccess, clock: Clock) -> None:
    try:
        with Sender(relay) as sender:
            send_due(office, post_through(sender), clock)
    except Temporary as error:
        office.log.emit(Event.RELAY_LOST, error=error)
        raise


def _done(office: Office, stage: Callable[[], object]) -> bool:
    try:
        stage()
    except StoreUnavailable as error:
        office.log.emit(Event.STORE_UNAVAILABLE, error=error)
        return False
    except MaildError:  # already said where it happened
        return False
    return True
