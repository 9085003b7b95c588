"""Looks for words in cases and what was written on them. The words are values, never parts of a statement, and what
means something to LIKE is escaped (threats T86).

There is no index of words. What costs nothing is looked at whole: a customer's address, a case's number. For other
words the newest cases and entries are read, so many and no more, however large the store is.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Sequence

from sqlalchemy import ColumnElement, Connection, Select, and_, or_, select, true

from store.cases import case_of
from store.records import Case, fold_address
from store.schema import cases, entries

NEWEST = 20_000
"""So many cases, and so many entries, are looked through."""


class Search:
    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def found(self, words: Sequence[str], queues: Collection[str], limit: int) -> list[Case]:
        """Cases of these queues (none named: of all) in which all the words stand; the newest first. One
        that was merged is found as itself."""
        numbers: set[int] = set()
        for query in (_of_customer_or_number(words), _with_words(words)):
            newest = query.where(_of(queues)).order_by(cases.c.number.desc()).limit(limit)
            numbers |= {number for (number,) in self._connection.execute(newest)}
        rows = self._connection.execute(select(cases).where(cases.c.number.in_(numbers)))
        return sorted((case_of(row) for row in rows), key=lambda case: -case.number)[:limit]


def _of_customer_or_number(words: Sequence[str]) -> Select[int]:
    """By what has an index: a whole address, or a number, alone."""
    word = words[0] if len(words) == 1 else ""
    number = int(word) if word.isascii() and word.isdigit() and len(word) <= 12 else None
    which = cases.c.number == number if number is not None else cases.c.requester == fold_address(word)
    return select(cases.c.number).where(which)


def _with_words(words: Sequence[str]) -> Select[int]:
    """In which each word stands somewhere: in subject, customer, or a text."""
    newest = select(cases.c.number).order_by(cases.c.number.desc()).limit(NEWEST)
    texts = select(entries.c.case_number, entries.c.text).order_by(entries.c.id.desc()).limit(NEWEST).subquery()
    columns = (cases.c.subject, cases.c.requester, cases.c.requester_name)
    each = [
        and_(cases.c.number.in_(newest), or_(*(_has(column, word) for column in columns)))
        | cases.c.number.in_(select(texts.c.case_number).where(_has(texts.c.text, word)))
        for word in words
    ]
    return select(cases.c.number).where(*each)


def _has(column: ColumnElement[str], word: str) -> ColumnElement[bool]:
    """Whether the word stands in it, whatever the case of letters. SQLite folds those of ASCII only: what has others
    is looked for as it was written, and in the usual ways of writing it."""
    ways = {word} if word.isascii() else {word, word.lower(), word.upper(), word.capitalize()}
    return or_(*(column.ilike(f"%{_escaped(way)}%", escape="\\") for way in sorted(ways)))


def _escaped(word: str) -> str:
    return re.sub(r"([\\%_])", r"\\\1", word)


def _of(queues: Collection[str]) -> ColumnElement[bool]:
    return cases.c.queue.in_(sorted(queues)) if queues else true()
