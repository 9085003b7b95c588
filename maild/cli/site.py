"""`maild check --mail`: sends the trial mails of `maild.desk.site`, fetches them, and keeps what came of it."""

from __future__ import annotations

import secrets
import time
from base64 import b32encode
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC

from maild.daemon.trust import keep
from maild.daemon.wiring import opened_store, wall_clock
from maild.desk.site import Trial, judged, said, trial_mail, trial_of
from maild.errors import Permanent, Temporary, UserError
from maild.settings.build import Plan
from maild.transport.imap import Mailbox
from maild.transport.smtp import Outcome, Sender
from parsers import parse

_PAUSE = 2.0


def trial(plan: Plan, seconds: float) -> str:
    """Raises MaildError: Temporary when nothing came back in time, UserError about results that cannot be trusted."""
    desk, sender = plan.desk, plan.settings.smtp.from_ or plan.desk.address
    local, _, domain = desk.address.rpartition("@")
    plain = trial_of(_word(), desk.address, domain)
    plussed = trial_of(_word(), f"{local}+c0.{_word()}@{domain}", domain)
    now, found = wall_clock().astimezone(UTC), dict[str, bytes]()
    with Sender(plan.relay()) as relay:
        for one in (plain, plussed):
            envelope = plan.settings.smtp.envelope_from or sender
            result = relay.send(envelope, one.to, trial_mail(one, desk, sender, now))
            if result.outcome is not Outcome.SENT and one is plain:
                raise Temporary(f"the relay did not take a mail to {one.to}: {result.text}")
    end = time.monotonic() + seconds
    while len(found) < 2 and time.monotonic() < end:
        for one in (plain, plussed):
            if one.word not in found and (raw := next(_came(plan, one), None)) is not None:
                found[one.word] = raw
        if len(found) < 2:
            time.sleep(_PAUSE)
    came = plain if plain.word in found else plussed
    if came.word not in found:
        raise Temporary(f"no mail to {desk.address} came back within {seconds:g} seconds; try --wait 300")
    findings = judged(came, parse(found[came.word], plan.reading, desk.tag), desk, plus=plussed.word in found)
    for line in said(findings, desk):
        print(f"  {line}")
    with opened_store(plan) as store, store.write() as unit:
        keep(unit, desk.trusted_authserv_ids, findings.forged, now)
    if findings.forged and desk.accept_results:
        raise UserError(f"auth.trusted: forged results of {', '.join(findings.forged)} would be believed")
    return "came back"


def _word() -> str:
    return b32encode(secrets.token_bytes(10)).decode().lower()


def _came(plan: Plan, one: Trial) -> Iterator[bytes]:
    """The mail as it came: in the store, if a daemon was quicker, else in a mailbox or its done folder."""
    with opened_store(plan) as store, store.read() as unit:
        for letter in unit.letters.by_message_id(one.message_id):
            yield unit.letters.raw(letter.id)
    for access in plan.mailboxes():
        for folder, other in ((access.folder, access.done_folder), (access.done_folder, access.folder)):
            try:
                with Mailbox(replace(access, folder=folder, done_folder=other)) as mailbox:
                    uids = mailbox.find(one.word)
                    for fetched in list(mailbox.fetch(uids)):
                        yield fetched.raw
            except Permanent:  # there is no done folder yet
                continue
