"""Rules: what an admin, or we, say of mails, of changes and of times. One pass over them, in order; a later rule
overrides an earlier one.

A rule sees what the rules before it have set. None is looked at twice, so rules cannot set each other off in a loop.
A rule that raises is skipped and named (F37). Knows nothing of files, of the language, or of what is done about it.
"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass, field, fields
from datetime import timedelta
from functools import cached_property
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
    on: str = "message"
    """Or `change`, or `timer`."""
    after: timedelta = timedelta(0)
    """For a timer: how long after `since`."""
    since: str = "opened"
    unless: str = ""
    """For a timer: what must not hold then, as it was written; `condition` looks at it, too."""
    add_tags: tuple[str, ...] = ()
    remove_tags: tuple[str, ...] = ()
    reply: str = ""
    """The template of an answer to the requester; empty: none."""
    asks: bool = False
    """Whether that answer asks something, so that the case waits for the customer."""
    escalate: bool = False
    """Whether to go one level up."""
    names: frozenset[str] = frozenset()
    """The names that its conditions ask for."""

    @property
    def timer(self) -> str:
        """What its timers are called in the store."""
        return TIMER_PREFIX + self.name

    @property
    def does(self) -> tuple[str, ...]:
        """What it does, in words."""
        words = [f"{name}={value}" for name, value in self.sets]
        words += [f"tag +{tag}" for tag in self.add_tags] + [f"tag -{tag}" for tag in self.remove_tags]
        words += [f"add {one}" for one in self.add] + [f"notify {one}" for one in self.notify]
        words += [f"{'ask' if self.asks else 'reply'} {self.reply}"] * bool(self.reply)
        words += ["escalate"] * self.escalate + ["quarantine"] * bool(self.quarantine)
        return (*words, *["ignore"] * self.ignore, *["stop"] * self.stop)

    @property
    def ends(self) -> bool:
        """Whether no rule behind it is looked at when it applies."""
        return self.stop or self.ignore or bool(self.quarantine)


TIMER_PREFIX = "rule:"


@dataclass(frozen=True)
class RuleSet:
    """All rules, in order; `version` tells one set from another."""

    rules: tuple[Rule, ...] = ()
    version: str = "none"
    zone: ZoneInfo = field(default_factory=lambda: ZoneInfo("UTC"))

    @cached_property
    def on_message(self) -> tuple[Rule, ...]:
        return self._on("message")

    @cached_property
    def on_change(self) -> tuple[Rule, ...]:
        return self._on("change")

    @cached_property
    def on_timer(self) -> tuple[Rule, ...]:
        return self._on("timer")

    @cached_property
    def replies(self) -> frozenset[str]:
        """The templates that rules answer with."""
        return frozenset(rule.reply for rule in self.rules if rule.reply)

    @cached_property
    def names(self) -> frozenset[str]:
        """All names that some rule asks for."""
        return frozenset[str]().union(*(rule.names for rule in self.rules))

    def _on(self, occasion: str) -> tuple[Rule, ...]:
        return tuple(rule for rule in self.rules if rule.on == occasion)

    @cached_property
    def moves_queues(self) -> bool:
        """Whether a case may be in another queue than its mail came to."""
        return any(name == "queue" for rule in self.rules for name, _ in rule.sets)

    @staticmethod
    def of(rules: Sequence[Rule], zone: ZoneInfo) -> RuleSet:
        """The set of these rules: its version is a hash of all that they say, not of where it stands."""
        said = [tuple(getattr(rule, one) for one in _SAID) for rule in rules]
        return RuleSet(tuple(rules), hashlib.sha256(repr(said).encode()).hexdigest()[:12], zone)


_SAID = tuple(one.name for one in fields(Rule) if one.name not in ("where", "condition", "names"))
NO_RULES = RuleSet()


@dataclass(frozen=True, slots=True)
class Tried:
    """One rule that applied, or that could not be looked at."""

    rule: Rule
    because: tuple[Clause, ...] = ()
    """The clauses that decided."""
    error: str | None = None

    @property
    def why(self) -> str:
        """For the journal and `explain`."""
        return f"rule “{self.rule.name}”: {self.clauses or 'always'}"

    @property
    def clauses(self) -> str:
        """The clauses that decided, as it was decided; nothing where there is no condition."""
        return in_words(self.because)


def in_words(because: Sequence[Clause]) -> str:
    return " and ".join(str(clause) for clause in because)


Unmet = tuple[Rule, tuple[Clause, ...]]
"""A rule that did not apply, and the clauses that decided so."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Ruling:
    """What the rules say of one mail."""

    version: str
    applied: tuple[Tried, ...] = ()
    failed: tuple[Tried, ...] = ()
    others: tuple[Unmet, ...] = ()
    """Nearly all of them."""
    fields: dict[str, tuple[str, Tried]] = field(default_factory=dict)
    """Field → its value, and the last rule that set it."""

    def lost(self, one: Tried) -> list[tuple[str, str, Tried]]:
        """(field, value, winner) for what this rule set and a later one set otherwise."""
        final = ((name, value, self.fields[name]) for name, value in one.rule.sets)
        return [(name, value, winner) for name, value, (_, winner) in final if winner is not one]


def judge(rules: Sequence[Rule], version: str, facts: Facts) -> Ruling:
    """Look at every rule, up to one that ends it."""
    applied: list[Tried] = []
    failed: list[Tried] = []
    others: list[Unmet] = []
    fields: dict[str, tuple[str, Tried]] = {}
    for rule in rules:
        try:
            holds, because = rule.condition.decide(facts)
        except Exception as bug:  # F37: one rule's fault must not cost the others, or the mail
            failed.append(Tried(rule, error=f"{type(bug).__name__}: {_first_line(bug)}"))
            continue
        if not holds:
            others.append((rule, because))
            continue
        one = Tried(rule, because)
        applied.append(one)
        for name, value in rule.sets:
            fields[name] = (value, one)
            setattr(facts.case, name, value)
        if rule.add_tags or rule.remove_tags:
            facts.case.tags = tagged(facts.case.tags, rule.add_tags, rule.remove_tags)
        if rule.ends:
            break
    return Ruling(version=version, applied=tuple(applied), failed=tuple(failed), others=tuple(others), fields=fields)


def tagged(tags: Sequence[str], add: Sequence[str], remove: Sequence[str]) -> tuple[str, ...]:
    """The tags with these and without those, each once, in order."""
    return tuple(sorted((set(tags) - set(remove)) | set(add)))


def _first_line(bug: Exception) -> str:
    lines = str(bug).splitlines()
    return lines[0][:200] if lines else ""
