"""One-time codes: what was asked of an agent about a letter that is held, until when, and how it ended. The codes
themselves are not kept, only what tells them."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import Connection, insert, select, update

from store.proving import Code
from store.records import fold_address
from store.schema import codes


class Codes:
    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def add(self, digest: str, agent: str, letter: int, bound: str, now: datetime, until: datetime) -> None:
        """One more that this agent may use for this letter, as long as its bytes are those that `bound` tells."""
        row = {"digest": digest, "agent": fold_address(agent), "letter_id": letter, "bound": bound}
        self._connection.execute(insert(codes).values(**row, created_at=now, expires_at=until))

    def find(self, digest: str) -> Code | None:
        row = self._connection.execute(select(codes).where(codes.c.digest == digest)).first()
        return _code(row) if row else None

    def end(self, code: int, outcome: str, now: datetime) -> bool:
        """It is good for nothing any more. True for one of several who say so."""
        still = (codes.c.id == code, codes.c.outcome.is_(None))
        said = update(codes).where(*still).values(outcome=outcome, ended_at=now)
        return self._connection.execute(said).rowcount == 1


def _code(row: Any) -> Code:
    return Code(
        id=row.id,
        agent=row.agent,
        letter=row.letter_id,
        bound=row.bound,
        expires_at=row.expires_at,
        outcome=row.outcome,
    )
