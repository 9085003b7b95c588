"""Writes the answers to people outside who asked how their cases stand, or closed one, or opened it again."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime

from maild.desk.lines import one_line
from maild.desk.standing import Standing, Tell
from maild.desk.tokens import TokenKind
from maild.render.actions import Action, for_customer, links
from maild.render.compose import compose
from maild.render.letterhead import Addressed, Letterhead, digits_of
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
    copied = effect.to != case.requester and effect.event != "left"
    words = Words(
        tag=letterhead.tag(case.number),
        number=case.number,
        subject=case.subject,
        desk=desk.name,
        desk_address=queue.address,
        standings=_shown(stationery, effect.standings),
        actions=for_customer(letterhead, mail, effect.event, copied=copied) if effect.event != "left" else (),
        others=(case.requester,) if copied else (),
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
    message_id = letterhead.name_alone(f"w{letter}.{digits_of(effect.to)}.{effect.event}", now)
    headers = letterhead.headers_alone(
        message_id,
        sender=desk.address,
        to=("", effect.to),
        subject=page.subject,
        now=now,
        answers=effect.replies_to,
        automatic="auto-replied",
    )
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
