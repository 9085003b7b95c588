"""Hand one mail for one recipient to the relay, and say exactly what became of it.

The home of smtplib. One connection is reused; the caller decides what to send, when, and what a result means.
The bytes go out as they are, but for CRLF line ends and dot-stuffing: a second copy must be the same bytes, and
a signature must hold. Trouble with the relay itself raises Temporary, because no mail is to blame for it.

Follows RFC 5321 (replies, time-outs), RFC 6152 (8BITMIME), RFC 6531 (SMTPUTF8), RFC 1870 (SIZE),
RFC 2920 (PIPELINING).
"""

from __future__ import annotations

import base64
import re
import smtplib
import ssl
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass
from enum import Enum
from types import TracebackType
from typing import Self

from maild.errors import MaildError, Permanent, Temporary, UserError
from maild.transport.wire import (
    Tls,
    handshake_hint,
    keep_awake,
    not_trusted,
    one_line,
    refuse_plaintext,
    tls_context,
)
from store.failpoints import reach

_UNSAFE = re.compile(r"[\x00-\x20\x7f<>]")
# RFC 5321 4.1.2: blanks may stand in a local part that is quoted.
_QUOTED_LOCAL_PART = re.compile(r'^"[^"\\<>\x00-\x1f\x7f]+"(?=@)')

_CLOSING = 421
"""RFC 5321 section 3.8: the relay closes the connection, whatever it was told."""
_TOGETHER = "pipelining"
_JUST_NOW = 1.0
"""Seconds after a mail was taken, in which the next may be begun without asking whether the relay is still there."""

# RFC 4954: the relay wants another login. That is about the settings, whichever mail happened to meet it.
_LOGIN_WANTED = (530, 534, 535, 538)


@dataclass(frozen=True, slots=True)
class SmtpAccess:
    """How to reach the relay. Secrets are functions, so that a changed file is read at the next login."""

    host: str
    port: int
    tls: Tls
    ca_file: str | None = None
    user: str | None = None
    password: Callable[[], str] | None = None
    oauth2_token: Callable[[], str] | None = None
    helo: str | None = None
    timeout: float = 60.0
    # RFC 5321 4.5.3.2.6: giving up sooner on the last reply makes second copies of mails that were accepted.
    last_reply_timeout: float = 600.0
    # A connection idle for longer is closed before the relay does it.
    idle_limit: float = 30.0
    allow_plaintext: bool = False


class Outcome(Enum):
    SENT = "sent"
    LATER = "later"
    FAILED = "failed"
    # The connection died between the last data byte and the reply: the mail may have been taken.
    UNKNOWN = "unknown"
    # The caller said, just before the first byte, that it may not leave any more.
    WITHHELD = "withheld"


@dataclass(frozen=True, slots=True)
class Result:
    outcome: Outcome
    code: int | None
    text: str


class _Closed(Exception):
    """The relay had closed the connection before this mail was begun."""


