"""Reads the done folder once more and stores what the store does not hold: after a restore, or when a replica that
took over lacks the last moments (cases F28, F33). The mailbox is the second log.

A letter is known by its exact bytes, in its own mailbox, whatever became of it: an ignored or held one does not act
twice. What comes in again is routed like any letter, so a mail of the same content is a duplicate all the same.
May run beside the daemon, which files a letter away only once its bytes are stored.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from maild.log import Event
from maild.pipeline.office import Beat, Office, Unreadable, no_beat
from maild.pipeline.storable import storable
from parsers.origin import origin
from store import Conflict
from store.letters import Place

_WINDOW = 500


class DoneMail(Protocol):
    @property
    def uid(self) -> int: ...
    @property
    def raw(self) -> bytes: ...
    @property
    def internal_date(self) -> datetime: ...


class DoneFolder(Protocol):
    """The done folder of a mailbox: a `transport.imap.Mailbox` that looks there."""

    @property
    def uidvalidity(self) -> int: ...
    def waiting(self, start: int, limit: int) -> list[int]: ...
    def dates(self, uids: Sequence[int]) -> dict[int, datetime]: ...
    def fetch(self, uids: Sequence[int]) -> Iterable[DoneMail]: ...


@dataclass(slots=True)
class Reconciled:
    """How many mails were read, and how many of them were new to the store."""

    seen: int = 0
    taken: int = 0


def reconcile(
    office: Office, name: str, folder_name: str, folder: DoneFolder, since: datetime | None, beat: Beat = no_beat
) -> Reconciled:
    """Go through a mailbox's done folder, oldest first; mails that came before `since` are left out."""
    office.read.ready()
    result, start = Reconciled(), 0
    while uids := folder.waiting(start, _WINDOW):
        start += len(uids)
        if since is not None:
            dates = folder.dates(uids)
            uids = [uid for uid in uids if uid in dates and dates[uid] >= since]
        for mail in folder.fetch(uids):
            result.seen += 1
            result.taken += _take_in(office, name, Place(folder_name, folder.uidvalidity, mail.uid), mail)
            beat()
    return result


def _take_in(office: Office, name: str, place: Place, mail: DoneMail) -> bool:
    """Store a mail that is not there yet, with the time at which the server got it."""
    message_id = _message_id(office, mail.raw)
    with office.store.read() as unit:
        if unit.letters.holds(name, mail.raw, message_id):
            return False
    queue = office.mailbox_queues.get(name)
    try:
        with office.store.write() as unit:
            letter = unit.letters.store(name, queue, mail.raw, mail.internal_date, place, origin(mail.raw))
    except Conflict:  # somebody else reconciles as well
        return False
    office.log.emit(Event.LETTER_STORED, letter=letter, mailbox=name, uid=mail.uid, bytes=len(mail.raw))
    return True


def _message_id(office: Office, raw: bytes) -> str | None:
    """As routing recorded it; a letter that could not be read was recorded without one."""
    try:
        return storable(office.read(raw)).message_id
    except Unreadable:
        return None
