"""Contacts: customers, as their cases know them and as was said of them."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, bindparam, case, func, insert, select, update

from store.people import Contact, Known
from store.prepared import Prepared
from store.records import StateType, Status, fold_address
from store.schema import cases, contacts, participants

_OPEN = tuple(status.value for status in Status if status.state is not StateType.DONE)


class Contacts:
    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def get_many(self, addresses: Collection[str]) -> dict[str, Contact]:
        """What was said of these, by folded address; of most people nothing was."""
        keys = {fold_address(address) for address in addresses}
        if not keys:
            return {}
        rows = _SOME.on(self._connection, {"of": list(keys)})
        return {row.address: _contact(row) for row in rows}

    def put(self, address: str, now: datetime, **columns: object) -> None:
        """Say these things of somebody; what was said of them before and is not named stays."""
        key, values = fold_address(address), {"changed_at": now, **columns}
        said = update(contacts).where(contacts.c.address == key).values(**values)
        if self._connection.execute(said).rowcount == 0:
            self._connection.execute(insert(contacts).values(address=key, **values))

    def join(self, address: str, other: str, now: datetime) -> None:
        """From now on the other address, and all that lead to it, are of the person known under the first."""
        led = update(contacts).where(contacts.c.same_as == fold_address(other))
        self._connection.execute(led.values(same_as=fold_address(address), changed_at=now))
        self.put(other, now, same_as=fold_address(address))

    def of_person(self, address: str) -> list[str]:
        """All addresses of the person who has this one, that under which they are known first."""
        key = fold_address(address)
        found = self._connection.execute(select(contacts.c.same_as).where(contacts.c.address == key)).scalar()
        first: str = found or key
        others = select(contacts.c.address).where(contacts.c.same_as == first).order_by(contacts.c.address)
        return [first, *self._connection.execute(others).scalars()]

    def blocked(self) -> list[Contact]:
        """Whose mail has no effect, by address."""
        query = select(contacts).where(contacts.c.blocked_at.is_not(None)).order_by(contacts.c.address)
        return [_contact(row) for row in self._connection.execute(query)]

    def no_more_copies(self, address: str) -> int:
        """Where they only get copies, they get none any more; of how many cases."""
        theirs = (participants.c.address == fold_address(address), participants.c.role != "requester")
        return self._connection.execute(update(participants).where(*theirs).values(undeliverable=True)).rowcount

    def known(self, address: str | None = None) -> Iterable[Known]:
        """Everybody who takes or took part in a case, or this one, by address. Looks at all cases there are."""
        of_case = cases.c.number == participants.c.case_number
        is_open = case((cases.c.status.in_(_OPEN), 1), else_=0)
        is_lost = case((participants.c.undeliverable.is_(True), 1), else_=0)
        each = (
            select(
                participants.c.address,
                func.count().label("cases"),
                func.sum(is_open).label("open"),
                func.max(is_lost).label("lost"),
                func.max(participants.c.case_number).label("newest"),
                func.max(cases.c.updated_at).label("last_at"),
            )
            .join(cases, of_case)
            .group_by(participants.c.address)
        )
        if address is not None:
            each = each.where(participants.c.address == fold_address(address))
        one = each.subquery()
        query = (
            select(one, participants.c.name, cases.c.language, cases.c.requester)
            .join(
                participants,
                (participants.c.address == one.c.address) & (participants.c.case_number == one.c.newest),
            )
            .join(cases, of_case)
            .order_by(one.c.address)
        )
        rows = self._connection.execute(query).all()
        said = self.get_many([row.address for row in rows[:1]]) if address is not None else self._all()
        for row in rows:
            yield _known(row, said.get(row.address))

    def _all(self) -> dict[str, Contact]:
        return {row.address: _contact(row) for row in self._connection.execute(select(contacts))}


_SOME = Prepared(select(contacts).where(contacts.c.address.in_(bindparam("of", expanding=True))))


def _known(row: Any, said: Contact | None) -> Known:
    wrote = row.requester == row.address  # else the case's language is that of somebody else
    return Known(
        address=row.address,
        name=(said.name if said else None) or row.name,
        language=(said.language if said else None) or (row.language if wrote else ""),
        organisation=(said.organisation if said else None) or "",
        plan=(said.plan if said else None) or "",
        same_as=said.same_as if said else None,
        blocked_at=said.blocked_at if said else None,
        active=said is None or said.active,
        undeliverable=bool(row.lost),
        cases=row.cases,
        open_cases=row.open,
        last_at=row.last_at,
    )


def _contact(row: Any) -> Contact:
    return Contact(
        address=row.address,
        active=row.active,
        name=row.name,
        language=row.language,
        organisation=row.organisation,
        plan=row.plan,
        same_as=row.same_as,
        blocked_at=row.blocked_at,
    )
