"""One LMTP session (RFC 2033): the home of aiosmtpd's LMTP.

aiosmtpd reads the commands. The mail itself is read here, since aiosmtpd gives one answer where each recipient
needs one (the server in front would deliver again to all others), refuses lines over 1,000 octets for good,
and knows no end to recipients.

    354 → lines of any length → CRLF . CRLF, and nothing else, ends the mail → one reply for each recipient

Bare CR and LF are data: the server in front has taken the mail already, and a refusal would be a bounce to an
address that nobody has proven. There is no TLS and no login: who can connect is on this machine, or let in by
the admin, and may deliver.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
import re
import socket
from collections import defaultdict
from collections.abc import Sequence
from typing import Any, Protocol

from aiosmtpd.lmtp import LMTP
from aiosmtpd.smtp import Envelope

from maild.transport.lmtp_access import LmtpAccess

LATER = "451 4.3.0 cannot be stored just now; try again"
_TOO_MANY_SESSIONS = "421 4.3.2 too many sessions; try again"
_STOPPING = "421 4.3.2 going down; try again"
_TOO_MANY_RECIPIENTS = "452 4.5.3 too many recipients of one mail; send the others in another"
_UNKNOWN = "550 5.1.1 no queue has this address"
_TOO_LARGE = "552 5.3.4 the mail is larger than this desk takes"

_LONGEST_COMMAND = 4096
_ENHANCED = {
    "500": "5.5.2", "501": "5.5.4", "502": "5.5.1", "503": "5.5.1", "552": "5.3.4", "553": "5.1.3", "555": "5.5.4",
}  # fmt: skip

# It would print each command, and at level debug each line of each mail.
logging.getLogger("mail.log").setLevel(logging.CRITICAL)


class Hall(Protocol):
    """What a session needs of the listener it belongs to. All is called in the loop's thread."""

    access: LmtpAccess
    stopping: bool

    def enter(self, session: Session) -> bool:
        """Whether there is room for one more."""

    def leave(self, session: Session) -> None: ...
    def knows(self, recipient: str) -> bool: ...
    async def deliver(self, recipients: Sequence[str], raw: bytes) -> Sequence[str]:
        """One reply for each recipient, in their order."""

    def turned_away(self, reply: str, sender: str, recipient: str | None) -> None:
        """A refusal was said, or a mail put off."""

    def trouble(self, error: Exception) -> None: ...


class _Envelope(Envelope):  # type: ignore[misc]  # aiosmtpd is untyped here
    asked = 0
    """Recipients asked for, whatever the answer was."""


class _Rules:
    """What aiosmtpd asks before it takes a MAIL or a RCPT."""

    def __init__(self, hall: Hall) -> None:
        self._hall = hall

    async def handle_MAIL(self, _server: Any, _session: Any, envelope: Any, address: str, options: Any) -> str:
        if self._hall.stopping:
            return _STOPPING
        if _announced(options) > self._hall.access.largest:
            self._hall.turned_away(_TOO_LARGE, address, None)
            return _TOO_LARGE
        envelope.mail_from = address
        envelope.mail_options.extend(options)
        return "250 2.1.0 OK"

    async def handle_RCPT(self, _server: Any, _session: Any, envelope: Any, address: str, _options: Any) -> str:
        envelope.asked += 1
        if envelope.asked > self._hall.access.recipients:
            if envelope.asked == self._hall.access.recipients + 1:  # once is enough for the log
                self._hall.turned_away(_TOO_MANY_RECIPIENTS, envelope.mail_from, address)
            return _TOO_MANY_RECIPIENTS
        if not self._hall.knows(address):
            self._hall.turned_away(_UNKNOWN, envelope.mail_from, address)
            return _UNKNOWN
        envelope.rcpt_tos.append(address)
        return "250 2.1.5 OK"


