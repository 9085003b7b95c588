"""`maild agent list|add|change|absent|deactivate`: the people who answer, without a restart."""

from __future__ import annotations

import argparse
from datetime import datetime
from typing import Any

from maild.cli.common import iso, plan_of, print_json, printable
from maild.daemon.wiring import make_log, opened_office, opened_store, wall_clock
from maild.desk.addresses import can_be_written_to
from maild.desk.people.assignment import LOOK_BACK
from maild.desk.people.away import back_after
from maild.desk.people.staff import changed, staffed
from maild.desk.settings import Agent, Desk
from maild.errors import UserError
from maild.log import Event
from maild.pipeline.people import deactivate, hand_on
from maild.settings.build import Plan
from store import Store, Unit
from store.people import AgentRow, Load
from store.records import fold_address


def run(arguments: argparse.Namespace) -> int:
    plan, now = plan_of(arguments), arguments.now or wall_clock()
    if arguments.action == "deactivate":
        return _deactivate(plan, arguments, now)
    with opened_store(plan) as store:
        match arguments.action:
            case "list":
                return _list(plan, store, arguments, now)
            case "absent":
                return _absent(plan, store, arguments, now)
        return _put(plan, store, arguments, now)


def _list(plan: Plan, store: Store, arguments: argparse.Namespace, now: datetime) -> int:
    with store.read() as unit:
        rows = {row.address: row for row in unit.agents.listed()}
        desk = staffed(plan.desk, rows.values())
        people = [*desk.agents, *(_left(plan.desk, rows[key]) for key in sorted(desk.leavers) if arguments.all)]
        loads = unit.agents.loads([agent.address for agent in people], "", "", now - LOOK_BACK)
    for agent in people:
        row = _row(plan.desk, agent, rows.get(fold_address(agent.address)), loads.get(agent.address, Load()), now)
        print_json(row) if arguments.json else _print(row)
    if not people and not arguments.json:
        print("nobody; `maild agent add ADDRESS` adds somebody")
    return 0


def _left(desk: Desk, row: AgentRow) -> Agent:
    return changed(desk.agent(row.address) or Agent(address=row.address, name=""), row)


def _row(desk: Desk, agent: Agent, said: AgentRow | None, load: Load, now: datetime) -> dict[str, Any]:
    return {
        "address": agent.address,
        "name": agent.name,
        "level": agent.level,
        "role": agent.role,
        "queues": list(agent.queues),
        "skills": list(agent.skills),
        "active": said is None or said.active,
        "away_until": iso(agent.away_until) if agent.is_away(now) else None,
        "open_cases": load.open,
        "origin": _origin(desk, agent, said),
    }


def _origin(desk: Desk, agent: Agent, said: AgentRow | None) -> str:
    """Where it is said that they are an agent, and of what kind."""
    if desk.agent(agent.address) is None:
        return "command"
    words = (said.name, said.level, said.role, said.queues, said.skills) if said else ()
    return "file, changed by command" if any(word is not None for word in words) else "file"


def _print(row: dict[str, Any]) -> None:
    away = f", away until {row['away_until'][:16]}" if row["away_until"] else ""
    state = "" if row["active"] else " LEFT"
    queues = ", ".join(row["queues"]) or "all queues"
    skills = f"; {', '.join(row['skills'])}" if row["skills"] else ""
    print(
        f"{printable(row['address'], 32):<32} {row['level']} {row['role']:<10} {row['open_cases']:>4} open  "
        f"{printable(queues + skills)} ({row['origin']}){away}{state}"
    )


def _put(plan: Plan, store: Store, arguments: argparse.Namespace, now: datetime) -> int:
    address, adding = fold_address(arguments.address), arguments.action == "add"
    said = {
        "name": arguments.name,
        "level": arguments.level,
        "role": arguments.role,
        "queues": arguments.queue,
        "skills": arguments.skill,
    }
    said = {key: value for key, value in said.items() if value is not None}
    _check(plan.desk, address, arguments.queue or ())
    with store.write() as unit:
        there = staffed(plan.desk, unit.agents.listed()).agent(address)
        if adding and there is not None:
            raise UserError(f"{address} is an agent already; `maild agent change` changes what is known of them")
        if not adding:
            _known(plan, unit, address)
            if not said:
                raise UserError("change what? Say --name, --level, --role, --queue or --skill")
        more = {"active": True, "added": plan.desk.agent(address) is None} if adding else {}
        unit.agents.put(address, now, **more, **said)
    print(f"{address} is an agent" if adding else f"{address}: changed")
    return 0


def _check(desk: Desk, address: str, queues: list[str] | tuple[()]) -> None:
    if not can_be_written_to(address):
        raise UserError(f"{address} is not one address, such as bea@example.com")
    if desk.is_own(address):
        raise UserError(f"{address} is the desk's own address")
    known = {queue.name for queue in desk.queues}
    if unknown := [queue for queue in queues if queue and queue not in known]:
        raise UserError(f"there is no queue {unknown[0]}; there are {', '.join(sorted(known))}")


def _known(plan: Plan, unit: Unit, address: str) -> Agent:
    agent = staffed(plan.desk, unit.agents.listed()).agent(address)
    if agent is None:
        raise UserError(f"{address} is no agent; `maild agent list` shows who is")
    return agent


def _absent(plan: Plan, store: Store, arguments: argparse.Namespace, now: datetime) -> int:
    until = back_after(arguments.until.date(), plan.desk.zone) if arguments.until else None
    if until is not None and until <= now:
        raise UserError(f"{arguments.until:%Y-%m-%d} is over")
    with store.write() as unit:
        agent = _known(plan, unit, arguments.address)
        unit.agents.put(agent.address, now, away_until=until, away_why="an admin said so" if until else None)
    make_log(plan).emit(Event.AGENT_AWAY, agent=agent.address, until=until or "back")
    return 0


def _deactivate(plan: Plan, arguments: argparse.Namespace, now: datetime) -> int:
    with opened_office(plan, make_log(plan)) as office:
        with office.store.read() as unit:
            gone = unit.agents.get(arguments.address)
            leaver = _left(plan.desk, gone) if gone and not gone.active else _known(plan, unit, arguments.address)
            heir = _known(plan, unit, arguments.hand_on_to) if arguments.hand_on_to else None
        if heir is not None and heir.address == leaver.address:
            raise UserError("nobody hands on to themselves")
        if gone is None or gone.active:
            deactivate(office, leaver.address, now)
        handed = hand_on(office, leaver.address, heir.address if heir else None, now)
    for number, owner in handed.items():
        print(f"case {number}: {owner or 'nobody; its queue was told'}")
    print(f"{leaver.address} is no agent any more; {len(handed)} open cases were handed on")
    return 0
