"""The outbox: mails to be handed to the mail server. O1 waiting → O2 leased → O3 sent | O1 | O4 failed."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import (
    ColumnElement,
    Connection,
    and_,
    bindparam,
    case,
    delete,
    exists,
    func,
    literal_column,
    or_,
    select,
    update,
)

from store.ahead import Ahead
from store.engine import Database, as_of, has_ended, skipping_locked
from store.locks import Locks
from store.prepared import Prepared
from store.raws import is_small, of_mail, of_small_mails, put_out
from store.records import MailState, Outgoing, fold_address, without_plus
from store.schema import outbox

LONGEST_PAUSE = timedelta(hours=4)
"""No mail that was refused for now waits for longer before it is tried again."""
_ROW = tuple(column for column in outbox.c if column.name != "content")


@dataclass(frozen=True, slots=True)
class Written:
    """Mails that were written."""

    last_hour: int
    last_day: int
    """To one person, whatever stands behind the plus."""
    in_all: int
    """Within the hour, to whomever; no more are counted than were asked for."""


@dataclass(slots=True)
class _Counted:
    """How many automatic mails these people were written since then, those that were added since among them."""

    persons: frozenset[str]
    cases: frozenset[int]
    since: datetime
    mails: defaultdict[str, Counter[tuple[int | None, str]]]
    """Person → (case, event); about other cases than these together, under None."""

    def add(self, values: Mapping[str, Any]) -> None:
        if values["automatic"] and values["created_at"] > self.since:
            number = values["case_number"]
            self.mails[values["person"]][number if number in self.cases else None, values["event"]] += 1

    def about(self, persons: Collection[str], cases: Collection[int]) -> dict[tuple[str, int | None, str], int]:
        found = Counter[tuple[str, int | None, str]]()
        for person in persons:
            for (number, event), mails in self.mails[person].items():
                found[person, number if number in cases else None, event] += mails
        return found


class Outbox:
    def __init__(self, connection: Connection, database: Database, locks: Locks, *, reading: bool = False) -> None:
        self._connection = connection
        self._database = database
        self._locks = locks
        self._reading = reading
        self._counted: _Counted | None = None
        self.ahead = Ahead(connection, outbox.c.id)

    def add(self, **columns: object) -> int:
        """One mail to one address, to leave at `next_at` or later; its id."""
        person = without_plus(str(columns["recipient"]))
        values = {"state": MailState.WAITING.value, "person": person, **columns}
        if self._counted is not None:
            self._counted.add(values)
        if not is_small(values["content"]):
            self.ahead.end()
        if mail_id := self.ahead.put(values):
            return mail_id
        return put_out(self._connection, self._database, values)

    def is_due(self, now: datetime) -> bool:
        """Whether there is anything to lease."""
        at = self._database.clock(self._connection, now)
        return _IS_DUE.on(self._connection, {"now": now, **as_of(at)}).first() is not None

    def lease(self, owner: str, now: datetime, length: timedelta, limit: int) -> list[Outgoing]:
        """Take mails that are due, or whose lease ran out, and count the attempt before anything is sent. The fence
        grows, so that a former holder is known.

        Not those of a case of which somebody else has an older mail in hand: a case's mails leave in their order.
        """
        at = self._database.clock(self._connection, now)
        values = {"now": now, "owner": owner, "until": at + length, "most": limit, **as_of(at)}
        rows = _LEASE.on(self._connection, values).all()
        return [_outgoing(row) for row in sorted(rows, key=lambda row: row.id)]

    def sent(self, mail: Outgoing, owner: str, now: datetime) -> bool:
        """Say that the server took it. True for the holder of the lease, once."""
        return self._finish(mail, owner, state=MailState.SENT.value, sent_at=now, error=None)

    def later(self, mail: Outgoing, owner: str, next_at: datetime, error: str) -> bool:
        return self._finish(mail, owner, state=MailState.WAITING.value, next_at=next_at, error=error)

    def failed(self, mail: Outgoing, owner: str, error: str) -> bool:
        return self._finish(mail, owner, state=MailState.FAILED.value, error=error)

    def unlease(self, mail: Outgoing, owner: str) -> bool:
        """Give a mail back untried: the attempt does not count."""
        return self._finish(mail, owner, state=MailState.WAITING.value, attempts=mail.attempts - 1)

    def lease_holders(self) -> set[str]:
        """Who holds leases."""
        query = select(outbox.c.lease_by).where(outbox.c.state == _LEASED).distinct()
        return {holder for (holder,) in self._connection.execute(query)}

    def reclaim(self, holders: Collection[str]) -> int:
        """Take the leases of holders that are gone: their mails wait again; how many. The attempt stays counted."""
        gone = (outbox.c.state == _LEASED, outbox.c.lease_by.in_(holders))
        values = {"state": MailState.WAITING.value, "lease_by": None, "lease_until": None}
        return self._connection.execute(update(outbox).where(*gone).values(**values)).rowcount

    def _finish(self, mail: Outgoing, owner: str, **columns: object) -> bool:
        values = {
            "of": mail.id,
            "holder": owner,
            "as_of": mail.fence,
            "lease_by": None,
            "lease_until": None,
            **columns,
        }
        return _FINISH.on(self._connection, values).rowcount == 1

    def get(self, mail_id: int) -> Outgoing | None:
        row = self._connection.execute(select(*_ROW).where(outbox.c.id == mail_id)).first()
        return _outgoing(row) if row else None

    def content(self, mail_id: int) -> bytes | None:
        return of_mail(self._connection, self._database, mail_id)

    def small_contents(self, ids: Collection[int]) -> dict[int, bytes]:
        """The bytes of those of these mails that are so small that many may be in memory at once."""
        return of_small_mails(self._connection, ids)

    def by_message_id(self, message_id: str) -> list[Outgoing]:
        rows = _BY_MESSAGE_ID.on(self._connection, {"of": message_id})
        return [_outgoing(row) for row in rows]

    def listed(self, states: Collection[MailState] | None = None) -> list[Outgoing]:
        query = select(*_ROW).order_by(outbox.c.id)
        if states is not None:
            query = query.where(outbox.c.state.in_([state.value for state in states]))
        return [_outgoing(row) for row in self._connection.execute(query)]

    def of_case(self, number: int) -> list[Outgoing]:
        rows = self._connection.execute(select(*_ROW).where(outbox.c.case_number == number).order_by(outbox.c.id))
        return [_outgoing(row) for row in rows]

    def of_event(self, number: int, event: int) -> list[Outgoing]:
        """The mails of one numbered event of a case, which their Message-IDs begin with."""
        return [mail for mail in self.of_case(number) if mail.message_id.startswith(f"<c{number}.e{event}.")]

    def retry(self, mail_id: int, now: datetime) -> bool:
        """A failed or waiting mail is tried at once. False when it is just being sent, or was."""
        query = update(outbox).where(
            outbox.c.id == mail_id, outbox.c.state.in_([MailState.FAILED.value, MailState.WAITING.value])
        )
        return self._connection.execute(query.values(state=MailState.WAITING.value, next_at=now)).rowcount == 1

    def wait_no_longer_than(self, now: datetime, pause: timedelta) -> int:
        """The clock was put back: what was to wait, by the time it showed, for longer than any mail does, waits for
        this pause from now; how many."""
        late = (outbox.c.state == _WAITING, outbox.c.next_at > now + max(pause, LONGEST_PAUSE))
        return self._connection.execute(update(outbox).where(*late).values(next_at=now + pause)).rowcount

    def lease_anew(self, until: datetime) -> None:
        """The clock is about to be set: what is in hand stays there, whatever the time was when it was taken."""
        self._connection.execute(update(outbox).where(outbox.c.state == _LEASED).values(lease_until=until))

    def held(self, numbers: Collection[int], events: Collection[str], now: datetime) -> list[Outgoing]:
        """Mails of these cases and events that are still held back, and have never begun to leave. Nobody else can
        take them before the end of the transaction; what a sender has in its hand already is left out."""
        values = {"of": list(numbers), "events": list(events), "now": now}
        held = _SEEN_HELD if self._reading else _HELD
        return [_outgoing(row) for row in held.on(self._connection, values)]

    def take_back(self, ids: Collection[int]) -> int:
        """Remove those of these mails that have never begun to leave; how many."""
        held = and_(outbox.c.id.in_(ids), outbox.c.state == MailState.WAITING.value, outbox.c.attempts == 0)
        self.forget_counts()
        return self._connection.execute(delete(outbox).where(held)).rowcount

    def drop(self, mail_id: int) -> bool:
        """Give a mail up for good; the row stays as failed. False when it is just being sent, or was."""
        query = update(outbox).where(
            outbox.c.id == mail_id, outbox.c.state.in_([MailState.FAILED.value, MailState.WAITING.value])
        )
        dropped = query.values(state=MailState.FAILED.value, error="dropped by an admin")
        return self._connection.execute(dropped).rowcount == 1

    def give_up(self, address: str, events: Collection[str], error: str) -> int:
        """None of these mails goes to this address any more, unless it is just being sent; how many."""
        theirs = and_(
            outbox.c.person == without_plus(fold_address(address)),
            outbox.c.recipient == fold_address(address),
            outbox.c.event.in_(events),
            outbox.c.state == MailState.WAITING.value,
        )
        given_up = update(outbox).where(theirs).values(state=MailState.FAILED.value, error=error)
        return self._connection.execute(given_up).rowcount

    def alone_with(self, address: str) -> None:
        """Nobody else counts what this person was written, or adds to it, before the end of the transaction: two
        nodes that count at once would each see room for one more."""
        self._locks.word(f"written {without_plus(fold_address(address))}")

    def automatic_since(self, address: str, events: Collection[str], since: datetime) -> int:
        """How many mails of these events a person was written since then, whatever stands behind the plus."""
        values = {"of": without_plus(fold_address(address)), "events": list(events), "since": since}
        return int(_AUTOMATIC_SINCE.on(self._connection, values).scalar_one())

    def automatic_to(
        self, people: Collection[str], cases: Collection[int], since: datetime
    ) -> dict[tuple[str, int | None, str], int]:
        """(person, case, event) → how many automatic mails each of these people was written since then; those about
        other cases than these are told together, under None."""
        persons = {without_plus(fold_address(one)) for one in people}
        known = self._counted
        if known and known.since == since and known.persons >= persons and known.cases >= set(cases):
            return known.about(persons, cases)
        return self._automatic_to(persons, cases, since)

    def count_ahead(self, people: Collection[str], cases: Collection[int], since: datetime) -> None:
        """`automatic_to` will be asked about these people and these cases, some at a time, until the end of the
        transaction: the store is asked now, and what is added after it is counted along."""
        persons = frozenset(without_plus(fold_address(one)) for one in people)
        mails: defaultdict[str, Counter[tuple[int | None, str]]] = defaultdict(Counter)
        for (person, about, event), n in self._automatic_to(persons, cases, since).items():
            mails[person][about, event] = n
        self._counted = _Counted(persons, frozenset(cases), since, mails)

    def forget_counts(self) -> None:
        """What was added may not be there any more."""
        self._counted = None

    def _automatic_to(
        self, persons: Collection[str], cases: Collection[int], since: datetime
    ) -> dict[tuple[str, int | None, str], int]:
        values = {"persons": sorted(persons), "cases": sorted(cases), "since": since}
        rows = _AUTOMATIC_TO.on(self._connection, values)
        return {(person, about, event): n for person, about, event, n in rows}

    def automatic(self, address: str, events: Collection[str], hour: datetime, day: datetime, most: int) -> Written:
        """How many mails of these events left since then: what the limiter counts."""
        values = {"of": without_plus(fold_address(address)), "events": list(events), "hour": hour, "day": day}
        found = _AUTOMATIC.on(self._connection, {**values, "most": most}).one()
        return Written(int(found[0]), int(found[1]), int(found[2]))

    def next_at(self) -> datetime | None:
        """When the next waiting mail is due."""
        query = select(func.min(outbox.c.next_at)).where(outbox.c.state == MailState.WAITING.value)
        return self._connection.execute(query).scalar()

    def counts(self) -> dict[str, int]:
        query = select(outbox.c.state, func.count()).group_by(outbox.c.state)
        return {state: n for state, n in self._connection.execute(query)}


# Written out in the statement, so that the partial index is used.
_WAITING: ColumnElement[str] = literal_column("'waiting'")
_LEASED: ColumnElement[str] = literal_column("'leased'")


_BY_MESSAGE_ID = Prepared(select(*_ROW).where(outbox.c.message_id == bindparam("of")).order_by(outbox.c.id))
_EVENTS: ColumnElement[bool] = outbox.c.event.in_(bindparam("events", expanding=True))
_held = select(*_ROW).where(
    outbox.c.case_number.in_(bindparam("of", expanding=True)),
    # No index helps here: of several cases and one event SQLite would look for the event, and read all of it.
    outbox.c.event.concat("").in_(bindparam("events", expanding=True)),
    outbox.c.state == MailState.WAITING.value,
    outbox.c.attempts == 0,
    outbox.c.next_at > bindparam("now"),
)
_HELD = Prepared(skipping_locked(_held))
_SEEN_HELD = Prepared(_held)
_FINISH = Prepared(
    update(outbox).where(
        outbox.c.id == bindparam("of"),
        outbox.c.lease_by == bindparam("holder"),
        outbox.c.fence == bindparam("as_of"),
        outbox.c.state == MailState.LEASED.value,
    )
)


_DUE = and_(
    outbox.c.state.in_([_WAITING, _LEASED]),
    or_(
        and_(outbox.c.state == MailState.WAITING.value, outbox.c.next_at <= bindparam("now")),
        and_(outbox.c.state == MailState.LEASED.value, has_ended(outbox.c.lease_until)),
    ),
)
"""Waiting and due, or leased by somebody who did not come back."""
_IS_DUE = Prepared(select(outbox.c.id).where(_DUE).limit(1))
_older = outbox.alias("older")
_OVERTAKES = exists().where(
    _older.c.case_number == outbox.c.case_number,
    _older.c.id < outbox.c.id,
    _older.c.state == _LEASED,
    _older.c.lease_by != bindparam("owner"),
    ~has_ended(_older.c.lease_until),
)
"""Whether somebody else is just sending an older mail of the same case."""
_LEASE = Prepared(
    skipping_locked(
        select(outbox.c.id).where(_DUE, ~_OVERTAKES).order_by(outbox.c.next_at, outbox.c.id).limit(bindparam("most")),
        lambda ids: (
            update(outbox)
            .where(outbox.c.id.in_(ids))
            .values(
                state=MailState.LEASED.value,
                lease_by=bindparam("owner"),
                lease_until=bindparam("until", type_=outbox.c.lease_until.type),
                attempts=outbox.c.attempts + 1,
                fence=outbox.c.fence + 1,
            )
            .returning(*_ROW)
        ),
    )
)
_ABOUT = case((outbox.c.case_number.in_(bindparam("cases", expanding=True)), outbox.c.case_number))
_AUTOMATIC_TO = Prepared(
    select(outbox.c.person, _ABOUT.label("about"), outbox.c.event, func.count())
    .where(
        outbox.c.person.in_(bindparam("persons", expanding=True)),
        outbox.c.created_at > bindparam("since"),
        outbox.c.automatic.is_(True),
    )
    .group_by(outbox.c.person, "about", outbox.c.event)
)
_hour = bindparam("hour", type_=outbox.c.created_at.type)
_some = select(outbox.c.event).where(_EVENTS, outbox.c.created_at > _hour).limit(bindparam("most"))
_AUTOMATIC_SINCE = Prepared(
    select(func.count()).where(outbox.c.person == bindparam("of"), _EVENTS, outbox.c.created_at > bindparam("since"))
)
_AUTOMATIC = Prepared(
    select(
        func.count().filter(outbox.c.created_at > _hour),
        func.count(),
        select(func.count()).select_from(_some.subquery()).scalar_subquery(),
    ).where(outbox.c.person == bindparam("of"), _EVENTS, outbox.c.created_at > bindparam("day"))
)


def _outgoing(row: Any) -> Outgoing:
    return Outgoing(
        id=row.id,
        case=row.case_number,
        entry=row.entry_id,
        event=row.event,
        automatic=row.automatic,
        recipient=row.recipient,
        envelope_from=row.envelope_from,
        message_id=row.message_id,
        state=MailState(row.state),
        attempts=row.attempts,
        next_at=row.next_at,
        error=row.error,
        created_at=row.created_at,
        sent_at=row.sent_at,
        fence=row.fence,
    )
