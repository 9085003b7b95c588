"""winmail.dat (TNEF, MS-OXTNEF): what Outlook packs a mail into when it thinks that an Exchange reads it.

The files in it become attachments, and its text counts where the mail has no other. Read by tnefparse, which is
given bytes of a stranger: whatever it raises leaves winmail.dat as the file it is.
"""

from __future__ import annotations

from dataclasses import dataclass

from parsers import charset


@dataclass(frozen=True, slots=True)
class Packed:
    """What was in it: (name, content) of each file, and the text in the forms that were there."""

    files: tuple[tuple[str, bytes], ...]
    text: str
    html: str


def read(data: bytes, limit: int) -> Packed | None:
    """The content, or None when it cannot be read; at most `limit` files."""
    try:
        return _read(data, limit)
    except Exception:  # a foreign reader of hostile bytes: any kind may come, none may pass
        return None


def _read(data: bytes, limit: int) -> Packed | None:
    from tnefparse import TNEF  # few mails have it

    pack = TNEF(data, do_checksum=False)
    files = []
    for one in pack.attachments[:limit]:
        name, content = one.long_filename(), one.data
        if isinstance(content, bytes):
            files.append((_words(name).strip("\x00"), content))
    text, html = _words(getattr(pack, "body", None)), _words(getattr(pack, "htmlbody", None))
    return Packed(tuple(files), charset.tidy(text.rstrip("\x00")), html.rstrip("\x00"))


def _words(value: object) -> str:
    if isinstance(value, bytes):
        return charset.decode(value, None)[0]
    return value if isinstance(value, str) else ""
