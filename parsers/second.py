"""The second reader of the header: mail-parser, asked beside our own.

Two programs that read one header differently are how a sender is forged (T03 to T06). So whoever is to be believed by
From must be the same for both. Where our own reader finds nothing (a date in an odd form, an address list broken
in a new way), mail-parser's reading is taken; what it found wrong goes to the mail's defects.

Only mail-parser's header layer is used, on the few fields it is asked for: of bodies it loses text in stateful
charsets, delivery reports and the exact bytes. It is imported when the first mail is read, for it costs a daemon's
start more than all the rest of this package.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from parsers.fields import Fields
from parsers.message import Address

_LONG = 4096


@dataclass(frozen=True, slots=True)
class Second:
    """What mail-parser read; empty where it found nothing, or was not asked."""

    sender: tuple[Address, ...] = ()
    to: tuple[Address, ...] = ()
    cc: tuple[Address, ...] = ()
    reply_to: tuple[Address, ...] = ()
    date: datetime | None = None
    defects: tuple[str, ...] = ()

    def agrees(self, certain: Address) -> bool:
        """Did it, too, find exactly this one address in From?"""
        return len(self.sender) == 1 and self.sender[0].address.casefold() == certain.address.casefold()


def read(fields: Fields, *names: str) -> Second:
    """Ask mail-parser for From, and for the other fields named; whatever it raises is only one reading less."""
    lines = [
        name.encode() + b": " + value + b"\r\n"
        for name, value in fields.items
        if (name == "from" or name in names) and len(value) <= _LONG and b"\n" not in value
    ]
    if not lines:
        return Second()
    try:
        return _asked(b"".join(lines) + b"\r\n")
    except Exception as problem:  # a foreign reader of hostile bytes: any kind may come, none may pass
        return Second(defects=(f"mail-parser: {type(problem).__name__}",))


def _asked(head: bytes) -> Second:
    import mailparser

    mail = mailparser.parse_from_bytes(head)
    date = mail.date
    if date is not None:
        date = date.replace(tzinfo=UTC) if date.tzinfo is None else date.astimezone(UTC)
    wrong = sorted({str(one) for one in mail.defects_categories})
    return Second(
        sender=_addresses(mail.from_),
        to=_addresses(mail.to),
        cc=_addresses(mail.cc),
        reply_to=_addresses(mail.reply_to),
        date=date,
        defects=tuple(f"mail-parser: {one}" for one in wrong[:10]),
    )


def _addresses(found: list[Any] | None) -> tuple[Address, ...]:
    return tuple(Address("", str(address)) for _, address in found or () if address)
