"""`maild rules simulate`: what other rules would have made of the mail that came."""

from __future__ import annotations

import argparse
import sys
from collections import Counter

from maild.cli.common import iso, print_json, printable, short
from maild.daemon.wiring import opened_office, wall_clock
from maild.desk.rules.rules import RuleSet
from maild.log import Log
from maild.pipeline.simulate import Difference, Tally, simulate
from maild.settings.build import Plan


def run(arguments: argparse.Namespace, plan: Plan, rules: RuleSet) -> int:
    """One paragraph, or one JSON object, for each mail that would be treated otherwise; then the sum."""
    now = arguments.now or wall_clock()
    tally, sums = Tally(), Counter[str]()
    differing = 0
    with opened_office(plan, Log(sys.stderr, level="warning")) as office:
        present = office.desk.rules.version
        for one in simulate(office, rules, now - arguments.since, now, tally):
            differing += 1
            sums.update(f"{name}: {was or 'none'} → {new or 'none'}" for name, (was, new) in one.changed.items())
            sums.update(f"more: {mail}" for mail in one.more)
            sums.update(f"fewer: {mail}" for mail in one.fewer)
            print_json(_row(one)) if arguments.json else _print(one)
    if arguments.json:
        return 0
    print(f"{tally.mails} mails since {short(now - arguments.since)}; {differing} would be treated otherwise")
    print(f"rules now: version {present}; new: version {rules.version}. Nothing was changed and nothing was sent.")
    if tally.unreadable:
        print(f"{tally.unreadable} mails could not be read and were left out")
    for what, count in sums.most_common():
        print(f"{count:6} {printable(what)}")
    return 0


def _row(one: Difference) -> dict[str, object]:
    return {
        "letter": one.letter.id,
        "case": one.letter.case,
        "received_at": iso(one.letter.received_at),
        "from": one.letter.sender,
        "subject": one.letter.subject,
        "changed": {name: {"now": was, "new": new} for name, (was, new) in one.changed.items()},
        "more": list(one.more),
        "fewer": list(one.fewer),
        "rules": list(one.because),
    }


def _print(one: Difference) -> None:
    letter = one.letter
    case = f", case {letter.case}" if letter.case else ""
    who = f"{printable(letter.sender)}, {short(letter.received_at)}"
    print(f"letter {letter.id}{case}: {printable(letter.subject, 60)} ({who})")
    for name, (was, new) in one.changed.items():
        print(f"    {name}: {was or 'none'} → {new or 'none'}")
    for mail in one.more:
        print(f"    + {printable(mail)}")
    for mail in one.fewer:
        print(f"    - {printable(mail)}")
    print(f"    by {printable(', '.join(one.because)) or 'no rule'}")
