"""Fixture `dovecot`: a real IMAP server (IMAP with STARTTLS or plain, IMAPS, LMTP), once per test process.

    user = dovecot.new_user()                       a mailbox nobody else uses: "support1@desk.test"
    dovecot.append(user, raw)                       as a mail client would; several: append(user, *raws)
    dovecot.mailbox(user, "Processed")              -> list[bytes], oldest first
    dovecot.access(user, tls="implicit", idle=False)  -> ImapAccess with password and ca_file
    dovecot.restart(), .kill(), .start(), .renumber(user)
    dovecot.imap_port, .imaps_port, .lmtp_port; PASSWORD is everybody's

Named mailboxes for stories are there too: see NAMED. A server with other abilities or another folder layout:
`with Dovecot(certs, capability=..., namespace=("INBOX.", ".")) as poor:` (starts in a fraction of a second).
"""

from __future__ import annotations

import contextlib
import imaplib
import os
import pwd
import re
import socket
import time
from collections.abc import Iterable, Iterator
from itertools import count
from pathlib import Path
from types import TracebackType
from typing import Any, Self

import pytest
from imapclient.imap_utf7 import encode as encode_utf7

from maild.transport.imap import ImapAccess
from tests.servers.certs import Certs
from tests.servers.process import Process, binary, free_ports, greets, listens, wait_for, workdir

PASSWORD = "open sesame"
DOMAINS = ("desk.test", "customer.test")
NAMED = (
    "support@desk.test", "sales@desk.test", "bounce@desk.test", "anna@desk.test", "ben@desk.test", "cleo@desk.test",
    "admin@desk.test", "carol@customer.test", "dave@customer.test", "erin@customer.test",
    "bea@desk.test", "carl@desk.test", "ann@customer.test", "eve@customer.test",
)  # fmt: skip
# For whoever tests passwords: quotes, backslashes, letters outside ASCII.
ODD = {"odd@desk.test": 'a"b\\c d', "odder@desk.test": 'Größe "ßé" \\ 質問'}
_NUMBERED = 400

_CONFIG = """
base_dir = {here}/run
state_dir = {here}/state
log_path = {here}/dovecot.log
protocols = imap lmtp
listen = 127.0.0.1, 127.0.0.2
ssl = yes
ssl_cert = <{cert}
ssl_key = <{key}
disable_plaintext_auth = no
auth_mechanisms = plain login
auth_failure_delay = 0
first_valid_uid = 1
mail_location = maildir:~/Maildir
mail_fsync = {fsync}
mail_max_userip_connections = 200
recipient_delimiter = +
default_process_limit = 400
lmtp_save_to_detail_mailbox = no
namespace inbox {{
  inbox = yes
  separator = {separator}
  prefix = {prefix}
}}
service imap-login {{
  inet_listener imap {{
    port = {imap}
  }}
  inet_listener imaps {{
    port = {imaps}
    ssl = yes
  }}
}}
# Without this, each failed login slows the next ones down: 4 s, 8 s, and so on.
service anvil {{
  unix_listener anvil-auth-penalty {{
    mode = 0
  }}
}}
service lmtp {{
  inet_listener lmtp {{
    address = 127.0.0.1
    port = {lmtp}
  }}
}}
service auth {{
  inet_listener {{
    address = 127.0.0.1
    port = {sasl}
  }}
}}
protocol lmtp {{
  postmaster_address = postmaster@desk.test
}}
passdb {{
  driver = passwd-file
  args = username_format=%Lu {here}/users
}}
userdb {{
  driver = passwd-file
  args = username_format=%Lu {here}/users
}}
"""

_UNPRIVILEGED = """
default_internal_user = {user}
default_login_user = {user}
default_internal_group = {group}
service anvil {{
  chroot =
}}
service imap-login {{
  chroot =
}}
service stats {{
  chroot =
}}
"""