class Sender:
    """One connection to the relay, for one thread. It connects when first needed and again after trouble."""

    def __init__(self, access: SmtpAccess) -> None:
        self.access = access
        self.where = f"smtp {access.host}:{access.port}"
        self._smtp: smtplib.SMTP | None = None
        self._used_at = 0.0
        self._took_at = -_JUST_NOW
        """When it took a mail; the connection that did so is ready for another (RFC 5321 section 4.1.1.4)."""

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None
    ) -> None:
        self.close()

    def send(
        self, envelope_from: str, recipient: str, raw: bytes, may_leave: Callable[[], bool] = lambda: True
    ) -> Result:
        """Hand over one mail; an empty `envelope_from` is the null return path. `may_leave` is asked last, after all
        answers of the relay have been waited for.

        Raises Temporary when the relay cannot be reached or wants another login.
        """
        if not recipient or any(
            _UNSAFE.search(_QUOTED_LOCAL_PART.sub("q", one)) for one in (envelope_from, recipient)
        ):
            return Result(Outcome.FAILED, None, "not an address that can stand in an SMTP envelope")
        data, took = _canonical(raw), self._smtp
        just_now = min(_JUST_NOW, self.access.idle_limit)
        if took is not None and time.monotonic() - self._took_at < just_now:
            with suppress(_Closed):
                return self._transact(took, envelope_from, recipient, data, may_leave, asked=False)
        return self._transact(self._connection(), envelope_from, recipient, data, may_leave)

    def close(self) -> None:
        """Say QUIT and close; never raises."""
        if self._smtp is not None:
            with suppress(OSError, smtplib.SMTPException):
                if self._smtp.sock is not None:
                    self._smtp.sock.settimeout(3)
                self._smtp.quit()
        self._drop()

    # -- the connection

    def connect(self) -> smtplib.SMTP:
        """Connect and log in now, with the precise error: Permanent for a refused login or certificate."""
        self._drop()
        access = self.access
        refuse_plaintext(access.host, access.port, access.tls, access.allow_plaintext)
        context = None if access.tls == "none" else tls_context(access.ca_file)
        try:
            if access.tls == "implicit":
                smtp: smtplib.SMTP = smtplib.SMTP_SSL(
                    access.host, access.port, access.helo, timeout=access.timeout, context=context
                )
            else:
                smtp = smtplib.SMTP(access.host, access.port, access.helo, timeout=access.timeout)
            self._smtp = smtp
            if smtp.sock is not None:
                keep_awake(smtp.sock)
            self._greet(smtp)
            if access.tls == "starttls":
                if not smtp.has_extn("starttls"):
                    raise Permanent(f"{self.where}: the relay offers no STARTTLS; no password was sent")
                smtp.starttls(context=context)
                self._greet(smtp)
            self._log_in(smtp)
        except MaildError:
            self._drop()
            raise
        except ssl.SSLCertVerificationError as error:
            self._drop()
            raise not_trusted(self.where, error) from error
        except (OSError, smtplib.SMTPException, ValueError) as error:
            self._drop()
            raise Temporary(f"{self.where}: cannot connect: {one_line(error)}{handshake_hint(error)}") from error
        self._used_at = time.monotonic()
        return smtp

    @staticmethod
    def _greet(smtp: smtplib.SMTP) -> None:
        smtp.ehlo_or_helo_if_needed()
        if smtp.has_extn("smtputf8"):
            smtp.command_encoding = "utf-8"

    def _log_in(self, smtp: smtplib.SMTP) -> None:
        access = self.access
        if access.user is None:
            return
        source = access.oauth2_token or access.password
        if source is None:
            raise UserError(f"{self.where}: a user is set but no password; set password, _file or _command")
        secret = source()
        try:
            code, text = self._authenticate(smtp, access.user, secret, access.oauth2_token is not None)
        except smtplib.SMTPAuthenticationError as error:
            code, text = error.smtp_code, error.smtp_error
        except smtplib.SMTPNotSupportedError as error:
            raise Permanent(f"{self.where}: {one_line(error)}; unset user, or use the submission port") from None
        if 200 <= code < 300:
            return
        words = f"{code} {one_line(text, secret)}"
        if 400 <= code < 500:
            raise Temporary(f"{self.where}: cannot log in now: {words}")
        raise Permanent(f"{self.where}: login as {access.user} was refused: {words}; check user and password")

    @staticmethod
    def _authenticate(smtp: smtplib.SMTP, user: str, secret: str, token: bool) -> tuple[int, bytes | str]:
        if token:
            return _auth(smtp, "XOAUTH2", f"user={user}\1auth=Bearer {secret}\1\1")
        if (user + secret).isascii():
            return smtp.login(user, secret)
        return _auth(smtp, "PLAIN", f"\0{user}\0{secret}")  # smtplib encodes ASCII only; RFC 4616 is UTF-8

    def _connection(self) -> smtplib.SMTP:
        if self._smtp is not None and time.monotonic() - self._used_at > self.access.idle_limit:
            self.close()
        if self._smtp is not None:
            # RSET tells whether the relay has closed in the meantime, before a mail is involved.
            with suppress(OSError, smtplib.SMTPException):
                if self._smtp.docmd("RSET")[0] == 250:
                    return self._smtp
            self._drop()
        try:
            return self.connect()
        except (Permanent, UserError) as error:
            # No mail is to blame, and an admin may repair it meanwhile.
            raise Temporary(str(error)) from error

    def _drop(self) -> None:
        smtp, self._smtp = self._smtp, None
        if smtp is not None:
            with suppress(OSError):
                smtp.close()

    # -- one mail

    def _transact(
        self,
        smtp: smtplib.SMTP,
        envelope_from: str,
        recipient: str,
        data: bytes,
        may_leave: Callable[[], bool],
        *,
        asked: bool = True,
    ) -> Result:
        """`asked`: whether the relay has said that it is still there. If it has not, and is not: raises _Closed."""
        refusal, options = _terms(smtp, envelope_from + recipient, data)
        if refusal is not None:
            return refusal
        try:
            reach("smtp.mail")
            commands = (f"MAIL FROM:<{envelope_from}>{options}", f"RCPT TO:<{recipient}>", "DATA")
            answers = _answers(smtp, commands)
            code, text = self._first(answers, asked)
            if 200 <= code < 300:
                reach("smtp.rcpt")
                code, text = next(answers)
            if 200 <= code < 300:
                code, text = next(answers)
            if code != 354:
                if smtp.has_extn(_TOGETHER) and not _are_over(answers):
                    self._drop()
                return self._refused(code, text)
            if not may_leave():
                self._drop()  # in the middle of DATA: RFC 5321 4.1.1.4 has the relay forget it
                return Result(Outcome.WITHHELD, None, "it may not leave any more")
            end = b".\r\n" if data.endswith(b"\r\n") or not data else b"\r\n.\r\n"
            # An error in here means that the closing dot has not left: the mail cannot have been taken.
            smtp.send(_dots_doubled(data) + end)
        except (OSError, smtplib.SMTPException) as error:
            self._drop()
            return Result(Outcome.LATER, None, f"connection lost: {one_line(error)}")
        reach("smtp.data_sent")
        return self._last_reply(smtp)

    def _first(self, answers: Iterator[tuple[int, bytes]], asked: bool) -> tuple[int, bytes]:
        try:
            code, text = next(answers)
        except (OSError, smtplib.SMTPException) as error:
            if asked:
                raise
            self._drop()
            raise _Closed from error
        if code == _CLOSING and not asked:
            self._drop()
            raise _Closed
        return code, text

    def _last_reply(self, smtp: smtplib.SMTP) -> Result:
        assert smtp.sock is not None
        try:
            smtp.sock.settimeout(self.access.last_reply_timeout)
            code, text = smtp.getreply()
            smtp.sock.settimeout(self.access.timeout)
        except (OSError, smtplib.SMTPException) as error:
            self._drop()
            return Result(Outcome.UNKNOWN, None, f"no answer after the last byte: {one_line(error)}")
        if 200 <= code < 300:
            reach("smtp.got250")
            self._used_at = self._took_at = time.monotonic()
            return Result(Outcome.SENT, code, one_line(text))
        if code < 400:
            self._drop()
            return Result(Outcome.UNKNOWN, None, f"no sense in the answer after the last byte: {one_line(text)}")
        return self._refused(code, text)

    def _refused(self, code: int, text: bytes) -> Result:
        """What a refusal says about this mail, and whether the connection can go on (RSET makes it ready)."""
        words = one_line(text)
        if code in _LOGIN_WANTED:
            self._drop()
            raise Temporary(f"{self.where}: the relay wants another login: {code} {words}; check [smtp] user")
        if not 400 <= code < 600:
            self._drop()
        self._used_at, self._took_at = time.monotonic(), -_JUST_NOW
        return Result(Outcome.FAILED if 500 <= code < 600 else Outcome.LATER, code, words)


