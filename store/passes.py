"""Passes: by which an agent's tokens for one case are good. Each has a generation, which its tokens are signed with,
and says when the last one was given out.

Case 0 is that of the address at which an agent writes about no case.
"""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Connection, bindparam, select, update
from sqlalchemy import case as case_when

from store.engine import for_both
from store.prepared import Prepared
from store.proving import Pass
from store.records import fold_address
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
        return [_pass(row) for row in _OF_CASES.on(self._connection, {"of": list(numbers)})]

    def issue(self, address: str, case: int, now: datetime, life: timedelta) -> int:
        """A token is given out: the generation to sign it with. Those that had run out stay dead: a new generation
        begins."""
        row = {"address": fold_address(address), "case_number": case, "generation": _FIRST, "issued_at": now}
        issued = _ISSUE.on(self._connection, {**row, "alive_since": now - life})
        return int(issued.scalar_one())

    def void(self, address: str, case: int) -> bool:
        """The tokens given out so far are good for nothing any more. False when there were none."""
        theirs = (passes.c.address == fold_address(address), passes.c.case_number == case)
        said = update(passes).where(*theirs).values(generation=passes.c.generation + 1)
        return self._connection.execute(said).rowcount == 1


_OF_CASES = Prepared(
    select(passes).where(passes.c.case_number.in_(bindparam("of", expanding=True))).order_by(passes.c.address)
)
_NEXT = case_when(
    (passes.c.issued_at < bindparam("alive_since", type_=passes.c.issued_at.type), passes.c.generation + 1),
    else_=passes.c.generation,
)


def _issue(insert: Any) -> Any:
    new = insert(passes)
    said = {"generation": _NEXT, "issued_at": new.excluded.issued_at}
    issued = new.on_conflict_do_update(index_elements=(passes.c.case_number, passes.c.address), set_=said)
    return issued.returning(passes.c.generation)


_ISSUE = Prepared(for_both(_issue))


def _pass(row: Any) -> Pass:
    return Pass(address=row.address, case=row.case_number, generation=row.generation, issued_at=row.issued_at)
