"""Whether a text repeats what was said elsewhere: runs of words that stand in both. Deterministic, linear in both.

Words are compared without case and punctuation; what is written without blanks between words is not found.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator

RUN = 8
"""So many words in a row are no coincidence."""
_WORD = re.compile(r"\w+")
_LONGEST = 100_000
"""Characters of a text that are looked at."""


def echoes(text: str, said: str, harmless: Iterable[str] = ()) -> tuple[str, ...]:
    """The longest runs of `text` that stand in `said`, as the text has them; none that stands in `harmless`, too."""
    spans = [(match.group().casefold(), match.span()) for match in _WORD.finditer(text[:_LONGEST])]
    theirs = set(_runs([word for word, _ in spans])) & set(_runs(_words(said)))
    for other in harmless if theirs else ():
        theirs -= set(_runs(_words(other)))
    return tuple(_longest(text, spans, theirs)) if theirs else ()


def _words(text: str) -> list[str]:
    return [word.casefold() for word in _WORD.findall(text[:_LONGEST])]


def _runs(words: list[str]) -> Iterator[tuple[str, ...]]:
    return (tuple(words[at : at + RUN]) for at in range(len(words) - RUN + 1))


def _longest(text: str, spans: list[tuple[str, tuple[int, int]]], runs: set[tuple[str, ...]]) -> Iterator[str]:
    begin = end = 0
    for at, run in enumerate(_runs([word for word, _ in spans])):
        if run not in runs:
            continue
        if end and at > end:
            yield text[spans[begin][1][0] : spans[end - 1][1][1]]
            begin = at
        elif not end:
            begin = at
        end = at + RUN
    if end:
        yield text[spans[begin][1][0] : spans[end - 1][1][1]]
