"""The quarantine by mail: looks up what an admin's commands mean, and tells the admins once a day what lies in it.

That the day's mail was sent is a fact which is swapped in the transaction that posts it, as with reports: once, on
however many nodes. Where nothing lies there, nothing is sent.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta

from maild.apply import post
from maild.apply.passes import Issuing
from maild.desk.orders.quarantine import OF_QUARANTINE
from maild.desk.orders.reading import numbers_in
from maild.desk.quarantine import Quarantined, ShownLetter, harmless, in_words
from maild.desk.situation import Arrived, Situation, Speaker
from maild.errors import Temporary
from maild.log import Event
from maild.pipeline.office import Clock, Office, Unreadable
from maild.pipeline.staffing import with_staff
from maild.render.quarantine import to_admin
from store import Unit
from store.records import Letter

_MOST = 50
"""Letters that one mail shows, the oldest."""
_SECONDS = 1.0
"""For which each may be read, to show how it begins."""
_LATE = timedelta(days=1)
_SENT = "quarantine-told"


def with_quarantine(unit: Unit, situation: Situation) -> Situation:
    """With the letters, and the cases, that an admin's commands on the quarantine name."""
    arrived = situation.occasion
    if not isinstance(arrived, Arrived) or arrived.sender.speaker is not Speaker.AGENT:
        return situation
    agent = arrived.sender.agent
    if agent is None or agent.role != "admin":
        return situation
    asked = [command for command in arrived.commands if command.verb in OF_QUARANTINE]
    if not asked:
        return situation
    numbers = set(numbers_in(asked))
    everything = any(command.verb == "quarantine" for command in asked)
    letters = {one.id: one for one in unit.letters.quarantined() if everything or one.id in numbers}
    survivors = unit.relations.survivors(list(numbers))
    cases = unit.cases.get_many({survivors.get(number, number) for number in numbers})
    named = {n: cases[survivors.get(n, n)] for n in numbers if survivors.get(n, n) in cases}
    return replace(situation, quarantined=Quarantined(letters=letters, cases=named))


def send_quarantine(office: Office, clock: Clock) -> int:
    """Tell the admins what lies there, when the time has come; how many mails. None while the outbox is held."""
    now, at = clock(), office.desk.quarantine_at
    if at is None:
        return 0
    due = at.last(now, office.desk.zone)
    with office.store.read() as unit:  # mostly there is nothing to do, and then nothing is locked
        seen, is_held = unit.facts.get(_SENT), unit.facts.outbox_held() is not None
    if is_held or (seen is not None and datetime.fromisoformat(seen) >= due):
        return 0
    found: list[ShownLetter] = []
    count = 0
    if seen is not None and now - due <= _LATE:
        with office.store.read() as unit:
            letters = unit.letters.quarantined()
        count, found = len(letters), [_shown(office, letter) for letter in letters[:_MOST]]
    return _send(office, seen, due, found, count, now)


def _send(
    office: Office, seen: str | None, due: datetime, found: list[ShownLetter], count: int, now: datetime
) -> int:
    mails: list[tuple[int, str]] = []
    with office.store.write() as unit:
        if not unit.facts.swap(_SENT, seen, due.isoformat()):
            return 0  # another node was quicker
        desk = with_staff(office, unit).desk
        admins = desk.admins() if found else []
        stationery = office.stationery.at(desk, Issuing(unit, desk.token_life, now))
        for admin in admins:
            mails += post(unit, to_admin(stationery, found, count, admin, now), "quarantine", now)
    for mail, recipient in mails:
        office.log.emit(Event.QUARANTINE_TOLD, letters=count, mail=mail, to=recipient)
    return len(mails)


def _shown(office: Office, letter: Letter) -> ShownLetter:
    """By itself: fifty large letters at once would take more memory than there is."""
    with office.store.read() as unit:
        raw = unit.letters.raw(letter.id)
    sender, subject = letter.sender or "", letter.subject or ""
    try:
        message = office.read(raw, _SECONDS)
    except (Unreadable, Temporary):
        begins = "(it cannot be read)"
    else:
        begins = next((line for line in message.text.split("\n") if line.strip()), "")
        name, address = message.sender.name, sender or message.sender.address
        sender = f"{name} <{address}>" if name and name != address else address
        subject = subject or message.subject
    return ShownLetter(
        id=letter.id,
        cause=letter.cause or "",
        why=in_words(letter.cause),
        sender=harmless(sender),
        subject=harmless(subject),
        begins=harmless(begins),
        received_at=letter.received_at,
        attempts=letter.attempts,
    )
