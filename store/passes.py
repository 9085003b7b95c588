"""Passes: by which an agent's tokens for one case are good. Each has a generation, which its tokens are signed with,
and says when the last one was given out.

Case 0 is that of the address at which an agent writes about no case.
"""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Connection, select, update
from sqlalchemy import case as case_when
from sqlalchemy.dialects.postgresql import insert as _postgresql
from sqlalchemy.dialects.sqlite import insert as _sqlite

from store.records import Pass, fold_address
from store.schema import passes

_FIRST = 1
"""Generation 0 is that of tokens from before there were passes; the migration made theirs."""


class Passes:
    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def of_cases(self, numbers: Collection[int]) -> list[Pass]:
        """Everybody's for these cases."""
        if not numbers:
            return []
        query = select(passes).where(passes.c.case_number.in_(numbers)).order_by(passes.c.address)
        return [_pass(row) for row in self._connection.execute(query)]

    def issue(self, address: str, case: int, now: datetime, life: timedelta) -> int:
        """A token is given out: the generation to sign it with. Those that had run out stay dead: a new generation
        begins."""
        insert = _sqlite if self._connection.dialect.name == "sqlite" else _postgresql
        row = {"address": fold_address(address), "case_number": case, "generation": _FIRST, "issued_at": now}
        next_one = case_when((passes.c.issued_at < now - life, passes.c.generation + 1), else_=passes.c.generation)
        said = (
            insert(passes)
            .values(**row)
            .on_conflict_do_update(
                index_elements=["case_number", "address"], set_={"generation": next_one, "issued_at": now}
            )
        )
        return int(self._connection.execute(said.returning(passes.c.generation)).scalar_one())

    def void(self, address: str, case: int) -> bool:
        """The tokens given out so far are good for nothing any more. False when there were none."""
        theirs = (passes.c.address == fold_address(address), passes.c.case_number == case)
        said = update(passes).where(*theirs).values(generation=passes.c.generation + 1)
        return self._connection.execute(said).rowcount == 1


def _pass(row: Any) -> Pass:
    return Pass(address=row.address, case=row.case_number, generation=row.generation, issued_at=row.issued_at)
