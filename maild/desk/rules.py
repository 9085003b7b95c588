"""Rules: what an admin, or we, say of mails. One pass over them, in order; a later rule overrides an earlier one.

A rule sees what the rules before it have set. None is looked at twice, so rules cannot set each other off in a loop.
A rule that raises is skipped and named (F37). Knows nothing of files, of the language, or of what is done about it.
"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any, Protocol
from zoneinfo import ZoneInfo


@dataclass(frozen=True, slots=True)
class Clause:
    """One test of a condition, as the admin wrote it."""

    text: str
    negated: bool = False
    """Whether a `not` stands before it."""

    def __str__(self) -> str:
        return f"not {self.text}" if self.negated else self.text


Verdict = tuple[bool, tuple[Clause, ...]]
"""Whether a condition holds, and the clauses that decided it."""


class Facts(Protocol):
    """The values of the names, found when they are asked for."""

    case: Any
    """Where the fields of the case stand; rules change them as they go."""


class Condition(Protocol):
    def decide(self, facts: Any, /) -> Verdict:
        """May raise: then the rule is skipped."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Rule:
    """When its condition holds: set these fields, and do these things."""

    name: str
    where: str
    """The file and line it stands in."""
    text: str
    """The condition as it was written; empty: always."""
    condition: Condition
    sets: tuple[tuple[str, str], ...] = ()
    """Field of the case (severity, kind, queue, level, owner, status) → value."""
    add: tuple[str, ...] = ()
    """Whom to let take part."""
    notify: tuple[str, ...] = ()
    """Agents to tell."""
    quarantine: str = ""
    """Why the mail is to wait for a person; empty: it is not."""
    ignore: bool = False
    stop: bool = False

    @property
    def ends(self) -> bool:
        """Whether no rule behind it is looked at when it applies."""
        return self.stop or self.ignore or bool(self.quarantine)


@dataclass(frozen=True, slots=True)
class RuleSet:
    """All rules, in order; `version` tells one set from another."""

    rules: tuple[Rule, ...] = ()
    version: str = "none"
    zone: ZoneInfo = field(default_factory=lambda: ZoneInfo("UTC"))

    @property
    def moves_queues(self) -> bool:
        """Whether a case may be in another queue than its mail came to."""
        return any(name == "queue" for rule in self.rules for name, _ in rule.sets)

    @staticmethod
    def of(rules: Sequence[Rule], zone: ZoneInfo) -> RuleSet:
        """The set of these rules: its version is a hash of all that they say, not of where it stands."""
        said = [(r.name, r.text, r.sets, r.add, r.notify, r.quarantine, r.ignore, r.stop) for r in rules]
        return RuleSet(tuple(rules), hashlib.sha256(repr(said).encode()).hexdigest()[:12], zone)


NO_RULES = RuleSet()


@dataclass(frozen=True, slots=True)
class Tried:
    """One rule that was looked at: whether it applied, or why it could not be."""

    rule: Rule
    applied: bool
    because: tuple[Clause, ...] = ()
    error: str | None = None

    @property
    def why(self) -> str:
        """For the journal and `explain`."""
        clauses = " and ".join(str(clause) for clause in self.because) or "always"
        return f"rule “{self.rule.name}”: {clauses}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Ruling:
    """What the rules say of one mail."""

    version: str
    tried: tuple[Tried, ...] = ()
    fields: dict[str, tuple[str, Tried]] = field(default_factory=dict)
    """Field → its value, and the last rule that set it."""

    @property
    def applied(self) -> list[Tried]:
        return [one for one in self.tried if one.applied]

    @property
    def failed(self) -> list[Tried]:
        return [one for one in self.tried if one.error is not None]

    def lost(self, one: Tried) -> list[tuple[str, str, Tried]]:
        """(field, value, winner) for what this rule set and a later one set otherwise."""
        final = ((name, value, self.fields[name]) for name, value in one.rule.sets)
        return [(name, value, winner) for name, value, (_, winner) in final if winner is not one]


def judge(rules: RuleSet, facts: Facts) -> Ruling:
    """Look at every rule, up to one that ends it."""
    tried: list[Tried] = []
    fields: dict[str, tuple[str, Tried]] = {}
    for rule in rules.rules:
        try:
            holds, because = rule.condition.decide(facts)
        except Exception as bug:  # F37: one rule's fault must not cost the others, or the mail
            tried.append(Tried(rule, False, error=f"{type(bug).__name__}: {_first_line(bug)}"))
            continue
        one = Tried(rule, holds, because)
        tried.append(one)
        if not holds:
            continue
        for name, value in rule.sets:
            fields[name] = (value, one)
            setattr(facts.case, name, value)
        if rule.ends:
            break
    return Ruling(version=rules.version, tried=tuple(tried), fields=fields)


def _first_line(bug: Exception) -> str:
    lines = str(bug).splitlines()
    return lines[0][:200] if lines else ""
