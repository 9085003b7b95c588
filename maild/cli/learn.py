"""`maild learn status|train|evaluate`: what was learnt from former cases, and how good it is."""

from __future__ import annotations

import argparse
import json
from collections.abc import Mapping
from dataclasses import asdict
from typing import Any

from maild.cli.common import iso, plan_of, print_json, printable, short
from maild.daemon.wiring import make_log, opened_store, wall_clock
from maild.desk.learning.grading import Grade
from maild.errors import Permanent
from maild.log import Event
from maild.pipeline.teach import TRIED, Taught, examine, teach
from maild.settings.build import Plan
from store import Store


def run(arguments: argparse.Namespace) -> int:
    plan = plan_of(arguments)
    with opened_store(plan) as store:
        match arguments.action:
            case "train":
                return _train(plan, store, arguments)
            case "evaluate":
                return _evaluate(plan, store, arguments)
        return _status(plan, store, arguments)


def _train(plan: Plan, store: Store, arguments: argparse.Namespace) -> int:
    said, now = plan.settings.learning, arguments.now or wall_clock()
    found = teach(store, plan.desk, said.act_above / 100, said.since, said.cases, now)
    log = make_log(plan)
    if arguments.json:
        print_json(_row(found))
    elif found.version:
        log.emit(Event.LEARNING_REPLACED, version=found.version, lessons=found.lessons, why=found.why)
    else:
        log.emit(Event.LEARNING_KEPT, lessons=found.lessons, why=found.why)
    if not arguments.json:
        for name, trial in found.trials.items():
            _print(f"{name}: {'put to use' if trial.kept else 'not used'}", trial.new)
            if trial.old:
                _print(f"{name}: what was in use", trial.old)
    return 0


def _row(found: Taught) -> dict[str, object]:
    trials = {name: asdict(trial) for name, trial in found.trials.items()}
    return {"version": found.version, "lessons": found.lessons, "why": found.why, "fields": trials}


def _evaluate(plan: Plan, store: Store, arguments: argparse.Namespace) -> int:
    said, now = plan.settings.learning, arguments.now or wall_clock()
    try:
        grades = examine(store, plan.desk, said.act_above / 100, said.since, said.cases, now)
    except ValueError as error:
        raise Permanent(f"what is in use {error}; say maild learn train") from error
    if arguments.json:
        print_json({name: asdict(one) for name, one in grades.items()})
        return 0
    for name, one in grades.items():
        _print(f"{name}, on cases that came since it learnt", one)
    if not grades:
        print("nothing was learnt yet, or no case has come since")
    return 0


def _status(plan: Plan, store: Store, arguments: argparse.Namespace) -> int:
    with store.read() as unit:
        live, tried = unit.models.live(), unit.facts.get(TRIED)
    last: Mapping[str, Any] = json.loads(tried) if tried else {}
    if arguments.json:
        row = {"version": live.version, "made_at": iso(live.made_at), "until": iso(live.until)} if live else {}
        report = live.report if live else {}
        print_json({"on": plan.settings.learning.on, **row, "report": report, "last": dict(last) or None})
        return 0
    print(f"learning is {'on' if plan.settings.learning.on else 'off'} ([learning] on)")
    if live is None:
        print("nothing was learnt yet: maild learn train")
    else:
        until, made = short(live.until), short(live.made_at)
        print(f"version {live.version}, of {made}, from {live.lessons} cases up to {until}")
        for name, trial in live.report.items():
            _print(name, Grade(**trial["new"]))  # type: ignore[index]
    if last:
        print(f"last training: {last['at'][:16]}Z, {printable(last['why'])}")
    return 0


def _print(title: str, one: Grade) -> None:
    def share(part: int, whole: int) -> str:
        return f"{100 * part / whole:.0f} %" if whole else "-"

    print(f"{title}: right in {share(one.right, one.cases)} of {one.cases} later cases")
    print(f"    rules and configuration alone {share(one.before, one.cases)}", end=", ")
    print(f"always the commonest {share(one.commonest, one.cases)}")
    print(f"    it would have acted in {one.acted}, and been right in {one.acted_right}")
