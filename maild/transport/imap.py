"""A watched folder: what waits in it, its mails' exact bytes, filing them away, waiting for more.

Reads by UID and BODY.PEEK[] only; `\\Seen` is neither read nor written, because people use the same folder.
It remembers nothing across connections and decides nothing: which mails are new, stored or done is the
caller's.

State of a mail on the server: in the folder -> (copied -> flagged \\Deleted ->) gone from the folder. A
crash between copy and flag leaves a second copy in the done folder, never a lost mail. See RFC 3501, RFC
6851, RFC 4315.
"""

from __future__ import annotations

import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from types import TracebackType
from typing import Any, Self

from maild.errors import Permanent, UserError
from maild.transport.bell import Bell
from maild.transport.imap_session import ImapAccess, Refused, Session

__all__ = ["Fetched", "ImapAccess", "Mailbox", "probe"]

# Some servers refuse command lines over 8,000 octets.
_UIDS_A_COMMAND = 300
_LARGEST_WINDOW = 5_000
_MAILS_A_FETCH = 50
_BYTES_A_FETCH = 8 << 20
# RFC 2177 has clients renew IDLE before 29 minutes; many NAT boxes forget a connection after ten.
_RENEW_IDLE = 9 * 60.0
_KEEP_ALIVE = 4 * 60.0


@dataclass(frozen=True, slots=True)
class Fetched:
    uid: int
    raw: bytes
    internal_date: datetime


