"""Cases that were merged are one matter, often of several people: who of them reads an answer, how that is said, and
whether an answer is meant for one of them alone. Pure.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence

from maild.desk.domains import PUBLIC_DOMAINS, domain_of
from maild.desk.identity import organisation
from maild.desk.settings import NOBODY, Desk
from store.records import Case, fold_address

_SHORTEST = 3
"""Letters of a name by which somebody is greeted."""
_GREETING = 80
_COPIED = "who was in copy of either case reads along"
_WORD = re.compile(r"[^\W\d_]+")
_ADDRESS = re.compile(r"\S+@\S+")


def is_one_house(one: str, other: str, desk: Desk) -> bool:
    """Whether two addresses are of one organisation: of one customer of the desk, or of one domain that is not a
    public mail house's."""
    if fold_address(one) == fold_address(other):
        return True
    customer, first = desk.customer(one), organisation(domain_of(one))
    if customer != NOBODY and customer == desk.customer(other):
        return True
    return first == organisation(domain_of(other)) and first not in PUBLIC_DOMAINS


def requesters(cases: Iterable[Case]) -> dict[str, Case]:
    """Each requester, and the case under whose number they are answered: the first of theirs."""
    found: dict[str, Case] = {}
    for case in cases:
        found.setdefault(fold_address(case.requester), case)
    return found


def who_reads(cases: Iterable[Case], tag: str) -> str:
    """Who gets the answers from now on, and by what mail."""
    found = requesters(cases)
    named = [f"{address} as [{tag} #{case.number}]" for address, case in found.items()]
    if len(named) == 1:
        return f"{next(iter(found))} is answered once, as {named[0].rpartition(' as ')[2]}; {_COPIED}"
    return (
        f"From now on every answer there goes to {_all(named)}, to each by a mail of their own. "
        f"Each of them reads all of it; none sees another's mails or address; {_COPIED}"
    )


def of_several_houses(cases: Iterable[Case], number: int, desk: Desk) -> str | None:
    """What must be known before such cases become one (threats T23): people of different houses would read what is
    written to the other."""
    people = list(requesters(cases))
    if all(is_one_house(people[0], other, desk) for other in people[1:]):
        return None
    return (
        f"these are cases of people who have nothing to do with each other. Once merged, every answer there goes to "
        f"{_all(people)}, to each by a mail of their own: each reads all that you write. Where they are two matters, "
        f"/link {number} is enough"
    )


def _all(people: Sequence[str]) -> str:
    return " and ".join(f"to {one}" for one in people).removeprefix("to ")


def greeted(text: str, cases: Iterable[Case]) -> tuple[list[str], list[str]]:
    """(who of the requesters the first line of an answer names, who would read it as well); nobody, where it names
    all of them or none."""
    line = next((line.strip() for line in text.split("\n") if line.strip()), "")[:_GREETING].casefold()
    said, found = set(_WORD.findall(_ADDRESS.sub(" ", line))), requesters(cases)
    names = {address: _names(case) for address, case in found.items()}
    named = []
    for address, words in names.items():
        others = [one for other, one in names.items() if other != address]
        if address in line or words.difference(*others) & said:
            named.append(address)
    rest = [address for address in found if address not in named]
    return (named, rest) if named and rest else ([], [])


def _names(case: Case) -> set[str]:
    return {word for word in _WORD.findall(case.requester_name.casefold()) if len(word) >= _SHORTEST}


def led_to(number: int, case: Case) -> str:
    """The case that a number means; where it leads on, both."""
    return f"case {case.number}" + (f" (case {number} was merged into it)" if number != case.number else "")
