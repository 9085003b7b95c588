"""The demo command: sets the stage in a temporary folder, tells the story beside the log, and cleans up."""

from __future__ import annotations

import shutil
import sys
import tempfile
from datetime import timedelta
from pathlib import Path

from maild.daemon.loops import Daemon, Watched
from maild.daemon.wiring import only_daemon, opened_office, wall_clock
from maild.demo.servers import DemoServers
from maild.demo.stage import PASSWORD, USERS, DemoStage, HandClock, plan_in
from maild.demo.story import DESK, Story, StoryBroken
from maild.log import Log
from store.records import Direction, Entry


def demo(keep: bool) -> int:
    """Tell the story; exit code 1 when a step of it does not happen."""
    folder = Path(tempfile.mkdtemp(prefix="maild-demo-"))
    try:
        with DemoServers(USERS) as servers:
            code = _tell(folder, servers)
            if keep and code == 0:
                _keep(folder, servers)
        return code
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def _tell(folder: Path, servers: DemoServers) -> int:
    # The story takes six days: it ends before today, so that mails written in --keep come after it.
    plan, clock = plan_in(folder, servers), HandClock(wall_clock().replace(microsecond=0) - timedelta(days=7))
    log = Log(clock=clock)
    with opened_office(plan, log) as office:
        story = Story(DemoStage(servers, office, plan, clock), _say)
        try:
            story.tell()
        except StoryBroken as broken:
            print(f"\n✖ {broken}", file=sys.stderr)
            return 1
        _say(f"That was case {story.case}, line by line:")
        with office.store.read() as unit:
            for entry in unit.entries.of_case(story.case):
                _print(entry)
    print("\n✔ The whole story happened.")
    print("  Next: docs/getting-started.md leads to a desk of your own.")
    return 0


_ARROWS = dict(zip(Direction, "←→·☎☎✎/", strict=True))


def _print(entry: Entry) -> None:
    inside = " (internal)" if not entry.public else ""
    words = " ".join(entry.text.split())
    print(f"  {_ARROWS[entry.direction]} {entry.at:%d %b %H:%M} {entry.sender}{inside}: {words[:70]}")


def _say(sentence: str) -> None:
    print(f"\n● {sentence}", flush=True)


def _keep(folder: Path, servers: DemoServers) -> None:
    """Leave the servers and a real daemon running until Ctrl-C."""
    people = "\n".join(f"    {address:<20} password {PASSWORD}" for address in USERS)
    print(
        f"\nThe servers stay up until Ctrl-C. Point a mail client at them and write to {DESK}:\n"
        f"    IMAP 127.0.0.1:{servers.imap_port}, no TLS    SMTP 127.0.0.1:{servers.smtp_port}, no TLS, no login\n"
        f"{people}\nThe configuration is {folder / 'maild.toml'}, for `maild -c` commands in another window.\n",
        flush=True,
    )
    plan = plan_in(folder, servers)
    with opened_office(plan, Log()) as office, only_daemon(plan, office):
        watched = [Watched(one, plan.settings.mailbox[0].poll_every) for one in plan.mailboxes()]
        Daemon(office, watched, plan.relay(), plan.settings.smtp.connections, wall_clock).run()
