"""What a condition is when it was read: clauses that are tested one by one, joined by `and` and `or`.

Each verdict names the clauses that decided it. A `not` stands in the clauses themselves: what it denies as a whole is
turned into what holds instead, so that nothing has to be turned round when a mail comes.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Protocol

from maild.desk.rules.rules import Clause, Condition, Facts, Verdict
from maild.desk.rules.shortcuts import Value, octets


class Test(Condition, Protocol):
    """A condition that was read."""

    def negated(self) -> Test:
        """What holds where this does not, decided by the same clauses."""


@dataclass(frozen=True, slots=True)
class Holds:
    """One clause without a pattern."""

    clauses: tuple[Clause]
    value: Value
    wanted: bool = True

    def decide(self, facts: Facts) -> Verdict:
        return bool(self.value(facts)) is self.wanted, self.clauses

    def negated(self) -> Test:
        return Holds(_negated(self.clauses), self.value, not self.wanted)


@dataclass(frozen=True, slots=True)
class Matches:
    """One clause with a pattern, for which RE2 looks into a text."""

    clauses: tuple[Clause]
    operand: Value
    find: Callable[[bytes], object]
    """None where the pattern is not in it."""
    wanted: bool

    def decide(self, facts: Facts) -> Verdict:
        return (self.find(octets(self.operand(facts))) is not None) is self.wanted, self.clauses

    def negated(self) -> Test:
        return Matches(_negated(self.clauses), self.operand, self.find, not self.wanted)


def _negated(clauses: tuple[Clause]) -> tuple[Clause]:
    return (replace(clauses[0], negated=not clauses[0].negated),)


@dataclass(frozen=True, slots=True)
class Several:
    """`and` (ends at the first that does not hold), or `or` (at the first that does)."""

    parts: tuple[Test, ...]
    ends_at: bool

    def decide(self, facts: Facts) -> Verdict:
        looked_at: tuple[Clause, ...] = ()
        for part in self.parts:
            holds, deciding = part.decide(facts)
            if holds is self.ends_at:
                return holds, deciding
            looked_at += deciding
        return not self.ends_at, looked_at

    def negated(self) -> Test:
        return Several(tuple(part.negated() for part in self.parts), not self.ends_at)


ALWAYS = Several((), ends_at=False)
"""No condition."""


def both(when: Test, unless: Test) -> Test:
    """The one holds and the other does not."""
    return Several((when, unless.negated()), ends_at=False)
