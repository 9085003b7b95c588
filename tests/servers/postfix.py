"""Fixture `postfix`: a real MTA in front of `dovecot`, once per test process. Needs root (Postfix does).

    postfix.port            SMTP without login, as the world sees it; STARTTLS offered
    postfix.submission_port STARTTLS and login (any Dovecot user, PASSWORD) demanded
    postfix.send(raw, to="support@desk.test", sender="carol@customer.test")    as a customer's mail server would
    postfix.access(user)    -> SmtpAccess for the submission port; without user: the plain port
    postfix.log

`Postfix(certs, dovecot, lmtp="inet:127.0.0.1:8024")` delivers there instead.

Mail for desk.test and customer.test reaches the Dovecot mailbox before the plus; an unknown user there bounces
(RFC 3464) at once, any other domain too. Deferred mail is tried again every two seconds.
"""

from __future__ import annotations

import grp
import os
import pwd
import smtplib
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

import pytest

from maild.transport.smtp import SmtpAccess
from tests.servers.certs import Certs
from tests.servers.dovecot import DOMAINS, PASSWORD, Dovecot
from tests.servers.process import Process, binary, free_ports, greets, missing, workdir

_DAEMONS = Path("/usr/lib/postfix/sbin")

_MAIN = """
compatibility_level = 3.6
queue_directory = {here}/queue
data_directory = {here}/data
maillog_file = {here}/mail.log
maillog_file_prefixes = {here}
multi_instance_name = postfix-maild
multi_instance_enable = yes
myhostname = mx.desk.test
mydestination =
mynetworks = 127.0.0.0/8
inet_interfaces = 127.0.0.1
inet_protocols = ipv4
alias_maps =
alias_database =
local_recipient_maps =
smtp_dns_support_level = disabled
recipient_delimiter = +
virtual_mailbox_domains = {domains}
virtual_transport = lmtp:{lmtp}
lmtp_line_length_limit = 0
default_transport = error:5.1.2 outside mail is off in tests
minimal_backoff_time = 2s
maximal_backoff_time = 4s
queue_run_delay = 2s
transport_retry_time = 2s
message_size_limit = 52428800
smtpd_recipient_restrictions = permit_mynetworks, permit_sasl_authenticated, reject
smtpd_client_connection_count_limit = 0
smtpd_tls_security_level = may
smtpd_tls_cert_file = {cert}
smtpd_tls_key_file = {key}
smtpd_sasl_type = dovecot
smtpd_sasl_path = inet:127.0.0.1:{sasl}
smtpd_sasl_auth_enable = yes
smtputf8_enable = yes
"""

_MASTER = """
127.0.0.1:{port} inet n - n - - smtpd
127.0.0.1:{submission} inet n - n - - smtpd
  -o smtpd_tls_security_level=encrypt
  -o smtpd_recipient_restrictions=permit_sasl_authenticated,reject
pickup unix n - n 60 1 pickup
cleanup unix n - n - 0 cleanup
qmgr unix n - n 300 1 qmgr
tlsmgr unix - - n 1000? 1 tlsmgr
rewrite unix - - n - - trivial-rewrite
bounce unix - - n - 0 bounce
defer unix - - n - 0 bounce
trace unix - - n - 0 bounce
verify unix - - n - 1 verify
flush unix n - n 1000? 0 flush
proxymap unix - - n - - proxymap
proxywrite unix - - n - 1 proxymap
smtp unix - - n - - smtp
relay unix - - n - - smtp
showq unix n - n - - showq
error unix - - n - - error
retry unix - - n - - error
discard unix - - n - - discard
lmtp unix - - n - - lmtp
anvil unix - - n - 1 anvil
scache unix - - n - 1 scache
postlog unix-dgram n - n - 1 postlogd
"""

_PRIVATE = "incoming active bounce defer deferred flush hold private saved corrupt trace".split()


class Postfix:
    def __init__(
        self, certs: Certs, dovecot: Dovecot, lmtp: str = "", routes: Mapping[str, str] | None = None
    ) -> None:
        """`routes`: addresses whose mail goes elsewhere, as "lmtp:inet:127.0.0.1:8024"."""
        if os.geteuid() != 0:
            missing("Postfix can only be started by root")
        binary("postfix")
        self.certs = certs
        self.here = workdir("pf")
        self.port, self.submission_port = free_ports(2)
        conf = self.here / "conf"
        conf.mkdir()
        values = {
            "here": self.here, "domains": " ".join(DOMAINS), "sasl": dovecot.sasl_port,
            "lmtp": lmtp or f"inet:127.0.0.1:{dovecot.lmtp_port}",
            "cert": certs.cert, "key": certs.key, "port": self.port, "submission": self.submission_port,
        }  # fmt: skip
        ways = ", ".join("{{ {} = {} }}".format(*way) for way in (routes or {}).items())
        transports = "transport_maps = inline:{" + ways + "}\n" if ways else ""
        (conf / "main.cf").write_text(_MAIN.format(**values) + transports)
        (conf / "master.cf").write_text(_MASTER.format(**values))
        self._make_queue()
        self._process = Process([binary("master", str(_DAEMONS)), "-c", str(conf), "-d"], self.here)

    def _make_queue(self) -> None:
        # What `postfix start` would spend seconds on checking, see postfix-files.
        user, drop = pwd.getpwnam("postfix").pw_uid, grp.getgrnam("postdrop").gr_gid
        queue, data = self.here / "queue", self.here / "data"
        for path, owner, group, mode in (
            (queue, 0, 0, 0o755),
            (queue / "pid", 0, 0, 0o755),
            (data, user, 0, 0o700),
            *((queue / name, user, 0, 0o700) for name in _PRIVATE),
            (queue / "maildrop", user, drop, 0o730),
            (queue / "public", user, drop, 0o710),
        ):
            path.mkdir()
            os.chown(path, owner, group)
            path.chmod(mode)

    def start(self) -> None:
        self._process.start(lambda: greets(self.port) and greets(self.submission_port))

    def stop(self) -> None:
        self._process.stop()

    def kill(self) -> None:
        self._process.kill()

    @property
    def log(self) -> str:
        path = self.here / "mail.log"
        return path.read_text("utf-8", "replace") if path.exists() else ""

    def send(self, raw: bytes, to: str | Sequence[str], sender: str = "carol@customer.test") -> None:
        """Hand in a mail as the sender's own server would."""
        with smtplib.SMTP("127.0.0.1", self.port, "client.customer.test", timeout=30) as client:
            client.sendmail(sender, [to] if isinstance(to, str) else list(to), raw)

    def access(self, user: str | None = None) -> SmtpAccess:
        port = self.submission_port if user else self.port
        return SmtpAccess(
            "127.0.0.1", port, "starttls", str(self.certs.ca), user, lambda: PASSWORD, helo="maild.test", timeout=20.0
        )


@pytest.fixture(scope="session")
def postfix(certs: Certs, dovecot: Dovecot) -> Iterator[Postfix]:
    server = Postfix(certs, dovecot)
    server.start()
    yield server
    server.kill()
