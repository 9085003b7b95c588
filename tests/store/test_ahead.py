"""Rows that get their ids before they are written: nobody sees a difference, but in the number of statements."""

import threading
from dataclasses import replace

import pytest

from store import Store, Unit, open_store
from store.records import Direction, Entry, Status
from tests.store.asking import asking
from tests.store.rows import NOW, new_case


def _entry(case: int, event: int) -> Entry:
    return Entry(
        id=0, case=case, event=event, direction=Direction.OUT, public=True, automatic=True, sender="desk@d.test",
        sender_name="Desk", to=("a@b.test", "ü@b.test"), message_id=None, at=NOW, text="Zażółć\nline", letter=None,
    )  # fmt: skip


def _mail(unit: Unit, case: int, entry: int | None, name: str, content: bytes = b"x") -> int:
    return unit.outbox.add(
        case_number=case, entry_id=entry, event="closed", automatic=True, recipient="a@b.test", envelope_from="",
        message_id=f"<{name}@d>", content=content, next_at=NOW, created_at=NOW,
    )  # fmt: skip


def test_what_was_written_ahead_is_what_would_have_been_written_at_once(store: Store) -> None:
    cases = [new_case(store) for _ in range(3)]
    said: list[str] = []
    with asking(store._database.engine, lambda statement, _: said.append(statement)), store.write() as unit:
        with unit.ahead(3, 3):
            mails = [_mail(unit, cases[0], None, "first")]  # before any entry that another points to
            ids = [unit.entries.add(_entry(case, 1)) for case in cases]
            mails += [_mail(unit, case, entry, f"{case}") for case, entry in zip(cases[1:], ids[1:], strict=True)]
        assert not any(statement.startswith("INSERT") for statement in said)
    assert [sum(f"INSERT INTO {table} " in one for one in said) for table in ("entries", "outbox")] == [1, 1]
    assert ids == sorted(set(ids))
    assert mails == sorted(set(mails))
    with store.read() as unit:
        assert [unit.entries.of_case(case) for case in cases] == [
            [replace(_entry(case, 1), id=entry)] for case, entry in zip(cases, ids, strict=True)
        ]
        assert [(mail.id, mail.case, mail.entry) for mail in unit.outbox.listed()] == list(
            zip(mails, cases, [None, *ids[1:]], strict=True)
        )
        assert unit.outbox.content(mails[2]) == b"x"


def test_more_rows_than_were_thought_of_and_large_mails_are_written_at_once(store: Store) -> None:
    case = new_case(store)
    large = b"y" * 200_000
    with store.write() as unit:
        with unit.ahead(2, 2):
            entry = unit.entries.add(_entry(case, 1))
            found = [_mail(unit, case, entry, "a"), _mail(unit, case, entry, "large", large)]
            found += [_mail(unit, case, entry, "b"), _mail(unit, case, entry, "c")]
        found.append(_mail(unit, case, entry, "d"))
    assert len(set(found)) == 5
    with store.read() as unit:
        assert unit.outbox.content(found[1]) == large
        assert {mail.id for mail in unit.outbox.of_case(case)} == set(found)


def test_a_large_mail_does_not_wait_in_memory(store: Store) -> None:
    case = new_case(store)
    said: list[str] = []
    listening = asking(store._database.engine, lambda statement, _: said.append(statement))
    with listening, store.write() as unit, unit.ahead(0, 3):
        _mail(unit, case, None, "small")
        assert not any("INSERT INTO outbox" in one for one in said)
        _mail(unit, case, None, "large", b"y" * 200_000)
        assert any("INSERT INTO outbox" in one for one in said)


def test_what_a_row_that_is_written_at_once_points_to_is_written_before_it(store: Store) -> None:
    case = new_case(store)
    with store.write() as unit, unit.ahead(1, 1):
        entry = unit.entries.add(_entry(case, 1))
        mail = _mail(unit, case, entry, "large", b"y" * 200_000)
    with store.read() as unit:
        assert [(one.id, one.entry) for one in unit.outbox.listed()] == [(mail, entry)]


def test_an_id_is_given_once_also_where_the_newest_row_is_gone(store: Store) -> None:
    case = new_case(store)
    with store.write() as unit:
        first = _mail(unit, case, None, "first")
        assert unit.outbox.take_back([first]) == 1
    with store.write() as unit, unit.ahead(1, 1):
        second = _mail(unit, case, None, "second")
    with store.write() as unit:
        third = _mail(unit, case, None, "third")
    assert first < second < third


@pytest.mark.servers
def test_two_transactions_never_get_the_same_ids(pg_url: str) -> None:
    store = open_store(pg_url)
    case, both, found = new_case(store), threading.Barrier(2), list[int]()

    def write(name: str) -> None:
        with store.write() as unit, unit.ahead(50, 50):
            both.wait(30)
            found.extend(_mail(unit, case, None, f"{name}{n}") for n in range(50))

    threads = [threading.Thread(target=write, args=(name,)) for name in "ab"]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(set(found)) == 100
    with store.read() as unit:
        assert {mail.id for mail in unit.outbox.of_case(case)} == set(found)
    store.close()


def test_what_is_set_of_several_cases_is_written_with_one_statement(store: Store) -> None:
    numbers = [new_case(store) for _ in range(3)]
    said: list[str] = []
    with asking(store._database.engine, lambda statement, _: said.append(statement)), store.write() as unit:
        for n, number in enumerate(numbers):
            unit.cases.set(number, events=n, closed_at=NOW if n else None, updated_at=NOW)
        assert said == []
        assert [case.events for case in unit.cases.get_many(numbers).values()] == [0, 1, 2]
    assert len([statement for statement in said if "UPDATE" in statement]) == 1
    with store.read() as unit:
        assert [(c.events, c.closed_at) for c in unit.cases.listed()] == [(0, None), (1, NOW), (2, NOW)]


def test_what_is_set_last_counts_whatever_else_was_set_with_it(store: Store) -> None:
    one, other = new_case(store), new_case(store)
    with store.write() as unit:
        unit.cases.set(one, events=1)
        unit.cases.set(other, events=7, status=Status.CLOSED.value)
        unit.cases.set(one, events=2, status=Status.OPEN.value)
        unit.cases.set(other, status=Status.OPEN.value)
        unit.cases.set(one, events=3)
    with store.read() as unit:
        assert [(c.events, c.status) for c in unit.cases.listed()] == [(3, Status.OPEN), (7, Status.OPEN)]
