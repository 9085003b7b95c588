"""People with mail clients, as the story needs them: they write, read their inbox, and reply with a quotation."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from email import message_from_bytes, policy
from email.message import EmailMessage
from email.utils import format_datetime, make_msgid, parseaddr
from functools import lru_cache


@lru_cache(maxsize=64)
def _message(raw: bytes) -> EmailMessage:
    return message_from_bytes(raw, policy=policy.default)


@dataclass(frozen=True, slots=True)
class Mail:
    """One mail as a mail client shows it."""

    raw: bytes

    @property
    def _message(self) -> EmailMessage:
        return _message(self.raw)

    def header(self, name: str) -> str:
        return " ".join(str(self._message.get(name, "")).split())

    @property
    def subject(self) -> str:
        return self.header("Subject")

    @property
    def sender(self) -> str:
        return parseaddr(self.header("From"))[1]

    @property
    def reply_address(self) -> str:
        return parseaddr(self.header("Reply-To") or self.header("From"))[1]

    @property
    def message_id(self) -> str:
        return self.header("Message-ID")

    @property
    def text(self) -> str:
        part = self._message.get_body(("plain",))
        return str(part.get_content()).replace("\r\n", "\n") if part is not None else ""

    @property
    def whole(self) -> str:
        """Everything that the mail holds, headers and all parts decoded: to look for what must not be in it."""
        parts = [str(part.get_content()) for part in self._message.walk() if part.get_content_maintype() == "text"]
        return "\n".join([str(self._message), *parts])


@dataclass(frozen=True, slots=True)
class Person:
    name: str
    address: str

    def writes(self, to: str, subject: str, text: str, now: datetime, cc: Iterable[str] = ()) -> bytes:
        """A new mail."""
        message = self._envelope(to, subject, now)
        if copies := ", ".join(cc):
            message["Cc"] = copies
        message.set_content(text)
        return message.as_bytes(policy=policy.SMTP)

    def replies(
        self, mail: Mail, text: str, now: datetime, *, subject: str | None = None, quote: bool = True
    ) -> bytes:
        """An answer as a mail client makes it: to the address asked for, with the ids and the quoted text."""
        again = mail.subject if mail.subject.lower().startswith("re:") else f"Re: {mail.subject}"
        message = self._envelope(mail.reply_address, subject if subject is not None else again, now)
        message["In-Reply-To"] = mail.message_id
        message["References"] = f"{mail.header('References')} {mail.message_id}".strip()
        quoted = "\n".join(f"> {line}".rstrip() for line in mail.text.split("\n"))
        message.set_content(f"{text}\n\nOn Monday, {mail.sender} wrote:\n{quoted}\n" if quote else text)
        return message.as_bytes(policy=policy.SMTP)

    def _envelope(self, to: str, subject: str, now: datetime) -> EmailMessage:
        message = EmailMessage()
        message["From"] = f"{self.name} <{self.address}>"
        message["To"] = to
        message["Subject"] = subject
        message["Date"] = format_datetime(now)
        message["Message-ID"] = make_msgid(domain=self.address.partition("@")[2])
        return message
