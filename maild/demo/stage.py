"""The demo's stage: embedded mail servers, a desk that does one turn whenever somebody looks, and a clock that is
moved by hand, so that days pass in milliseconds."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path

from maild.daemon.once import turn
from maild.demo.servers import DemoServers
from maild.demo.story import ANN, BEA, CARL, DESK, EVE, StoryBroken
from maild.pipeline.office import Office
from maild.settings.build import Plan, build
from maild.settings.load import parse

PASSWORD = "demo"
USERS = dict.fromkeys((DESK, ANN.address, EVE.address, BEA.address, CARL.address), PASSWORD)


def configuration(imap_port: int, smtp_port: int) -> str:
    """The maild.toml of the demo: also a small example of one."""
    return f"""\
[desk]
name = "Example Support"
address = "{DESK}"

[[mailbox]]
host = "127.0.0.1"
port = {imap_port}
tls = "none"
user = "{DESK}"
password = "{PASSWORD}"
poll_every = "5s"

[smtp]
host = "127.0.0.1"
port = {smtp_port}

[[agent]]
name = "Bea"
address = "{BEA.address}"

[[agent]]
name = "Carl"
address = "{CARL.address}"
"""


def plan_in(folder: Path, servers: DemoServers) -> Plan:
    """Write the configuration into the folder and read it as anybody's is read."""
    path = folder / "maild.toml"
    text = configuration(servers.imap_port, servers.smtp_port)
    path.write_text(text, encoding="utf-8")
    return build(parse(text, str(path)), path)


class HandClock:
    """A clock that stands still until it is moved."""

    def __init__(self, began: datetime | None = None) -> None:
        self._now = began or datetime.now(UTC).replace(microsecond=0)

    def __call__(self) -> datetime:
        return self._now

    def move(self, span: timedelta) -> None:
        self._now += span


class DemoStage:
    def __init__(self, servers: DemoServers, office: Office, plan: Plan, clock: HandClock) -> None:
        self._servers = servers
        self._office = office
        self._mailboxes = plan.mailboxes()
        self._relay = plan.relay()
        self._clock = clock

    def now(self) -> datetime:
        return self._clock()

    def post(self, raw: bytes, sender: str, to: str) -> None:
        self._servers.deliver(raw, to, sender)
        self._work()

    def inbox(self, address: str, at_least: int) -> list[bytes]:  # noqa: ARG002 - all work is done when this is asked
        return self._servers.mailbox(address)

    def later(self, span: timedelta) -> None:
        self._clock.move(span)
        self._work()

    def facts(self, case: int) -> dict[str, str]:
        with self._office.store.read() as unit:
            found = unit.cases.get(case)
        if found is None:
            raise StoryBroken(f"there is no case {case}")
        return {"status": found.status.value, "owner": found.owner or ""}

    def _work(self) -> None:
        if not turn(self._office, self._mailboxes, self._relay, self._clock):
            raise StoryBroken("the desk could not reach its servers")
