"""The index of words, on both engines: kept with every row, and asked instead of the tables."""

from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from store import Store, open_store
from store.records import Direction, Entry
from tests.store.asking import again, asking
from tests.store.test_upgrade import load_release

NOW = datetime(2026, 3, 1, 12, tzinfo=UTC)


@pytest.fixture(params=["sqlite", "postgres"])
def url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    return f"sqlite:///{tmp_path}/maild.db" if request.param == "sqlite" else str(request.getfixturevalue("pg_url"))


def _case(store: Store, subject: str, *texts: str, queue: str = "support") -> int:
    with store.write() as unit:
        number = unit.cases.open(
            queue=queue, subject=subject, status="New", severity="Medium", kind="question", level="L1",
            requester="ann@customer.test", requester_name="Ann Müller", language="en", created_at=NOW,
            updated_at=NOW, events=0,
        )  # fmt: skip
        for at, text in enumerate(texts, 1):
            unit.entries.add(_entry(number, at, text))
    return number


def _entry(case: int, event: int, text: str, **changes: Any) -> Entry:
    values = {
        "direction": Direction.IN, "public": True, "automatic": False, "sender": "ann@customer.test",
        "sender_name": "Ann", "to": (), "message_id": None, "at": NOW, "letter": None,
    }  # fmt: skip
    return Entry(id=0, case=case, event=event, text=text, **(values | changes))


def _found(store: Store, *words: str, queues: tuple[str, ...] = ()) -> list[int]:
    with store.read() as unit:
        return [case.number for case in unit.search.found(words, queues, 30)]


@pytest.mark.parametrize(
    ("words", "found"),
    [
        (["parcel"], {1, 2}),
        (["PARC"], {1, 2}),
        (["arcel"], set()),
        (["parcel", "broken"], {1}),
        (["broken", "late", "hello"], {1}),
        (["it broke"], {1}),
        (["it late"], set()),
        (["größe"], {2}),
        (["GRÖSSE"], set()),
        (["GRÖßE"], {2}),
        (["Müll"], {1, 2, 3}),
        (["ann@customer.test"], {1, 2, 3}),
        (["customer.test"], {1, 2, 3}),
        (["AB-1234/7"], {2}),
        (["1234"], {2}),
        (["12"], {2}),
        (["34"], set()),
        (["-5"], {2}),
        (["www.shop.test/a_b"], {3}),
        (["shop"], {3}),
        (["荷物"], {3}),
        (["parcel OR hello"], set()),
        (["NEAR(parcel hello)"], set()),
        (["said:parcel"], set()),
        (['par"cel'], set()),
        (["parcel*"], {1, 2}),
        (["^parcel"], {1, 2}),
        (["parcel", "!&|<->():*'\\"], set()),
        (["%"], set()),
    ],
)
def test_T86_words_are_found_where_they_stand_and_nothing_else_is_meant(
    store: Store, words: list[str], found: set[int]
) -> None:
    _case(store, "Hello", "My parcel is late.", "Now it broke; it is broken.")
    _case(store, "Parcel AB-1234/7", "Größe falsch: -5 cm")
    _case(store, "Shop", "See https://www.shop.test/a_b?c=1 ; 私の荷物はどこですか")
    assert set(_found(store, *words)) == found


def test_only_cases_of_the_queues_named_are_found_the_newest_first(store: Store) -> None:
    numbers = [_case(store, "Parcel", queue=queue) for queue in ("support", "billing", "support")]
    assert _found(store, "parcel") == numbers[::-1]
    assert _found(store, "parcel", queues=("support",)) == [numbers[2], numbers[0]]
    assert _found(store, "parcel", queues=("nowhere",)) == []


def test_our_own_automatic_mails_are_no_place_to_find_words_in(store: Store) -> None:
    number = _case(store, "Hello", "A parcel.")
    with store.write() as unit:
        unit.entries.add(_entry(number, 2, "We have received it.", automatic=True, direction=Direction.OUT))
        unit.entries.add(_entry(number, 3, "Away until May.", automatic=True))
    assert _found(store, "received") == []
    assert _found(store, "away") == [number]


def test_words_move_change_and_go_with_their_row(store: Store) -> None:
    first, other = _case(store, "One", "A parcel."), _case(store, "Two")
    with store.write() as unit:
        draft = unit.entries.add(_entry(first, 2, "Before.", direction=Direction.DRAFT, public=False))
        unit.entries.become(draft, _entry(first, 3, "Afterwards.", direction=Direction.OUT))
        unit.entries.move(unit.entries.of_case(first)[0].id, other, 1)
    assert (_found(store, "before"), _found(store, "afterwards"), _found(store, "parcel")) == ([], [first], [other])
    with store.write() as unit:
        unit._connection.exec_driver_sql(f"delete from entries where id = {draft}")
        unit._connection.exec_driver_sql(f"update cases set subject = 'Three' where number = {other}")
    assert (_found(store, "afterwards"), _found(store, "two"), _found(store, "three")) == ([], [], [other])


def test_a_text_beyond_all_measure_is_kept_and_found_by_what_it_begins_with(store: Store) -> None:
    number = _case(store, "Long", "begin " + " ".join(f"w{n}é" for n in range(400_000)) + " " + "x" * 3000)
    assert _found(store, "begin", "w1000é") == [number]


def test_F39_the_texts_of_an_old_store_are_found(url: str) -> None:
    load_release(url, "0.1.0")
    store = open_store(url)
    assert 1 in _found(store, "weeks", "late")
    assert _found(store, "left today") == [1]
    store.close()


def test_a_search_reads_no_whole_table(store: Store) -> None:
    for n in range(50):
        _case(store, f"Parcel {n}", "Where is it?", "It is late.")
    asked: list[tuple[str, Any]] = []
    with asking(store._database.engine, lambda *said: asked.append(said)), store.read() as unit:
        connection = unit.search._connection
        assert len(unit.search.found(("parcel", "late"), ("support",), 30)) == 30
        sqlite = connection.dialect.name == "sqlite"
        word = "EXPLAIN QUERY PLAN" if sqlite else "EXPLAIN"
        plans = [
            " ".join(str(row[-1]) for row in again(connection, f"{word} {statement}", parameters))
            for statement, parameters in tuple(asked)
            if not statement.startswith("set")
        ]
    whole = " ".join(plans)
    if sqlite:
        assert "VIRTUAL TABLE INDEX" in whole
        assert "SCAN entries" not in whole
        assert "SCAN cases" not in whole
    else:
        assert "ix_entries_words" in whole
        assert "Seq Scan" not in whole
