"""What a person says to a question that only wants yes or no: nothing but a plain one counts. Pure.

“Yes, it was me. Thanks” is one. What has any other word on its first line is none: whoever is asked whether a mail is
theirs may well begin with “yes” and go on to say that they are worried, or with “no” and mean no problem.
"""

from __future__ import annotations

import re

_YES = frozenset(("yes", "/yes", "/confirm"))
_NO = frozenset(("no", "/no"))
_FIRST = re.compile(r"(yes|no)\s*[.,;:!–—-]+\s*(\S.*)", re.IGNORECASE)
_WORD = re.compile(r"[^\W_]+(?:['’][^\W\d_]+)?")
_PUNCTUATION = frozenset(".,;:!()–—-'’ ")

_POLITE = frozenset("thanks thank you thx please regards best kind cheers".split())
_MAIL = frozenset("it this that the mail message one".split())
_MINE = frozenset(
    "was is it's that's i i'm am me mine my myself by from wrote sent did indeed correct right confirmed ok".split()
)
_DO = frozenset("do go ahead mean meant".split())
_NOT = frozenset("not wasn't isn't didn't never".split())
_DROP = frozenset("drop delete discard".split())


def answer_of(text: str, name: str = "") -> bool | None:
    """What the first line of their own words says; `name`: theirs, with which they may sign. None: neither."""
    first = next((line.strip() for line in text.split("\n") if line.strip()), "")
    word = first.lower().strip(".!, ")
    if word in _YES:
        return True
    if word in _NO:
        return False
    found = _FIRST.fullmatch(first)
    if found is None:
        return None
    rest = found[2].lower().replace("’", "'")
    words = set(_WORD.findall(rest)) - set(_WORD.findall(name.lower()))
    if set(_WORD.sub("", rest)) - _PUNCTUATION:  # a question mark, say
        return None
    return _yes(words) if found[1].lower() == "yes" else _no(words)


def _yes(words: set[str]) -> bool | None:
    return True if words <= _POLITE | _MAIL | _MINE | _DO else None


def _no(words: set[str]) -> bool | None:
    """“No, it was me” is no plain no."""
    if words <= _POLITE | _MAIL | _DROP:
        return False
    return False if words & _NOT and words <= _POLITE | _MAIL | _DROP | _NOT | _MINE else None
