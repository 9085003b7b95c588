"""One logged-in IMAP connection: the home of imapclient, with its traps closed and its errors translated.

Every failure leaves here as one of our errors. After anything that may have put the two ends out of step
the connection is dropped and `alive` turns False; a plain refusal (NO) keeps it. What to do with mails is
decided in `imap.py`; this module knows commands only. One session belongs to one thread.

Follows RFC 3501, RFC 2177 (IDLE), RFC 6851 (MOVE), RFC 4315 (UIDPLUS), RFC 2342 (NAMESPACE), RFC 5530
(codes).
"""

from __future__ import annotations

import imaplib
import re
import ssl
import unicodedata
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from typing import Any

from imapclient import IMAPClient, SocketTimeout
from imapclient.exceptions import CapabilityError, IMAPClientReadOnlyError, ProtocolError

from maild.errors import MaildError, Permanent, Temporary, UserError
from maild.transport.bell import Bell
from maild.transport.imap_idle import idle, news
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

# imapclient and imaplib let these through when a connection dies at a bad moment or a server talks
# nonsense.
_OUT_OF_STEP = (
    OSError, imaplib.IMAP4.abort, ProtocolError, EOFError, AttributeError, AssertionError,
    TypeError, ValueError, LookupError, MemoryError,
)  # fmt: skip

# RFC 5530: refusals of a login that have nothing to do with the password.
_TRY_LATER = re.compile(r"\[(UNAVAILABLE|INUSE|LIMIT|SERVERBUG)\b|temporar|too many|try again", re.I)
_POSITION_AND_UID = re.compile(rb"(\d+) \(.*?\bUID (\d+)")
_SAID_NO = re.compile(r" (failed|command error): ")
_CONTROL = re.compile(r"[\x00-\x1f\x7f]")


@dataclass(frozen=True, slots=True)
class ImapAccess:
    """How to reach one mailbox. Secrets are functions: a changed file or fresh token is read at login."""

    name: str
    host: str
    port: int
    tls: Tls
    user: str
    password: Callable[[], str]
    ca_file: str | None = None
    oauth2_token: Callable[[], str] | None = None
    folder: str = "INBOX"
    done_folder: str = "Processed"
    idle: bool = True
    timeout: float = 30.0
    allow_plaintext: bool = False
    # A larger mail is never fetched, and a server that announces a larger literal is not believed.
    largest: int = 128 << 20


@dataclass(frozen=True, slots=True)
class Selected:
    exists: int
    uidvalidity: int
    deletable: bool


class Refused(Temporary):
    """The server answered NO or BAD; the connection is still good."""


