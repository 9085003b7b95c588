"""What can be said on the command line: every command with its arguments and one sentence of help."""

from __future__ import annotations

import argparse
import importlib
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from maild.desk.reports.names import REPORTS
from maild.settings.spans import parse_span

Add = Callable[[argparse.ArgumentParser], None]


@dataclass(frozen=True, slots=True)
class Command:
    """`module.function` of maild.cli runs it; imported only then, so that --help and parse start quickly."""

    help: str
    where: str
    add: Add

    def run(self, arguments: argparse.Namespace) -> int:
        module, function = self.where.split(".")
        code: int = getattr(importlib.import_module(f"maild.cli.{module}"), function)(arguments)
        return code


def add_commands(parser: argparse.ArgumentParser) -> None:
    """All commands. -c may stand before the command, behind it, or behind its action."""
    _config(parser, None)
    commands = parser.add_subparsers(dest="command", required=True, metavar="COMMAND")
    for name, command in COMMANDS.items():
        sub = commands.add_parser(name, help=command.help, description=command.help)
        _config(sub, argparse.SUPPRESS)
        command.add(sub)


def _config(parser: argparse.ArgumentParser, default: object) -> None:
    parser.add_argument(
        "-c",
        "--config",
        metavar="FILE",
        default=default,
        help="the configuration (else $MAILD_CONFIG, ./maild.toml, /etc/maild/maild.toml)",
    )


def _action(actions: Any, name: str, says: str) -> argparse.ArgumentParser:
    action: argparse.ArgumentParser = actions.add_parser(name, help=says, description=says)
    _config(action, argparse.SUPPRESS)
    return action


def moment(text: str) -> datetime:
    """A time of --now: ISO 8601 with an offset."""
    try:
        at = datetime.fromisoformat(text)
    except ValueError as error:
        raise argparse.ArgumentTypeError(
            f"{text!r} is no ISO 8601 time, such as 2026-01-31T12:00:00+00:00"
        ) from error
    if at.tzinfo is None:
        raise argparse.ArgumentTypeError(f"{text!r} lacks its offset; write {text}+00:00 or {text}Z")
    if not 1970 < at.year < 9000:  # room for every span that is added to it
        raise argparse.ArgumentTypeError(f"{text!r} is out of all reason")
    return at.astimezone(UTC)


def _span(text: str) -> timedelta:
    try:
        return parse_span(text)
    except ValueError as error:
        raise argparse.ArgumentTypeError(str(error)) from error


def row_number(text: str) -> int:
    """The number of a case, a letter or a mail."""
    if not text.isascii() or not text.isdigit() or not 0 < int(text) < 2**62:
        raise argparse.ArgumentTypeError(f"{text!r} is no number of anything")
    return int(text)


