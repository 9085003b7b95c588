"""How an agent may put it in a mail that means no case: there is nobody to whom a text could go, so the commonest
commands need no slash on its first lines, and those that only look may stand in the subject of a mail without a text.

What is nearly a command is pointed out, never guessed. No meaning, no rights; pure.
"""

from __future__ import annotations

import difflib
import re
from dataclasses import replace

from maild.desk.orders.asking import READING
from maild.desk.orders.dangers import OF_THEMSELVES
from maild.desk.orders.quarantine import OF_QUARANTINE
from maild.desk.orders.verbs import ALIASES, HINTS, VERBS
from maild.desk.words import is_signature, own_words, says_something
from parsers.message import ParsedMessage

_LOOKS = ("list", "show", "search", "summary", "help")
_BARE = re.compile(
    r"(?:list|show|search|summary|help)(?:\s.*)?"
    r"|away\s+(?:until|till|off|no)\b.*|digest\s+(?:daily|off)|quarantine"
    r"|new\s.*\S@\S.*|case\s+#?\d+(?:\s+[/#!].*)?",
    re.IGNORECASE,
)
_NUMBER = re.compile(r"#?[0-9]{1,12}")
_MOST_WORDS, _MOST_LINES = 6, 3
_NEAR = 0.74
_BARELY = (*_LOOKS, *"away digest new case quarantine".split())
_NO_CASE = READING | OF_THEMSELVES | OF_QUARANTINE | {"new", "case"}
_MEANT = (*_BARELY, *"take assign close resolve reopen note".split())
"""What a slip of the pen is compared with."""


def spelled_out(message: ParsedMessage) -> ParsedMessage:
    """The mail with a slash before what is meant as a command; with its subject for a text where it has no other."""
    own = own_words(message.reply_text, context=False)
    if _says_nothing(own):
        subject = message.subject.strip()
        word = subject.lstrip("/").partition(" ")[0].lower()
        # Only of a mail that answers none: a subject that came with another is somebody else's words (threats T09).
        is_new = not (message.in_reply_to or message.references) and message.base_subject == subject
        return replace(message, reply_text=f"/{subject.lstrip('/')}") if is_new and word in _LOOKS else message
    lines = message.reply_text.split("\n")
    for at, line in enumerate(lines):
        if _BARE.fullmatch(line.strip()):
            lines[at] = f"/{line.strip()}"
        elif line.strip() and line.strip()[0] not in "/#![":
            break
    return replace(message, reply_text="\n".join(lines))


def _says_nothing(text: str) -> bool:
    return not says_something(text) or is_signature(text)


def mistaken_text(text: str) -> str | None:
    """What is to be said of a text without commands that is nearly one, and not more than that."""
    lines = [line.strip() for line in text.split("\n") if line.strip()]
    words = lines[0].split() if lines else []
    if words and len(lines) <= _MOST_LINES and len(words) <= _MOST_WORDS and (near := near_to(words)) is not None:
        return f"✖ {lines[0]}: {near}"
    return None


def mistaken_subject(message: ParsedMessage) -> str | None:
    """What is to be said of a subject that was meant as a command."""
    subject = message.subject.strip()
    words = subject.split()
    if words and len(words) <= _MOST_WORDS and (subject[0] in "/#!" or _BARE.fullmatch(subject)):
        return (
            f"✖ Subject “{subject}”: that was not obeyed. Write commands on the first lines of the mail; in a "
            "subject only list, show, search, summary and help count, of a new mail without a text"
        )
    return None


def near_to(words: list[str]) -> str | None:
    """What a line of these words may be meant as."""
    first, rest = words[0].lower().strip(".,:;!?"), " ".join(words[1:])
    if first in HINTS:
        return HINTS[first]
    exact = first if first in VERBS else ALIASES.get(first)
    near = [exact] if exact else difflib.get_close_matches(first, _MEANT, n=1, cutoff=_NEAR)
    if not near or near[0] is None:
        return None
    slash = "" if near[0] in _BARELY else "/"
    if near[0] not in _NO_CASE:
        return which_case(near[0], rest)
    return f"did you mean {slash}{near[0]}{' ' + rest if rest else ''}?"


def which_case(verb: str, argument: str) -> str:
    """What a command lacks that needs a case."""
    if _NUMBER.fullmatch(argument):
        return f"did you mean /case {argument.lstrip('#')} /{verb}?"
    said = f"/{verb}{' ' + argument if argument else ''}"
    return f"which case? Write /case 1042 {said}, with the number of the case, or reply to a notice of it"
