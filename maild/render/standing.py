"""Writes the answers to people outside who asked how their cases stand, or closed one, or opened it again."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime
from email.utils import format_datetime

from maild.desk.lines import one_line
from maild.desk.standing import Standing, Tell
from maild.desk.tokens import TokenKind
from maild.render.actions import Action, for_customer, links
from maild.render.compose import Header, address_header, compose, text_header
from maild.render.letterhead import Addressed, Letterhead, is_safe_id
from maild.render.stationery import Stationery, Written
from maild.render.templates import Words
from parsers.quotes import MARKER
from store.records import Case, StateType, Status


def of_case(
    stationery: Stationery, effect: Tell, case: Case, event: int, references: Sequence[str], now: datetime
) -> Written:
    """A mail in the thread of one case, to one of its people."""
    letterhead, desk = stationery.letterhead, stationery.letterhead.desk
    queue = desk.queue(case.queue)
    mail = Addressed(case=case, queue=queue, event=event, kind=TokenKind.THREAD)
    words = Words(
        tag=letterhead.tag(case.number),
        number=case.number,
        subject=case.subject,
        desk=desk.name,
        desk_address=queue.address,
        standings=_shown(stationery, effect.standings),
        actions=for_customer(letterhead, mail, effect.event, copied=effect.to != case.requester),
        others=(case.requester,) if effect.to != case.requester else (),
        marker=f"-- Please {MARKER} --",
        footer=letterhead.footer(mail),
    )
    page, fault = stationery.filled(effect.event, case.language, words)
    headers = letterhead.headers(
        mail,
        subject=page.subject,
        sender_name=desk.name,
        to=[("", effect.to)],
        cc=(),
        answers=effect.replies_to,
        references=references,
        automatic="auto-replied",
        event=effect.event,
        now=now,
    )
    return Written(
        message_id=letterhead.message_id(mail),
        envelope_from="",  # RFC 3834 section 4
        content=compose(headers, page.text, page.html),
        text=page.text,
        recipients=(effect.to,),
        fallback=fault,
    )


def of_no_case(stationery: Stationery, effect: Tell, letter: int, now: datetime) -> Written:
    """A mail about several cases or none."""
    letterhead, desk = stationery.letterhead, stationery.letterhead.desk
    words = Words(
        desk=desk.name,
        desk_address=desk.address,
        standings=_shown(stationery, effect.standings),
        actions=tuple(one for standing in effect.standings for one in _actions(letterhead, standing)),
    )
    page, fault = stationery.filled(effect.event, effect.language, words)
    whom = hashlib.sha256(effect.to.encode()).hexdigest()[:8]
    domain = desk.address.rpartition("@")[2]
    message_id = f"<w{letter}.{whom}.{effect.event}.{int(now.timestamp() * 1e6)}.{desk.instance}@{domain}>"
    answers = effect.replies_to if effect.replies_to and is_safe_id(effect.replies_to) else None
    headers = [
        address_header("From", [(desk.name, desk.address)]),
        address_header("To", [("", effect.to)]),
        text_header("Subject", page.subject),
        Header("Date", format_datetime(now)),
        Header("Message-ID", message_id),
        *([Header("In-Reply-To", answers)] if answers else []),
        *letterhead.machine_headers("auto-replied"),
    ]
    return Written(
        message_id=message_id,
        envelope_from="",
        content=compose(headers, page.text, page.html),
        text=page.text,
        recipients=(effect.to,),
        fallback=fault,
    )


def _shown(stationery: Stationery, found: Sequence[Standing]) -> tuple[Standing, ...]:
    """With tag and address, and in the desk's time zone."""
    letterhead, zone = stationery.letterhead, stationery.timezone

    def local(at: datetime | None) -> datetime | None:
        return at.astimezone(zone) if at else None

    return tuple(
        replace(
            one,
            subject=one_line(one.subject),
            tag=letterhead.tag(one.number),
            address=letterhead.thread_address(one.number, letterhead.desk.queue(one.queue)),
            opened_at=one.opened_at.astimezone(zone),
            since=local(one.since),
            closes_at=local(one.closes_at),
            reopens_until=local(one.reopens_until),
            promised=tuple(replace(promise, due_at=promise.due_at.astimezone(zone)) for promise in one.promised),
        )
        for one in found
    )


def _actions(letterhead: Letterhead, one: Standing) -> list[Action]:
    """What the reader can do with a case of theirs, or of their house, by one tap: the same words as anywhere."""
    over = Status(one.status).state is StateType.DONE
    address = letterhead.thread_address(one.number, letterhead.desk.queue(one.queue))
    to = links(letterhead, one.number, address, f"Ref: {letterhead.thread_mark(one.number)}")
    words = ("status", "reopen" if over else "close", *(("join",) if one.requester else ()))
    return [to.command(word, word, str(one.number)) for word in words]
