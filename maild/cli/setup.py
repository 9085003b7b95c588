"""`maild init` and `maild check`."""

from __future__ import annotations

import argparse
import sqlite3
from collections.abc import Callable
from pathlib import Path

from maild.cli.common import plan_of
from maild.daemon.wiring import opened_store
from maild.errors import MaildError, Temporary, UserError
from maild.render.compose import compose, text_header
from maild.settings.build import Plan
from maild.settings.sample import sample
from maild.transport.imap import probe as probe_imap
from maild.transport.smtp import probe as probe_smtp


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
    """Test everything there is; say what to do about what is wrong."""
    plan = plan_of(arguments)
    print("✔ configuration")
    checks: list[tuple[str, Callable[[], str]]] = [
        ("templates", lambda: _templates(plan)),
        ("key", lambda: _key(plan)),
        ("outgoing mail", _forged_head),
        ("store", lambda: _store(plan)),
    ]
    mailboxes, relay = plan.mailboxes(), plan.relay()
    if not arguments.offline:
        checks += [(f"mailbox {one.name}", lambda one=one: probe_imap(one)) for one in mailboxes]  # type: ignore[misc]
        checks.append((f"relay {relay.host}:{relay.port}", lambda: probe_smtp(relay)))
    worst: MaildError | None = None
    for name, test in checks:
        try:
            said = test()
        except MaildError as error:
            print(f"✖ {name}: {error}")
            worst = error if worst is None or isinstance(worst, Temporary) else worst
        else:
            print(f"✔ {name}{': ' + said if said else ''}")
    if worst is not None:
        return 75 if isinstance(worst, Temporary) else 2
    agents = len(plan.desk.agents)
    print(f"All well: {len(mailboxes)} mailboxes, {agents} agents. Next: `maild run`.")
    if not agents:
        print("No [[agent]] is configured: nobody would be told of new cases.")
    return 0


def _templates(plan: Plan) -> str:
    plan.templates()
    return plan.settings.templates.dir


def _key(plan: Plan) -> str:
    plan.key()
    path = plan.state_dir / plan.settings.desk.key_file
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


def _store(plan: Plan) -> str:
    with opened_store(plan) as store, store.read() as unit:
        cases = sum(unit.cases.count_by_status().values())
    engine = "PostgreSQL" if store.is_shared else f"SQLite {sqlite3.sqlite_version}"
    return f"{engine}, {cases} cases"
