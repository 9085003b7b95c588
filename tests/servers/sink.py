"""Fixture `sink`: an SMTP server that keeps every mail with its envelope, and misbehaves when told to.

    sink.port, sink.messages          Received(envelope_from, recipient, raw, options, at), in order of arrival
    sink.refuse("a@b.test", "450 4.2.0 greylisted")     answer to RCPT, until sink.refuse("a@b.test", None)
    sink.refuse_data("554 5.6.0 spam")                  answer to the closing dot of every mail; None: take it
    sink.hang_up = "data"             close after the closing dot, mail KEPT, no reply given; "" : behave
                 = "connect" | "mail" | "rcpt"          close at that step, each time
    sink.stop(), sink.start()         on the same port
    sink.access(tls=...)              -> SmtpAccess
    sink.connections                  how many there have been

`SinkServer(certs=certs, login=("user", "secret"))` speaks STARTTLS and wants a login; `implicit=True` for SMTPS.
"""

from __future__ import annotations

import asyncio
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from types import TracebackType
from typing import Any, Self

import pytest
from aiosmtpd.smtp import SMTP, AuthResult

from maild.transport.smtp import SmtpAccess
from tests.servers.certs import Certs
from tests.servers.process import free_ports, wait_for


@dataclass(frozen=True, slots=True)
class Received:
    envelope_from: str
    recipient: str
    raw: bytes
    options: tuple[str, ...]
    at: float = field(default_factory=time.time)


class _Smtp(SMTP):
    line_length_limit = 1 << 20


class SinkServer:
    def __init__(
        self, certs: Certs | None = None, *, implicit: bool = False, login: tuple[str, str] | None = None,
        **smtp_options: Any,
    ) -> None:  # fmt: skip
        self.port = free_ports(1)[0]
        self.messages: list[Received] = []
        self.hang_up = ""
        self.delay = 0.0
        """Seconds before the last reply."""
        self.connections = 0
        self._refusals: dict[str, str] = {}
        self._data_refusal: str | None = None
        self._certs, self._implicit, self._login = certs, implicit, login
        self._options = {"data_size_limit": 64 << 20, "enable_SMTPUTF8": True} | smtp_options
        self._thread: threading.Thread | None = None

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None
    ) -> None:
        self.stop()

    def start(self) -> None:
        ready = threading.Event()
        self._thread = threading.Thread(target=lambda: asyncio.run(self._serve(ready)), name="sink", daemon=True)
        self._thread.start()
        assert ready.wait(20), "the sink did not start"

    def stop(self) -> None:
        """Stop listening and close every connection."""
        if self._thread is not None:
            self._loop.call_soon_threadsafe(self._end.set)
            self._thread.join(20)
            self._thread = None

    def refuse(self, address: str, reply: str | None) -> None:
        if reply is None:
            self._refusals.pop(address, None)
        else:
            self._refusals[address] = reply

    def refuse_data(self, reply: str | None) -> None:
        self._data_refusal = reply

    def clear(self) -> None:
        self.messages.clear()

    def to(self, recipient: str) -> list[bytes]:
        return [message.raw for message in self.messages if message.recipient == recipient]

    def wait_for_mail(self, number: int = 1, within: float = 20.0) -> list[Received]:
        wait_for(
            lambda: len(self.messages) >= number, within, f"{number} mails", lambda: f"there are {self.messages}"
        )
        return list(self.messages)

    def access(self, **changes: Any) -> SmtpAccess:
        settings: dict[str, Any] = {
            "host": "127.0.0.1", "port": self.port, "tls": "none", "helo": "maild.test", "timeout": 10.0,
            "last_reply_timeout": 10.0,
        }  # fmt: skip
        if self._certs:
            settings |= {"tls": "implicit" if self._implicit else "starttls", "ca_file": str(self._certs.ca)}
        if self._login:
            user, secret = self._login
            settings |= {"user": user, "password": lambda: secret}
        return SmtpAccess(**(settings | changes))

    # -- inside the sink's thread

    async def _serve(self, ready: threading.Event) -> None:
        self._loop, self._end = asyncio.get_running_loop(), asyncio.Event()
        context = self._certs.server_context() if self._certs else None
        options: dict[str, Any] = dict(self._options)
        if context and not self._implicit:
            options["tls_context"] = context
        if self._login:
            # aiosmtpd knows STARTTLS only: under implicit TLS it warns about a demanded login, so it is just offered.
            inside = bool(context) and not self._implicit
            options |= {"auth_required": inside, "auth_require_tls": inside, "authenticator": self._authenticate}
        made: list[_Smtp] = []

        def session() -> _Smtp:
            self.connections += 1
            made.append(_Smtp(_Handler(self), hostname="sink.test", loop=self._loop, **options))
            return made[-1]

        server = await self._loop.create_server(
            session, "127.0.0.1", self.port, reuse_address=True, ssl=context if self._implicit else None
        )
        ready.set()
        await self._end.wait()
        server.close()
        for smtp in made:
            if smtp.transport is not None and not smtp.transport.is_closing():
                smtp.transport.abort()  # which Python 3.11.2 does not survive where TLS is over
        await asyncio.sleep(0.05)  # lets the transports close before the loop does

    def _authenticate(self, _server: Any, _session: Any, _envelope: Any, _mechanism: str, data: Any) -> AuthResult:
        given = (data.login.decode(), data.password.decode())
        return AuthResult(success=given == self._login, handled=False)


class _Handler:
    def __init__(self, sink: SinkServer) -> None:
        self._sink = sink

    def _hangs_up(self, step: str, server: Any) -> bool:
        if self._sink.hang_up == step:
            server.transport.abort()
            return True
        return False

    async def handle_EHLO(
        self, server: Any, session: Any, _envelope: Any, hostname: str, responses: list[str]
    ) -> list[str]:
        self._hangs_up("connect", server)
        session.host_name = hostname
        return responses

    async def handle_MAIL(self, server: Any, _session: Any, envelope: Any, address: str, options: list[str]) -> str:
        self._hangs_up("mail", server)
        envelope.mail_from, envelope.mail_options = address, options
        return "250 2.1.0 OK"

    async def handle_RCPT(self, server: Any, _session: Any, envelope: Any, address: str, _options: Any) -> str:
        self._hangs_up("rcpt", server)
        if refusal := self._sink._refusals.get(address):
            return refusal
        envelope.rcpt_tos.append(address)
        return "250 2.1.5 OK"

    async def handle_DATA(self, server: Any, _session: Any, envelope: Any) -> str:
        if self._sink._data_refusal:
            return self._sink._data_refusal
        self._sink.messages += [
            Received(
                (envelope.mail_from or "").removeprefix("<>"),
                to,
                bytes(envelope.original_content),
                tuple(envelope.mail_options),
            )
            for to in envelope.rcpt_tos
        ]
        self._hangs_up("data", server)
        await asyncio.sleep(self._sink.delay)
        return "250 2.0.0 kept"


NewSink = Callable[..., SinkServer]


@pytest.fixture
def sink() -> Iterator[SinkServer]:
    with SinkServer() as server:
        yield server


@pytest.fixture
def new_sink() -> Iterator[NewSink]:
    """Make sinks of another kind: `new_sink(certs=certs, login=("user", "secret"))`; they stop by themselves."""
    made: list[SinkServer] = []

    def make(*arguments: Any, **options: Any) -> SinkServer:
        server = SinkServer(*arguments, **options)
        server.start()
        made.append(server)
        return server

    yield make
    for server in made:
        server.stop()
