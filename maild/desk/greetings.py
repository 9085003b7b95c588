"""Whom the first line of a text greets: “Thanks Carl, well done”, “Hello Ann”. Whoever stands there is meant to read
it. A name in the middle of a sentence greets nobody. Pure.
"""

from __future__ import annotations

import re

from maild.desk.courtesy import is_courtesy

_SHORTEST = 3
"""Letters of a name by which somebody is greeted."""
_BEFORE = 2
"""Words that may stand before the name."""
_WORD = re.compile(r"[^\W\d_]+")
_HEAD = re.compile(r"([^,!:;?.\u2013\u2014]{1,80})([,!:;?.\u2013\u2014]|$)")


def greets(text: str, name: str, address: str = "") -> bool:
    """Whether it begins by greeting the person of that name; of who has none, by what stands before the @."""
    found = _HEAD.match(_first(text))
    if found is None or (found[2] == "." and not is_courtesy(found[1], name)):
        return False
    words, own = _WORD.findall(found[1].casefold()), names(name, address)
    return bool(words) and words[-1] in own and sum(word not in own for word in words) <= _BEFORE


def names_one_of(text: str, own: frozenset[str]) -> bool:
    """Whether one of these words stands in the greeting."""
    found = _HEAD.match(_first(text))
    return found is not None and not own.isdisjoint(_WORD.findall(found[1].casefold()))


def names(name: str, address: str = "") -> frozenset[str]:
    said = name or address.partition("@")[0]
    return frozenset(word for word in _WORD.findall(said.casefold()) if len(word) >= _SHORTEST)


def signers(text: str) -> frozenset[str]:
    """The words of its lines that may be a signature: people call themselves there what they want to be called."""
    lines = (_WORD.findall(line.casefold()) for line in text.split("\n") if not line.startswith(">"))
    return frozenset(word for line in lines if 0 < len(line) <= _BEFORE + 1 for word in line)


def _first(text: str) -> str:
    lines = (line.strip() for line in text.split("\n") if not line.startswith(">"))
    return next((line for line in lines if line), "")
