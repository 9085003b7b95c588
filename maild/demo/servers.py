"""A mail world in this process: an IMAP server with several users, and an SMTP server that delivers to them.

The home of pymap and aiosmtpd. No root, no configuration, free ports on the loopback, nothing on disk: made for
`maild demo` and for tests. It is no mail server for anybody else; whoever can reach the loopback can send.
Delivery does what an MDA does: Return-Path and Delivered-To on top, plus-addresses to the mailbox before the
plus, 550 for a stranger. Bytes below those two headers stay as they came.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
import socket
import threading
from argparse import Namespace
from collections.abc import Awaitable, Callable, Coroutine, Mapping
from datetime import UTC, datetime
from types import TracebackType
from typing import Any, Self, TypeVar

from aiosmtpd.smtp import SMTP
from proxyprotocol.reader import ProxyProtocolReader
from pymap.backend.dict import DictBackend, Identity
from pymap.imap import IMAPServer
from pymap.parsing.message import AppendMessage
from pymap.parsing.specials import FetchRequirement
from pymap.user import Passwords, UserMetadata
from pysasl.hashing import Cleartext

from maild.errors import UserError

T = TypeVar("T")

_START_WITHIN = 20.0
_LARGEST_MAIL = 64 << 20


class _Smtp(SMTP):  # type: ignore[misc]  # aiosmtpd is untyped here
    # Real mail has lines far over RFC 5321's 1,000 octets, and real relays take them.
    line_length_limit = 1 << 20


class DemoServers:
    """`with DemoServers({"support@desk.test": "secret"}) as servers:` ... `servers.imap_port`, `.smtp_port`."""

    def __init__(self, users: Mapping[str, str], host: str = "127.0.0.1") -> None:
        self.host = host
        self.users = {address.lower(): password for address, password in users.items()}
        self.imap_port = 0
        self.smtp_port = 0
        self._loop: asyncio.AbstractEventLoop | None = None
        self._login: Any = None
        self._trouble: BaseException | None = None
        self._ready = threading.Event()
        self._thread = threading.Thread(target=self._run, name="demo-servers", daemon=True)

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None
    ) -> None:
        self.stop()

    def start(self) -> None:
        self._thread.start()
        if not self._ready.wait(_START_WITHIN):
            raise UserError("the demo's servers did not start; is this machine overloaded?")
        if self._trouble is not None:
            raise self._trouble

    def stop(self) -> None:
        if self._loop is not None and self._thread.is_alive():
            self._loop.call_soon_threadsafe(self._stop.set)
            self._thread.join(_START_WITHIN)

    def mailbox(self, address: str, folder: str = "INBOX") -> list[bytes]:
        """What a folder holds, oldest first: the exact bytes that IMAP would give."""
        return self._call(self._read(self._home(address), folder))

    def deliver(self, raw: bytes, to: str, envelope_from: str = "") -> None:
        """Put a mail into the INBOX behind an address, as the SMTP server does."""
        self._call(self._deliver(raw, to, envelope_from))

    def append(self, raw: bytes, user: str, folder: str = "INBOX") -> None:
        """Put a mail into a folder as it is, without an MDA's headers; an unknown folder is made."""
        self._call(self._append(raw, self._home(user), folder))

    def accepts(self, address: str) -> bool:
        return _bare(address) in self.users

    # -- inside the servers' thread

    def _run(self) -> None:
        try:
            asyncio.run(self._serve())
        except BaseException as error:
            self._trouble = error
        finally:
            self._ready.set()

    async def _serve(self) -> None:
        self._loop, self._stop = asyncio.get_running_loop(), asyncio.Event()
        # Each of them would print what the demo tells, or an expected refusal, on standard error.
        for chatty in ("pymap", "mail.log", "asyncio"):
            logging.getLogger(chatty).addHandler(logging.NullHandler())
            logging.getLogger(chatty).propagate = False
        imap, smtp = _listen(self.host), _listen(self.host)
        self.imap_port, self.smtp_port = imap.getsockname()[1], smtp.getsockname()[1]
        async with contextlib.AsyncExitStack() as stack:
            config = await self._start_imap(imap, stack)
            await self._add_users(config)
            server = await self._loop.create_server(self._smtp_session, sock=smtp)
            await stack.enter_async_context(server)
            self._ready.set()
            await self._stop.wait()

    async def _start_imap(self, sock: socket.socket, stack: contextlib.AsyncExitStack) -> Any:
        # pymap has no call for embedding: these are the arguments its command line would have parsed.
        arguments = Namespace(
            host=self.host, port=self.imap_port, cert=None, key=None, tls=False, debug=False, proxy_protocol=None,
            passlib_cfg=None, demo_data=False, demo_user="nobody", demo_password="", inherited_sockets=None,
            reject_dnsbl=False,
        )  # fmt: skip
        # Hashing these passwords would cost every login 0.2 s and protect nothing.
        backend, config = await DictBackend.init(arguments, hash_context=Cleartext())
        config.apply_context()
        self._login = backend.login
        await backend.start(stack)
        session = ProxyProtocolReader(config.proxy_protocol).get_callback(IMAPServer(backend.login, config))
        await stack.enter_async_context(await asyncio.start_server(session, sock=sock))
        return config

    async def _add_users(self, config: Any) -> None:
        self._login.users_dict.clear()
        for address, password in self.users.items():
            hashed = await Passwords(config).hash_password(password)
            self._login.users_dict[address] = UserMetadata(config, address, password=hashed)

    def _smtp_session(self) -> Any:
        return _Smtp(
            _Postman(self.accepts, self._deliver),
            hostname="mx.demo.test",
            ident="maild demo",
            data_size_limit=_LARGEST_MAIL,
            enable_SMTPUTF8=True,
            loop=self._loop,
        )

    async def _folders(self, user: str) -> Any:
        async with Identity(user, self._login, None, frozenset()).new_session() as session:
            return session.mailbox_set

    async def _read(self, user: str, folder: str) -> list[bytes]:
        folders = await self._folders(user)
        try:
            mailbox = await folders.get_mailbox(folder)
        except KeyError:
            return []
        whole = FetchRequirement.CONTENT
        return [bytes(await mail.load_content(whole)) async for mail in mailbox.messages()]

    async def _append(self, raw: bytes, user: str, folder: str) -> None:
        folders = await self._folders(user)
        try:
            mailbox = await folders.get_mailbox(folder)
        except KeyError:
            await folders.add_mailbox(folder)
            mailbox = await folders.get_mailbox(folder)
        await mailbox.append(AppendMessage(raw, datetime.now(UTC)), recent=True)

    async def _deliver(self, raw: bytes, to: str, envelope_from: str) -> None:
        trace = f"Return-Path: <{envelope_from}>\r\nDelivered-To: {to}\r\n".encode()
        await self._append(trace + raw, self._home(to), "INBOX")

    def _home(self, address: str) -> str:
        home = _bare(address)
        if home not in self.users:
            raise UserError(f"the demo's servers have no mailbox {address}; they have {', '.join(self.users)}")
        return home

    def _call(self, work: Coroutine[Any, Any, T]) -> T:
        assert self._loop is not None, "start() first"
        return asyncio.run_coroutine_threadsafe(work, self._loop).result(_START_WITHIN)


class _Postman:
    """aiosmtpd's handler: takes mail for our users, refuses the rest."""

    def __init__(self, accepts: Callable[[str], bool], deliver: Callable[[bytes, str, str], Awaitable[None]]) -> None:
        self._accepts = accepts
        self._deliver = deliver

    async def handle_RCPT(self, _server: Any, _session: Any, envelope: Any, address: str, _options: Any) -> str:
        if not self._accepts(address):
            return "550 5.1.1 no such mailbox here"
        envelope.rcpt_tos.append(address)
        return "250 2.1.5 OK"

    async def handle_DATA(self, _server: Any, _session: Any, envelope: Any) -> str:
        sender = (envelope.mail_from or "").removeprefix("<>")  # aiosmtpd's way to say "null return path"
        for address in envelope.rcpt_tos:
            await self._deliver(bytes(envelope.original_content), address, sender)
        return "250 2.0.0 delivered"


def _bare(address: str) -> str:
    local, _, domain = address.rpartition("@")
    return f"{local.partition('+')[0]}@{domain}".lower()


def _listen(host: str) -> socket.socket:
    # Bound here with port 0, not found free first and bound later: somebody else may be as quick.
    sock = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
    sock.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    sock.bind((host, 0))
    return sock
