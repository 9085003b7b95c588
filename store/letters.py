"""Letters: every mail that ever came, its exact bytes, and what became of it."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from sqlalchemy import (
    ColumnElement,
    Connection,
    bindparam,
    func,
    insert,
    literal,
    literal_column,
    or_,
    select,
    update,
)

from store import turns
from store.engine import Database, first
from store.prepared import Prepared
from store.raws import KEPT, keep, may_be_kept_beside, of_letter, of_small_letters
from store.records import Letter, LetterState, fold_address
from store.schema import letters, mailboxes, raws

_EVER = datetime(1970, 1, 1, tzinfo=UTC)
RELEASED = "released"
"""Cause of a letter that an admin let pass."""
CONFIRMED = "confirmed"
"""… and of one that its agent said to be theirs, by a one-time code."""
_ATTACHED = "attached "


@dataclass(frozen=True, slots=True)
class Place:
    """Where on an IMAP server a letter lies; None for one that was handed in."""

    folder: str
    uidvalidity: int
    uid: int


ROW = (
    letters.c.id,
    letters.c.mailbox,
    letters.c.queue,
    letters.c.received_at,
    letters.c.state,
    letters.c.attempts,
    letters.c.message_id,
    letters.c.sender,
    letters.c.subject,
    letters.c.case_number,
    letters.c.entry_id,
    letters.c.cause,
    letters.c.error,
    letters.c.decision,
    letters.c.fence,
    letters.c.folder,
    letters.c.came_after,
)
_LATE = timedelta(hours=1)  # after its mailbox was read last: it may have come at any time in between


class Letters:
    def __init__(self, connection: Connection, database: Database) -> None:
        self._connection = connection
        self._database = database

    # intake

    def store(
        self,
        mailbox: str,
        queue: str | None,
        raw: bytes,
        received_at: datetime,
        place: Place | None,
        origin: str | None = None,
    ) -> int:
        """Keep one letter's exact bytes; its id. The caller's commit makes it durable. `origin`: see `turns`."""
        values: dict[str, object] = {
            "mailbox": mailbox,
            "queue": queue,
            "folder": place.folder if place else None,
            "uidvalidity": place.uidvalidity if place else None,
            "uid": place.uid if place else None,
            "received_at": received_at,
            "of_mailbox": mailbox,
        }
        if origin:
            values |= turns.turn_of(origin)
        is_with_raw = may_be_kept_beside(self._database, raw)
        values |= {"content": raw} if is_with_raw else {"raw_id": keep(self._connection, self._database, raw)}
        return int(_ADD[is_with_raw, bool(origin)].on(self._connection, values).scalar_one())

    def store_sibling(self, letter_id: int, mailbox: str, queue: str, received_at: datetime) -> int:
        """The same mail in one more queue it was sent to; shares the bytes."""
        here = {"mailbox": mailbox, "queue": queue, "received_at": received_at}
        new = [literal(value, letters.c[name].type) for name, value in here.items()]
        copied = select(*_SHARED, STORED, *new).where(letters.c.id == letter_id)
        names = [*(column.name for column in _SHARED), "state", *here]
        added = insert(letters).from_select(names, copied).returning(letters.c.id)
        return int(self._connection.execute(added).scalar_one())

    def known(self, mailbox: str, folder: str, uidvalidity: int, uids: Sequence[int]) -> set[int]:
        """Which of these UIDs are stored already: they only need to be filed away."""
        rows = self._connection.execute(
            select(letters.c.uid).where(
                letters.c.mailbox == mailbox,
                letters.c.folder == folder,
                letters.c.uidvalidity == uidvalidity,
                letters.c.uid.in_(uids),
            )
        )
        return {uid for (uid,) in rows}

    def holds(self, mailbox: str, raw: bytes, message_id: str | None) -> bool:
        """Whether a letter of this mailbox has these very bytes. Those without a Message-ID on record (they had none,
        or are not routed yet) are looked at whatever `message_id` is; there are few."""
        unnamed = letters.c.message_id.is_(None)
        named = unnamed if message_id is None else or_(letters.c.message_id == message_id, unnamed)
        query = (
            select(raws.c.content)
            .join(letters, letters.c.raw_id == raws.c.id)
            .where(named, letters.c.mailbox == mailbox, func.length(raws.c.content) == len(raw))
        )
        return any(bytes(content) == raw for (content,) in self._connection.execute(query))

    # routing

    def raw(self, letter_id: int) -> bytes:
        return of_letter(self._connection, self._database, letter_id)

    def small_raws(self, ids: Collection[int]) -> dict[int, bytes]:
        """The bytes of those of these letters that are so small that many may be in memory at once."""
        return of_small_letters(self._connection, ids)

    def entered(self, queues: Collection[str], digest: str, number: int) -> Letter | None:
        """The letter of the same content that became an entry of this case in another of these queues."""
        query = select(*ROW).where(
            letters.c.queue.in_(queues), letters.c.digest == digest, letters.c.case_number == number
        )
        row = self._connection.execute(query.limit(1)).first()
        return letter_of(row) if row else None

    def originals(self, digests: Collection[str]) -> dict[tuple[str, str], Letter]:
        """(queue, digest) → the letter of that content that the queue has already."""
        rows = _ORIGINALS.on(self._connection, {"like": sorted(digests)})
        return {(row.queue, row.digest): letter_of(row) for row in rows}

    def elsewhere(self, queue: str, digest: str) -> int | None:
        """The case that the same content opened in another queue, if any."""
        found: int | None = first(_ELSEWHERE.on(self._connection, {"into": queue, "like": digest}).first())
        return found

    def settle(self, letter_id: int, state: LetterState, **columns: object) -> bool:
        """Say what became of a letter, once: its final state, and any of queue, digest, message_id, sender, subject,
        case_number, entry_id, cause, error, decision. False when it was settled already."""
        values = {"letter": letter_id, "state": state.value, "taken_by": None, "taken_until": None, **columns}
        return _SETTLE.on(self._connection, values).rowcount == 1

    def move(self, letter_id: int, number: int) -> None:
        """What a settled letter became belongs to another case now."""
        self._connection.execute(update(letters).where(letters.c.id == letter_id).values(case_number=number))

    def failed(self, letter_id: int, error: str) -> None:
        """One more try failed; it may be tried again."""
        still = (letters.c.id == letter_id, letters.c.state == STORED)
        self._connection.execute(update(letters).where(*still).values(error=error, taken_by=None, taken_until=None))

    # quarantine and look-ups

    def quarantined(self) -> list[Letter]:
        query = select(*ROW).where(letters.c.state == LetterState.QUARANTINED.value).order_by(letters.c.id)
        return [letter_of(row) for row in self._connection.execute(query)]

    def held(self, sender: str, cause: str, limit: int) -> list[Letter]:
        """Those of this sender that are in quarantine for this cause, the oldest first."""
        where = (letters.c.state == LetterState.QUARANTINED.value, letters.c.cause == cause)
        whose = func.lower(letters.c.sender) == fold_address(sender)
        query = select(*ROW).where(*where, whose).order_by(letters.c.id).limit(limit)
        return [letter_of(row) for row in self._connection.execute(query)]

    def get(self, letter_id: int) -> Letter | None:
        row = self._connection.execute(select(*ROW).where(letters.c.id == letter_id)).first()
        return letter_of(row) if row else None

    def by_message_id(self, message_id: str) -> list[Letter]:
        query = select(*ROW).where(letters.c.message_id == message_id).order_by(letters.c.id)
        return [letter_of(row) for row in self._connection.execute(query)]

    def count_from(self, sender: str, since: datetime, until: datetime, but: str | None) -> int:
        """How many mails this address wrote in that time, without the one of this Message-ID; each counts once,
        to however many queues it came."""
        one = func.coalesce(letters.c.message_id, letters.c.digest, letters.c.subject)
        query = select(func.count(func.distinct(one))).where(
            letters.c.sender == sender, letters.c.received_at >= since, letters.c.received_at <= until
        )
        if but is not None:
            query = query.where(letters.c.message_id.is_distinct_from(but))
        return int(self._connection.execute(query).scalar_one())

    def of_case(self, number: int) -> list[Letter]:
        query = select(*ROW).where(letters.c.case_number == number).order_by(letters.c.id)
        return [letter_of(row) for row in self._connection.execute(query)]

    def release(self, letter_id: int, cause: str | None) -> bool:
        """Give a quarantined letter a fresh start; `cause` RELEASED lets it pass the check that held it."""
        held = (letters.c.id == letter_id, letters.c.state == LetterState.QUARANTINED.value)
        values = {"state": LetterState.STORED.value, "attempts": 0, "error": None, "digest": None, "cause": cause}
        return self._connection.execute(update(letters).where(*held).values(**values)).rowcount == 1

    def attach(self, letter_id: int, number: int) -> bool:
        """As `release`, into this case."""
        return self.release(letter_id, f"{_ATTACHED}{number}")

    def drop(self, letter_id: int, cause: str) -> bool:
        """A quarantined letter is kept and has no effect, by somebody's word."""
        held = (letters.c.id == letter_id, letters.c.state == LetterState.QUARANTINED.value)
        values = {"state": LetterState.IGNORED.value, "cause": cause}
        return self._connection.execute(update(letters).where(*held).values(**values)).rowcount == 1

    def settled_since(self, since: datetime, behind: int, limit: int) -> list[Letter]:
        """Letters that came since then and have found their place, behind this id, in the order they came."""
        query = (
            select(*ROW)
            .where(letters.c.id > behind, letters.c.received_at >= since)
            .where(letters.c.state.not_in([LetterState.STORED.value, LetterState.DUPLICATE.value]))
            .order_by(letters.c.id)
            .limit(limit)
        )
        return [letter_of(row) for row in self._connection.execute(query)]

    def none_waits_before(self) -> dict[str | None, datetime]:
        """Per queue (None: not yet known), the latest time that no unrouted letter came before: each lay in its
        mailbox for an unknown while before it was stored, but not when the mailbox had been read before."""
        # Not by the bare column: SQLite would walk through every letter there ever was, in the order of queues.
        queue = letters.c.queue.concat(literal_column("''"))
        query = (
            select(queue, func.min(func.coalesce(letters.c.came_after, _EVER)))
            .where(letters.c.state == STORED)
            .group_by(queue)
        )
        return {queue: at for queue, at in self._connection.execute(query)}

    def counts(self) -> dict[str, int]:
        """How many letters are in each state."""
        query = select(letters.c.state, func.count()).group_by(letters.c.state)
        return {state: n for state, n in self._connection.execute(query)}

    def count(self) -> int:
        """How many letters there are, whatever became of them."""
        return int(self._connection.execute(select(func.count()).select_from(letters)).scalar_one())

    def astray(self) -> list[int]:
        """Letters whose state and pointers contradict each other: there must be none (promise 2)."""
        query = select(letters.c.id).where(
            or_(
                (letters.c.state == LetterState.ROUTED.value) & letters.c.entry_id.is_(None),
                (letters.c.state == LetterState.DUPLICATE.value)
                & letters.c.entry_id.is_(None)
                & letters.c.cause.is_(None),
                letters.c.state.in_([LetterState.IGNORED.value, LetterState.QUARANTINED.value])
                & letters.c.cause.is_(None),
            )
        )
        return [letter_id for (letter_id,) in self._connection.execute(query)]