def _now(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--now", metavar="TIME", type=moment, help="the clock of this command (ISO 8601 with offset)")


def _json(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--json", action="store_true", help="for programs: JSON, one object a line")


def _demo(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--keep", action="store_true", help="leave the servers running for your own mail client")


def _init(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("file", nargs="?", default="maild.toml", help="where to write it (default: maild.toml)")
    parser.add_argument("--force", action="store_true", help="write over a file that is there")


def _check(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--offline", action="store_true", help="leave the servers alone")
    parser.add_argument(
        "--mail", action="store_true", help="also write to the desk itself, and see what becomes of it on the way"
    )
    parser.add_argument(
        "--wait", metavar="SECONDS", type=row_number, default=60, help="with --mail: how long for (default: 60)"
    )


def _run(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--once", action="store_true", help="do all that waits, then end")
    _now(parser)


def _inject(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "file", nargs="?", default="-", metavar="FILE", help="the raw message (default: -, standard input)"
    )
    parser.add_argument("--mailbox", metavar="NAME", help="which mailbox it came to; needed where there are several")
    _now(parser)


def _reconcile(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--mailbox", metavar="NAME", help="only this one")
    parser.add_argument("--since", metavar="DAYS", type=row_number, help="only mail of so many days (default: all)")


def _backup(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--to", metavar="DIR", help="where to (default: backup.dir)")


def _restore(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("archive", metavar="ARCHIVE", help="what `maild backup` made")
    parser.add_argument(
        "--force", action="store_true", help="also over a store or a key that is there; the old one is kept aside"
    )


def _drill(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--archive", metavar="FILE", help="this one (default: the newest in backup.dir)")


def _parse(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("files", nargs="+", metavar="FILE", help="raw messages; - is standard input")
    _json(parser)


def _explain(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("what", metavar="FILE|CASE|MESSAGE-ID", help="a raw message, a case's number or a Message-ID")
    parser.add_argument(
        "field",
        nargs="?",
        choices=("status", "owner", "severity", "kind", "queue", "level"),
        help="only this field of the case: what it is, what it was, who decided it",
    )
    _json(parser)
    _now(parser)


def _tick(parser: argparse.ArgumentParser) -> None:
    _now(parser)
    parser.add_argument("--assume-read", action="store_true", help="take the mailboxes as read at that time")


def _timers(parser: argparse.ArgumentParser) -> None:
    actions = parser.add_subparsers(dest="action", required=True, metavar="list|release")
    listing = _action(actions, "list", "timers that are due, and whether they are held")
    listing.add_argument("--all", action="store_true", help="those that wait, too")
    _json(listing)
    _now(listing)
    _now(_action(actions, "release", "let pass those that are due by now, and count anew"))


def _case(parser: argparse.ArgumentParser) -> None:
    actions = parser.add_subparsers(dest="action", required=True, metavar="list|show|merge")
    listing = _action(actions, "list", "cases, by number")
    listing.add_argument("--open", action="store_true", help="only those that are not done")
    listing.add_argument("--queue", metavar="NAME")
    _json(listing)
    showing = _action(actions, "show", "one case with its timeline")
    showing.add_argument("number", type=row_number)
    _json(showing)
    merging = _action(actions, "merge", "one case goes on in another; agents do it by mail, with /merge")
    merging.add_argument("number", metavar="NUMBER", type=row_number)
    merging.add_argument("into", metavar="INTO", type=row_number)
    _now(merging)


def _day(text: str) -> datetime:
    try:
        return datetime.strptime(text, "%Y-%m-%d").replace(tzinfo=UTC)
    except ValueError as error:
        raise argparse.ArgumentTypeError(f"{text!r} is no day, such as 2026-03-14") from error


def _agent(parser: argparse.ArgumentParser) -> None:
    actions = parser.add_subparsers(dest="action", required=True, metavar="list|add|change|absent|deactivate")
    listing = _action(actions, "list", "who answers, and how much each has to do")
    listing.add_argument("--all", action="store_true", help="those who left, too")
    _json(listing)
    _now(listing)
    for name, says in (
        ("add", "one more agent, or one who left comes back"),
        ("change", "what is known of an agent"),
    ):
        one = _action(actions, name, f"{says}; it counts from the next mail on")
        one.add_argument("address", metavar="ADDRESS")
        one.add_argument("--name", metavar="NAME", help="what colleagues and customers read")
        one.add_argument("--level", choices=("L1", "L2", "L3"))
        one.add_argument("--role", choices=("agent", "manager", "admin", "super-user"))
        one.add_argument("--queue", metavar="NAME", nargs="*", help="the queues they serve; none named: all")
        one.add_argument(
            "--skill", metavar="WORD", nargs="*", help="what they are good at; none named: nothing special"
        )
        _now(one)
    away = _action(actions, "absent", "they get no new cases up to a day")
    away.add_argument("address", metavar="ADDRESS")
    which = away.add_mutually_exclusive_group(required=True)
    which.add_argument("--until", metavar="DATE", type=_day, help="the last day away (2026-03-14)")
    which.add_argument("--back", action="store_true", help="they are back")
    _now(away)
    leaving = _action(actions, "deactivate", "they leave: no right is left, and their open cases are handed on")
    leaving.add_argument("address", metavar="ADDRESS")
    leaving.add_argument("--hand-on-to", metavar="ADDRESS", help="to whom (default: whom each queue finds)")
    _now(leaving)


def _sla(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("number", metavar="CASE", type=row_number, nargs="?", help="the number of a case")
    parser.add_argument(
        "--recompute", action="store_true", help="what the present calendars and targets make of all open cases"
    )
    parser.add_argument("--apply", action="store_true", help="with --recompute: keep it so, and set the timers by it")
    _json(parser)
    _now(parser)


def _contact(parser: argparse.ArgumentParser) -> None:
    says = {
        "show": "one customer, with the numbers of their cases",
        "change": "say something of them; an empty text takes it back",
        "deactivate": "nothing leaves for them by itself any more",
        "activate": "take that back",
        "unmerge": "this address is a person's of its own again",
        "block": "what they write from now on has no effect",
        "unblock": "take that back",
    }
    actions = parser.add_subparsers(dest="action", required=True, metavar="list|show|change|merge|block|…")
    listing = _action(actions, "list", "everybody who takes part in a case")
    listing.add_argument("--all", action="store_true", help="those who were deactivated, too")
    listing.add_argument("--blocked", action="store_true", help="only those whose mail has no effect")
    _json(listing)
    _json(_action(actions, "duplicates", "those who may be one person; changes nothing"))
    merging = _action(actions, "merge", "two addresses are one person's, who may write to their cases from either")
    merging.add_argument("address", metavar="ADDRESS", help="under which they are known")
    merging.add_argument("other", metavar="OTHER", help="another one of theirs")
    for name, help_text in says.items():
        one = _action(actions, name, help_text)
        one.add_argument("address", metavar="ADDRESS")
        if name == "show":
            _json(one)
        if name == "change":
            one.add_argument("--name", metavar="NAME")
            one.add_argument("--language", metavar="CODE", help="in which they are written to, such as de")
            one.add_argument("--organisation", metavar="NAME")
            one.add_argument("--plan", metavar="WORD", help="what they have bought; rules may ask for it")


def _outbox(parser: argparse.ArgumentParser) -> None:
    actions = parser.add_subparsers(dest="action", required=True, metavar="list|show|retry|drop|release")
    _action(actions, "release", "let go what was held since an older store was put to work")
    listing = _action(actions, "list", "mails that have not left")
    listing.add_argument("--all", action="store_true", help="those sent, too")
    _json(listing)
    for name, says in (("show", "one mail, whole"), ("retry", "try it now"), ("drop", "give it up")):
        one = _action(actions, name, says)
        one.add_argument("ids" if name == "drop" else "id", metavar="ID", type=row_number, nargs=_SEVERAL.get(name))
        if name == "show":
            _json(one)


_SEVERAL = {"drop": "+"}


def _rules(parser: argparse.ArgumentParser) -> None:
    actions = parser.add_subparsers(dest="action", required=True, metavar="lint|list|test|simulate")
    files = "files with rules, in place of all of your own (default: those configured)"
    for name, says in (
        ("lint", "are they right? And what looks like a slip"),
        ("list", "all rules, in the order in which they are looked at"),
        ("test", "do the examples beside the rules come out as they say?"),
    ):
        one = _action(actions, name, says)
        one.add_argument("files", nargs="*", metavar="FILE", help=files)
        if name != "lint":
            _json(one)
    trial = _action(actions, "simulate", "what would other rules have made of the mail that came?")
    trial.add_argument(
        "--since", metavar="SPAN", type=_span, default=timedelta(days=30), help="mail of that long (default: 30d)"
    )
    trial.add_argument("--rules", metavar="NEW", dest="files", action="append", required=True, help=files)
    _now(trial)
    _json(trial)


def _learn(parser: argparse.ArgumentParser) -> None:
    actions = parser.add_subparsers(dest="action", required=True, metavar="status|train|evaluate")
    for name, says in (
        ("status", "what is in use, and how it did"),
        ("train", "learn anew, and put it to use if it is no worse than what is in use"),
        ("evaluate", "how what is in use does on the cases that came since"),
    ):
        one = _action(actions, name, says)
        _json(one)
        _now(one)


def _report(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("name", metavar="NAME", choices=REPORTS, help=", ".join(REPORTS))
    form = parser.add_mutually_exclusive_group()
    form.add_argument("--csv", action="store_true", help="for spreadsheets: all columns")
    form.add_argument("--mail", action="store_true", help="mail it now, to those of its [[report]] or to --to")
    form.add_argument("--json", action="store_true", help="for programs: JSON, one object a line")
    parser.add_argument("--to", metavar="ADDRESS", action="append", help="with --mail: to these instead")
    parser.add_argument("--for", metavar="ADDRESS", dest="whose", help="only cases that this agent owns")
    parser.add_argument("--queue", metavar="NAME", action="append", help="only cases of these queues")
    _now(parser)


def _quarantine(parser: argparse.ArgumentParser) -> None:
    actions = parser.add_subparsers(dest="action", required=True, metavar="list|show|retry|release|…")
    _json(_action(actions, "list", "letters that wait for a person"))
    says = {
        "show": "one letter, its cause and its bytes",
        "retry": "route it again",
        "release": "route it and let it pass the check that held it",
        "drop": "keep it, without effect",
        "spam": "the same, for what nobody wanted",
        "block": "the same; and ignore what its sender writes from now on",
        "attach": "make it an entry of a case, for agents alone",
    }
    for name, help_text in says.items():
        one = _action(actions, name, help_text)
        one.add_argument("id", type=row_number)
        if name == "show":
            _json(one)
        if name == "attach":
            one.add_argument("case", type=row_number, metavar="CASE")


def _key(parser: argparse.ArgumentParser) -> None:
    actions = parser.add_subparsers(dest="action", required=True, metavar="show|rotate|retire")
    _json(_action(actions, "show", "by which fingerprints the keys are known"))
    _action(actions, "rotate", "make a new key; the present one stays good, the one before it does not")
    _action(actions, "retire", "the former key is good for nothing any more")


COMMANDS: dict[str, Command] = {
    "demo": Command("A whole story with servers of its own: see how the desk works.", "demo.run", _demo),
    "init": Command("Write an annotated configuration.", "setup.init", _init),
    "check": Command("Test configuration, store, mailboxes, relay and templates.", "setup.check", _check),
    "run": Command("The daemon; with --once: one turn.", "run.run", _run),
    "inject": Command("Store one raw message, as a pipe would hand it in.", "run.inject", _inject),
    "tick": Command("Fire the timers that are due, once.", "run.tick", _tick),
    "parse": Command("What the parsers see in a message.", "parse.run", _parse),
    "explain": Command("Why something happened, or what would.", "explain.run", _explain),
    "case": Command("Look at cases.", "case.run", _case),
    "sla": Command("What was promised for a case, and how its clocks stand.", "sla.run", _sla),
    "export": Command("Every case with its entries, one JSON object a line.", "case.export", _json),
    "outbox": Command("Mails that wait, or failed.", "outbox.run", _outbox),
    "timers": Command("Timers that are due, and those that are held.", "timers.run", _timers),
    "quarantine": Command("Letters that wait for a person.", "quarantine.run", _quarantine),
    "contact": Command("The customers.", "contact.run", _contact),
    "agent": Command("The people who answer.", "agent.run", _agent),
    "key": Command("The key that signs tokens: look at it, or change it.", "key.run", _key),
    "rules": Command("Check the rules, and try them on examples.", "rules.run", _rules),
    "report": Command("What is open, late or waiting; how much came and went.", "report.run", _report),
    "learn": Command("What the desk has learnt from former cases.", "learn.run", _learn),
    "reconcile": Command("Read the done folders again: what the store lacks comes in.", "reconcile.run", _reconcile),
    "backup": Command("One archive of everything, taken while the daemon works.", "backup.backup", _backup),
    "restore": Command("Put a backup to work; the outbox is held afterwards.", "backup.restore", _restore),
    "drill": Command("Prove that the newest backup can be restored.", "backup.drill", _drill),
    "audit": Command("Does every letter have its one place? Counts; exit code 1 unless.", "audit.audit", _json),
    "status": Command("How the desk is doing.", "audit.status", _json),
}
