"""`maild report NAME`: printed, as CSV, or mailed now."""

from __future__ import annotations

import argparse
import sys

from maild.cli.common import plan_of, print_json, printable
from maild.daemon.wiring import make_log, opened_office, opened_store, wall_clock
from maild.desk.people.staff import staffed
from maild.desk.reports.names import OF_ONE, OVER_TIME
from maild.desk.reports.reports import Report
from maild.errors import UserError
from maild.log import Event
from maild.pipeline.reporting import made, mail_report
from maild.render.tables import as_csv
from maild.settings.build import Plan


def run(arguments: argparse.Namespace) -> int:
    plan, now = plan_of(arguments), arguments.now or wall_clock()
    queues = tuple(arguments.queue or ())
    known = [queue.name for queue in plan.desk.queues]
    if unknown := [name for name in queues if name not in known]:
        raise UserError(f"--queue {unknown[0]}: there is no such queue; there are: {', '.join(known)}")
    if arguments.whose and arguments.name in OVER_TIME:
        raise UserError(f"{arguments.name} is of the desk; --for goes with reports that list cases")
    if arguments.mail:
        return _mail(plan, arguments, queues)
    with opened_store(plan) as store, store.read() as unit:
        desk = staffed(plan.desk, unit.agents.listed())
        report = made(unit, desk, arguments.name, now, queues=queues, whose=arguments.whose)
    if arguments.csv:
        sys.stdout.buffer.write(_csv(report))
    elif arguments.json:
        for section in report.sections:
            for row in section.rows:
                print_json({"section": section.heading, **dict(zip(report.columns, row, strict=True))})
    else:
        _print(report)
    return 0


def _mail(plan: Plan, arguments: argparse.Namespace, queues: tuple[str, ...]) -> int:
    """To those named, else to those who get it by themselves."""
    now, log = arguments.now or wall_clock(), make_log(plan)
    configured = [address for one in plan.desk.reports if one.name == arguments.name for address in one.to]
    to = tuple(dict.fromkeys(arguments.to or configured))
    if not to:
        raise UserError("to whom? Say --to ADDRESS, or name them under [[report]]")
    if arguments.name in OF_ONE and arguments.whose:
        raise UserError(f"everybody is mailed their own {arguments.name}; leave --for away")
    with opened_office(plan, log) as office, office.store.write() as unit:
        if held := unit.facts.outbox_held():
            raise UserError(f"the outbox is held ({held}); maild outbox release lets it go")
        mails = mail_report(office, unit, arguments.name, to, queues, now, f"by hand {now.isoformat()}")
    for mail, recipient in mails:
        log.emit(Event.REPORT_SENT, report=arguments.name, mail=mail, to=recipient)
    return 0


def _csv(report: Report) -> bytes:
    rows = [(section.heading, *row) for section in report.sections for row in section.rows]
    return as_csv(("section", *report.columns), rows)


def _print(report: Report) -> None:
    print(report.title)
    if report.remark:
        print(report.remark)
    places = [report.columns.index(name) for name in report.shown]
    for section in report.sections:
        print(f"\n{printable(section.heading)}")
        rows = [report.shown, *(tuple(printable(row[n], 60) for n in places) for row in section.rows)]
        widths = [max(len(row[n]) for row in rows) for n in range(len(report.shown))]
        for row in rows:
            print("  " + "  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip())