def _answers(smtp: smtplib.SMTP, commands: Sequence[str]) -> Iterator[tuple[int, bytes]]:
    """The relay's answers to these. Where it takes commands together they go to it together: RFC 2920."""
    together = smtp.has_extn(_TOGETHER)
    if together:
        smtp.send("".join(f"{command}\r\n" for command in commands))
    for command in commands:
        if not together:
            smtp.putcmd(command)
        yield smtp.getreply()


def _are_over(answers: Iterator[tuple[int, bytes]]) -> bool:
    """Whether the relay, behind what it refused, is ready for another mail: it answers, and waits for no bytes."""
    try:
        return 354 not in [code for code, _ in answers]
    except (OSError, smtplib.SMTPException):
        return False


def _canonical(raw: bytes) -> bytes:
    """With CRLF at the end of each line, and nowhere else a part of it."""
    pairs = raw.count(b"\r\n")
    if pairs == raw.count(b"\n") == raw.count(b"\r"):
        return raw
    return raw.replace(b"\r\n", b"\n").replace(b"\r", b"\n").replace(b"\n", b"\r\n")


def _dots_doubled(data: bytes) -> bytes:
    """RFC 5321 section 4.5.2: a line that begins with a dot gets one more."""
    doubled = data.replace(b"\n.", b"\n..")
    return b"." + doubled if doubled.startswith(b".") else doubled


def probe(access: SmtpAccess) -> str:
    """Connect, log in, and say in one line what this relay offers; sends nothing."""
    with Sender(access) as sender:
        smtp = sender.connect()
        offered = [name.upper() for name in ("8bitmime", "smtputf8", "size", _TOGETHER) if smtp.has_extn(name)]
    who = f"logged in as {access.user}" if access.user else "without login"
    return f"{sender.where}: {who}; offers {', '.join(offered) or 'no extensions'}"


def _auth(smtp: smtplib.SMTP, mechanism: str, response: str) -> tuple[int, bytes]:
    code, text = smtp.docmd("AUTH", f"{mechanism} {base64.b64encode(response.encode()).decode('ascii')}")
    # A refused token comes as a challenge that explains; an empty answer fetches the refusal itself.
    return smtp.docmd("") if code == 334 else (code, text)


def _terms(smtp: smtplib.SMTP, addresses: str, data: bytes) -> tuple[Result | None, str]:
    """The parameters MAIL needs for this mail on this relay, or why it cannot go there at all."""
    options = ""
    if not addresses.isascii():
        if not smtp.has_extn("smtputf8"):
            return Result(Outcome.FAILED, None, "the relay takes no addresses outside ASCII (SMTPUTF8)"), ""
        options += " SMTPUTF8"
    if not data.isascii() and smtp.has_extn("8bitmime"):
        options += " BODY=8BITMIME"
    if smtp.has_extn("size"):
        most = smtp.esmtp_features.get("size", "")
        # Said beforehand: a relay that hangs up in the middle of 50 MB would look like a lost connection.
        if most.isdigit() and 0 < int(most) < len(data):
            return Result(Outcome.FAILED, None, f"the mail has {len(data)} octets, the relay takes {most}"), ""
        options += f" SIZE={len(data)}"
    return None, options
