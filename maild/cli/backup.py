"""`maild backup`, `restore` and `drill`."""

from __future__ import annotations

import argparse
import signal
import sys
from pathlib import Path

from maild.backup.drill import drill as try_restore
from maild.backup.drill import report
from maild.backup.restore import restore as put_back
from maild.backup.take import folder_of, take
from maild.cli.common import plan_of
from maild.daemon.wiring import make_log, opened_store, wall_clock
from maild.errors import TRY_AGAIN
from maild.log import Event


def backup(arguments: argparse.Namespace) -> int:
    """One archive, taken while the daemon works."""
    _tidy_when_stopped()
    plan = plan_of(arguments)
    with opened_store(plan) as store:
        taken = take(plan, store, folder_of(plan, arguments.to), wall_clock())
    make_log(plan).emit(
        Event.BACKUP_DONE,
        file=taken.path,
        bytes=taken.path.stat().st_size,
        letters=taken.contents.audit["stored"],
        cases=taken.contents.tables["cases"],
        pruned=taken.pruned or None,
    )
    return 0


def restore(arguments: argparse.Namespace) -> int:
    """Put an archive to work; the outbox is held afterwards."""
    _tidy_when_stopped()
    plan = plan_of(arguments)
    restored = put_back(plan, Path(arguments.archive), wall_clock(), force=arguments.force)
    audit = restored.manifest.contents.audit
    make_log(plan).emit(
        Event.STORE_RESTORED, file=arguments.archive, taken=restored.manifest.at, letters=audit["stored"],
        aside=restored.aside,
    )  # fmt: skip
    if not restored.same_config:
        print(f"The configuration in the backup is another one; `tar -xzOf {arguments.archive} maild.toml` shows it.")
    print(
        "The outbox is held. Next: `maild reconcile`, `maild run`; look at `maild outbox list`; "
        "`maild outbox release`."
    )
    return 0


def drill(arguments: argparse.Namespace) -> int:
    """Restore into a scratch place and compare; the admins are told. Exit code 1 when anything is off."""
    _tidy_when_stopped()
    plan = plan_of(arguments)
    log, now = make_log(plan), wall_clock()
    result = try_restore(plan, Path(arguments.archive) if arguments.archive else None, now)
    with opened_store(plan) as store:
        told = report(plan, store, result, now)
    event = Event.DRILL_FAILED if result.problems else Event.DRILL_DONE
    letters = result.manifest.contents.audit["stored"] if result.manifest else None
    log.emit(event, file=result.path, letters=letters, told=told, error=" ".join(result.problems) or None)
    return 1 if result.problems else 0


def _tidy_when_stopped() -> None:
    """SIGTERM takes the scratch folder away, as Ctrl-C does."""
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(TRY_AGAIN))
