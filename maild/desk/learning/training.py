"""Learns from former cases: a logistic regression over the signs of a mail, one for each field, in plain Python.

Stochastic gradient steps, each sign with a pace of its own (AdaGrad), in an order that depends on nothing but the
number of lessons, so that the same history gives the same model. The last lessons are kept back: on them certainty is
cooled until what is called 90 % is right nine times out of ten, and it is found from which probability on acting
would have been right often enough. No I/O, no clock, no chance.
"""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, replace

from maild.desk.learning.learning import FieldModel, softmax

_ROUNDS = 3
_PACE = 0.3
_SEEN_OFTEN = 2
"""A sign that came in fewer lessons than this is left out: it could only be learnt by heart."""
_SMALLEST = 0.05
_KEPT_BACK = 0.15
_ENOUGH = 15
"""So many lessons must speak for acting before it acts."""
_LEAST = 1e-6
_TEMPERATURES: list[float] = [0.5 * 1.1**n for n in range(25)]
_NEVER = 2.0


@dataclass(frozen=True, slots=True)
class Lesson:
    """One former case: its signs, what it was in the end, and how much that counts."""

    signs: tuple[str, ...]
    value: str
    weight: float = 1.0


def train(lessons: Sequence[Lesson], act_above: float) -> FieldModel | None:
    """Learn from all but the last lessons, and try it on those. None where there is nothing to choose between."""
    cut = len(lessons) - int(len(lessons) * _KEPT_BACK)
    learnt = _fit(lessons[:cut])
    if learnt is None or cut == len(lessons):
        return learnt
    cooled = _cooled(learnt, lessons[cut:])
    return replace(cooled, acts_from=_acts_from(cooled, lessons[cut:], act_above))


def _fit(lessons: Sequence[Lesson]) -> FieldModel | None:
    values = tuple(sorted({lesson.value for lesson in lessons}))
    if len(values) < 2:
        return None
    span, place = range(len(values)), {value: n for n, value in enumerate(values)}
    seen = Counter(sign for lesson in lessons for sign in lesson.signs)
    # The weight of each sign for each value, and how much it has moved so far.
    table = {s: ([0.0] * len(values), [1e-3] * len(values)) for s, count in seen.items() if count >= _SEEN_OFTEN}
    bias, moved = [0.0] * len(values), [1e-3] * len(values)
    for turn in range(_ROUNDS):
        for at in _order(len(lessons), turn):
            lesson = lessons[at]
            known = [table[sign] for sign in lesson.signs if sign in table]
            scale = 1 / math.sqrt(len(lesson.signs))
            slopes = softmax([bias[n] + scale * sum(weight[n] for weight, _ in known) for n in span])
            slopes[place[lesson.value]] -= 1.0
            for n in span:
                slope = slopes[n] * lesson.weight
                if abs(slope) < 1e-3:
                    continue
                _step(bias, moved, n, slope)
                for weight, speed in known:
                    _step(weight, speed, n, slope * scale)
    kept = {s: tuple(round(w, 3) for w in weight) for s, (weight, _) in table.items() if _counts(weight)}
    return FieldModel(values, tuple(round(one, 3) for one in bias), kept)


def _step(weight: list[float], moved: list[float], n: int, slope: float) -> None:
    moved[n] += slope * slope
    weight[n] -= _PACE * slope / math.sqrt(moved[n])


def _counts(weight: Sequence[float]) -> bool:
    return max(map(abs, weight)) >= _SMALLEST


def _order(count: int, turn: int) -> list[int]:
    """All of them, well mixed, otherwise each turn, and the same each time."""
    step = next(s for s in range(int(count * 0.618) + 1 + turn, count * 3 + 5) if math.gcd(s, count) == 1)
    return [(turn + n * step) % count for n in range(count)]


def _cooled(model: FieldModel, lessons: Sequence[Lesson]) -> FieldModel:
    """With the temperature at which these lessons are least surprising."""
    scored = [
        (model.scores(lesson.signs), model.values.index(lesson.value))
        for lesson in lessons
        if lesson.value in model.values
    ]

    def surprise(temperature: float) -> float:
        return -sum(math.log(max(softmax([s / temperature for s in scores])[at], _LEAST)) for scores, at in scored)

    best: float = min(_TEMPERATURES, key=surprise)
    return replace(model, temperature=round(best, 3))


def _acts_from(model: FieldModel, lessons: Sequence[Lesson], wanted: float) -> float:
    """The lowest probability, no lower than the one wanted, from which on it is right as often as is wanted."""
    found = ((model.best(lesson.signs), lesson.value) for lesson in lessons)
    sure = sorted(((chance, value == true) for (value, chance), true in found if chance >= wanted), reverse=True)
    lowest, right = _NEVER, 0
    for count, (chance, is_right) in enumerate(sure, 1):
        right += is_right
        if count >= _ENOUGH and right >= wanted * count:
            lowest = chance
    return lowest
