"""Looks for words in cases and what was written on them. The words are values, never parts of a statement, and what
means something to an index or to LIKE is taken for what it is (threats T86).

The index of words (migration 0018) is kept by the engine with each row. A word finds all that begin with it. Writing
that puts no blanks between words has none that could be found: such a word is looked for in the newest texts.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Sequence

from sqlalchemy import (
    ColumnElement,
    Connection,
    Select,
    Text,
    cast,
    column,
    func,
    literal_column,
    or_,
    select,
    table,
    text,
    true,
)
from sqlalchemy.dialects.postgresql import TSQUERY

from store.cases import case_of
from store.records import Case, fold_address
from store.schema import cases, entries

NEWEST = 20_000
"""So many cases, and so many entries, are looked through for what the index does not hold."""
_WITHOUT_BLANKS = re.compile(
    "[\u0e00-\u0eff\u1000-\u109f\u1780-\u17ff\u3040-\u30ff\u3400-\u9fff\uf900-\ufaff\U00020000-\U0003ffff]"
)
"""Letters of Thai, Lao, Burmese, Khmer, Japanese and Chinese."""
_MARKS = re.compile(r"[\x00-/:-@\[-`{-\x7f]+")
"""What migration 0018 takes for blanks."""
_DOCUMENTS = table("words", column("rowid"), column("said"))
"""SQLite's index. The number of a document begins with its case's."""
_BITS_OF_EVENT = 24
_CALLED = table("cases", column("number"), column("words"))
_SAID = table("entries", column("case_number"), column("words"))
"""PostgreSQL's: a column that belongs to the index, and is no part of a row."""
_PLAIN: ColumnElement[str] = literal_column("'simple'::regconfig")


class Search:
    def __init__(self, connection: Connection) -> None:
        self._connection = connection
        self._in_index = _in_documents if connection.dialect.name == "sqlite" else _in_columns

    def found(self, words: Sequence[str], queues: Collection[str], limit: int) -> list[Case]:
        """Cases of these queues (none named: of all) in which all the words stand; the newest first. One
        that was merged is found as itself."""
        if self._connection.dialect.name != "sqlite":
            # To read a whole table seems cheap to it where very many texts have the word; it is not.
            self._connection.execute(text("set local enable_seqscan = off"))
        numbers: set[int] = set()
        for query in (_of_customer_or_number(words), self._with_words(words)):
            newest = query.where(_of(queues)).order_by(cases.c.number.desc()).limit(limit)
            numbers |= {number for (number,) in self._connection.execute(newest)}
        rows = self._connection.execute(select(cases).where(cases.c.number.in_(numbers)))
        return sorted((case_of(row) for row in rows), key=lambda case: -case.number)[:limit]

    def _with_words(self, words: Sequence[str]) -> Select[int]:
        """In which each word stands somewhere: in subject, customer, or a text."""
        each = [_looked_through(word) if _WITHOUT_BLANKS.search(word) else self._in_index(word) for word in words]
        return select(cases.c.number).where(*each)


def _of_customer_or_number(words: Sequence[str]) -> Select[int]:
    """By what has an index: a whole address, or a number, alone."""
    word = words[0] if len(words) == 1 else ""
    number = int(word) if word.isascii() and word.isdigit() and len(word) <= 12 else None
    which = cases.c.number == number if number is not None else cases.c.requester == fold_address(word)
    return select(cases.c.number).where(which)


def _in_documents(word: str) -> ColumnElement[bool]:
    """SQLite. In quotes, all is words; those that stand together in one are looked for together."""
    documents = _DOCUMENTS.alias()
    number = documents.c.rowid.op(">>")(_BITS_OF_EVENT)
    phrase = '"' + word.replace('"', " ") + '"*'
    return cases.c.number.in_(select(number).where(documents.c.said.op("MATCH")(phrase)))


def _in_columns(word: str) -> ColumnElement[bool]:
    """PostgreSQL. Its own parser makes words of it, the last of which may go on."""
    parsed = cast(func.phraseto_tsquery(_PLAIN, _MARKS.sub(" ", word)), Text)
    query = cast(func.nullif(parsed, "") + ":*", TSQUERY)
    called, said = _CALLED.alias(), _SAID.alias()
    in_name = select(called.c.number).where(called.c.words.op("@@")(query))
    in_text = select(said.c.case_number).where(said.c.words.op("@@")(query))
    return cases.c.number.in_(in_name.union_all(in_text))


def _looked_through(word: str) -> ColumnElement[bool]:
    newest = select(cases.c.number).order_by(cases.c.number.desc()).limit(NEWEST)
    texts = select(entries.c.case_number, entries.c.text).order_by(entries.c.id.desc()).limit(NEWEST).subquery()
    called = (cases.c.subject, cases.c.requester, cases.c.requester_name)
    in_name = cases.c.number.in_(newest) & or_(*(_has(one, word) for one in called))
    return in_name | cases.c.number.in_(select(texts.c.case_number).where(_has(texts.c.text, word)))


def _has(said: ColumnElement[str], word: str) -> ColumnElement[bool]:
    return said.like(f"%{_escaped(word)}%", escape="\\")


def _escaped(word: str) -> str:
    return re.sub(r"([\\%_])", r"\\\1", word)


def _of(queues: Collection[str]) -> ColumnElement[bool]:
    return cases.c.queue.in_(sorted(queues)) if queues else true()