class Session:
    def __init__(self, access: ImapAccess) -> None:
        self.access = access
        self.where = f"imap {access.host}:{access.port}"
        self._client: Any = None

    @property
    def alive(self) -> bool:
        return self._client is not None

    # -- opening and closing

    def open(self) -> None:
        self.drop()
        access = self.access
        refuse_plaintext(access.host, access.port, access.tls, access.allow_plaintext)
        context = None if access.tls == "none" else tls_context(access.ca_file)
        try:
            self._client = IMAPClient(
                access.host,
                access.port,
                ssl=access.tls == "implicit",
                ssl_context=context,
                timeout=SocketTimeout(access.timeout, access.timeout),
            )
            self._tune()
            if access.tls == "starttls":
                self._client.starttls(context)
            self._log_in()
        except MaildError:
            self.drop()
            raise
        except ssl.SSLCertVerificationError as error:
            self.drop()
            raise not_trusted(self.where, error) from error
        except CapabilityError as error:
            self.drop()
            raise Permanent(f"{self.where}: the server offers no STARTTLS; no password was sent") from error
        except (imaplib.IMAP4.error, *_OUT_OF_STEP) as error:
            self.drop()
            raise Temporary(f"{self.where}: cannot connect: {one_line(error)}{handshake_hint(error)}") from error

    def _tune(self) -> None:
        client = self._client
        client.normalise_times = False  # else INTERNALDATE comes back as naive local time
        client._imap.debug = 0  # imapclient's 5 formats every literal, secrets and 10 MB mails included
        keep_awake(client._imap.sock)
        read, send = client._imap.read, client._imap.send

        def sent(data: bytes) -> None:
            send(data)
            if b" UID MOVE " in data[:40]:
                reach("move.sent")

        client._imap.send = sent

        def capped(size: int) -> Any:
            if size > self.access.largest:
                raise imaplib.IMAP4.abort(f"the server announced a literal of {size} octets")
            return read(size)

        # imaplib allocates what a server announces, before the first octet of it has come.
        client._imap.read = capped

    def _log_in(self) -> None:
        access, client = self.access, self._client
        token = access.oauth2_token
        secret = (token or access.password)()
        if _CONTROL.search(access.user + secret):
            raise UserError(f"mailbox {access.name}: the user or password holds a control character or a line break")
        try:
            if token is not None:
                bearer = not client.has_capability("AUTH=XOAUTH2") and client.has_capability("AUTH=OAUTHBEARER")
                (client.oauthbearer_login if bearer else client.oauth2_login)(access.user, secret)
            elif (access.user + secret).isascii():
                client.login(access.user, secret)
            else:
                client.plain_login(access.user, secret)  # LOGIN cannot carry UTF-8; RFC 4616 can
        except imaplib.IMAP4.error as error:
            # imapclient calls every failure in here a LoginError, a lost connection included.
            text = one_line(error, secret)
            lost = isinstance(error.__context__ or error, imaplib.IMAP4.abort)
            if lost or _TRY_LATER.search(text):
                raise Temporary(f"{self.where}: cannot log in now: {text}") from None
            raise Permanent(
                f"{self.where}: login as {access.user} was refused: {text}; "
                f"check user and password of mailbox {access.name}"
            ) from None

    def close(self) -> None:
        """Say goodbye, briefly; never raises."""
        client = self._client
        if client is not None:
            with suppress(imaplib.IMAP4.error, *_OUT_OF_STEP):
                client.socket().settimeout(3)
                client.logout()
        self.drop()

    def drop(self) -> None:
        client, self._client = self._client, None
        if client is not None:
            with suppress(imaplib.IMAP4.error, *_OUT_OF_STEP):
                client.shutdown()

    @contextmanager
    def _command(self, doing: str) -> Iterator[Any]:
        """Lend the client for library calls only: our own mistakes must not pass as the server's."""
        if self._client is None:
            raise Temporary(f"{self.where}: not connected")
        try:
            yield self._client
        except IMAPClientReadOnlyError as error:
            self.drop()
            raise Permanent(f"{self.where}: {doing}: this user may only read the folder") from error
        except _OUT_OF_STEP as error:
            self.drop()
            raise Temporary(f"{self.where}: {doing}: {one_line(error) or type(error).__name__}") from error
        except imaplib.IMAP4.error as error:
            text = f"{self.where}: {doing}: {one_line(error)}"
            if _SAID_NO.search(str(error)):
                raise Refused(text) from error
            self.drop()  # a line too long to read, a command in the wrong state: who knows what comes next
            raise Temporary(text) from error

    # -- folders

    def has(self, capability: str) -> bool:
        with self._command("CAPABILITY") as client:
            return bool(client.has_capability(capability))

    def namespace(self) -> tuple[str, str]:
        """Prefix and separator of the user's own folders: ("", "/"), or ("INBOX.", ".") as on Courier."""
        if self.has("NAMESPACE"):
            with self._command("NAMESPACE") as client:
                personal = client.namespace().personal
            if personal:
                return str(personal[0][0] or ""), str(personal[0][1] or "/")
        with self._command("LIST") as client:
            listed = client.list_folders("", "")
        return "", (listed[0][1] or b"/").decode("ascii", "replace") if listed else "/"

    def find(self, folder: str) -> str | None:
        """The server's own name for a folder that is there and can hold mails (a mere node of the tree cannot)."""
        with self._command(f"LIST {folder}") as client:
            listed = client.list_folders("", folder)
        barren = {b"\\noselect", b"\\nonexistent"}
        for flags, _, name in listed:
            # Servers that ignore case answer with their spelling; a wildcard in the name may match other folders.
            if _spelling(name) == _spelling(folder) and not barren & {flag.lower() for flag in flags}:
                return str(name)
        return None

    def create(self, folder: str) -> None:
        with self._command(f"CREATE {folder}") as client:
            client.create_folder(folder)
            client.subscribe_folder(folder)  # so that people see it in their mail client

    def select(self, folder: str) -> Selected:
        with self._command(f"SELECT {folder}") as client:
            state = client.select_folder(folder)
            # RFC 3501 7.1: without PERMANENTFLAGS every flag may be set.
            deletable = b"\\deleted" in b" ".join(state.get(b"PERMANENTFLAGS", [b"\\Deleted"])).lower()
            return Selected(int(state[b"EXISTS"]), int(state.get(b"UIDVALIDITY", 0)), deletable)

    # -- mails, always by UID

    def uids_at(self, first: int, last: int) -> list[int]:
        """The UIDs at these positions. Not `UID SEARCH first:last`: some servers (pymap) take that for UIDs."""
        with self._command("FETCH") as client:
            status, lines = client._imap.fetch(f"{first}:{last}", "(UID)")
            if status != "OK":
                raise imaplib.IMAP4.error(f"FETCH failed: {lines[0]!r}")
        # Lines about other mails may come between: somebody has just flagged one.
        found = [_POSITION_AND_UID.match(line) for line in lines if isinstance(line, bytes)]
        return sorted({int(m[2]) for m in found if m and first <= int(m[1]) <= last})

    def search(self, *criteria: str) -> list[int]:
        with self._command("UID SEARCH") as client:
            return sorted(int(uid) for uid in client.search(list(criteria)))

    def fetch(self, uids: Sequence[int], items: Sequence[str]) -> dict[int, dict[bytes, Any]]:
        # imapclient 4 refuses a range as text: a list of numbers, always.
        with self._command("UID FETCH") as client:
            return dict(client.fetch(list(uids), list(items)))

    def move(self, uids: Sequence[int], folder: str) -> None:
        with self._command(f"UID MOVE to {folder}") as client:
            client.move(list(uids), folder)
        reach("move.ok")

    def copy(self, uids: Sequence[int], folder: str) -> None:
        with self._command(f"UID COPY to {folder}") as client:
            client.copy(list(uids), folder)
        reach("move.copied")

    def mark_deleted(self, uids: Sequence[int]) -> None:
        with self._command("UID STORE") as client:
            client.delete_messages(list(uids), silent=True)

    def expunge(self, uids: Sequence[int] | None) -> None:
        with self._command("EXPUNGE") as client:
            if uids is None:
                client.expunge()
            else:
                client.uid_expunge(list(uids))

    # -- waiting

    def noop(self) -> bool:
        """Hear what the server has to say; True when it spoke of a new mail, now or since SELECT."""
        with self._command("NOOP") as client:
            client.noop()
            return news(client)

    def idle(self, seconds: float, stop: Bell) -> bool:
        """IDLE until something is new (True), the time is over, or `stop` is set."""
        with self._command("IDLE") as client:
            return idle(client, seconds, stop)


def _spelling(folder: str) -> str:
    return unicodedata.normalize("NFC", folder).casefold()
