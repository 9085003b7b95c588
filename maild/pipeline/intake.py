"""Stage 1, intake: letters become rows. Exact bytes are committed first; only then is a letter filed away on the
server, or a 0 or 250 said (promise 1). Nothing is parsed here; whom it seems to be from is looked at, for its turn.

    L0 on the server only → L1 stored (a restart finds it stored and only files it away)
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import replace
from datetime import datetime
from typing import Protocol

from maild.log import Event, Log
from maild.pipeline.leases import Hold
from maild.pipeline.office import Beat, NoRoom, Office, no_beat
from parsers.origin import origin
from store import Conflict, Store, Unit
from store.failpoints import reach
from store.letters import Place

_WINDOW = 500
_BATCH = 50
_BATCH_BYTES = 8_000_000


class FetchedMail(Protocol):
    @property
    def uid(self) -> int: ...
    @property
    def raw(self) -> bytes: ...


class Folder(Protocol):
    """The folder of a mailbox that is read: what `transport.imap.Mailbox` offers."""

    @property
    def uidvalidity(self) -> int: ...
    @property
    def refusal(self) -> str | None: ...
    def waiting(self, start: int, limit: int) -> list[int]: ...
    def sizes(self, uids: Sequence[int]) -> dict[int, int]: ...
    def fetch(self, uids: Sequence[int]) -> Iterable[FetchedMail]: ...
    def file_away(self, uids: Sequence[int]) -> list[int]: ...


def take_in(
    office: Office,
    name: str,
    folder_name: str,
    folder: Folder,
    largest: int,
    now: datetime,
    beat: Beat = no_beat,
    hold: Hold | None = None,
) -> int:
    """Store and file away all that lies in the folder, oldest first; how many letters were new.

    `now` is when the reading began: all that lay there then is stored afterwards. `hold` is the right to read it, for
    as long as it lasts: raises LeaseLost. Raises NoRoom when the store's disk is short of room: what is not stored
    yet stays on the server.
    """
    hold = hold or Hold(name)
    taken, start = 0, 0
    while uids := folder.waiting(start, _WINDOW):
        fits = _that_fit(office, name, folder, uids, largest)
        with office.store.read() as unit:
            known = unit.letters.known(name, folder_name, folder.uidvalidity, fits)
        stuck = _file_away(office, name, folder, sorted(known), hold)
        new = [uid for uid in fits if uid not in known]
        for stored in _stored(office, name, folder_name, folder, new, now, hold):
            taken += len(stored)
            stuck += _file_away(office, name, folder, stored, hold)
            if not beat():
                return taken
        # What stays in the folder stays in front of the window: step over it.
        start += len(uids) - len(fits) + stuck
    with office.store.write() as unit:
        hold.confirm(unit)
        before = unit.mailboxes.mark_read(name, now, folder.uidvalidity)
        reach("read.pre_commit")
    if before is not None and before != folder.uidvalidity:
        office.log.emit(Event.MAILBOX_RESET, mailbox=name, was=before, uidvalidity=folder.uidvalidity)
    return taken


def hand_in(office: Office, mailbox: str, raw: bytes, now: datetime) -> int:
    """Store one mail that was handed to us; the letter's id once it is committed. Raises NoRoom."""
    refuse_without_room(office)
    return keep(office.store, office.log, mailbox, office.mailbox_queues.get(mailbox), raw, now)


def keep(store: Store, log: Log, mailbox: str, queue: str | None, raw: bytes, now: datetime) -> int:
    """The same for those who have no office: a pipe needs neither templates nor servers."""
    with store.write() as unit:
        letter = unit.letters.store(mailbox, queue, raw, now, None, origin(raw))
    log.emit(Event.LETTER_STORED, letter=letter, mailbox=mailbox, bytes=len(raw))
    return letter


def take_delivery(office: Office, mailbox: str, queues: Sequence[str], raw: bytes, now: datetime) -> dict[str, int]:
    """Store one mail that a server delivers, once in each of these queues; queue → letter once all are committed.

    Raises NoRoom.
    """
    refuse_without_room(office)
    with office.store.write() as unit:
        first, *others = queues
        letters = {first: unit.letters.store(mailbox, first, raw, now, None, origin(raw))}
        for queue in others:
            letters[queue] = unit.letters.store_sibling(letters[first], mailbox, queue, now)
        reach("lmtp.pre_commit")
    for letter in letters.values():
        office.log.emit(Event.LETTER_STORED, letter=letter, mailbox=mailbox, bytes=len(raw))
    return letters


