"""What was learnt from the agents' own words about former cases: for a new one its kind, queue and severity, each
with a probability.

A model is a frozen table of weights: a weight for each sign (a word, the beginning of a word, the sender's domain)
and each value. `training.py` makes one, `grading.py` tells whether it is any good, `taught.py` puts what it says into
the plan. No I/O, no clock.
"""

from __future__ import annotations

import itertools
import math
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

FIELDS = ("kind", "queue", "severity")
_NEVER = 2.0
_WORD = re.compile(r"[^\W_]{2,}")
_MOST_OF_SUBJECT, _MOST_OF_TEXT, _MOST_WORDS = 40, 20_000, 250
_STEM = 5
"""A word also counts by so many first letters: that joins its forms, and survives a slip of the finger at its end."""


@dataclass(frozen=True, slots=True)
class Learning:
    """How far what was learnt is trusted (docs/learning.md)."""

    act_above: float
    suggest_above: float
    fields: tuple[str, ...] = FIELDS


@dataclass(frozen=True, slots=True)
class Proposal:
    """What a field is likely to be."""

    field: str
    value: str
    probability: float
    acts_from: float
    """How probable it must be for the desk to act, by what the model was seen to do; the admin may ask for more."""
    because: tuple[str, ...]
    """The signs that spoke most for it."""


@dataclass(frozen=True, slots=True)
class FieldModel:
    """What is known of one field."""

    values: tuple[str, ...]
    bias: tuple[float, ...]
    weights: Mapping[str, tuple[float, ...]]
    """Sign → what it says for each value."""
    temperature: float = 1.0
    """By which certainty is cooled until it is as often right as it says."""
    acts_from: float = _NEVER
    """From which probability it was right often enough, on lessons that it had not seen; above 1: never."""

    def scores(self, signs: Sequence[str]) -> list[float]:
        known = [self.weights[sign] for sign in signs if sign in self.weights]
        scale = 1 / math.sqrt(len(signs)) if signs else 0.0
        return [bias + scale * sum(one[n] for one in known) for n, bias in enumerate(self.bias)]

    def probabilities(self, signs: Sequence[str]) -> list[float]:
        return softmax([score / self.temperature for score in self.scores(signs)])

    def best(self, signs: Sequence[str]) -> tuple[str, float]:
        """The likeliest value, and how likely it is."""
        chances = self.probabilities(signs)
        at = max(range(len(chances)), key=chances.__getitem__)
        return self.values[at], round(chances[at], 4)

    def propose(self, name: str, signs: Sequence[str]) -> Proposal:
        value, chance = self.best(signs)
        at = self.values.index(value)
        says = {s: self.weights[s][at] - sum(self.weights[s]) / len(self.values) for s in signs if s in self.weights}
        telling = sorted((sign for sign in says if says[sign] > 0), key=says.__getitem__, reverse=True)[:3]
        return Proposal(name, value, chance, self.acts_from, tuple(shown(sign) for sign in telling))


@dataclass(frozen=True, slots=True)
class Model:
    """One version of all that was learnt."""

    version: str
    fields: Mapping[str, FieldModel] = field(default_factory=dict)

    def propose(self, signs: Sequence[str]) -> tuple[Proposal, ...]:
        return tuple(one.propose(name, signs) for name, one in self.fields.items())


@dataclass(frozen=True, slots=True)
class Taught:
    """What a model says of the mail in hand."""

    version: str
    proposals: tuple[Proposal, ...]


def signs_of(subject: str, text: str, requester: str, language: str) -> list[str]:
    """What a mail is known by, each once: the same for one that comes and for one that is learnt from."""
    head = _WORD.findall(subject[:1000].casefold())[:_MOST_OF_SUBJECT]
    words = [*head, *_WORD.findall(text[:_MOST_OF_TEXT].casefold())[:_MOST_WORDS]]
    words = [word[:60] for word in words]
    found = [f"s {word}" for word in head]
    found += [f"s {one} {two}" for one, two in itertools.pairwise(head)]
    found += words
    found += [f"{word[:_STEM]}-" for word in words if len(word) > _STEM]
    found += [f"@{requester.rpartition('@')[2].casefold()}", f"l {language}"]
    return list(dict.fromkeys(found))


def shown(sign: str) -> str:
    """A sign as a person reads it."""
    return f"language {sign[2:]}" if sign.startswith("l ") else f"“{sign.removeprefix('s ')}”"


def softmax(scores: Sequence[float]) -> list[float]:
    top = max(scores)
    powers = [math.exp(score - top) for score in scores]
    total = sum(powers)
    return [power / total for power in powers]
