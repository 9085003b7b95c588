"""Fixture `pymap`: the embedded servers of `maild demo`, fresh for each test (they start in milliseconds).

The poorer IMAP server: no CONDSTORE, no keywords, no NAMESPACE, no TLS. `pymap.imap_port`, `pymap.smtp_port`,
`pymap.mailbox(address)`, `pymap.append(raw, user)`, `pymap.deliver(raw, to)`; `pymap_access(pymap, user)`.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from maild.demo.servers import DemoServers
from maild.transport.imap import ImapAccess
from tests.servers.dovecot import NAMED, PASSWORD


@pytest.fixture
def pymap() -> Iterator[DemoServers]:
    with DemoServers(dict.fromkeys(NAMED, PASSWORD)) as servers:
        yield servers


def pymap_access(servers: DemoServers, user: str, **changes: Any) -> ImapAccess:
    settings: dict[str, Any] = {
        "name": "test", "host": "127.0.0.1", "port": servers.imap_port, "tls": "none", "user": user,
        "password": lambda: PASSWORD, "timeout": 10.0,
    }  # fmt: skip
    return ImapAccess(**(settings | changes))
