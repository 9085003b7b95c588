"""The cursor on PostgreSQL: what goes in comes out, errors are the driver's, and only so many statements are kept."""

from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

import psycopg
import pytest

from store.direct import Direct

pytestmark = pytest.mark.servers
NOW = datetime(2026, 3, 2, 9, 0, 0, 250, tzinfo=UTC)


@pytest.fixture
def connection(pg_url: str) -> Iterator[psycopg.Connection[Any]]:
    with psycopg.connect(pg_url.replace("+psycopg", ""), autocommit=True) as made:
        yield made


def _kept(connection: psycopg.Connection[Any]) -> list[str]:
    found = connection.execute("select statement from pg_prepared_statements where name like 'maild%' order by name")
    return [statement for (statement,) in found]


def test_values_come_back_as_they_went(connection: psycopg.Connection[Any]) -> None:
    direct = Direct(connection, 10)
    values = ["ä", None, True, 2**40, b"\0\xff", NOW]
    for _ in range(5):
        direct.execute("select $1::text, $2::text, $3::bool, $4::bigint, $5::bytea, $6::timestamptz", values)
        assert direct.rowcount == 1
        ((text, none, yes, number, raw, at),) = direct.fetchall()
        assert [text, none, yes, number, bytes(raw), at] == values
        assert direct.fetchall() == []


def test_it_counts_the_rows_that_it_changed(connection: psycopg.Connection[Any]) -> None:
    direct = Direct(connection, 10)
    direct.execute("create temporary table t (n bigint unique)")
    direct.execute("insert into t select generate_series(1, $1::bigint)", [7])
    assert direct.rowcount == 7
    direct.execute("update t set n = n + 100 where n > $1::bigint", [4])
    assert (direct.rowcount, direct.fetchall()) == (3, [])


def test_a_number_of_the_last_of_several_statements(connection: psycopg.Connection[Any]) -> None:
    assert Direct(connection, 0).number("begin; select 1; select 2 + 40") == 42
    with pytest.raises(psycopg.errors.SyntaxError):
        Direct(connection, 0).number("select 1; selekt 2")


def test_only_what_is_carried_out_again_is_kept_and_what_is_used_least_goes(
    connection: psycopg.Connection[Any],
) -> None:
    direct = Direct(connection, 2)

    def ask(name: str, times: int) -> None:
        for _ in range(times):
            direct.execute(f"select $1::bigint as {name}", [1])
            assert direct.fetchall() == [(1,)]

    ask("a", 2)
    assert _kept(connection) == []
    ask("a", 1)
    ask("b", 3)
    ask("a", 1)
    ask("c", 3)
    assert sorted(one[-1] for one in _kept(connection)) == ["a", "c"]
    ask("b", 3)
    ask("c", 3)
    assert sorted(one[-1] for one in _kept(connection)) == ["b", "c"]


def test_a_statement_with_values_of_other_types_is_another_one(connection: psycopg.Connection[Any]) -> None:
    direct = Direct(connection, 10)
    for value, shown in [("x", "x"), (5, "5"), (None, None)] * 4:
        direct.execute("select $1::text", [value])
        assert direct.fetchall() == [(shown,)]


def test_errors_are_the_drivers_and_the_next_statement_works(connection: psycopg.Connection[Any]) -> None:
    direct = Direct(connection, 10)
    direct.execute("create temporary table t (n bigint unique)")
    for _ in range(4):
        direct.execute("delete from t")
        direct.execute("insert into t values ($1)", [1])
        with pytest.raises(psycopg.errors.UniqueViolation, match="duplicate key"):
            direct.execute("insert into t values ($1)", [1])
        with pytest.raises(psycopg.errors.UndefinedTable):
            direct.execute("select * from there_is_none")
    direct.number("begin; select 1")
    with pytest.raises(psycopg.errors.DivisionByZero):
        direct.execute("select 1 / $1::bigint", [0])
    for _ in range(4):
        with pytest.raises(psycopg.errors.InFailedSqlTransaction):
            direct.execute("select 5")
    connection.rollback()
    for _ in range(4):
        direct.execute("select 5")
        assert direct.fetchall() == [(5,)]


def test_F28_a_server_that_is_gone_is_an_operational_error(connection: psycopg.Connection[Any], pg_url: str) -> None:
    direct = Direct(connection, 10)
    with psycopg.connect(pg_url.replace("+psycopg", ""), autocommit=True) as other:
        other.execute("select pg_terminate_backend(%s, 5000)", [connection.info.backend_pid])
    for _ in range(2):
        with pytest.raises(psycopg.OperationalError):
            direct.execute("select 1")
    assert connection.broken
