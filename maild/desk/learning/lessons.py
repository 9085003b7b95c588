"""What a former case teaches: its signs, what it was in the end, and whose word that was.

An agent's own word counts most. What was left as it was counts once the case is done: that nobody put it right is a
weak yes, and a weaker one where the desk had set it by learning, so that it does not learn from itself. Spam and
merged cases teach nothing. No I/O, no clock.
"""

from __future__ import annotations

import sys
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from maild.desk.agent import BY_COMMAND
from maild.desk.learning.grading import Examined
from maild.desk.learning.learning import FIELDS, signs_of
from maild.desk.learning.taught import BY_LEARNING
from maild.desk.learning.training import Lesson
from maild.desk.settings import Desk
from store.learnt import PastCase
from store.records import StateType, Status

_SAID, _LEFT, _OURS = 1.5, 1.0, 0.5
_TEACH_NOTHING = frozenset({Status.SPAM, Status.MERGED})


@dataclass(frozen=True, slots=True)
class History:
    """Former cases as lessons on one field, the oldest first, each with the time it came."""

    at: tuple[datetime, ...]
    cases: tuple[Examined, ...]

    def split(self, at: datetime) -> tuple[list[Lesson], list[Examined]]:
        """What came before a time, to learn from, and what came later, to be examined by."""
        cut = sum(one < at for one in self.at)
        return [one.lesson for one in self.cases[:cut]], list(self.cases[cut:])


def histories(past: Sequence[PastCase], desk: Desk) -> dict[str, History]:
    """Field → its lessons; `past` with the oldest first."""
    found: dict[str, list[tuple[datetime, Examined]]] = {field: [] for field in FIELDS}
    for case in past:
        if case.status in _TEACH_NOTHING:
            continue
        signs = tuple(map(sys.intern, signs_of(case.subject, case.text, case.requester, case.language)))
        for field in FIELDS:
            one = _examined(case, field, signs, desk)
            if one is not None:
                found[field].append((case.at, one))
    return {
        field: History(tuple(at for at, _ in rows), tuple(one for _, one in rows)) for field, rows in found.items()
    }


def _examined(case: PastCase, field: str, signs: tuple[str, ...], desk: Desk) -> Examined | None:
    words = [_word(why) for why in case.said.get(field, ())]
    last = words[-1][1] if words else ""
    if last == BY_COMMAND:
        weight = _SAID
    elif case.status.state is StateType.DONE:
        weight = _OURS if last.startswith(BY_LEARNING) else _LEFT
    else:
        return None  # nobody has said yet what it is
    ruled = [value for value, reason in words if reason.startswith("rule ")]
    default = {"kind": desk.policy.kind, "severity": desk.policy.severity, "queue": case.came_to}[field]
    before = ruled[0] if ruled else default
    return Examined(Lesson(signs, case.fields[field], weight), before, by_rule=bool(ruled))


def _word(why: str) -> tuple[str, str]:
    """`kind=bug: by command` → (bug, by command)."""
    value, _, reason = why.partition("=")[2].partition(": ")
    return value, reason
