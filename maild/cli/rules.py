"""`maild rules lint|list|test`: are they right, which are there, and do the examples beside them come out so?"""

from __future__ import annotations

import argparse
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, fields, replace
from datetime import datetime
from email.header import Header
from pathlib import Path

from maild.cli import rehearsal
from maild.cli.common import plan_of, print_json, printable
from maild.desk.rules.expressions import canonical
from maild.desk.rules.rules import RuleSet
from maild.desk.settings import Desk
from maild.errors import UserError
from maild.pipeline.rehearse import Rehearsed, first_mail
from maild.settings.build import Plan
from maild.settings.rule_model import ExampleSettings, ExpectSettings
from maild.settings.rules import OURS, Source, sources
from maild.settings.spans import format_span
from parsers import parse
from parsers.message import ParsedMessage

_NOBODY = "none"


def run(arguments: argparse.Namespace) -> int:
    """Exit code 1 where an example does not come out; 2 where rules are wrong."""
    plan = plan_of(arguments)
    instead = [Path(name) for name in arguments.files] or None
    rules = plan.rules(instead)
    if arguments.action == "simulate":
        return rehearsal.run(arguments, plan, rules)
    if arguments.action == "lint":
        return _lint(rules)
    if arguments.action == "list":
        return _list(rules, as_json=arguments.json)
    found = sources(plan.settings, plan.config, instead)
    return _test(plan, replace(plan.desk, rules=rules), found, as_json=arguments.json)


def _lint(rules: RuleSet) -> int:
    for doubt in _doubts(rules):
        print(f"⚠ {doubt}")
    print(f"✔ {len(rules.rules)} rules, version {rules.version}")
    return 0


def _doubts(rules: RuleSet) -> Iterator[str]:
    """What is allowed, and is probably not what was meant."""
    seen: dict[str, str] = {}
    for number, rule in enumerate(rules.rules):
        key = f"{rule.on} {rule.since} {rule.after} {rule.unless} {canonical(rule.text) if rule.text else ''}"
        if key in seen:
            yield f"{rule.where}: rule “{rule.name}” has the same condition as “{seen[key]}”; they could be one"
        seen.setdefault(key, rule.name)
        behind = [r for r in rules.rules[number + 1 :] if not r.text and r.on == rule.on != "timer"]
        idle = rule.sets and len(rule.does) == len(rule.sets)
        over = next((r for r in behind if idle and {n for n, _ in rule.sets} <= {n for n, _ in r.sets}), None)
        if over is not None:
            yield f"{rule.where}: all that rule “{rule.name}” sets is set anew by “{over.name}”, which always applies"


def _list(rules: RuleSet, *, as_json: bool) -> int:
    for rule in rules.rules:
        if as_json:
            row = {"rule": rule.name, "where": rule.where, "on": rule.on, "when": rule.text, "does": list(rule.does)}
            after = {"after": format_span(rule.after), "since": rule.since, "unless": rule.unless}
            print_json(row | after if rule.on == "timer" else row)
            continue
        print(f"{rule.name}    ({rule.where})")
        if rule.on == "timer":
            print(f"    {format_span(rule.after)} after: {rule.since}")
        elif rule.on == "change":
            print("    on a change")
        print(f"    when {printable(rule.text) or 'always'}")
        if rule.unless:
            print(f"    unless {printable(rule.unless)}")
        print(f"    then {', '.join(rule.does)}")
    if not as_json:
        print(f"{len(rules.rules)} rules, version {rules.version}")
    return 0


@dataclass(frozen=True, slots=True)
class _Tested:
    where: str
    example: ExampleSettings
    differences: tuple[str, ...]


def _test(plan: Plan, desk: Desk, found: Sequence[Source], *, as_json: bool) -> int:
    tested = [
        _tried(plan, desk, source, number, example)
        for source in found
        for number, example in enumerate(source.examples)
        if source.path != OURS
    ]
    for one in tested:
        if as_json:
            print_json({"example": one.example.name, "where": one.where, "differences": list(one.differences)})
            continue
        print(f"{'✖' if one.differences else '✔'} {one.example.name}")
        for difference in one.differences:
            print(f"    {one.where}: {printable(difference)}")
    failed = sum(bool(one.differences) for one in tested)
    if not as_json:
        print(
            f"{len(tested)} examples, {failed} came out otherwise" if tested else "there are no examples: [[example]]"
        )
    return 1 if failed else 0


def _tried(plan: Plan, desk: Desk, source: Source, number: int, example: ExampleSettings) -> _Tested:
    where = f"{source.shown}:{source.lines().get(f'example.{number}', 1)}"
    try:
        at = datetime.fromisoformat(example.at)
    except ValueError as error:
        raise UserError(f"{where}: at: {example.at!r} is no ISO 8601 time") from error
    if at.tzinfo is None:
        raise UserError(f"{where}: at: {example.at!r} lacks its offset; write {example.at}+00:00")
    happened = first_mail(desk, _message(plan, source, example, where), at)
    expected = example.expect or ExpectSettings()
    unknown = {*expected.rules, *expected.not_rules, *expected.clocks} - {rule.name for rule in desk.rules.rules}
    if unknown:
        raise UserError(f"{where}: expect: there is no rule “{sorted(unknown)[0]}”; `maild rules list` shows all")
    return _Tested(where, example, tuple(_differences(expected, happened)))


def _differences(expected: ExpectSettings, happened: Rehearsed) -> Iterator[str]:
    wanted = expected.outcome or "case"
    by = ", ".join(happened.rules) or "no rule"
    if happened.outcome != wanted:
        yield f"expected the outcome {wanted}, it was {happened.outcome} (by {by})"
        return
    for name in (one.name for one in fields(ExpectSettings)):
        value = getattr(expected, name)
        if name in ("outcome", "rules", "not_rules", "tags", "clocks") or not value:
            continue
        is_now = happened.fields.get(name, "") or _NOBODY
        if is_now != value:
            yield f"expected {name} {value}, it was {is_now} (by {by})"
    for what, wanted_all, there in (
        ("tag", expected.tags, happened.tags),
        ("clock", expected.clocks, happened.clocks),
    ):
        for one in wanted_all:
            if one not in there:
                yield f"expected the {what} {one}; there is {', '.join(there) or 'none'}"
    for rule in expected.rules:
        if rule not in happened.rules:
            yield f"expected the rule “{rule}” to apply; it was {by}"
    for rule in expected.not_rules:
        if rule in happened.rules:
            yield f"expected the rule “{rule}” not to apply"


def _message(plan: Plan, source: Source, example: ExampleSettings, where: str) -> ParsedMessage:
    if example.mail:
        path = source.path.parent / example.mail
        try:
            raw = path.read_bytes()
        except OSError as error:
            raise UserError(f"{where}: mail: {path}: {error.strerror}") from error
    else:
        raw = _written(example, plan.desk.address)
    return parse(raw, plan.reading, plan.desk.tag)


def _written(example: ExampleSettings, desk_address: str) -> bytes:
    """The fields of an example as a mail."""
    head = [
        f"From: {example.from_}",
        f"To: {example.to or desk_address}",
        f"Subject: {Header(' '.join(example.subject.split()), 'utf-8').encode() if example.subject else ''}",
        *(" ".join(line.split()) for line in example.headers),
        "MIME-Version: 1.0",
        "Content-Type: text/plain; charset=utf-8",
        "Content-Transfer-Encoding: 8bit",
    ]
    return "\r\n".join([*head, "", *example.text.splitlines()]).encode() + b"\r\n"