class Session(LMTP):  # type: ignore[misc]  # aiosmtpd is untyped here
    line_length_limit = 1 << 16  # how much of a line is read at once; see _read_mail

    def __init__(self, hall: Hall, loop: asyncio.AbstractEventLoop) -> None:
        self._hall = hall
        self._is_let_in = False
        # aiosmtpd keeps these in one table for all sessions, which each new one clears.
        self.command_size_limit = _LONGEST_COMMAND
        self.command_size_limits: dict[str, int] = defaultdict(lambda: _LONGEST_COMMAND)
        super().__init__(
            _Rules(hall),
            hostname=socket.gethostname(),
            ident="LMTP maild",
            data_size_limit=None,  # kept here, so that a refusal is said
            enable_SMTPUTF8=True,
            timeout=hall.access.idle,
            loop=loop,
        )

    @property
    def has_mail_in_hand(self) -> bool:
        """Between MAIL and the last reply."""
        return bool(self.envelope and self.envelope.mail_from)

    def show_out(self) -> None:
        """Say goodbye and close."""
        if self.transport is not None and not self.transport.is_closing():
            self._writer.write(_STOPPING.encode() + b"\r\n")
            self.transport.close()

    # the connection

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._is_let_in = self._hall.enter(self)
        super().connection_made(transport)

    def connection_lost(self, error: Exception | None) -> None:
        self._hall.leave(self)
        super().connection_lost(error)

    async def _handle_client(self) -> None:
        with contextlib.suppress(ConnectionError):  # nobody is left to be told
            if self._is_let_in:
                await super()._handle_client()
                return
            reply = _STOPPING if self._hall.stopping else _TOO_MANY_SESSIONS
            self._hall.turned_away(reply, "", None)
            await self.push(reply)
            self.transport.close()

    async def push(self, status: str | bytes) -> None:
        """Each reply bears an enhanced code (RFC 2034), also those that aiosmtpd words without one."""
        await super().push(_enhanced(status) if isinstance(status, str) else status)

    async def handle_exception(self, error: Exception) -> str:
        self._hall.trouble(error)
        return LATER

    # commands

    async def smtp_LHLO(self, arg: str | None) -> None:
        if not arg:
            await self.push("501 Syntax: LHLO hostname")
            return
        self._set_rset_state()
        self.session.extended_smtp, self.session.host_name = True, arg
        offers = ("PIPELINING", "ENHANCEDSTATUSCODES", "8BITMIME", "SMTPUTF8", f"SIZE {self._hall.access.largest}")
        lines = [f"250-{self.hostname}", *(f"250-{offer}" for offer in offers[:-1]), f"250 {offers[-1]}"]
        await self.push("\r\n".join(lines).encode())

    async def check_helo_needed(self, helo: str = "LHLO") -> bool:
        return bool(await super().check_helo_needed("LHLO" if helo == "HELO" else helo))

    async def smtp_STARTTLS(self, _arg: str | None) -> None:
        await self.push("502 5.5.1 there is no TLS at this door")

    async def smtp_AUTH(self, _arg: str | None) -> None:
        await self.push("502 5.5.1 there is no login at this door")

    async def smtp_DATA(self, arg: str | None) -> None:
        if not self.envelope.rcpt_tos:
            await self.push("503 5.5.1 there is no recipient")
            return
        if arg:
            await self.push("501 Syntax: DATA")
            return
        await self.push("354 go on; end with a dot on a line of its own")
        raw = await self._read_mail()
        sender, recipients = self.envelope.mail_from, list(self.envelope.rcpt_tos)
        if raw is None:
            self._hall.turned_away(_TOO_LARGE, sender, None)
            replies = [_TOO_LARGE] * len(recipients)
        else:
            self._reset_timeout(self._hall.access.deliver_within + 60)  # its own limit answers first
            replies = await self._delivered(sender, recipients, raw)
        self._set_post_data_state()
        await self.push("\r\n".join(replies).encode())

    async def _delivered(self, sender: str, recipients: list[str], raw: bytes) -> list[str]:
        """The replies; on any doubt, that the server is to try again."""
        try:
            replies = list(await self._hall.deliver(recipients, raw))
        except Exception as error:  # the one broad catch of this door: a bug must lose no mail
            self._hall.trouble(error)
            replies = []
        if len(replies) != len(recipients):
            self._hall.turned_away(LATER, sender, None)
            return [LATER] * len(recipients)
        return replies

    async def _read_mail(self) -> bytes | None:
        """The mail's exact bytes without the dots that LMTP doubled; None when it is too large.

        A connection that ends here cancels this: nothing is stored. The session's clock goes on meanwhile, so that
        it cannot be held open with a byte now and then.
        """
        mail, fits, at_start = bytearray(), True, True
        while True:
            try:
                piece: bytes = await self._reader.readuntil(b"\r\n")
            except asyncio.LimitOverrunError as longer:
                piece = await self._reader.read(longer.consumed)  # a part of a long line, without its end
            if at_start and piece == b".\r\n":
                return bytes(mail) if fits else None
            ends = piece.endswith(b"\r\n")
            if at_start and piece.startswith(b"."):
                piece = piece[1:]
            at_start = ends
            if fits and len(mail) + len(piece) > self._hall.access.largest:
                fits = False
                mail.clear()
            if fits:
                mail += piece

    # what aiosmtpd leaves to others

    def _create_envelope(self) -> Envelope:
        return _Envelope()

    def _getaddr(self, arg: str) -> tuple[str | None, str | None]:
        # The standard library's reader of addresses raises all sorts of things on what is none.
        try:
            address, rest = super()._getaddr(arg)
        except Exception:
            return None, None
        return address, rest


def _announced(options: Sequence[str]) -> int:
    """The size that a MAIL command names (RFC 1870); 0 where it names none."""
    sizes = (option.removeprefix("SIZE=") for option in options if option.startswith("SIZE="))
    return max((int(size) for size in sizes if size.isascii() and size.isdigit()), default=0)


def _enhanced(reply: str) -> str:
    """`550 no` as `550 5.0.0 no`. The greeting and what is neither yes nor no stay as they are."""
    code, blank, text = reply.partition(" ")
    if not blank or code == "220" or code[0] not in "245" or re.match(r"[245]\.\d{1,3}\.\d{1,3} ", text):
        return reply
    return f"{code} {_ENHANCED.get(code, f'{code[0]}.0.0')} {text}"