class Mailbox:
    """One connection to one folder, for one thread; `with` connects and closes.

    Any method may raise Temporary: when `connected` is False afterwards, call connect() again (with back-
    off); when it is still True, the server only refused this one thing.
    """

    def __init__(self, access: ImapAccess) -> None:
        self.access = access
        self.uidvalidity = 0
        self.refusal = ""
        self._session = Session(access)
        self._folder = access.folder
        self._done: str | None = None
        self._copied: set[int] = set()
        self._deletable = True

    def __enter__(self) -> Self:
        self.connect()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None
    ) -> None:
        self.close()

    @property
    def connected(self) -> bool:
        return self._session.alive

    def connect(self) -> None:
        """Connect, log in and select the folder.

        The done folder is looked for when it is first needed: a mailbox whose done folder cannot be made is
        still read.
        """
        access, self._done = self.access, None
        self._copied.clear()
        if access.folder.casefold() == access.done_folder.casefold():
            raise UserError(f"mailbox {access.name}: done_folder is the watched folder itself; name another")
        self._session.open()
        try:
            self._folder, there = self._locate(access.folder)
            if not there:
                raise Permanent(f"{self._session.where}: {access.user} has no folder {access.folder}; correct folder")
            self._look()
        except BaseException:
            self._session.drop()
            raise

    def close(self) -> None:
        self._session.close()

    def waiting(self, start: int, limit: int) -> list[int]:
        """UIDs of the mails at positions start+1 to start+limit, oldest first.

        A window costs the same in a folder of ten mails or 100,000. The folder is selected anew, which
        tells its true size: EXISTS counted along from EXPUNGE lines drifts, and positions past the end are
        an error.
        """
        exists = self._look()
        end = min(start + min(limit, _LARGEST_WINDOW), exists)
        return self._session.uids_at(start + 1, end) if end > start else []

    def find(self, word: str) -> list[int]:
        """UIDs of mails that have this word in the subject."""
        self._look()
        return self._session.search("SUBJECT", word)

    def sizes(self, uids: Sequence[int]) -> dict[int, int]:
        """Size in octets as the server tells it; a UID that has vanished is missing."""
        found: dict[int, int] = {}
        for chunk in _chunks(uids):
            answers = self._session.fetch(chunk, ["RFC822.SIZE"])
            found.update({uid: int(a[b"RFC822.SIZE"]) for uid, a in answers.items() if b"RFC822.SIZE" in a})
        return found

    def dates(self, uids: Sequence[int]) -> dict[int, datetime]:
        """When the server got each mail (INTERNALDATE)."""
        found: dict[int, datetime] = {}
        for chunk in _chunks(uids):
            answers = self._session.fetch(chunk, ["INTERNALDATE"])
            found.update(
                {uid: a[b"INTERNALDATE"].astimezone(UTC) for uid, a in answers.items() if b"INTERNALDATE" in a}
            )
        return found

    def fetch(self, uids: Sequence[int]) -> Iterator[Fetched]:
        """The mails' exact bytes, in the order asked for, a few at a time.

        A UID that has vanished, or whose mail is larger than `access.largest` (see sizes), is not yielded:
        servers answer OK without data for the former.
        """
        for batch in self._batches(uids):
            answers = self._read(batch)
            for uid in batch:
                answer = answers.pop(uid, {})
                raw, date = answer.get(b"BODY[]"), answer.get(b"INTERNALDATE")
                if isinstance(raw, bytes):
                    # RFC 3501 makes INTERNALDATE obligatory; a server without one gets the time we first
                    # saw it.
                    yield Fetched(uid, raw, date.astimezone(UTC) if date else datetime.now(UTC))

    def file_away(self, uids: Sequence[int]) -> list[int]:
        """Move mails to the done folder; the UIDs that are really gone from the watched one afterwards.

        The server's OK is no proof (it also answers a UID that never was), so the folder is searched again. A server
        that refuses (a full done folder, say) is no reason to stop reading: the mails stay, and `refusal` says why.
        """
        gone: list[int] = []
        self.refusal = ""
        for chunk in _chunks(uids):
            self._try_to_move(chunk)
            still = set(self._session.search("UID", _uid_set(chunk)))
            gone += [uid for uid in chunk if uid not in still]
        return gone

    def wait(self, seconds: float, stop: Bell) -> None:
        """Return when the folder has something new, after `seconds`, or when `stop` is set.

        A return promises nothing: look with waiting() after every one. Some news reaches us only by
        looking.
        """
        if self._session.noop():
            return
        idle = self.access.idle and self._session.has("IDLE")
        end = time.monotonic() + seconds
        while (left := end - time.monotonic()) > 0 and not stop.is_set():
            if idle:
                heard = self._session.idle(min(left, _RENEW_IDLE), stop)
            else:
                stop.wait(min(left, _KEEP_ALIVE))
                heard = left > _KEEP_ALIVE and not stop.is_set() and self._session.noop()
            if heard:
                return

    def describe(self) -> str:
        """One line about the server and the folder."""
        able = ", ".join(
            f"{name} {'yes' if self._session.has(name) else 'no'}" for name in ("IDLE", "MOVE", "UIDPLUS")
        )
        name, there = self._locate(self.access.done_folder)
        done = name if there else f"{name} (not there yet)"
        where, exists = self._session.where, self._look()
        return f"{where}: {self.access.user}: {exists} in {self._folder}, done folder {done}; {able}"

    def make_done_folder(self) -> None:
        """Now, not when the first mail is filed away; raises Temporary when the server refuses."""
        self._done_folder()

    def _look(self) -> int:
        state = self._session.select(self._folder)
        if state.uidvalidity != self.uidvalidity:
            self._copied.clear()
        self.uidvalidity, self._deletable = state.uidvalidity, state.deletable
        return state.exists

    def _read(self, uids: Sequence[int]) -> dict[int, dict[bytes, Any]]:
        items = ("INTERNALDATE", "BODY.PEEK[]")
        try:
            return self._session.fetch(uids, items)
        except Refused:
            # RFC 2180 4.1: NO when one of the mails has just been expunged by somebody; after a NOOP the server
            # has told us so, and answers for the others.
            self._session.noop()
            return self._session.fetch(uids, items)

    def _batches(self, uids: Sequence[int]) -> Iterator[list[int]]:
        sizes, batch, octets = self.sizes(uids), list[int](), 0
        for uid in uids:
            size = sizes.get(uid)
            if size is None or size > self.access.largest:
                continue
            if batch and (len(batch) == _MAILS_A_FETCH or octets + size > _BYTES_A_FETCH):
                yield batch
                batch, octets = [], 0
            batch.append(uid)
            octets += size
        if batch:
            yield batch

    def _try_to_move(self, uids: Sequence[int]) -> None:
        for _ in range(2):
            try:
                self._move(uids, self._done_folder())
            except Refused as refusal:
                self.refusal = str(refusal)
                if "TRYCREATE" not in self.refusal:
                    return
                # RFC 3501 6.4.7: somebody has removed the done folder since we found it. Make it again.
                self._done = None
            else:
                return

    def _move(self, uids: Sequence[int], done: str) -> None:
        session = self._session
        if session.has("MOVE"):
            session.move(uids, done)
            return
        if not self._deletable:
            raise Refused(f"{session.where}: {self.access.user} may not delete mails in {self._folder}")
        # What bears \Deleted already was copied by us in an earlier attempt, or deleted by a person. Copying
        # a mail again, round after round because it cannot be removed, would fill the disk.
        marked = set(session.search("UID", _uid_set(uids), "DELETED"))
        unmarked = [uid for uid in uids if uid not in marked]
        if fresh := [uid for uid in unmarked if uid not in self._copied]:
            session.copy(fresh, done)
            self._copied.update(fresh)
        if unmarked:
            session.mark_deleted(unmarked)
        if session.has("UIDPLUS"):
            session.expunge(uids)
        elif not session.search("DELETED", "NOT", "UID", _uid_set(uids)):
            # Plain EXPUNGE removes every mail flagged \Deleted, so it is used only when all of them are
            # ours.
            session.expunge(None)

    def _done_folder(self) -> str:
        if self._done is None:
            name, there = self._locate(self.access.done_folder)
            if not there:
                self._create(name)
            self._done = name
        return self._done

    def _create(self, folder: str) -> None:
        try:
            self._session.create(folder)
        except Refused:
            # Somebody was quicker, or it was made and could only not be subscribed to.
            if self._session.find(folder) is None:
                raise

    def _locate(self, folder: str) -> tuple[str, bool]:
        """The server's name for a folder of the settings, and whether it is there.

        Where the user's folders live under a prefix, "Archive/Done" is INBOX.Archive.Done.
        """
        if found := self._session.find(folder):
            return found, True
        prefix, separator = self._session.namespace()
        name = folder.replace("/", separator)
        if not name.upper().startswith(prefix.upper()):
            name = prefix + name
        found = self._session.find(name) if name != folder else None
        return found or name, found is not None


def probe(access: ImapAccess) -> str:
    """Connect, log in, make sure of both folders, and say in one line what this server can do."""
    with Mailbox(access) as mailbox:
        mailbox.make_done_folder()
        return mailbox.describe()


def _chunks(uids: Sequence[int]) -> Iterator[Sequence[int]]:
    for at in range(0, len(uids), _UIDS_A_COMMAND):
        yield uids[at : at + _UIDS_A_COMMAND]


def _uid_set(uids: Sequence[int]) -> str:
    return ",".join(map(str, uids))
