"""`maild contact list|show|change|deactivate|activate|duplicates|merge|unmerge|block|unblock`: customers, as their
cases know them."""

from __future__ import annotations

import argparse
from dataclasses import asdict
from typing import Any

from maild.apply.quarantine import block, unblock
from maild.cli.common import iso, plan_of, print_json, printable, short
from maild.daemon.wiring import opened_store, wall_clock
from maild.desk.addresses import can_be_written_to
from maild.desk.domains import domain_of
from maild.desk.identity import organisation
from maild.desk.people.duplicates import likely
from maild.desk.people.staff import staffed
from maild.desk.quarantine import Block
from maild.errors import Permanent, UserError
from maild.settings.build import Plan
from store import Store, Unit
from store.people import Known
from store.records import fold_address

_BY = "admin"


def run(arguments: argparse.Namespace) -> int:
    plan = plan_of(arguments)
    with opened_store(plan) as store:
        match arguments.action:
            case "list":
                return _list(plan, store, arguments)
            case "show":
                return _show(store, arguments)
            case "duplicates":
                return _duplicates(plan, store, arguments)
            case "merge":
                return _merge(plan, store, arguments.address, arguments.other)
            case "unmerge":
                return _unmerge(store, arguments.address)
            case "block" | "unblock":
                return _block(plan, store, arguments)
        return _change(store, arguments)


def _block(plan: Plan, store: Store, arguments: argparse.Namespace) -> int:
    """Also of somebody whom no case knows."""
    address, now = fold_address(arguments.address), wall_clock()
    with store.write() as unit:
        if arguments.action == "unblock":
            if not unblock(unit, address, _BY, now):
                raise Permanent(f"{address} is not blocked; `maild contact list --blocked` shows who is")
            print(f"{address}: what they write counts again; what was ignored stays so")
            return 0
        desk = staffed(plan.desk, unit.agents.listed())
        if not can_be_written_to(address) or desk.agent(address) is not None or desk.is_own(address):
            raise UserError(f"{address} is not the address of somebody outside")
        block(unit, Block(why="by command", address=address), _BY, now)
    print(f"{address}: what they write from now on has no effect")
    return 0


def _list(plan: Plan, store: Store, arguments: argparse.Namespace) -> int:
    with store.read() as unit:
        if arguments.blocked:
            for contact in unit.contacts.blocked():
                row = {"address": contact.address, "blocked_at": iso(contact.blocked_at)}
                line = f"{printable(contact.address, 36):<36} {short(contact.blocked_at)}"
                print_json(row) if arguments.json else print(line)
            return 0
        desk = staffed(plan.desk, unit.agents.listed())
        for one in unit.contacts.known():
            if desk.agent(one.address) is not None or (not one.active and not arguments.all):
                continue
            print_json(_row(one)) if arguments.json else _print(one)
    return 0


def _show(store: Store, arguments: argparse.Namespace) -> int:
    with store.read() as unit:
        one = _known(unit, arguments.address)
        addresses = unit.contacts.of_person(one.address)
        numbers = {number for address in addresses for number in unit.cases.of_participant(address)}
    others = [address for address in addresses if address != one.address]
    row = {**_row(one), "also_known_as": others, "case_numbers": sorted(numbers)}
    if arguments.json:
        print_json(row)
        return 0
    for key, value in row.items():
        shown = ", ".join(map(str, value)) if isinstance(value, list) else "" if value is None else str(value)
        print(f"{key}: {printable(shown)}")
    return 0


def _change(store: Store, arguments: argparse.Namespace) -> int:
    now, action = wall_clock(), arguments.action
    names = ("name", "language", "organisation", "plan")
    said: dict[str, object] = {name: getattr(arguments, name, None) for name in names}
    said = {name: value or None for name, value in said.items() if value is not None}
    if action == "change" and not said:
        raise UserError("change what? Say --name, --language, --organisation or --plan; an empty text takes it back")
    copies = 0
    with store.write() as unit:
        one = _known(unit, arguments.address)
        if action != "change":
            said = {"active": action == "activate"}
        unit.contacts.put(one.address, now, **said)
        if action == "deactivate":
            copies = unit.contacts.no_more_copies(one.address)
    match action:
        case "deactivate":
            print(f"{one.address}: nothing leaves for them by itself any more, and no copies of {copies} cases")
            if one.open_cases:
                print(f"{one.open_cases} of their cases are open; `maild contact show {one.address}` names them")
        case _:
            print(f"{one.address}: changed")
    return 0


def _duplicates(plan: Plan, store: Store, arguments: argparse.Namespace) -> int:
    with store.read() as unit:
        desk = staffed(plan.desk, unit.agents.listed())
        known = [one for one in unit.contacts.known() if desk.agent(one.address) is None]
    for found in likely(known):
        first, *others = found.addresses
        if arguments.json:
            print_json(asdict(found))
            continue
        print(f"{printable(' '.join(found.addresses))}: they share {found.why}")
        for other in others:
            print(f"    maild contact merge {printable(first)} {printable(other)}")
    return 0


def _merge(plan: Plan, store: Store, address: str, other: str) -> int:
    with store.write() as unit:
        desk = staffed(plan.desk, unit.agents.listed())
        first, second = _known(unit, address), _known(unit, other)
        for one in (first, second):
            if desk.agent(one.address) is not None:
                raise UserError(f"{one.address} is an agent; agents are no contacts")
            if one.same_as is not None:
                said = f"{one.address} is known as another address of {one.same_as}"
                raise UserError(f"{said}; `maild contact unmerge {one.address}` parts them")
        if first.address == second.address:
            raise UserError("that is one address")
        unit.contacts.join(first.address, second.address, wall_clock())
    print(f"{second.address}: another address of {first.address}; from either they may write to the cases of both")
    return 0


def _unmerge(store: Store, address: str) -> int:
    with store.write() as unit:
        one = _known(unit, address)
        if one.same_as is None:
            raise UserError(f"{one.address} is not known as another address of anybody")
        unit.contacts.put(one.address, wall_clock(), same_as=None)
    print(f"{one.address}: a person's of its own again")
    return 0


def _known(unit: Unit, address: str) -> Known:
    found = next(iter(unit.contacts.known(address)), None)
    if found is None:
        raise Permanent(f"no case knows {fold_address(address)}; `maild contact list` shows who there is")
    return found


def _row(one: Known) -> dict[str, Any]:
    return {
        **asdict(one),
        "organisation": one.organisation or organisation(domain_of(one.address)),
        "last_at": iso(one.last_at),
        "blocked_at": iso(one.blocked_at),
    }


def _print(one: Known) -> None:
    said = (("UNDELIVERABLE", one.undeliverable), ("LEFT", not one.active), ("BLOCKED", one.blocked_at))
    marks = [word for word, is_so in said if is_so]
    marks += [f"SAME AS {one.same_as}"] if one.same_as else []
    known = ", ".join(word for word in (one.language, one.plan, one.organisation) if word)
    print(
        f"{printable(one.address, 36):<36} {printable(one.name, 24):<24} {one.open_cases:>3} of {one.cases:>4} open  "
        f"{short(one.last_at)}  {printable(' '.join([known, *marks]))}".rstrip()
    )
