"""The links of a mail, as a mail client shows and opens them."""

from __future__ import annotations

from datetime import datetime
from email import message_from_bytes, policy
from html.parser import HTMLParser
from urllib.parse import parse_qs, unquote, urlsplit

from maild.demo.people import Mail, Person


class _Links(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.found: dict[str, str] = {}
        self._href: str | None = None

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag == "a":
            self._href = dict(attrs)["href"]

    def handle_data(self, data: str) -> None:
        if self._href:
            self.found[data] = self._href
            self._href = None


def html_of(mail: Mail) -> str:
    part = message_from_bytes(mail.raw, policy=policy.default).get_body(("html",))
    return str(part.get_content()) if part is not None else ""


def links(mail: Mail) -> dict[str, str]:
    """What each button says, and where it leads."""
    reader = _Links()
    reader.feed(html_of(mail))
    return reader.found


def opened(link: str) -> tuple[str, str, str]:
    """(to, subject, body) of the mail that a link opens, read as RFC 6068 says."""
    parts = urlsplit(link)
    assert parts.scheme == "mailto"
    assert "+" not in link  # some read it as a blank
    fields = parse_qs(parts.query.replace("+", "%2B"), keep_blank_values=True, strict_parsing=True)
    body = fields.get("body", [""])[0]
    assert "\n" not in body.replace("\r\n", "")
    return unquote(parts.path), fields["subject"][0], body


def taps(person: Person, mail: Mail, button: str, now: datetime, typed: str = "", signature: str = "") -> bytes:
    """What they send who tap on a button of a mail; they may write at its top, and their client adds a signature."""
    to, subject, body = opened(links(mail)[button])
    return person.writes(to, subject, f"{typed}{body}{signature}", now)
