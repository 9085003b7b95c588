"""Writes the notices of a case to its agents: what happened, who reads a reply, how it stands, what can be done.

Each is made for one agent and one case, and carries the tokens that let just this agent act on it.
"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta, tzinfo

from maild.desk.canaries import canary
from maild.desk.effects import Notify
from maild.desk.lines import one_line
from maild.desk.merged import requesters
from maild.desk.plans import reminder_in_words
from maild.desk.settings import Agent, Desk
from maild.desk.tokens import TokenKind, without_tokens
from maild.render import actions, glance
from maild.render.compose import compose
from maild.render.letterhead import Addressed, Letterhead
from maild.render.stationery import Stationery, Written
from maild.render.templates import Words
from parsers.message import Attachment
from store.planned import Reminder
from store.records import Case, Direction, Entry, Participant, Tracked, fold_address

_SAID_INSIDE = ("note", "question")
"""What is most likely answered by a note."""
_SHOWS_NO_ENTRY = ("receipt", "closing-note")
_KINDS = {
    "new-case": "New case",
    "note": "Note",
    "question": "Question",
    "vendor-reply": "Vendor",
    "answered": "Answered",
    "assigned": "Yours now",
    "changed": "Change",
    "escalated": "Passed up",
    "target-warning": "Soon late",
    "target-violated": "Late",
    "stale": "Needs a word",
    "due": "Due",
    "reminder": "Reminder",
    "closing-note": "Closed",
    "undelivered": "Not delivered",
    "receipt": "Receipt",
    "held": "Held",
}
"""What a list of mails shows of a notice in From: its Subject is that of the case, by which clients thread. A
customer's mail needs no word: there stands their name."""
_OF_THE_DESK = frozenset(
    "receipt held reminder stale due target-warning target-violated undelivered closing-note".split()
)
"""What nobody wrote, whoever's words are quoted in it."""
_NO_BRACKETS = str.maketrans(dict.fromkeys('<>()"\\,;:', " "))
_A_CALL = timedelta(minutes=30)


@dataclass(frozen=True, slots=True, kw_only=True)
class About:
    """What a notice tells of its case, beside the effect that asked for it."""

    case: Case
    event: int
    entry: Entry | None = None
    """What it speaks of."""
    people: Sequence[Participant] = ()
    others: Sequence[str] = ()
    """Who gets an answer besides the requester."""
    related: Sequence[str] = ()
    threads: Sequence[Case] = ()
    """The cases that were merged into it."""
    targets: Sequence[Tracked] = ()
    reminders: Sequence[Reminder] = ()
    """What agents want to be reminded of, whoever they are."""
    waiting: frozenset[int] = frozenset()
    """Entries that have not left yet."""
    newest: Sequence[Entry] = ()
    """The last entries, the newest first: one more than are shown."""
    files: Sequence[Attachment] = ()
    left: Sequence[str] = ()
    """Of a receipt: what leaves for people outside, one line for each."""
    held: bool = False
    """Whether something of this agent's waits, so that it can be taken back."""


def to_agent(stationery: Stationery, effect: Notify, agent: Agent, about: About, now: datetime) -> Written:
    """A mail to one agent about one entry of a case."""
    letterhead, desk, case = stationery.letterhead, stationery.letterhead.desk, about.case
    kind = TokenKind.NOTE if effect.note else TokenKind.AGENT
    queue = desk.queue(case.queue)
    mail = Addressed(case=case, queue=queue, event=about.event, kind=kind, agent=agent.address)
    call = _appointment(effect.call_back, case, letterhead, now) if effect.call_back is not None else None
    words = _words(stationery, effect, agent, about, mail, now)
    if call is not None:
        words = replace(words, lines=(*words.lines, _call_line(effect.call_back, stationery.timezone)))
    page, fault = stationery.filled(effect.event, desk.language, words)
    headers = letterhead.headers(
        mail,
        subject=page.subject,
        sender_name=sender_name(effect, about.entry, desk),
        to=[(agent.name, agent.address)],
        cc=(),
        answers=None,
        references=[f"<c{case.number}.{desk.instance}@{queue.address.rpartition('@')[2]}>"],
        automatic="auto-generated",
        event=effect.event,
        now=now,
    )
    fits = effect.attach and sum(file.size for file in about.files) <= stationery.most_attached
    attached = (*(about.files if fits else ()), *((call,) if call is not None else ()))
    return Written(
        message_id=letterhead.message_id(mail),
        envelope_from=letterhead.return_path(mail, agent.address),
        content=compose(headers, page.text, page.html, attached),
        text=page.text,
        recipients=(fold_address(agent.address),),
        fallback=fault,
    )


