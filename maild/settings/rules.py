"""From the rules as they are written to the rules as they are followed. Everything wrong is said at once, with its
file, its line and the next step: unknown names, comparisons that cannot come out, queues and agents that do not
exist, rules that nothing reaches.

The order: ours (default_rules.toml), those of maild.toml, those of `rules.files`. A later rule overrides an earlier.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, fields
from pathlib import Path
from zoneinfo import ZoneInfo

from maild.desk.expressions import Always, Wrong, canonical, read
from maild.desk.rules import Condition, Rule, RuleSet
from maild.desk.settings import Desk
from maild.errors import UserError
from maild.settings.load import lines_of_keys, parse_as
from maild.settings.model import Settings
from maild.settings.rule_model import ExampleSettings, RuleFile, RuleSetSettings, RuleSettings

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


def compiled(found: Sequence[Source], desk: Desk, zone: ZoneInfo) -> RuleSet:
    """The rules of these files, ready to be followed. Raises UserError."""
    problems, rules = _Problems(), list[Rule]()
    ends: dict[str, Rule] = {}
    named: dict[str, str] = {}
    for source in found:
        lines = source.lines()
        for number, said in enumerate(source.rules):
            line = lines.get(f"rule.{number}", 1)
            if said.name in named:
                problems.add(source, line, said.name, f"there is another one of that name, at {named[said.name]}")
            named.setdefault(said.name, f"{source.shown}:{line}")
            for what in _faults(said, desk):
                problems.add(source, line, said.name, what)
            condition, key = _condition(source, lines, number, said, problems)
            rule = _rule(said, f"{source.shown}:{line}", condition)
            before = ends.get("") or ends.get(key)
            if before is not None:
                what = f"nothing ever reaches it: “{before.name}” ({before.where}) applies first and ends the rules"
                problems.add(source, line, said.name, f"{what}; put it above that one, or take the stop away")
            if rule.ends:
                ends.setdefault(key, rule)
            rules.append(rule)
    if problems.said:
        raise UserError("\n".join(problems.said))
    return RuleSet.of(rules, zone)


def _condition(
    source: Source, lines: Mapping[str, int], number: int, said: RuleSettings, problems: _Problems
) -> tuple[Condition, str]:
    """The condition, and what equal ones have in common."""
    if not said.when:
        return Always(), ""
    try:
        return read(said.when), canonical(said.when)
    except Wrong as error:
        line = lines.get(f"rule.{number}.when", lines.get(f"rule.{number}", 1))
        rows = source.text.splitlines()
        begins = line + bool(line <= len(rows) and _OPENS_ON_NEXT_LINE.search(rows[line - 1]))
        problems.add(source, begins + error.line, said.name, f"when: {error}")
        return Always(), f"broken {source.shown} {number}"


def _rule(said: RuleSettings, where: str, condition: Condition) -> Rule:
    return Rule(
        name=said.name,
        where=where,
        text=said.when,
        condition=condition,
        sets=tuple(_sets(said.set)),
        add=said.add,
        notify=said.notify,
        quarantine=said.quarantine,
        ignore=said.ignore,
        stop=said.stop,
    )


def _sets(said: RuleSetSettings | None) -> Iterator[tuple[str, str]]:
    for one in fields(RuleSetSettings) if said is not None else ():
        if value := getattr(said, one.name):
            yield one.name, value


def _faults(said: RuleSettings, desk: Desk) -> Iterator[str]:
    """What is wrong with what it does."""
    queues = [queue.name for queue in desk.queues]
    agents = ", ".join(agent.address for agent in desk.agents) or "none"
    sets = dict(_sets(said.set))
    if not (sets or said.add or said.notify or said.quarantine or said.ignore or said.stop):
        yield "does nothing; say what with set, add, notify, quarantine, ignore or stop"
    if said.ignore and said.quarantine:
        yield "a mail is ignored or quarantined, not both; keep one"
    if (said.ignore or said.quarantine) and (sets or said.add or said.notify):
        yield "set, add and notify mean nothing for a mail that gets no case; make two rules of it"
    if sets.get("queue", queues[0]) not in queues:
        yield f"there is no queue {sets['queue']}; there are {', '.join(sorted(queues))}"
    for key, addresses in (("set.owner", (sets["owner"],) if "owner" in sets else ()), ("notify", said.notify)):
        for address in addresses:
            if desk.agent(address) is None:
                yield f"{key}: there is no agent {address}; there are {agents}"
    for address in said.add:
        local, at, domain = address.rpartition("@")
        if not (local and at and domain) or any(c.isspace() or c in "<>,;" for c in address):
            yield f"add: {address} is not one address, such as boss@customer.example"
        elif desk.agent(address) is not None:
            yield f"add: {address} is an agent; agents are told with notify"
        elif desk.is_own(address):
            yield f"add: {address} is the desk's own address; mail to it would come back"


def _file(path: Path, shown: str) -> Source:
    text = _text(path)
    read_file = parse_as(RuleFile, text, shown)
    return Source(path, shown, read_file.rule, read_file.example, text)


def _text(path: Path) -> str:
    try:
        return path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise UserError(f"{path}: cannot be read: {error}") from error
