"""`maild key show|rotate|retire`: the key that signs tokens, and the one before it."""

from __future__ import annotations

import argparse

from maild.cli.common import plan_of, print_json
from maild.desk.tokens import Keys, fingerprint
from maild.errors import UserError
from maild.settings.build import Plan
from maild.settings.keys import retire, rotate

_NEXT = "A running maild takes it with a reload (SIGHUP). Where there are several nodes, copy {path} to each first."


def run(arguments: argparse.Namespace) -> int:
    plan = plan_of(arguments)
    keys = _done(plan, arguments.action)
    said = {"current": fingerprint(keys.current), "former": fingerprint(keys.former) if keys.former else None}
    if arguments.action == "show" and arguments.json:
        print_json(said)
        return 0
    print(
        f"{plan.key_file}: {said['current']} signs; "
        + (f"{said['former']} is still good" if keys.former else "no other is good")
    )
    if arguments.action != "show":
        print(_NEXT.format(path=plan.key_file))
    return 0


def _done(plan: Plan, action: str) -> Keys:
    keys = plan.keys()
    match action:
        case "rotate":
            return rotate(plan.key_file)
        case "retire" if keys.former is None:
            raise UserError(f"{plan.key_file} holds no former key; `maild key rotate` makes the present one that")
        case "retire":
            return retire(plan.key_file)
    return keys
