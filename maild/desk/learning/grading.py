"""Is what was learnt any good? It is put to later cases that it has not seen, and compared with what there is without
it, and with what is in use. No I/O, no clock.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

from maild.desk.learning.learning import FieldModel
from maild.desk.learning.training import Lesson


@dataclass(frozen=True, slots=True, kw_only=True)
class Grade:
    """How often each way was right about one field, on the same cases."""

    cases: int
    commonest: int
    """Had one always said the value that is commonest among them."""
    before: int
    """What the rules and the configuration had made of them."""
    right: int
    """What the model thinks likeliest."""
    acted: int
    """How often it was sure enough to act where no rule had spoken."""
    acted_right: int


@dataclass(frozen=True, slots=True)
class Examined:
    """One later case: the lesson, what it was before anybody put it right, and whether a rule had spoken."""

    lesson: Lesson
    before: str
    by_rule: bool = False


def grade(model: FieldModel | None, cases: Sequence[Examined], act_above: float) -> Grade:
    """What the model would have said of these cases; None: it says nothing."""
    said = [model.best(one.lesson.signs) for one in cases] if model else [("", 0.0)] * len(cases)
    floor = max(act_above, model.acts_from) if model else 1.0
    acted = [(s[0], c) for s, c in zip(said, cases, strict=True) if s[1] >= floor and not c.by_rule]
    return Grade(
        cases=len(cases),
        commonest=max(Counter(one.lesson.value for one in cases).values(), default=0),
        before=sum(one.before == one.lesson.value for one in cases),
        right=sum(s[0] == c.lesson.value for s, c in zip(said, cases, strict=True)),
        acted=len(acted),
        acted_right=sum(value == one.lesson.value for value, one in acted),
    )


def is_no_worse(new: Grade, old: Grade | None) -> bool:
    """Whether it may take the other's place: right as often, and no more often wrong where it acts. The first one
    must know more than the commonest value."""
    if old is None:
        return new.right > new.commonest
    share = (new.acted - new.acted_right) * max(old.acted, 1) <= (old.acted - old.acted_right) * max(new.acted, 1)
    return new.right >= old.right and share
