"""Writes the mail to a vendor, which holds nothing of the customer's."""

from __future__ import annotations

import hashlib
from datetime import datetime

from maild.desk.effects import AskVendor
from maild.desk.tokens import TokenKind
from maild.render.compose import compose
from maild.render.letterhead import Addressed
from maild.render.stationery import Stationery, Written
from maild.render.templates import Words
from parsers.quotes import MARKER
from store.records import Case, fold_address


def to_vendor(stationery: Stationery, effect: AskVendor, case: Case, event: int, now: datetime) -> Written:
    """A mail to a vendor: the number of the case, the agent's words, and nothing of the customer's."""
    letterhead, desk = stationery.letterhead, stationery.letterhead.desk
    queue = desk.queue(case.queue)
    mail = Addressed(case=case, queue=queue, event=event, kind=TokenKind.VENDOR, vendor=effect.to)
    words = Words(
        tag=letterhead.tag(case.number),
        number=case.number,
        desk=desk.name,
        desk_address=queue.address,
        recipient=effect.vendor,
        author=effect.author_name,
        text=effect.text,
        marker=f"-- Please {MARKER} --",
        footer=letterhead.footer(mail),
    )
    page, fault = stationery.filled("vendor", desk.language, words)
    whom = hashlib.sha256(fold_address(effect.to).encode()).hexdigest()[:8]
    headers = letterhead.headers(
        mail,
        subject=page.subject,
        sender_name=desk.name,
        to=[(effect.vendor, effect.to)],
        cc=(),
        answers=None,
        references=[f"<c{case.number}.v{whom}.{desk.instance}@{queue.address.rpartition('@')[2]}>"],
        automatic=None,
        event="vendor",
        now=now,
    )
    return Written(
        message_id=letterhead.message_id(mail),
        envelope_from=letterhead.return_path(mail, effect.to),
        content=compose(headers, page.text, page.html, effect.files),
        text=effect.text,
        recipients=(fold_address(effect.to),),
        fallback=fault,
    )
