"""Where LMTP is listened for, and how much is taken: an address of this machine or a socket in the file system.

    parse_listen("127.0.0.1:8024")    parse_listen("[::1]:8024")    parse_listen("unix:/run/maild/lmtp")

Opens the socket, and speaks no LMTP.
"""

from __future__ import annotations

import contextlib
import ipaddress
import os
import socket
import stat
from dataclasses import dataclass
from pathlib import Path

from maild.errors import MaildError, Temporary, UserError

MAILBOX = "lmtp"
"""The mailbox that letters handed in by LMTP belong to. No [[mailbox]] may be called so."""

_BACKLOG = 128


@dataclass(frozen=True, slots=True)
class Listen:
    """An IP address and a port, or a path."""

    host: str = ""
    port: int = 0
    path: str = ""

    @property
    def is_local(self) -> bool:
        """Whether only this machine can reach it."""
        return bool(self.path) or ipaddress.ip_address(self.host).is_loopback

    def __str__(self) -> str:
        if self.path:
            return f"unix:{self.path}"
        return f"[{self.host}]:{self.port}" if ":" in self.host else f"{self.host}:{self.port}"


@dataclass(frozen=True, slots=True, kw_only=True)
class LmtpAccess:
    listen: Listen
    largest: int
    """Bytes of a mail; a larger one is refused."""

    recipients: int = 100
    """Of one mail; Postfix asks for 50 at most (lmtp_destination_recipient_limit)."""

    sessions: int = 32
    """At the same time; Postfix opens 20 at most (lmtp_destination_concurrency_limit)."""

    idle: float = 300.0
    """Seconds between two commands, and for the whole of one mail's bytes."""

    deliver_within: float = 120.0
    """Seconds for storing one mail; then the server is asked to try again. Postfix waits 600."""


def parse_listen(text: str) -> Listen:
    """Raises ValueError saying how it is to be written."""
    if text.startswith("unix:"):
        path = text.removeprefix("unix:")
        if not path.startswith("/") or len(os.fsencode(path)) > 107:
            raise ValueError("must be unix: and an absolute path of 107 characters at most")
        return Listen(path=path)
    host, colon, port = text.rpartition(":")
    host = "127.0.0.1" if host == "localhost" else host.removeprefix("[").removesuffix("]")
    try:
        address = str(ipaddress.ip_address(host))
    except ValueError:
        colon = ""
    if not colon or not (port.isascii() and port.isdigit()) or not 0 < int(port) < 65536:
        raise ValueError("must be an IP address and a port, such as 127.0.0.1:8024, or unix:/a/path")
    return Listen(address, int(port))


def open_socket(listen: Listen) -> socket.socket:
    """A socket that listens there. Raises Temporary when somebody else does, UserError when nobody may."""
    family = socket.AF_UNIX if listen.path else socket.AF_INET6 if ":" in listen.host else socket.AF_INET
    sock = socket.socket(family, socket.SOCK_STREAM)
    try:
        if listen.path:
            _clear(Path(listen.path))
            sock.bind(listen.path)
            # As a port of the loopback: whoever may enter the folder may connect.
            os.chmod(listen.path, 0o666)
        else:
            sock.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            sock.bind((listen.host, listen.port))
        sock.listen(_BACKLOG)
    except OSError as error:
        sock.close()
        kind: type[MaildError] = UserError if isinstance(error, PermissionError | FileNotFoundError) else Temporary
        raise kind(f"[lmtp] listen {listen}: {error.strerror or error}") from error
    except MaildError:
        sock.close()
        raise
    return sock


def remove_socket(listen: Listen) -> None:
    """Take the file of a socket away when nobody listens on it any more."""
    if listen.path:
        with contextlib.suppress(FileNotFoundError):
            os.unlink(listen.path)


def probe(listen: Listen) -> str:
    """Whether maild could listen there, or does so already. Raises MaildError."""
    try:
        open_socket(listen).close()
    except Temporary:
        if b" LMTP maild" in _greeting(listen):
            return f"{listen}: maild listens there"
        raise
    remove_socket(listen)
    return f"{listen}: free to listen on"


def _clear(path: Path) -> None:
    """Take a dead predecessor's socket away; what is anything else stays."""
    try:
        if not stat.S_ISSOCK(path.lstat().st_mode):
            raise UserError(f"[lmtp] listen: {path} is there and is no socket; name another path")
    except FileNotFoundError:
        return
    with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as client:
        try:
            client.connect(str(path))
        except ConnectionRefusedError:
            path.unlink()
            return
    raise Temporary(f"[lmtp] listen: another program listens on {path}")


def _greeting(listen: Listen) -> bytes:
    family = socket.AF_UNIX if listen.path else socket.AF_INET6 if ":" in listen.host else socket.AF_INET
    with socket.socket(family, socket.SOCK_STREAM) as client:
        client.settimeout(5)
        try:
            client.connect(listen.path or (listen.host, listen.port))
            return client.recv(512)
        except OSError:
            return b""
