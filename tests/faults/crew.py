"""Several real daemons on one PostgreSQL, each with a folder of its own, in front of one Dovecot and one sink.

crew = Crew(tmp_path, dovecot, sink, pg_url, boxes=2)
a = crew.node("a", MAILD_FP="ingest.pre_commit:stop")
a.start(), a.stop() and the rest of daemon.py
crew.put(mails)                         into the mailboxes, in turn
crew.wait_until_done(mails=40)          until all is routed and sent, whoever did it
"""

from __future__ import annotations

import json
from collections import Counter
from pathlib import Path
from typing import Any

from tests.faults.daemon import Daemon
from tests.servers import commands
from tests.servers.dovecot import PASSWORD, Dovecot
from tests.servers.process import wait_for
from tests.servers.sink import SinkServer

DESK = "support@desk.test"
LEASE = 2.0


def letter(number: int, more: str = "", subject: str = "Question") -> bytes:
    return (
        f"From: Customer {number} <c{number}@customer.test>\r\nTo: {DESK}\r\nSubject: {subject} {number}\r\n"
        f"Message-ID: <m{number}@customer.test>\r\nDate: Mon, 02 Jun 2025 08:00:00 +0000\r\n{more}"
        f"\r\nText {number}.\r\n"
    ).encode()


class Crew:
    def __init__(
        self, folder: Path, dovecot: Dovecot, sink: SinkServer, url: str, boxes: int = 1, lease: float = LEASE,
        more: str = "", idle: bool = True, password: str = PASSWORD,
    ) -> None:  # fmt: skip
        self.folder, self.dovecot, self.sink = folder, dovecot, sink
        self.users = [dovecot.new_user() for _ in range(boxes)]
        self._url, self._lease, self._more, self._idle = url, lease, more, idle
        self._password = password
        self.nodes: list[Daemon] = []
        (folder / "key").write_text("k" * 64)
        (folder / "key").chmod(0o600)

    def node(self, name: str, state_dir: str = "", url: str = "", **environment: str) -> Daemon:
        """A node that is not started yet. Nodes with the same `state_dir` are neighbours on one machine."""
        folder = self.folder / name
        folder.mkdir()
        (folder / "maild.toml").write_text(self._config(state_dir, url or self._url))
        node = Daemon(folder, environment)
        self.nodes.append(node)
        return node

    def _config(self, state_dir: str, url: str) -> str:
        boxes = "".join(
            f'[[mailbox]]\nname = "box{number}"\nhost = "127.0.0.1"\nport = {self.dovecot.imaps_port}\n'
            f'ca_file = "{self.dovecot.certs.ca}"\nuser = "{user}"\npassword = "{self._password}"\n'
            f'poll_every = "1s"\nidle = {str(self._idle).lower()}\nqueue = "support"\n'
            for number, user in enumerate(self.users)
        )
        state = f'state_dir = "{self.folder / state_dir}"\n' if state_dir else ""
        return (
            f'[desk]\naddress = "{DESK}"\nkey_file = "{self.folder / "key"}"\n{state}'
            f'[store]\nurl = "{url}"\nlease = "{int(self._lease)}s"\n{boxes}'
            f'[smtp]\nhost = "127.0.0.1"\nport = {self.sink.port}\nundo_window = "0s"\nlast_reply = "4s"\n'
            f"{self._more}"
        )

    def put(self, *mails: bytes) -> None:
        for number, user in enumerate(self.users):
            self.dovecot.append(user, *mails[number :: len(self.users)])

    def maild(self, *words: str) -> Any:
        run = commands.said([*words, "-c", str(self.nodes[0].config), "--json"], self.folder)
        assert run.stdout, run.stderr
        lines = [json.loads(line) for line in run.stdout.splitlines()]
        return lines if words[0] in ("export", "case") else lines[0]

    def wait_until_done(self, mails: int, within: float = 90.0) -> dict[str, Any]:
        """Until so many letters are stored and routed, and every mail has left."""
        found: dict[str, Any] = {}

        def done() -> bool:
            found.update(self.maild("audit"))
            outbox = found["outbox"]
            return found["stored"] >= mails and found["unrouted"] + outbox["waiting"] + outbox["leased"] == 0

        wait_for(done, within, f"{mails} mails to be done; {found}", self._last_words)
        return found

    def _last_words(self) -> str:
        return "\n".join(node.last_words() for node in self.nodes)

    def entries(self) -> Counter[str]:
        """Message-ID of what came in → in how many entries."""
        return Counter(
            entry["message_id"]
            for case in self.maild("export")
            for entry in case["entries"]
            if entry["direction"] == "in"
        )

    def copies(self) -> Counter[tuple[str, str]]:
        """(Message-ID, recipient) of what left → how many times."""
        return Counter((_message_id(mail.raw), mail.recipient) for mail in self.sink.messages)

    def filed(self) -> tuple[int, int]:
        """How many mails lie in the watched folders, and how many in the done folders."""
        watched = sum(len(self.dovecot.mailbox(user)) for user in self.users)
        return watched, sum(len(self.dovecot.mailbox(user, "Processed")) for user in self.users)

    def end(self) -> None:
        for node in self.nodes:
            node.kill()


def _message_id(raw: bytes) -> str:
    head = raw.split(b"\r\n\r\n", 1)[0].decode().replace("\r\n ", " ")
    return next(
        line.partition(":")[2].strip() for line in head.split("\r\n") if line.lower().startswith("message-id:")
    )
