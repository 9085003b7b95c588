"""Automatic answers known by their words alone, when no header says so: absence notes, acknowledgements, challenges.

People write that they are away, too. So it is not a word that decides but what the whole text is made of: a program's
note says nothing but that somebody is away, until when, whom to ask and that mail arrived; a person wants something.
Sentences are sorted by the stems of `parsers.autowords`; questions and wishes speak for a person. In doubt: a person,
since an answer too many is bounded by the limiter, and a customer taken for a machine would hear nothing.
"""

from __future__ import annotations

import re
from functools import lru_cache

from parsers import autowords as words
from parsers.message import Automatic
from parsers.phrases import fold

_LONG = 3000
_SENTENCE = re.compile(r"(?<![0-9])[.!?]+(?=\s|$)|[。！？؟]|\n\n|\n(?=[-•*])")
_QUESTION = re.compile("[?？؟]")
_LINK = re.compile(r"[a-z]+://\S{1,500}")


def read(subject: str, text: str, *, answers: bool) -> tuple[Automatic, str] | None:
    """(kind, sign) of a mail by its subject and new text; `answers`: the subject begins as a person's answer does."""
    low_subject = fold(subject).replace("’", "'").lstrip("[(*【 ")
    titled = None if answers else next((p for p in words.SUBJECTS if low_subject.startswith(p)), None)
    low = fold(text[: _LONG + 1]).replace("’", "'")
    if len(low) > _LONG and titled is None:
        return None
    asks = _asks(_LINK.sub("", low))
    challenge = _any(words.CHALLENGE, low)
    if asks and titled is None and not challenge:
        return None
    absent, says = _any(words.ABSENCE, low), _any(words.AUTO, low)
    received = sum([stem in low for stem in (_ascii(words.RECEIVED) if low.isascii() else words.RECEIVED)])
    if titled is None and not (absent or says or received > 1 or challenge):
        return None
    share = _share(low)
    human = _any(words.HUMAN, low)
    if titled is not None and _is_titled(low_subject, titled, absent or says or received > 0, asks or human, share):
        return Automatic.AUTO_REPLY, f"subject: {titled}"
    if challenge and (says or share >= 0.4):
        return Automatic.AUTO_REPLY, "text: challenge"
    if human or asks:
        return None
    if says and share >= 0.5 and (absent or received or _any(words.THANKS, low)):
        return Automatic.AUTO_REPLY, "text: automatic answer"
    if absent and share >= 0.75 and _is_absence(low):
        return Automatic.AUTO_REPLY, "text: absence"
    if received > 1 and share >= 0.75 and _any(words.THANKS, low):
        return Automatic.AUTO_REPLY, "text: acknowledgement"
    return None


def _is_titled(subject: str, title: str, worded: bool, doubt: bool, share: float) -> bool:
    """A program's subject: the phrase alone, or before the answered subject."""
    rest = subject[len(title) :].strip()
    formal = not rest or title.endswith(":") or rest[0] in ":：-–—]）)|(/"
    if doubt:
        return bool(rest) and formal and worded and share >= 0.6 and not _QUESTION.search(subject)
    return formal or worded


def _is_absence(low: str) -> bool:
    """Away, and at least one more thing that only such notes say."""
    back = _any(words.BACK, low) or any(c.isdigit() for c in low)
    return back and (_any(words.URGENT, low) or _any(words.ACCESS, low) or _any(words.THANKS, low))


def _asks(low: str) -> bool:
    """Is a question asked? `Is it urgent? Please call …` is none."""
    pieces = _QUESTION.split(low)
    return any(not _any(words.URGENT, _SENTENCE.split(piece)[-1]) for piece in pieces[:-1][:20])


def _any(stems: tuple[str, ...], low: str) -> bool:
    # A plain loop: with a generator in its place, this would be a third of what reading a mail costs.
    for stem in _ascii(stems) if low.isascii() else stems:  # noqa: SIM110
        if stem in low:
            return True
    return False


@lru_cache(maxsize=32)
def _ascii(stems: tuple[str, ...]) -> tuple[str, ...]:
    return tuple(stem for stem in stems if stem.isascii())


_ALL = words.ABSENCE + words.AUTO + words.BACK + words.ACCESS + words.URGENT + words.THANKS + words.RECEIVED


def _share(low: str) -> float:
    """How much of what is said is what such notes say; greetings, names and farewells do not count."""
    sentences = [s for s in _SENTENCE.split(low) if _says_something(s)][:40]
    if not sentences:
        return 0.0
    return sum(1 for sentence in sentences if _any(_ALL, sentence)) / len(sentences)


def _says_something(sentence: str) -> bool:
    sentence = " ".join(sentence.split())
    if not sentence.isascii() and any(c > "\u3000" for c in sentence):
        return len(sentence) > 9
    return sentence.count(" ") > 3
