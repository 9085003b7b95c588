"""`maild init` and `maild check`."""

from __future__ import annotations

import argparse
import sqlite3
from collections.abc import Callable
from functools import partial
from pathlib import Path

from maild.backup.archive import listed, taken_at
from maild.backup.take import folder_of
from maild.cli.audit import disk, said_of_disk
from maild.cli.common import HELD, plan_of, short
from maild.cli.site import trial
from maild.daemon.presence import FAR_APART
from maild.daemon.trust import believed
from maild.daemon.wiring import opened_store, wall_clock
from maild.desk.people.staff import staffed
from maild.errors import TRY_AGAIN, WRONG_USE, MaildError, Temporary, UserError
from maild.render.compose import compose, text_header
from maild.settings.build import Lmtp, Plan
from maild.settings.model import MailboxSettings
from maild.settings.sample import sample
from maild.transport.imap import Mailbox
from maild.transport.imap import probe as probe_imap
from maild.transport.lmtp_access import probe as probe_lmtp
from maild.transport.smtp import probe as probe_smtp

_ENOUGH = 1000
"""Nobody needs to know how many more mails there are."""


def init(arguments: argparse.Namespace) -> int:
    """Write the sample file."""
    path = Path(arguments.file)
    if path.exists() and not arguments.force:
        raise UserError(f"{path} is there already; --force writes over it")
    try:
        path.write_text(sample(), encoding="utf-8")
        path.chmod(0o640)
    except OSError as error:
        raise UserError(f"{path}: {error.strerror}") from error
    print(f"Wrote {path}. Next: fill in [desk], [[mailbox]], [smtp] and [[agent]], then `maild check -c {path}`.")
    return 0


def check(arguments: argparse.Namespace) -> int:
    """Test everything there is, whatever the first test says; say what to do about what is wrong."""
    plan = plan_of(arguments)
    print("✔ configuration")
    online = not arguments.offline
    checks: list[tuple[str, Callable[[], str]]] = [
        ("templates", partial(_templates, plan)),
        ("rules", partial(_rules, plan)),
        ("key", partial(_key, plan)),
        ("outgoing mail", _forged_head),
        ("store", partial(_store, plan)),
        ("disk", partial(_disk, plan)),
        *((f"mailbox {one.name}", partial(_mailbox, plan, one, online)) for one in plan.settings.mailbox),
        *([("lmtp", partial(_lmtp, lmtp, online))] if (lmtp := plan.lmtp()) else []),
        ("relay", partial(_relay, plan, online)),
        ("backup", partial(_backup, plan)),
        *([("mail", partial(trial, plan, arguments.wait))] if arguments.mail and online else []),
    ]
    troubles = [trouble for name, test in checks if (trouble := _tried(name, test)) is not None]
    if troubles:
        return TRY_AGAIN if all(isinstance(trouble, Temporary) for trouble in troubles) else WRONG_USE
    with opened_store(plan) as store, store.read() as unit:
        agents = len(staffed(plan.desk, unit.agents.listed()).agents)
    print(f"All well: {len(plan.settings.mailbox)} mailboxes, {agents} agents. Next: `maild run`.")
    if not agents:
        print("There is no agent, neither an [[agent]] nor by `maild agent add`: nobody would be told of new cases.")
    return 0


def _tried(name: str, test: Callable[[], str]) -> MaildError | None:
    try:
        said = test()
    except MaildError as error:
        print(f"✖ {name}: {error}")
        return error
    print(f"✔ {name}{': ' + said if said else ''}")
    return None


def _mailbox(plan: Plan, one: MailboxSettings, online: bool) -> str:
    access = plan.mailbox(one)
    if not online:
        return "not asked"
    said = probe_imap(access)
    with Mailbox(access) as folder, opened_store(plan) as store, store.read() as unit:
        waiting = len(folder.waiting(0, _ENOUGH))
        first_time = unit.letters.count() == 0
    if waiting and first_time:
        many = f"{_ENOUGH} or more" if waiting == _ENOUGH else str(waiting)
        print(
            f"⚠ mailbox {one.name}: {many} mails lie in {one.folder}. `maild run` makes a case of each and "
            "acknowledges it. Move what is old to another folder first."
        )
    return said


def _lmtp(lmtp: Lmtp, online: bool) -> str:
    return probe_lmtp(lmtp.access.listen) if online else "not asked"


def _relay(plan: Plan, online: bool) -> str:
    relay = plan.relay()
    return probe_smtp(relay) if online else "not asked"


def _backup(plan: Plan) -> str:
    folder = folder_of(plan)
    archives = listed(folder)
    return f"{folder}, the newest of {short(taken_at(archives[-1]))}" if archives else f"NONE yet in {folder}"


def _templates(plan: Plan) -> str:
    plan.templates()
    return plan.settings.templates.dir


def _rules(plan: Plan) -> str:
    rules = plan.rules()
    return f"{len(rules.rules)}, version {rules.version}"


def _key(plan: Plan) -> str:
    plan.keys()
    path = plan.key_file
    mode = path.stat().st_mode & 0o777
    if mode & 0o077:
        raise UserError(f"{path} can be read by others (mode {mode:03o}); chmod 600 {path}")
    return str(path)


def _forged_head() -> str:
    """T60: an encoded line break in a subject must not become a header."""
    built = compose(
        [text_header("Subject", "=?utf-8?q?hi=0D=0ABcc:_evil=40example.com?=\r\nBcc: evil@example.com")], "", None
    )
    head = built.split(b"\r\n\r\n")[0].lower()
    if b"\nbcc" in head:
        raise UserError("a subject can forge headers with this Python; do not run it")
    return "a subject cannot forge headers"


def _disk(plan: Plan) -> str:
    found = disk(plan)
    if found is None:
        return "not watched: the store is PostgreSQL's"
    if found["short"]:
        raise Temporary(f"{said_of_disk(found)}; [limits] free_space")
    return said_of_disk(found)


def _store(plan: Plan) -> str:
    with opened_store(plan) as store, store.read() as unit:
        cases = sum(unit.cases.count_by_status().values())
        held = unit.facts.outbox_held()
        believed(plan.desk, store)
        apart = (here := wall_clock()) - unit.clock(here)
    if abs(apart) > FAR_APART:
        print(
            f"⚠ clock: this machine's is {apart.total_seconds():+.0f} seconds from the database's; timers act by the "
            "clock of each node. Let all machines keep time (NTP)."
        )
    if held is not None:
        print(f"⚠ {HELD}: {held}")
    engine = "PostgreSQL" if store.is_shared else f"SQLite {sqlite3.sqlite_version}"
    return f"{engine}, {cases} cases"
