"""What of a text that would go to a customer may be meant as a command: all of it is one without its slash (`take
it`), or a line ends in one (`Here I am. /resolve`). It is never guessed, only pointed out. No rights; pure.
"""

from __future__ import annotations

import re
from itertools import takewhile

from maild.desk.orders.verbs import ALIASES, VERBS
from maild.desk.words import is_signature

_BARE = re.compile(r"([A-Za-z-]{2,20})((?:[ \t]+[\w@.+#-]{1,40}){0,2})")
_END = re.compile(r"\S[ \t]+/([A-Za-z][A-Za-z-]{1,19})(?:[ \t]+([\w@.+#-]{1,40}))?[.!]?$")
_TAKE_A_WORD = frozenset("assign ask vendor wait remind due status severity kind queue case merge link cc".split())
_WITH_WORDS = _TAKE_A_WORD | frozenset("note show list search away digest".split())
_ANY = re.compile(r"(?:[ \t]+(?:it|this|that|the|case|now|please|#?[0-9]+))*", re.IGNORECASE)
"""What people put behind any of them. With other words (`Solved by phone.`) it is a sentence."""
_TAIL = 200
"""Characters at the end of a line that are looked at."""


def bare_command(text: str) -> str | None:
    """The command that a text is but for its slash."""
    lines = [line.strip() for line in text.split("\n") if line.strip() and not line.startswith(">")]
    own = list(takewhile(lambda at: at == 0 or not is_signature("\n".join(lines[at:])), range(len(lines))))
    found = _BARE.fullmatch(lines[0].removesuffix(".")) if len(own) == 1 else None
    if found is None or not (found[1].lower() in _WITH_WORDS or _ANY.fullmatch(found[2])):
        return None
    return _known(found[1])


def command_at_an_end(text: str) -> tuple[str, str] | None:
    """A line that ends in a command, and that command."""
    for line in text.split("\n"):
        found = None if line.startswith(">") or "/" not in line else _END.search(line.rstrip()[-_TAIL:])
        verb = _known(found[1]) if found is not None else None
        if found is not None and verb is not None and (not found[2] or verb in _TAKE_A_WORD):
            return line.strip(), verb
    return None


def _known(word: str) -> str | None:
    said = word.lower()
    verb = ALIASES.get(said, said)
    return verb if verb in VERBS or verb in ("case", "new") else None
