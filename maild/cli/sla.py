"""`maild sla`: the clocks of a case, span by span; and all of them worked out anew, when a calendar was corrected."""

from __future__ import annotations

import argparse
import sys
from datetime import datetime
from typing import Any

from maild.cli.common import iso, plan_of, print_json, printable, short
from maild.daemon.wiring import opened_office, opened_store, wall_clock
from maild.desk.clocks.clocks import Clock
from maild.desk.clocks.ledger import headline, span_lines, state_of
from maild.desk.foresight import clocks
from maild.errors import Permanent, UserError
from maild.log import Log
from maild.pipeline.casefile import history_of
from maild.pipeline.recompute import Corrected, recompute
from store.records import Case, Tracked


def run(arguments: argparse.Namespace) -> int:
    if arguments.recompute:
        return _recompute(arguments)
    if arguments.apply:
        raise UserError("--apply goes with --recompute")
    if arguments.number is None:
        raise UserError("which case? Say its number, or --recompute for all of them")
    plan, now = plan_of(arguments), arguments.now or wall_clock()
    with opened_store(plan) as store, store.read() as unit:
        case = unit.cases.get(arguments.number)
        if case is None:
            raise Permanent(f"there is no case {arguments.number}; `maild case list` shows those there are")
        found = clocks(case, history_of(unit, case.number, now), plan.desk, now)
        tracked = {(one.goal, one.round): one for one in unit.targets.of_case(case.number)}
    if arguments.json:
        rows = [_row(clock, tracked.get((clock.goal.value, clock.round)), now) for clock in found]
        print_json({"case": case.number, "as_of": iso(now), "targets": rows})
    else:
        _print(case, found, now)
    return 0


def _print(case: Case, found: list[Clock], now: datetime) -> None:
    print(f"case {case.number}: {case.status.value}, {case.severity} {case.kind}, {case.level}, queue {case.queue}")
    for clock in found:
        print(f"\n{printable(headline(clock, now))}")
        for line in span_lines(clock):
            print(f"    {''.join(c if c.isprintable() else ' ' for c in line)}")
    if not found:
        print("nothing is promised for it")


def _row(clock: Clock, tracked: Tracked | None, now: datetime) -> dict[str, Any]:
    return {
        "goal": clock.goal.value,
        "round": clock.round,
        "within": str(clock.term),
        "state": state_of(clock, now),
        "used_seconds": round(clock.used.total_seconds()),
        "allowed_seconds": round(clock.term.length.total_seconds()),
        "percent": round(clock.percent, 1),
        "began_at": iso(clock.began_at),
        "due_at": iso(clock.due_at),
        "met_at": iso(clock.met_at),
        "violated": clock.is_violated(now),
        "warned_at": iso(tracked.warned_at) if tracked else None,
        "told_at": iso(tracked.violated_at) if tracked else None,
        "escalated_at": iso(tracked.escalated_at) if tracked else None,
        "spans": [
            {
                "from": iso(span.begin),
                "to": iso(span.end),
                "status": span.status.value,
                "runs": span.runs,
                "counted_seconds": round(span.counted.total_seconds()),
                "calendar": span.calendar.name,
                "why": span.why,
            }
            for span in clock.spans
        ],
    }


def _recompute(arguments: argparse.Namespace) -> int:
    """What the present calendars and targets make of every case that is not closed: before and after."""
    plan, now = plan_of(arguments), arguments.now or wall_clock()
    changed = 0
    with opened_office(plan, Log(sys.stderr, level="warning")) as office:
        for one in recompute(office, now, only=arguments.number, write=arguments.apply):
            changed += 1
            print_json(_difference(one)) if arguments.json else print(_line(one))
    if not arguments.json:
        print(f"{changed} clocks {'corrected' if arguments.apply else 'would change; --apply corrects them'}")
    return 0


def _difference(one: Corrected) -> dict[str, Any]:
    def said(tracked: Tracked | None) -> dict[str, Any] | None:
        if tracked is None:
            return None
        return {
            "due_at": iso(tracked.due_at),
            "met_at": iso(tracked.met_at),
            "violated_at": iso(tracked.violated_at),
        }

    row = {"case": one.after.case, "goal": one.after.goal, "round": one.after.round}
    return {**row, "before": said(one.before), "after": said(one.after)}


def _line(one: Corrected) -> str:
    def said(tracked: Tracked | None) -> str:
        if tracked is None:
            return "not kept"
        late = ", violated" if tracked.violated_at else ""
        return (
            f"due {short(tracked.due_at)}{late}" if tracked.met_at is None else f"met {short(tracked.met_at)}{late}"
        )

    turn = f" no. {one.after.round + 1}" if one.after.round else ""
    return f"case {one.after.case:>6}  {one.after.goal + turn:<12}  {said(one.before)}  →  {said(one.after)}"