def attached_to(cause: str | None) -> int | None:
    """The case that an admin attached a letter of this cause to."""
    return int(cause.removeprefix(_ATTACHED)) if cause is not None and cause.startswith(_ATTACHED) else None


# Written out in the statement, so that the partial index is used.
STORED: ColumnElement[str] = literal_column("'stored'")
_READ_BEFORE = select(mailboxes.c.read_at).where(mailboxes.c.name == bindparam("of_mailbox")).scalar_subquery()
_GIVEN = ("mailbox", "queue", "folder", "uidvalidity", "uid", "received_at")


def _add(*, with_raw: bool, in_turn: bool) -> Prepared:
    new: dict[str, Any] = {name: bindparam(name, type_=letters.c[name].type) for name in _GIVEN}
    new |= {"came_after": _READ_BEFORE, "state": STORED, **(turns.COLUMNS if in_turn else {})}
    if not with_raw:
        return Prepared(insert(letters).values(raw_id=bindparam("raw_id"), **new).returning(letters.c.id))
    kept = KEPT.cte("kept")
    copied = insert(letters).from_select(["raw_id", *new], select(kept.c.id, *new.values()))
    return Prepared(copied.add_cte(kept).returning(letters.c.id))


_ADD = {(raw, turn): _add(with_raw=raw, in_turn=turn) for raw in (True, False) for turn in (True, False)}
_SHARED = (
    letters.c.raw_id,
    letters.c.came_after,
    letters.c.origin,
    letters.c.domain,
    letters.c.behind,
    letters.c.turn,
)
_ORIGINALS = Prepared(select(*ROW, letters.c.digest).where(letters.c.digest.in_(bindparam("like", expanding=True))))
_ELSEWHERE = Prepared(
    select(letters.c.case_number)
    .where(
        letters.c.digest == bindparam("like"),
        letters.c.queue != bindparam("into"),
        letters.c.case_number.is_not(None),
    )
    .limit(1)
)
_SETTLE = Prepared(update(letters).where(letters.c.id == bindparam("letter"), letters.c.state == STORED))


def letter_of(row: Any) -> Letter:
    return Letter(
        id=row.id,
        mailbox=row.mailbox,
        queue=row.queue,
        received_at=row.received_at,
        state=LetterState(row.state),
        attempts=row.attempts,
        message_id=row.message_id,
        sender=row.sender,
        subject=row.subject,
        case=row.case_number,
        entry=row.entry_id,
        cause=row.cause,
        error=row.error,
        decision=row.decision,
        late=row.folder is not None and (row.came_after is None or row.received_at - row.came_after > _LATE),
        fence=row.fence,
    )