def refuse_without_room(office: Office) -> None:
    """Called before bytes are taken in, as long as whoever has them can still keep them."""
    if office.room.is_short():
        raise NoRoom("the disk of the store has too little room left; mail stays where it is")


def _stored(
    office: Office, name: str, folder_name: str, folder: Folder, uids: Sequence[int], now: datetime, hold: Hold
) -> Iterable[list[int]]:
    """Fetch and commit in batches; yields the UIDs of each batch once it is on stable storage."""
    batch: list[FetchedMail] = []
    size = 0
    if uids:
        refuse_without_room(office)
    for mail in folder.fetch(uids):
        reach("fetch.body")
        batch.append(mail)
        size += len(mail.raw)
        if len(batch) >= _BATCH or size >= _BATCH_BYTES:
            yield _commit(office, name, Place(folder_name, folder.uidvalidity, 0), batch, now, hold)
            batch, size = [], 0
            refuse_without_room(office)
    if batch:
        yield _commit(office, name, Place(folder_name, folder.uidvalidity, 0), batch, now, hold)


def _commit(
    office: Office, name: str, place: Place, batch: Sequence[FetchedMail], now: datetime, hold: Hold
) -> list[int]:
    try:
        letters = _commit_all(office, name, place, batch, now, hold, _store)
    except Conflict:  # one of them is there already, and nothing is written
        letters = _commit_all(office, name, place, batch, now, hold, _store_if_new)
    for letter, mail in letters:
        if letter is not None:
            office.log.emit(Event.LETTER_STORED, letter=letter, mailbox=name, uid=mail.uid, bytes=len(mail.raw))
    return [mail.uid for mail in batch]


def _commit_all(
    office: Office,
    name: str,
    place: Place,
    batch: Sequence[FetchedMail],
    now: datetime,
    hold: Hold,
    store: Callable[[Unit, Office, str, Place, bytes, datetime], int | None],
) -> list[tuple[int | None, FetchedMail]]:
    with office.store.write() as unit:
        hold.confirm(unit)
        letters = [(store(unit, office, name, replace(place, uid=mail.uid), mail.raw, now), mail) for mail in batch]
        if any(letter is not None for letter, _ in letters):
            unit.mailboxes.brought_mail(name, now)
        reach("ingest.pre_commit")
    reach("ingest.post_commit")
    return letters


def _store(unit: Unit, office: Office, name: str, place: Place, raw: bytes, now: datetime) -> int:
    """The letter's id."""
    return unit.letters.store(name, office.mailbox_queues.get(name), raw, now, place, origin(raw))


def _store_if_new(unit: Unit, office: Office, name: str, place: Place, raw: bytes, now: datetime) -> int | None:
    """The same; None when another node has stored this very mail meanwhile."""
    try:
        with unit.savepoint():
            return _store(unit, office, name, place, raw, now)
    except Conflict:
        return None


def _that_fit(office: Office, name: str, folder: Folder, uids: Sequence[int], largest: int) -> list[int]:
    sizes = folder.sizes(uids)
    for uid in uids:
        if sizes.get(uid, 0) > largest and office.first_time("too large", name, folder.uidvalidity, uid):
            office.log.emit(Event.LETTER_TOO_LARGE, mailbox=name, uid=uid, bytes=sizes[uid], limit=largest)
    return [uid for uid in uids if sizes.get(uid, 0) <= largest]


def _file_away(office: Office, name: str, folder: Folder, uids: Sequence[int], hold: Hold) -> int:
    """Move stored letters away; how many would not go."""
    hold.check()
    stuck = len(uids) - len(folder.file_away(uids)) if uids else 0
    if stuck and office.first_time("stuck", name, *uids):
        office.log.emit(Event.MAILBOX_STUCK, mailbox=name, letters=stuck, error=folder.refusal)
    return stuck
