"""One mailbox on some IMAP server, so that the same test runs against each of them."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from maild.demo.servers import DemoServers
from maild.transport.imap import ImapAccess
from tests.servers.dovecot import Dovecot
from tests.servers.pymap_server import pymap_access


@dataclass(frozen=True, slots=True)
class Place:
    user: str
    access: Callable[..., ImapAccess]
    append: Callable[..., None]
    mailbox: Callable[..., list[bytes]]


def on_dovecot(server: Dovecot, **changes: Any) -> Place:
    user = server.new_user()

    def append(*raws: bytes, folder: str = "INBOX") -> None:
        server.append(user, *raws, folder=folder)

    return Place(
        user,
        lambda **more: server.access(user, **changes | more),
        append,
        lambda folder="INBOX": server.mailbox(user, folder),
    )


def on_pymap(server: DemoServers) -> Place:
    user = "support@desk.test"

    def append(*raws: bytes, folder: str = "INBOX") -> None:
        for raw in raws:
            server.append(raw, user, folder)

    return Place(
        user,
        lambda **changes: pymap_access(server, user, **changes),
        append,
        lambda folder="INBOX": server.mailbox(user, folder),
    )


def mail(number: int, body: bytes = b"Hello.\r\n") -> bytes:
    return (
        b"From: carol@customer.test\r\nMessage-ID: <%d@customer.test>\r\nSubject: mail %d\r\n\r\n"
        % (
            number,
            number,
        )
        + body
    )
