"""`maild timers list|release`."""

from __future__ import annotations

import argparse
from datetime import datetime

from maild.cli.common import TIMERS_HELD, iso, plan_of, print_json, printable, short
from maild.daemon.wiring import make_log, opened_store, wall_clock
from maild.errors import UserError
from maild.log import Event
from maild.pipeline.breaker import GUARDED, is_guarded
from maild.settings.build import Plan
from store import Store


def run(arguments: argparse.Namespace) -> int:
    plan, now = plan_of(arguments), arguments.now or wall_clock()
    with opened_store(plan) as store:
        return _list(store, arguments, now) if arguments.action == "list" else _release(plan, store, now)


def _release(plan: Plan, store: Store, now: datetime) -> int:
    with store.write() as unit:
        passing = unit.timers.count_held(GUARDED, unit.facts.timers_passed(), now)
        if not unit.facts.release_timers(now):
            raise UserError("the timers are not held")
    make_log(plan).emit(Event.TIMERS_RELEASED, timers=passing)
    return 0


def _list(store: Store, arguments: argparse.Namespace, now: datetime) -> int:
    with store.read() as unit:
        held, passed = unit.facts.timers_held(), unit.facts.timers_passed()
        found = unit.timers.listed(None if arguments.all else now)
    if held is not None and not arguments.json:
        print(f"{TIMERS_HELD}: {printable(held)}")
    if not found and not arguments.json:
        print("no timer waits" if arguments.all else "no timer is due")
    for timer in found:
        is_held = held is not None and is_guarded(timer) and (passed is None or timer.due_at > passed)
        state = "waits" if timer.due_at > now else "HELD" if is_held else "due"
        if arguments.json:
            row = {"case": timer.case, "name": timer.name, "queue": timer.queue, "due_at": iso(timer.due_at)}
            print_json({**row, "state": state.lower()})
        else:
            print(f"{state:<5}  {short(timer.due_at)}  {timer.name:<16} case {timer.case:>6}  {timer.queue}")
    return 0
