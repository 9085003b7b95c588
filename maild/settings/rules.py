"""From the rules as they are written to the rules as they are followed. Everything wrong is said at once, with its
file, its line and the next step: unknown names, comparisons that cannot come out, queues and agents that do not
exist, rules that nothing reaches.

The order: ours (default_rules.toml), those of maild.toml, those of `rules.files`. A later rule overrides an earlier.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from zoneinfo import ZoneInfo

from maild.desk.rules.conditions import ALWAYS, Test, both
from maild.desk.rules.expressions import Wrong, canonical, read, used
from maild.desk.rules.names import SINCE
from maild.desk.rules.rules import Rule, RuleSet
from maild.desk.settings import Desk
from maild.errors import UserError
from maild.settings.load import lines_of_keys, parse_as
from maild.settings.model import Settings
from maild.settings.rule_checks import faults, sets_of
from maild.settings.rule_model import ExampleSettings, RuleFile, RuleSettings

OURS = Path(__file__).with_name("default_rules.toml")
_OPENS_ON_NEXT_LINE = re.compile(r"('''|\"\"\")\s*$")


@dataclass(frozen=True, slots=True)
class Source:
    """One file with rules: what it says, and where in it that stands."""

    path: Path
    shown: str
    """What messages call it."""
    rules: tuple[RuleSettings, ...]
    examples: tuple[ExampleSettings, ...]
    text: str

    def lines(self) -> Mapping[str, int]:
        return lines_of_keys(self.text)


@dataclass(slots=True)
class _Problems:
    said: list[str] = field(default_factory=list)

    def add(self, source: Source, line: int, name: str, what: str) -> None:
        self.said.append(f"{source.shown}:{line}: rule “{name}”: {what}")


def sources(settings: Settings, config: Path, instead: Sequence[Path] | None = None) -> list[Source]:
    """Every file with rules, in order. `instead`: these in place of all of the admin's own. Raises UserError."""
    found = [_file(OURS, "maild's own rules")] if settings.rules.defaults else []
    if instead is not None:
        return [*found, *(_file(path, str(path)) for path in instead)]
    if settings.rule or settings.example:
        found.append(Source(config, str(config), settings.rule, settings.example, _text(config)))
    problems = []
    for pattern in settings.rules.files:
        # A pattern may be absolute; Path.glob takes only relative ones.
        anchor = Path(pattern).anchor
        matching = sorted((Path(anchor) if anchor else config.parent).glob(pattern.removeprefix(anchor)))
        if not matching:
            problems.append(
                f"{config}: [rules] files: there is no file {pattern}; it is looked for in {config.parent}"
            )
        for path in matching:
            try:
                found.append(_file(path, str(path)))
            except UserError as error:
                problems.append(str(error))
    if problems:
        raise UserError("\n".join(problems))
    return found


def compiled(found: Sequence[Source], desk: Desk, zone: ZoneInfo, answers: Collection[str]) -> RuleSet:
    """The rules of these files, ready to be followed; `answers`: the templates they may answer with. Raises
    UserError."""
    problems, rules = _Problems(), list[Rule]()
    ends: dict[tuple[str, str], Rule] = {}
    named: dict[str, str] = {}
    for source in found:
        lines = source.lines()
        for number, said in enumerate(source.rules):
            line = lines.get(f"rule.{number}", 1)
            if said.name in named:
                problems.add(source, line, said.name, f"there is another one of that name, at {named[said.name]}")
            named.setdefault(said.name, f"{source.shown}:{line}")
            for what in faults(said, desk, answers):
                problems.add(source, line, said.name, what)
            rule, key = _rule(source, lines, number, said, problems)
            before = ends.get((rule.on, "")) or ends.get((rule.on, key))
            if before is not None:
                what = f"nothing ever reaches it: “{before.name}” ({before.where}) applies first and ends the rules"
                problems.add(source, line, said.name, f"{what}; put it above that one, or take the stop away")
            if rule.ends:
                ends.setdefault((rule.on, key), rule)
            rules.append(rule)
    if problems.said:
        raise UserError("\n".join(problems.said))
    return RuleSet.of(rules, zone)


def _rule(
    source: Source, lines: Mapping[str, int], number: int, said: RuleSettings, problems: _Problems
) -> tuple[Rule, str]:
    """The rule, and what those with equal conditions have in common."""
    key, names = "", frozenset[str]()
    conditions: dict[str, Test] = {}
    for part in ("when", "unless"):
        text = getattr(said, part)
        if not text:
            continue
        try:
            conditions[part] = read(text, said.on)
            names |= used(text)
            key += f"{part} {canonical(text)} "
        except Wrong as error:
            line = lines.get(f"rule.{number}.{part}", lines.get(f"rule.{number}", 1))
            rows = source.text.splitlines()
            begins = line + bool(line <= len(rows) and _OPENS_ON_NEXT_LINE.search(rows[line - 1]))
            problems.add(source, begins + error.line, said.name, f"{part}: {error}")
            key += f"broken {source.shown} {number} "
    condition = conditions.get("when", ALWAYS)
    if "unless" in conditions:
        condition = both(condition, conditions["unless"])
    rule = Rule(
        name=said.name,
        where=f"{source.shown}:{lines.get(f'rule.{number}', 1)}",
        text=said.when,
        condition=condition,
        sets=tuple(sets_of(said).items()),
        add=said.add,
        notify=said.notify,
        quarantine=said.quarantine,
        ignore=said.ignore,
        stop=said.stop,
        on=said.on,
        after=said.after,
        since=said.since or SINCE[0],
        unless=said.unless,
        add_tags=said.add_tags,
        remove_tags=said.remove_tags,
        reply=said.reply or said.ask,
        asks=bool(said.ask),
        escalate=said.escalate,
        names=names,
    )
    return rule, key


def _file(path: Path, shown: str) -> Source:
    text = _text(path)
    read_file = parse_as(RuleFile, text, shown)
    return Source(path, shown, read_file.rule, read_file.example, text)


def _text(path: Path) -> str:
    try:
        return path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise UserError(f"{path}: cannot be read: {error}") from error