def sender_name(effect: Notify, entry: Entry | None, desk: Desk) -> str:
    """“New case: Ann (Example Support)”: what it is, and who wrote what it tells of, if a person did."""
    ours = entry is None or (entry.automatic and entry.direction is not Direction.IN)
    nobodys = ours or effect.quote_last or effect.event in _OF_THE_DESK
    author = "" if nobodys or entry is None else entry.sender_name or entry.sender
    author = one_line(author.replace("@", " at ").translate(_NO_BRACKETS)).strip()
    said = ": ".join(part for part in (_KINDS.get(effect.event, ""), author) if part)
    return f"{said} ({desk.name})" if said else desk.name


def _words(
    stationery: Stationery, effect: Notify, agent: Agent, about: About, mail: Addressed, now: datetime
) -> Words:
    letterhead, case, entry = stationery.letterhead, about.case, about.entry
    text = _text_of(entry)
    mark = canary(letterhead.keys.current, case.number)
    inside = mark if entry is not None and not entry.public else ""
    shown = entry.id if entry is not None and text and effect.event not in _SHOWS_NO_ENTRY else None
    past = glance.past(about.newest, shown, letterhead.desk, stationery.timezone, mark, about.waiting)
    marked = (shown is not None and inside) or any(mark in one.what for one in past)
    return stationery.words(
        mail,
        recipient=agent.name or agent.address,
        author=(entry.sender_name or entry.sender) if entry is not None else "",
        author_address=entry.sender if entry is not None else "",
        at=entry.at.astimezone(stationery.timezone) if entry is not None else None,
        text=text,
        inside=inside,
        past=past,
        mark=mark if marked else "",
        lines=effect.lines,
        left=(*effect.left, *about.left),
        note=effect.note,
        others=tuple(about.others),
        apart=len(requesters([case, *about.threads])) > 1,
        related=tuple(about.related),
        files=tuple(file.filename for file in about.files),
        own_address=letterhead.standing_address(agent.address) if effect.event == "receipt" else "",
        people=glance.people(case, about.people, letterhead.desk),
        reminders=tuple(
            reminder_in_words(one, letterhead.desk) for one in sorted(about.reminders, key=lambda one: one.due_at)
        ),
        clocks=glance.clocks(case, about.targets, letterhead.desk, now),
        actions=actions.for_agent(
            letterhead,
            mail,
            agent,
            now,
            merges=effect.merges,
            merged=[thread.number for thread in about.threads],
            held=about.held,
            guarded=effect.event == "held",
            inside=effect.event in _SAID_INSIDE,
            vendor=_vendor(effect, entry, letterhead.desk),
        ),
        answer_address=actions.answer_address(letterhead, mail) if effect.note else "",
        command_address=actions.command_address(letterhead, mail),
    )


def _vendor(effect: Notify, entry: Entry | None, desk: Desk) -> str:
    """The vendor's name by whom this was written."""
    key = fold_address(entry.sender) if entry is not None and effect.event == "vendor-reply" else ""
    return next((vendor.name for vendor in desk.vendors if fold_address(vendor.address) == key), "")


def _text_of(entry: Entry | None) -> str:
    """What was said. Our own automatic mails say nothing that an agent needs to read again."""
    if entry is None or entry.direction is Direction.ORDERS:
        return ""
    ours = entry.automatic and entry.direction is not Direction.IN
    return "" if ours else without_tokens(entry.text)


def _call_line(until: datetime | None, timezone: tzinfo) -> str:
    shown = f"{until.astimezone(timezone):%d %b %Y %H:%M %Z}" if until is not None else "soon"
    return f"They want to be called, by {shown} at the latest; the appointment is attached."


def _appointment(until: datetime, case: Case, letterhead: Letterhead, now: datetime) -> Attachment:
    """The call as a file for the agent's calendar; the same case always has the same one."""
    # Here, because the library takes a while to import, and few cases are call-backs.
    from maild.render.ics import appointment

    name = one_line(case.requester_name or case.requester)
    begin = max(until - _A_CALL, now)
    content = appointment(
        f"call-back-{case.number}.{letterhead.desk.instance}",
        f"{letterhead.tag(case.number)} Call {name}",
        f"{one_line(case.subject)}\n{name} <{case.requester}>",
        begin,
        max(until, begin + _A_CALL),
        now,
    )
    return Attachment(
        filename=f"call-back-{case.number}.ics",
        content_type="text/calendar",
        content=content,
        sha256=hashlib.sha256(content).hexdigest(),
        inline=False,
        content_id=None,
    )
