"""An LMTP client that sends exactly what it is told, and a receiver that keeps what it gets."""

from __future__ import annotations

import socket
import threading
import time
from collections.abc import Sequence
from types import TracebackType
from typing import Self

from maild.transport.lmtp import Listener
from maild.transport.lmtp_access import Listen, LmtpAccess

ANYWHERE = Listen("127.0.0.1", 0)


class Keeper:
    """Knows the addresses of desk.test; keeps every mail, or fails as it is told."""

    def __init__(self) -> None:
        self.mails: list[tuple[list[str], bytes]] = []
        self.said: list[tuple[str, str, str | None]] = []
        self.troubles: list[Exception] = []
        self.error: Exception | None = None
        self.replies: list[str] | None = None
        self.hold = threading.Event()
        self.hold.set()
        self.began = threading.Event()

    def knows(self, recipient: str) -> bool:
        return recipient.endswith("@desk.test")

    def deliver(self, recipients: Sequence[str], raw: bytes) -> list[str]:
        self.began.set()
        self.hold.wait(30)
        if self.error:
            raise self.error
        self.mails.append((list(recipients), raw))
        return self.replies if self.replies is not None else [f"250 2.0.0 kept for {one}" for one in recipients]

    def turned_away(self, reply: str, sender: str, recipient: str | None) -> None:
        self.said.append((reply, sender, recipient))

    def trouble(self, error: Exception) -> None:
        self.troubles.append(error)


class Client:
    """One connection. Replies are given as their last line."""

    def __init__(self, where: int | str) -> None:
        if isinstance(where, int):
            self.socket = socket.create_connection(("127.0.0.1", where))
        else:
            self.socket = socket.socket(socket.AF_UNIX)
            self.socket.connect(where)
        self.socket.settimeout(20)
        self._file = self.socket.makefile("rb")
        self.greeting = self.reply()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None
    ) -> None:
        self.close()

    def close(self) -> None:
        self._file.close()
        self.socket.close()

    def send(self, data: bytes) -> None:
        self.socket.sendall(data)

    def reply(self) -> str:
        """The last line of one reply; empty when the connection has ended."""
        while (line := self._file.readline()) and line[3:4] == b"-":
            pass
        return line.decode().rstrip("\r\n")

    def say(self, command: str) -> str:
        self.send(command.encode() + b"\r\n")
        return self.reply()

    def begin(self, *recipients: str) -> None:
        """Up to the 354 of DATA."""
        assert self.say("LHLO mx.desk.test").startswith("250")
        assert self.say("MAIL FROM:<ann@customer.test>").startswith("250")
        for one in recipients or ("support@desk.test",):
            assert self.say(f"RCPT TO:<{one}>").startswith("250")
        assert self.say("DATA").startswith("354")

    def deliver(self, stuffed: bytes, *recipients: str) -> list[str]:
        """A whole mail, with the dots as they are; one reply for each recipient."""
        self.begin(*recipients)
        self.send(stuffed + b"\r\n.\r\n")
        return [self.reply() for _ in recipients or ("",)]

    def is_quiet(self) -> bool:
        """Whether nothing more comes: the next command's reply is the next line."""
        return self.say("NOOP") == "250 2.0.0 OK"


class Door:
    """A listener and its keeper, stopped at the end."""

    def __init__(self, keeper: Keeper, access: LmtpAccess) -> None:
        self.keeper = keeper
        self.now = time.monotonic
        self.listener = Listener(access, keeper, lambda: self.now())
        self.listener.start()

    def client(self) -> Client:
        return Client(self.listener.access.listen.path or self.listener.port)
