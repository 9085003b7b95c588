"""What of an agent's mail is their own: their words without quotation, and the files that may go outside."""

from __future__ import annotations

import re
import unicodedata

from maild.desk.canaries import holds_canary
from maild.desk.tokens import holds_token
from parsers.message import Attachment, ParsedMessage

_CUSTOMERS_LINE = re.compile(r"\s*>\s?\|\s?(.*)")
"""A line of the customer's in a quoted notice, which shows their words behind a margin of `|`."""

_CLOSINGS = frozenset(
    """best regards; kind regards; warm regards; with best regards; with kind regards; regards; best wishes; sincerely
    yours sincerely; mit freundlichen grüßen; mit freundlichen grüssen; freundliche grüße; viele grüße; beste grüße
    liebe grüße; mfg; cordialement; bien cordialement; bien à vous; saludos; un saludo; saludos cordiales
    atentamente; atenciosamente; cumprimentos; cordiali saluti; distinti saluti; saluti; pozdrawiam; z poważaniem
    s pozdravem; met vriendelijke groet; met vriendelijke groeten; med vänliga hälsningar; vänliga hälsningar
    med venlig hilsen; med vennlig hilsen; ystävällisin terveisin; с уважением; з повагою; saygılarımla
    üdvözlettel; cu stimă""".replace("\n    ", "; ").split("; ")
)
_LONGEST_SIGNATURE = 10
_FILLERS = "\u115f\u1160\u2800\u3164\uffa0"
"""Letters and signs that show nothing."""


def own_words(text: str, *, context: bool) -> str:
    """The agent's text without quotation: a mail client that marks none of it would else send our notice on, with
    all that is internal in it. With `context`, the customer's own quoted lines stay, for answers in between."""
    kept = []
    for line in text.split("\n"):
        if not line.lstrip().startswith(">"):
            kept.append(line)
        elif context and (theirs := _CUSTOMERS_LINE.fullmatch(line)):
            kept.append(f"> {theirs.group(1)}".rstrip())
    own = "\n".join(line for line in kept if not line.startswith(">"))
    # A mail client that puts a signature below everything puts it below nothing as well.
    said = says_something(own) and not own.lstrip().startswith(("-- \n", "--\n"))
    return "\n".join(kept).strip("\n") if said else ""


def says_something(text: str) -> bool:
    """Whether there is anything in it to be seen: blanks of no width and fillers are not."""
    return any(unicodedata.category(character)[0] in "LNPS" and character not in _FILLERS for character in text)


def files_to_pass_on(message: ParsedMessage, *, has_text: bool) -> tuple[tuple[Attachment, ...], tuple[str, ...]]:
    """The files that may go to the customer, and the names of those that may not.

    A mail as a file, or any file with a mark of ours in it, could carry an agent's token (threats T12). A picture
    inside an otherwise empty mail is a signature's logo, no answer.
    """
    files, withheld = [], []
    for file in message.attachments:
        is_mail = file.content_type.startswith("message/") or file.filename.lower().endswith(
            (".eml", ".msg", ".mbox")
        )
        if is_mail or holds_token(file.content) or holds_canary(file.content):
            withheld.append(file.filename)
        elif has_text or not (file.inline or (file.content_id and file.content_type.startswith("image/"))):
            files.append(file)
    return tuple(files), tuple(withheld)


def is_signature(text: str) -> bool:
    """Whether it begins with what people end with: what a mail client puts below a mail of commands is no answer."""
    lines = [line.strip() for line in text.split("\n") if line.strip()]
    closing, _, name = lines[0].partition(",") if lines else ("", "", "")
    ends = " ".join(closing.casefold().split()).rstrip(".! ") in _CLOSINGS
    return ends and len(name.split()) <= 3 and len(lines) <= _LONGEST_SIGNATURE