class Dovecot:
    def __init__(
        self, certs: Certs, *, capability: str = "", namespace: tuple[str, str] = ("", "/"), durable: bool = False
    ) -> None:
        self.certs, self._durable = certs, durable
        self.here = workdir("dc", durable=durable)
        self.imap_port, self.imaps_port, self.lmtp_port, self.sasl_port = free_ports(4)
        self._numbers = count(1)
        self._configure(capability, namespace)
        command = [binary("dovecot"), "-F", "-c", str(self.here / "dovecot.conf")]
        self._process = Process(command, self.here)

    def _configure(self, capability: str, namespace: tuple[str, str]) -> None:
        root = os.geteuid() == 0
        owner = pwd.getpwnam("nobody") if root else pwd.getpwuid(os.geteuid())
        text = _CONFIG.format(
            here=self.here, cert=self.certs.cert, key=self.certs.key, imap=self.imap_port, imaps=self.imaps_port,
            lmtp=self.lmtp_port, sasl=self.sasl_port, prefix=namespace[0], separator=namespace[1],
            fsync="optimized" if self._durable else "never",
        )  # fmt: skip
        if capability:
            text += f"imap_capability = {capability}\n"
        if not root:
            import grp

            text += _UNPRIVILEGED.format(user=owner.pw_name, group=grp.getgrgid(owner.pw_gid).gr_name)
        (self.here / "dovecot.conf").write_text(text)
        mail = self.here / "mail"
        mail.mkdir()
        os.chown(mail, owner.pw_uid, owner.pw_gid)
        numbered = [f"{name}{n}@{domain}" for n in range(1, _NUMBERED) for domain, name in _KINDS.items()]
        lines = [
            f"{user}:{{PLAIN}}{PASSWORD}:{owner.pw_uid}:{owner.pw_gid}::{mail}/{user}::"
            for user in (*NAMED, *numbered)
        ]
        lines += [
            line.replace(PASSWORD, odd).replace(NAMED[0], user) for user, odd in ODD.items() for line in lines[:1]
        ]
        (self.here / "users").write_text("\n".join(lines) + "\n", "utf-8")

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None
    ) -> None:
        self.kill()  # quicker than stop(), and nothing is kept

    def start(self) -> None:
        self._process.start(lambda: all(map(greets, (self.imap_port, self.lmtp_port))) and listens(self.imaps_port))

    def stop(self) -> None:
        self._process.stop()

    def restart(self) -> None:
        self.stop()
        self.start()

    def kill(self) -> None:
        """SIGKILL to the master and to every session, as in a crash of the machine."""
        self._process.kill()
        # Its children may hold the ports for a moment longer.
        wait_for(lambda: not any(map(listens, (self.imap_port, self.imaps_port, self.lmtp_port))))
        (self.here / "run" / "master.pid").unlink(missing_ok=True)

    def deliver(self, user: str, mails: Iterable[bytes]) -> None:
        """Put mails into the INBOX as a delivery agent on the same machine does. Much quicker than `append`."""
        self.arrive(self.written(user, mails))

    def written(self, user: str, mails: Iterable[bytes]) -> list[Path]:
        """Mails on the disk, which nobody sees until they `arrive`."""
        home = self.here / "mail" / user
        maildir, owner = home / "Maildir", (self.here / "mail").stat()
        for folder in (home, maildir, *(maildir / name for name in ("cur", "new", "tmp"))):
            if not folder.exists():
                folder.mkdir()
                os.chown(folder, owner.st_uid, owner.st_gid)
        at, written = time.time_ns(), []
        for number, raw in enumerate(mails):
            path = maildir / "tmp" / f"{at // 10**9}.M{at % 10**9}N{number:07d}.test"
            path.write_bytes(raw)
            os.chown(path, owner.st_uid, owner.st_gid)
            written.append(path)
        if self._durable:
            os.sync()
        return written

    def arrive(self, written: Iterable[Path]) -> float:
        """All are there within a moment, in this order; which moment."""
        began = time.time()
        for path in written:
            path.rename(path.parent.parent / "new" / path.name)
        return began

    def left(self, user: str) -> int:
        """How many mails lie in the INBOX, without asking the server."""
        maildir = self.here / "mail" / user / "Maildir"
        return sum(len(os.listdir(maildir / name)) for name in ("cur", "new"))

    def pids(self) -> list[int]:
        return self._process.pids()

    def renumber(self, user: str) -> None:
        """Give the INBOX another UIDVALIDITY and its mails other UIDs, as a server restored from a backup has."""
        maildir = self.here / "mail" / user / "Maildir"
        uidlist = maildir / "dovecot-uidlist"
        head = uidlist.read_text().split("\n", 1)[0]
        uidlist.write_text(re.sub(r" V(\d+) N\d+", lambda m: f" V{int(m[1]) + 7} N900", head) + "\n")
        for index in maildir.glob("dovecot.index*"):
            index.unlink()

    @property
    def log(self) -> str:
        return (self.here / "dovecot.log").read_text("utf-8", "replace")

    def new_user(self, domain: str = "desk.test") -> str:
        """An address with an empty mailbox that no other test uses."""
        number = next(self._numbers)
        assert number < _NUMBERED, "raise _NUMBERED"
        return f"{_KINDS[domain]}{number}@{domain}"

    def access(self, user: str, **changes: Any) -> ImapAccess:
        """How maild would reach this mailbox; over TLS with our authority unless `tls` says otherwise."""
        tls = changes.pop("tls", "implicit")
        settings: dict[str, Any] = {
            "name": "test", "host": "127.0.0.1", "port": self.imaps_port if tls == "implicit" else self.imap_port,
            "tls": tls, "ca_file": str(self.certs.ca), "user": user, "password": lambda: PASSWORD, "timeout": 10.0,
        }  # fmt: skip
        return ImapAccess(**(settings | changes))

    @contextlib.contextmanager
    def client(self, user: str) -> Iterator[imaplib.IMAP4]:
        """A plain connection of another client (a person's mail program, say), logged in."""
        with imaplib.IMAP4("127.0.0.1", self.imap_port, timeout=20) as client:
            client.sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            client.login(user, PASSWORD)
            yield client

    def append(self, user: str, *raws: bytes, folder: str = "INBOX") -> None:
        """Put mails into a folder as they are; a missing folder is made. CRLF line ends come back unchanged."""
        name = _quoted(folder)
        with self.client(user) as client:
            if folder != "INBOX":
                client.create(name)
            for raw in raws:
                # Not IMAP4.append(): it rewrites lone line ends.
                client.literal = raw
                status, words = client._simple_command("APPEND", name)
                assert status == "OK", words

    def mailbox(self, user: str, folder: str = "INBOX") -> list[bytes]:
        """What a folder holds, oldest first; [] when there is no such folder. Changes no flag."""
        with self.client(user) as client:
            if client.select(_quoted(folder), readonly=True)[0] != "OK":
                return []
            lines = client.fetch("1:*", "(BODY.PEEK[])")[1] if client.untagged_responses["EXISTS"][-1] != b"0" else []
        return [line[1] for line in lines if isinstance(line, tuple)]

    def empty(self, *users: str) -> None:
        """Take every mail out of these users' INBOXes."""
        for user in users:
            with self.client(user) as client:
                if client.select()[1] == [b"0"]:
                    continue
                client.store("1:*", "+FLAGS.SILENT", "\\Deleted")
                client.expunge()

    def flags(self, user: str, folder: str = "INBOX") -> list[set[str]]:
        with self.client(user) as client:
            client.select(_quoted(folder), readonly=True)
            lines = client.fetch("1:*", "(FLAGS)")[1]
        return [set(re.findall(r"\\?\w+", str(line).split("FLAGS", 1)[1])) - {"\\Recent"} for line in lines]

    def wait_for_mail(self, user: str, number: int = 1, folder: str = "INBOX", within: float = 20.0) -> list[bytes]:
        """The folder's mails, as soon as there are so many."""
        found: list[bytes] = []

        def there() -> bool:
            found[:] = self.mailbox(user, folder)
            return len(found) >= number

        wait_for(there, within, f"{number} mails in {folder} of {user}", lambda: f"there are {len(found)}")
        return found


_KINDS = {"desk.test": "support", "customer.test": "customer"}


def _quoted(folder: str) -> str:
    return '"' + encode_utf7(folder).decode("ascii").replace("\\", "\\\\").replace('"', '\\"') + '"'


@pytest.fixture(scope="session")
def dovecot(certs: Certs) -> Iterator[Dovecot]:
    with Dovecot(certs) as server:
        yield server
