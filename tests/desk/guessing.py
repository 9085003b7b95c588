"""Tries tokens at the verifier (threats T84b): random ones, every change of one letter, cut, doubled, of other kinds.

    python -m tests.desk.guessing --tries 1000000

Of all tries only the true token may be accepted, in whatever case of letters. Prints how many were, of each sort.
"""

from __future__ import annotations

import argparse
import random
from collections import Counter
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

from maild.desk.tokens import Keys, TokenKind, make_token, verify
from parsers.message import Mark
from store.proving import Pass

ALPHABET = "abcdefghijklmnopqrstuvwxyz234567"
_ODD = "0189=+/.-_ äſK٢"
"""What some comparison or folding might take for a letter of the alphabet; `ſ` and `K` fold to s and k."""
_KEYS = Keys(b"k" * 32, b"f" * 32)
_BEA = "bea@desk.test"
_NOW = datetime(2026, 3, 2, tzinfo=UTC)
_PASS = Pass(address=_BEA, case=1042, generation=2, issued_at=_NOW)


def _is_accepted(token: str, case: int = 1042, who: str | None = _BEA) -> bool:
    return verify(_KEYS, Mark(case, None, token, "address"), who, [_PASS], _NOW - timedelta(days=14)) is not None


def _changed(true: str) -> Iterator[tuple[str, str]]:
    """(sort, token) for every change that a guesser, a relay or a bug might make."""
    for at in range(len(true)):
        for letter in ALPHABET + _ODD:
            if letter != true[at]:
                yield "one letter changed", true[:at] + letter + true[at + 1 :]
        yield "one letter left out", true[:at] + true[at + 1 :]
        yield "cut", true[:at]
        yield "turned", true[at:] + true[:at] if at else true[::-1]
        yield "two letters swapped", true[:at] + true[at + 1 : at + 2] + true[at : at + 1] + true[at + 2 :]
    for letter in ALPHABET + _ODD:
        yield "longer", true + letter
        yield "longer", letter + true
    yield "doubled", true + true


def attempts(tries: int, seed: int) -> Counter[str]:
    """How many tries of each sort were accepted; sorts of which none was stand there with 0."""
    accepted: Counter[str] = Counter()
    true = make_token(_KEYS.current, TokenKind.AGENT, 1042, _BEA, 2)
    chance = random.Random(seed)

    def note(sort: str, token: str, case: int = 1042, who: str | None = _BEA) -> None:
        accepted[sort] += _is_accepted(token, case, who) and token.lower() != true
        accepted["all"] += 1

    for sort, token in _changed(true):
        note(sort, token)
    for generation in (0, 1, 3):
        note("another generation", make_token(_KEYS.current, TokenKind.AGENT, 1042, _BEA, generation))
    note("another key", make_token(b"x" * 32, TokenKind.AGENT, 1042, _BEA, 2))
    for case, who in ((1041, _BEA), (0, _BEA), (1042, "carl@desk.test"), (1042, None)):
        accepted["true token elsewhere"] += _is_accepted(true, case, who)
    while accepted["all"] < tries:
        note("random", "".join(chance.choices(ALPHABET, k=16)))
    return accepted


def folded(tries: int, seed: int) -> int:
    """Of so many ways to write the true token in letters of either case, how many are accepted: all."""
    true = make_token(_KEYS.current, TokenKind.AGENT, 1042, _BEA, 2)
    chance = random.Random(seed)
    ways = ["".join(chance.choice((one.lower(), one.upper())) for one in true) for _ in range(tries)]
    return sum(map(_is_accepted, ways))


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--tries", type=int, default=20_000)
    parser.add_argument("--seed", type=int, default=1)
    said = parser.parse_args()
    found = attempts(said.tries, said.seed)
    print(f"{found.pop('all')} tries; accepted of each sort: {dict(found)}")
    print(f"the true token in mixed case: {folded(1000, said.seed)} of 1000 accepted")


if __name__ == "__main__":
    main()
