"""`maild run`, `inject` and `tick`: the commands that make things happen."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Callable
from pathlib import Path

from maild.cli.common import TIMERS_HELD, plan_of, printable
from maild.daemon.clock import SteadyClock
from maild.daemon.duties import add_duties, begin
from maild.daemon.loops import Daemon, Watched
from maild.daemon.memory import keep_little
from maild.daemon.once import turn
from maild.daemon.reload import Reload, hear_end
from maild.daemon.room import room_of
from maild.daemon.watch import Watch
from maild.daemon.wiring import make_log, only_daemon, opened_office, opened_store, wall_clock
from maild.errors import TRY_AGAIN, Temporary, UserError
from maild.log import Log
from maild.pipeline.due import fire_due
from maild.pipeline.intake import keep
from maild.pipeline.office import Clock
from maild.settings.build import Plan


def run(arguments: argparse.Namespace) -> int:
    """The daemon, or one turn of it."""
    if arguments.now is not None and not arguments.once:
        raise UserError("--now goes with --once: a daemon has the real clock")
    plan, clock = plan_of(arguments), _clock(arguments)
    log = make_log(plan, clock)
    if arguments.once:
        mailboxes, relay = plan.mailboxes(), plan.relay()
        with opened_office(plan, log) as office, only_daemon(plan, office):
            begin(plan, office)
            Watch(plan, office, clock).look()
            return 0 if turn(office, mailboxes, relay, clock) else TRY_AGAIN
    hear_end()
    keep_little()
    while _serve(plan, clock, log, lambda: plan_of(arguments)):
        pass
    return 0


def _serve(plan: Plan, clock: Clock, log: Log, read: Callable[[], Plan]) -> bool:
    """Work until told to end; True when it was only to begin anew with settings that turned out to have a fault."""
    mailboxes, relay = plan.mailboxes(), plan.relay()
    with opened_office(plan, log) as office, only_daemon(plan, office):
        begin(plan, office)
        watched = [
            Watched(access, one.poll_every) for access, one in zip(mailboxes, plan.settings.mailbox, strict=True)
        ]
        steady = SteadyClock(clock)
        daemon = Daemon(office, watched, relay, plan.settings.smtp.connections, steady, lmtp=plan.lmtp())
        duties = add_duties(daemon, plan, office, steady)
        reload = Reload(plan, read, log, steady.in_doubt)
        daemon.run(reload)
    if duties.watch.gave_up:
        raise Temporary("a mailbox was out of reach for watch.exit_after")
    if duties.outdated:
        raise UserError("store.url: a newer maild has migrated the store; upgrade this one as well")
    return reload.is_agreed and reload.begin_anew(lambda: daemon.told_to_end)


def inject(arguments: argparse.Namespace) -> int:
    """Store one letter; done only after the commit. Needs neither templates nor servers.

    A broken configuration is 75 here: a mail server would bounce the customer's mail on 2, and keeps it on 75.
    """
    try:
        plan = plan_of(arguments)
    except UserError as error:
        raise Temporary(str(error)) from error
    name = _mailbox(plan, arguments.mailbox)
    raw = _raw(arguments.file)
    log = make_log(plan, _clock(arguments))
    if (room := room_of(plan, log)) is not None and room.measure().is_short:
        raise Temporary("the disk of the store has less than limits.free_space left; keep the mail and try again")
    with opened_store(plan) as store:
        keep(store, log, name, plan.feeds().get(name), raw, _clock(arguments)())
    return 0


def tick(arguments: argparse.Namespace) -> int:
    """Fire what is due; read no mailbox and send nothing."""
    plan, clock = plan_of(arguments), _clock(arguments)
    with opened_office(plan, make_log(plan, clock)) as office:
        fired = fire_due(office, clock, assume_read=arguments.assume_read)
        with office.store.read() as unit:
            held = unit.facts.timers_held()
    print(f"{fired} timers fired")
    if held is not None:
        print(f"{TIMERS_HELD}: {printable(held)}")
    return 0


def _clock(arguments: argparse.Namespace) -> Clock:
    fixed = arguments.now
    return wall_clock if fixed is None else lambda: fixed


def _mailbox(plan: Plan, named: str | None) -> str:
    """The mailbox a handed-in letter belongs to."""
    names = [one.name for one in plan.settings.mailbox]
    if named is None:
        if len(names) > 1:
            raise UserError(f"which mailbox? Say --mailbox with one of: {', '.join(names)}")
        return names[0] if names else "inject"
    if named not in names:
        raise UserError(f"--mailbox {named}: there is no such mailbox; there are: {', '.join(names) or 'none'}")
    return named


def _raw(name: str) -> bytes:
    if name == "-":
        return sys.stdin.buffer.read()
    try:
        return Path(name).read_bytes()
    except OSError as error:
        raise UserError(f"{name}: {error.strerror}") from error
