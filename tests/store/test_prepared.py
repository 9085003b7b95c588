"""Statements that are kept: what goes in and comes out is what SQLAlchemy would say, and behind a pooler none is."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import UTC, datetime, timedelta, timezone

import pytest
from sqlalchemy import bindparam, func, insert, select, update

from store import Conflict, Store, open_store
from store.prepared import Prepared
from store.records import JournalLine, LetterState, Tracked
from store.schema import facts, journal, letters, timers
from tests.servers.pgbouncer import PgBouncer
from tests.store.asking import asking
from tests.store.rows import new_case

NOW = datetime(2026, 3, 2, 9, 0, 0, 250, tzinfo=UTC)
_ADD = Prepared(insert(facts))
_VALUES = Prepared(select(facts.c.name, facts.c.value).where(facts.c.name.in_(bindparam("of", expanding=True))))


def test_each_list_of_values_is_asked_for_whatever_its_length(store: Store) -> None:
    names = [f"fact {n}" for n in range(50)]
    with store.write() as unit:
        _ADD.on_all(unit.facts._connection, [{"name": name, "value": name.upper()} for name in names])
        for some in ([], names[:1], names[:3], names[5:7], names):
            found = {name: value for name, value in _VALUES.on(unit.facts._connection, {"of": some})}
            assert found == {name: name.upper() for name in some}


def test_a_row_has_its_columns_by_name_and_by_place(store: Store) -> None:
    with store.write() as unit:
        connection = unit.facts._connection
        _ADD.on(connection, {"name": "one", "value": "1"})
        row = _VALUES.on(connection, {"of": ["one"]}).one()
        assert (row.name, row[1]) == ("one", "1")
        assert _VALUES.on(connection, {"of": ["none"]}).first() is None
        changed = Prepared(update(facts).where(facts.c.name == bindparam("of")))
        assert changed.on(connection, {"of": "one", "value": "2"}).rowcount == 1
        assert changed.on(connection, {"of": "none", "value": "2"}).rowcount == 0


def test_times_are_the_same_to_what_is_prepared_and_what_is_not(store: Store) -> None:
    number = new_case(store)
    with store.write() as unit:
        east = NOW.astimezone(timezone(timedelta(hours=5)))
        unit.timers.start(number, "t", "support", east, NOW)
        connection = unit.timers._connection
        assert connection.execute(select(timers.c.due_at)).scalar_one() == NOW
        (kept,) = unit.timers.of_case(number)
        assert (kept.due_at, kept.due_at.utcoffset()) == (NOW, timedelta(0))
        assert connection.execute(select(timers.c.id).where(timers.c.due_at <= NOW)).scalar_one() == kept.id


def test_a_value_of_the_statement_itself_stands_where_none_is_given(store: Store) -> None:
    waiting = Prepared(select(letters.c.id).where(letters.c.state == LetterState.STORED.value))
    with store.write() as unit:
        letter = unit.letters.store("inbox", "support", b"one", NOW, None)
        assert [row.id for row in waiting.on(unit.letters._connection)] == [letter]


def _kept_by_the_server(store: Store) -> int:
    with store.read() as unit:
        for _ in range(10):
            unit.facts.get("anything")
        connection = unit.facts._connection
        return int(connection.exec_driver_sql("select count(*) from pg_prepared_statements").scalar_one())


def test_the_server_keeps_statements_where_a_session_is_one(pg_url: str) -> None:
    store = open_store(pg_url)
    assert _kept_by_the_server(store) > 0
    store.close()


def test_behind_a_pooler_it_keeps_none(pg_url: str, bouncer: PgBouncer) -> None:
    store = open_store(bouncer.url(pg_url.rsplit("/", 1)[1]))
    assert _kept_by_the_server(store) == 0
    store.close()


def test_a_list_that_is_kept_as_it_is_is_one_value(store: Store) -> None:
    told = Prepared(update(letters).where(letters.c.id == bindparam("of")))
    with store.write() as unit:
        connection = unit.letters._connection
        letter = unit.letters.store("inbox", "support", b"one", NOW, None)
        for pairs in ([("a", 1), ("b", 2)], [("c", 3)], []):
            told.on(connection, {"of": letter, "decision": pairs})
            kept = connection.execute(select(letters.c.decision)).scalar_one()
            assert kept == [list(pair) for pair in pairs]


@contextmanager
def _asked(store: Store) -> Iterator[list[str]]:
    said: list[str] = []
    with asking(store._database.engine, lambda statement, _: said.append(statement)):
        yield said


def _line(why: str) -> JournalLine:
    return JournalLine(at=NOW, event="e", why=why, actor="a", case=None, letter=None)


def test_rows_that_nobody_looks_at_are_written_together_at_the_end(store: Store) -> None:
    with _asked(store) as said, store.write() as unit:
        for n in range(40):
            unit.journal.add_all([_line(f"{n}")])
            unit.facts.get("anything")
        assert not [statement for statement in said if "journal" in statement]
    assert len([statement for statement in said if "journal" in statement]) == 2
    with store.read() as unit:
        found = unit.journal._connection.execute(select(journal.c.why).order_by(journal.c.id)).scalars()
        assert list(found) == [f"{n}" for n in range(40)]


def test_rows_are_there_for_whoever_looks(store: Store) -> None:
    with store.write() as unit:
        connection = unit.journal._connection
        unit.journal.add_all([_line("first")])
        assert connection.execute(select(journal.c.why)).scalars().all() == ["first"]
        unit.journal.add_all([_line("second")])
        whys = Prepared(select(journal.c.why).order_by(journal.c.id))
        assert [row.why for row in whys.on(connection)] == ["first", "second"]
        within = Prepared(select(select(func.count()).select_from(journal).scalar_subquery()))
        unit.journal.add_all([_line("third")])
        assert within.on(connection).scalar_one() == 3


def test_rows_that_wait_are_undone_with_their_savepoint_alone(store: Store) -> None:
    with store.write() as unit:
        unit.journal.add_all([_line("before")])
        with pytest.raises(KeyError), unit.savepoint():
            unit.journal.add_all([_line("undone")])
            raise KeyError
        with unit.savepoint():
            unit.journal.add_all([_line("after")])
    with pytest.raises(KeyError), store.write() as unit:
        unit.journal.add_all([_line("never")])
        raise KeyError
    with store.read() as unit:
        assert unit.journal._connection.execute(select(journal.c.why)).scalars().all() == ["before", "after"]


def test_a_row_that_cannot_be_written_raises_where_its_savepoint_ends(store: Store) -> None:
    first = Tracked(case=new_case(store), goal="answer", round=1, due_at=NOW)
    astray = replace(first, case=first.case + 1)
    with store.write() as unit:
        with pytest.raises(Conflict), unit.savepoint():
            unit.targets.put_all([first, astray])
            unit.journal.add_all([_line("undone")])
        unit.journal.add_all([_line("goes on")])
    with store.read() as unit:
        assert unit.targets.of_case(first.case) == []
        assert unit.journal._connection.execute(select(journal.c.why)).scalars().all() == ["goes on"]


def test_a_timer_that_is_started_twice_is_due_when_it_was_said_last(store: Store) -> None:
    number = new_case(store)
    with store.write() as unit:
        for hours in (1, 5, 3):
            unit.timers.start(number, "t", "support", NOW + timedelta(hours=hours), NOW)
        unit.timers.start(number, "u", "support", NOW, NOW)
    with store.read() as unit:
        assert [(one.name, one.due_at) for one in unit.timers.of_case(number)] == [
            ("u", NOW),
            ("t", NOW + timedelta(hours=3)),
        ]


def test_what_waited_in_a_transaction_that_was_undone_is_not_written_by_the_next_statement(store: Store) -> None:
    with pytest.raises(KeyError), store.write() as unit:
        unit.journal.add_all([_line("undone")])
        raise KeyError
    whys = Prepared(select(journal.c.why))
    with store.mark() as unit:
        assert whys.on(unit.journal._connection).all() == []
    with store.read() as unit:
        assert whys.on(unit.journal._connection).all() == []
