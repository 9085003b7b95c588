"""Reads from the store which of our mails it is that comes back: by a report that it did not arrive, or as it was."""

from __future__ import annotations

import re

from maild.desk.situation import Match, Signal
from maild.desk.tokens import Proof, reported
from maild.pipeline.office import Office
from parsers.message import Automatic, ParsedMessage
from store import Unit
from store.records import Outgoing, fold_address

_OUR_ID = re.compile(r"<c[0-9]{1,12}\.e[0-9]{1,12}\.[a-z2-7]{16}@")


def bounce_match(bounced: Outgoing | None) -> Match:
    why = f"a report on {bounced.message_id}" if bounced else "a report on no mail of ours"
    return Match(case=bounced.case if bounced else None, signal=Signal.BOUNCE, why=why)


def returned(unit: Unit, message: ParsedMessage) -> bool:
    """Whether it is a mail of ours under its own id, whoever it says it is from (threats T42)."""
    own = message.message_id
    return own is not None and _OUR_ID.match(own) is not None and bool(unit.outbox.by_message_id(own))


def bounced_mail(
    office: Office, unit: Unit, message: ParsedMessage, proofs: tuple[Proof, ...]
) -> tuple[Outgoing | None, bool]:
    """Which of our mails a delivery report is about: by the id it gives back, or by our return path. And whether it
    is shown that the report comes from where that mail went, by what only a return path has.

    Both carry a token of ours, so a forged report about a mail of which one only knows the number has no effect.
    """
    if message.automatic is not Automatic.BOUNCE:
        return None, False
    named = message.bounce.original_message_id if message.bounce else None
    mails = unit.outbox.by_message_id(named) if named else []
    for proof in proofs:
        if not mails and proof.event is not None:
            mails = unit.outbox.of_event(proof.case, proof.event)
    marks, keys = message.marks, office.keys
    shown = next((m for m in mails if m.case is not None and reported(keys, marks, m.case, m.recipient)), None)
    if shown is not None:
        return shown, True
    named_in = {fold_address(r.address) for r in message.bounce.recipients} if message.bounce else set()
    return next((mail for mail in mails if mail.recipient in named_in), mails[0] if mails else None), False
