"""Mailboxes: until when each was fully read, by which node, and how it is doing. No timer acts before its mailbox was
read again (promise 5)."""

from __future__ import annotations

from collections.abc import Collection
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import BindParameter, Connection, bindparam, case, func, insert, or_, select, update

from store.engine import as_of, has_ended, locking, skipping_locked
from store.failures import Conflict, translated
from store.prepared import Prepared
from store.records import Lease
from store.schema import mailboxes


@dataclass(frozen=True, slots=True)
class Condition:
    """How a mailbox is doing."""

    read_at: datetime | None
    mail_at: datetime | None
    """When it last brought a new letter."""
    failing_since: datetime | None
    """Since when it cannot be read; None when the last try went well."""
    failure: str | None


class Mailboxes:
    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def mark_read(self, name: str, read_at: datetime, uidvalidity: int | None) -> int | None:
        """All that lay in the mailbox at `read_at` is stored. Returns the UIDVALIDITY known before."""
        values = {"read_at": read_at, "uidvalidity": uidvalidity, "failing_since": None, "failure": None}
        before = self._connection.execute(select(mailboxes.c.uidvalidity).where(mailboxes.c.name == name)).first()
        if before is None:
            self._connection.execute(insert(mailboxes).values(name=name, **values))
            return None
        self._connection.execute(update(mailboxes).where(mailboxes.c.name == name).values(**values))
        known: int | None = before.uidvalidity
        return known

    def read_at(self, names: Collection[str]) -> dict[str, datetime]:
        """Name → until when it was read; a mailbox never read is missing."""
        query = select(mailboxes.c.name, mailboxes.c.read_at).where(mailboxes.c.name.in_(names))
        return {name: at for name, at in self._connection.execute(query) if at is not None}

    # leases: one node reads one mailbox at a time

    def lease(self, name: str, owner: str, now: datetime, until: datetime) -> int | None:
        """Take a mailbox that is free, whose lease ran out, or that is ours already; its fence, which grows when the
        holder changes. None when another has it."""
        values = {"of": name, "owner": owner, "until": until, **as_of(now)}
        row = _LEASE.on(self._connection, values).first()
        if row is None and self._is_new(name):
            return self._first_lease(name, owner, until)
        return int(row.fence) if row else None

    def _is_new(self, name: str) -> bool:
        return self._connection.execute(select(mailboxes.c.name).where(mailboxes.c.name == name)).first() is None

    def _first_lease(self, name: str, owner: str, until: datetime) -> int | None:
        try:
            with translated(), self._connection.begin_nested():
                self._connection.execute(insert(mailboxes).values(name=name, holder=owner, held_until=until, fence=1))
        except Conflict:  # another node was quicker
            return None
        return 1

    def renew(self, name: str, owner: str, fence: int, until: datetime) -> bool:
        """Go on holding it. False when it has passed on; nobody else had it in between when it has not."""
        values = {"of": name, "owner": owner, "as_fence": fence, "until": until}
        return _RENEW.on(self._connection, values).rowcount == 1

    def give_up(self, name: str, owner: str, fence: int) -> bool:
        """Leave it to whoever comes."""
        mine = (mailboxes.c.name == name, mailboxes.c.holder == owner, mailboxes.c.fence == fence)
        gone = update(mailboxes).where(*mine).values(holder=None, held_until=None)
        return self._connection.execute(gone).rowcount == 1

    def confirm(self, name: str, owner: str, fence: int) -> bool:
        """Whether it is still in this very hand; if so, it is until the end of the transaction."""
        values = {"of": name, "owner": owner, "as_fence": fence}
        return _CONFIRM.on(self._connection, values).first() is not None

    def leases(self) -> dict[str, Lease]:
        """Mailbox → who reads it; those that nobody reads are missing."""
        query = select(mailboxes).where(mailboxes.c.holder.is_not(None), mailboxes.c.held_until.is_not(None))
        return {
            row.name: Lease(mailbox=row.name, holder=row.holder, until=row.held_until, fence=row.fence)
            for row in self._connection.execute(query)
        }

    def reclaim(self, holders: Collection[str]) -> None:
        """Free the mailboxes of holders that are gone."""
        gone = update(mailboxes).where(mailboxes.c.holder.in_(holders))
        self._connection.execute(gone.values(holder=None, held_until=None))

    # how they are doing

    def brought_mail(self, name: str, at: datetime) -> None:
        """A new letter was in it."""
        self._put(name, mail_at=at)

    def failed(self, name: str, at: datetime, failure: str) -> None:
        """It could not be read, until it is read in full again. It has been failing since the first time."""
        self._put(name, failing_since=func.coalesce(mailboxes.c.failing_since, at), failure=failure)

    def conditions(self, names: Collection[str]) -> dict[str, Condition]:
        """Name → how it is doing; a mailbox that nobody tried to read yet is missing."""
        columns = (mailboxes.c.read_at, mailboxes.c.mail_at, mailboxes.c.failing_since, mailboxes.c.failure)
        query = select(mailboxes.c.name, *columns).where(mailboxes.c.name.in_(names))
        return {name: Condition(*rest) for name, *rest in self._connection.execute(query)}

    def forget_readings_after(self, now: datetime) -> None:
        """The clock was put back: a reading in the time to come proves nothing of what was due meanwhile."""
        self._connection.execute(update(mailboxes).where(mailboxes.c.read_at > now).values(read_at=None))

    def _put(self, name: str, **values: object) -> None:
        mine = update(mailboxes).where(mailboxes.c.name == name)
        if self._connection.execute(mine.values(**values)).rowcount == 0:
            with suppress(Conflict), translated(), self._connection.begin_nested():  # another node was quicker
                self._connection.execute(insert(mailboxes).values(name=name))
            self._connection.execute(mine.values(**values))


_OWNER: BindParameter[str] = bindparam("owner")
_UNTIL = bindparam("until", type_=mailboxes.c.held_until.type)
# Its holder may stand still in the middle of a transaction: nobody waits for that here.
_LEASE = Prepared(
    skipping_locked(
        select(mailboxes.c.name).where(
            mailboxes.c.name == bindparam("of"),
            or_(mailboxes.c.holder.is_(None), mailboxes.c.holder == _OWNER, has_ended(mailboxes.c.held_until)),
        ),
        lambda free: (
            update(mailboxes)
            .where(mailboxes.c.name.in_(free))
            .values(
                holder=_OWNER,
                held_until=_UNTIL,
                fence=case((mailboxes.c.holder == _OWNER, mailboxes.c.fence), else_=mailboxes.c.fence + 1),
            )
            .returning(mailboxes.c.fence)
        ),
    )
)
_MINE = (
    mailboxes.c.name == bindparam("of"),
    mailboxes.c.holder == _OWNER,
    mailboxes.c.fence == bindparam("as_fence"),
)
_RENEW = Prepared(update(mailboxes).where(*_MINE).values(held_until=_UNTIL))
_CONFIRM = Prepared(locking(select(mailboxes.c.name).where(*_MINE)))
