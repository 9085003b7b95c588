"""The store on both engines: the same promises."""

import threading
import time
from datetime import datetime, timedelta
from itertools import count
from pathlib import Path

import pytest
from sqlalchemy import text

from store import Conflict, Store, StoreTooNew, StoreUnavailable, Unit, open_store
from store.letters import Place
from store.records import LetterState, MailState, Status
from tests.store.rows import NOW, new_case

SHORT = timedelta(milliseconds=50)


def _mail(store: Store, **changes: object) -> int:
    row = {
        "case_number": None, "entry_id": None, "event": "answer", "automatic": False, "recipient": "a@b.test",
        "envelope_from": "", "message_id": "<1@d>", "content": b"x", "next_at": NOW, "created_at": NOW,
    }  # fmt: skip
    with store.write() as unit:
        return unit.outbox.add(**(row | changes))


def test_a_single_statement_is_a_transaction_of_its_own(store: Store) -> None:
    _mail(store)
    with store.write() as unit:
        (mail,) = unit.outbox.lease("us", NOW, timedelta(minutes=1), 5)
    with store.mark() as unit:
        assert unit.outbox.sent(mail, "us", NOW)
    with store.mark() as unit:
        assert not unit.outbox.sent(mail, "us", NOW)
    with store.read() as unit:
        assert [one.state for one in unit.outbox.listed()] == [MailState.SENT]
        assert not unit.outbox.is_due(NOW + timedelta(days=1))


def test_what_is_said_alone_to_a_server_needs_no_way_to_begin_or_to_commit(pg_url: str) -> None:
    store = open_store(pg_url)
    number = _mail(store)
    with store.write() as unit:
        (mail,) = unit.outbox.lease("us", NOW, timedelta(minutes=1), 5)
    with store.mark() as unit:
        unit.outbox.sent(mail, "us", NOW)
        with store.read() as other:
            seen = other.outbox.get(number)
            assert seen is not None
            assert seen.state is MailState.SENT
    store.close()


def test_a_migrated_store_is_what_the_schema_says(url: str, store: Store) -> None:
    from alembic.autogenerate import compare_metadata
    from alembic.migration import MigrationContext
    from sqlalchemy import create_engine

    from store.schema import metadata

    engine = create_engine(url)
    with engine.connect() as connection:
        options = {
            "include_name": lambda name, _kind, _parents: "words" not in (name or "")
        }  # the engine's own index
        assert compare_metadata(MigrationContext.configure(connection, opts=options), metadata) == []
    engine.dispose()


def test_a_store_of_a_newer_program_is_refused(url: str, store: Store) -> None:
    from sqlalchemy import create_engine, text

    store.close()
    engine = create_engine(url)
    with engine.begin() as connection:
        connection.execute(text("update alembic_version set version_num = '9999'"))
    engine.dispose()
    with pytest.raises(StoreTooNew, match="9999"):
        open_store(url)


def test_a_store_out_of_reach_is_said_so(tmp_path: Path) -> None:
    with pytest.raises(StoreUnavailable):
        open_store(f"sqlite:///{tmp_path}/no/such/folder/maild.db")
    with pytest.raises(StoreUnavailable):
        open_store("postgresql+psycopg://maild@127.0.0.1:1/none")


def test_exact_bytes_are_kept(store: Store) -> None:
    raw = bytes(range(256)) * 3
    with store.write() as unit:
        letter = unit.letters.store("m", "support", raw, NOW, None)
    with store.read() as unit:
        assert unit.letters.raw(letter) == raw


def test_a_letter_fetched_twice_cannot_be_stored_twice(store: Store) -> None:
    place = Place("INBOX", 1, 2)
    with store.write() as unit:
        unit.letters.store("m", "support", b"x", NOW, place)
        assert unit.letters.known("m", "INBOX", 1, [1, 2, 3]) == {2}
    with pytest.raises(Conflict), store.write() as unit:
        unit.letters.store("m", "support", b"x", NOW, place)


def test_one_queue_cannot_hold_the_same_content_twice(store: Store) -> None:
    with store.write() as unit:
        first, second = (unit.letters.store("m", "support", b"x", NOW, None) for _ in range(2))
        unit.letters.settle(first, LetterState.IGNORED, queue="support", digest="d", cause="c")
    with pytest.raises(Conflict), store.write() as unit:
        unit.letters.settle(second, LetterState.IGNORED, queue="support", digest="d", cause="c")


def test_what_falls_out_of_a_savepoint_falls_out_alone(store: Store) -> None:
    with store.write() as unit:
        unit.letters.store("m", None, b"stays", NOW, None)
        with pytest.raises(KeyError), unit.savepoint():
            unit.letters.store("m", None, b"goes", NOW, None)
            raise KeyError
    with store.read() as unit:
        assert unit.letters.count() == 1


def test_a_failed_transaction_leaves_nothing(store: Store) -> None:
    with pytest.raises(KeyError), store.write() as unit:
        unit.letters.store("m", None, b"x", NOW, None)
        raise KeyError
    with store.read() as unit:
        assert unit.letters.count() == 0


def test_times_come_back_aware_and_in_utc(store: Store) -> None:
    from zoneinfo import ZoneInfo

    number = new_case(store)
    local = NOW.astimezone(ZoneInfo("Asia/Tokyo"))
    with store.write() as unit:
        unit.timers.start(number, "t", "support", local, local)
    with store.read() as unit:
        (timer,) = unit.timers.of_case(number)
    assert timer.due_at == NOW
    assert timer.due_at.utcoffset() == timedelta(0)


def test_a_time_without_a_zone_is_refused(store: Store) -> None:
    number = new_case(store)
    with pytest.raises(Exception, match="without a zone"), store.write() as unit:
        unit.timers.start(number, "t", "support", datetime(2026, 1, 1), NOW)  # noqa: DTZ001


def test_a_timer_armed_again_is_one_timer_and_an_old_look_at_it_takes_nothing(store: Store) -> None:
    number = new_case(store)
    with store.write() as unit:
        unit.timers.start(number, "t", "support", NOW, NOW)
        (seen,) = unit.timers.due_before({"support": NOW}, None, 10)
        unit.timers.start(number, "t", "support", NOW + timedelta(hours=1), NOW + timedelta(minutes=1))
        assert not unit.timers.take(seen)
        assert unit.timers.due_before({"support": NOW}, None, 10) == []
        (again,) = unit.timers.due_before({"support": NOW + timedelta(hours=1)}, None, 10)
        assert unit.timers.take(again)
        assert not unit.timers.take(again)


def test_timers_are_due_by_their_queues_own_deadline(store: Store) -> None:
    number = new_case(store)
    with store.write() as unit:
        unit.timers.start(number, "a", "support", NOW, NOW)
        unit.timers.start(number, "b", "gone", NOW, NOW)
        names = [t.name for t in unit.timers.due_before({"support": NOW}, None, 10)]
        assert names == ["a"]
        assert len(unit.timers.due_before({"support": NOW}, NOW, 10)) == 2
        assert unit.timers.due_before({}, None, 10) == []


def test_a_lease_counts_the_attempt_and_passes_on_only_when_it_ran_out(store: Store) -> None:
    _mail(store)
    with store.write() as unit:
        (first,) = unit.outbox.lease("one", NOW, SHORT, 10)
        assert (first.attempts, first.state, unit.outbox.content(first.id)) == (1, MailState.LEASED, b"x")
        assert unit.outbox.lease("two", NOW, SHORT, 10) == []
        assert not unit.outbox.sent(first, "two", NOW)
    time.sleep(SHORT.total_seconds())
    with store.write() as unit:
        (second,) = unit.outbox.lease("two", NOW + SHORT, SHORT, 10)
        assert (second.attempts, second.fence) == (2, first.fence + 1)
        assert not unit.outbox.sent(first, "one", NOW)
        assert unit.outbox.sent(second, "two", NOW)
        assert unit.outbox.counts() == {"sent": 1}


def test_F34_whoever_held_a_mail_before_cannot_conclude_it_even_under_the_same_name(store: Store) -> None:
    _mail(store)
    with store.write() as unit:
        (before,) = unit.outbox.lease("one", NOW, SHORT, 10)
    time.sleep(SHORT.total_seconds())
    with store.write() as unit:
        (now,) = unit.outbox.lease("one", NOW + SHORT, SHORT, 10)
        for stale in (
            unit.outbox.sent(before, "one", NOW),
            unit.outbox.later(before, "one", NOW, "x"),
            unit.outbox.failed(before, "one", "x"),
            unit.outbox.unlease(before, "one"),
        ):
            assert not stale
        assert unit.outbox.sent(now, "one", NOW)


def test_F34_a_letter_that_passed_on_is_out_of_its_former_hand(store: Store) -> None:
    with store.write() as unit:
        letter = unit.letters.store("m", "support", b"x", NOW, None)
        (before,) = unit.waiting.take([letter], "one", NOW, NOW + SHORT)
        assert unit.waiting.take([letter], "two", NOW, NOW + SHORT) == []
        (now,) = unit.waiting.take([letter], "two", NOW + SHORT, NOW + 2 * SHORT)
        assert (now.attempts, now.fence) == (2, before.fence + 1)
        assert unit.waiting.lock([before], "one") == set()
        unit.waiting.keep([before], "one", NOW + timedelta(days=1))
        unit.waiting.give_back([before], "one")
        assert unit.waiting.lock([now], "two") == {letter}
        unit.waiting.give_back([now], "two")
        (again,) = unit.waiting.take([letter], "one", NOW, NOW + SHORT)
        assert unit.waiting.lock([before], "one") == set()
        assert unit.waiting.lock([again], "one") == {letter}


def test_F34_a_mailbox_is_one_nodes_until_its_lease_ends_and_its_fence_only_grows(store: Store) -> None:
    until, later = NOW + SHORT, NOW + 2 * SHORT
    with store.write() as unit:
        boxes = unit.mailboxes
        assert boxes.lease("inbox", "one", NOW, until) == 1
        assert boxes.lease("inbox", "one", NOW, until) == 1
        assert boxes.lease("inbox", "two", NOW, later) is None
        assert boxes.renew("inbox", "one", 1, until)
        assert boxes.confirm("inbox", "one", 1)
        assert boxes.lease("inbox", "two", until, later) == 2
        assert not boxes.renew("inbox", "one", 1, later)
        assert not boxes.confirm("inbox", "one", 1)
        assert not boxes.give_up("inbox", "one", 1)
        assert boxes.leases()["inbox"].holder == "two"
        assert boxes.give_up("inbox", "two", 2)
        assert boxes.leases() == {}
        assert boxes.lease("inbox", "two", NOW, until) == 3
        boxes.reclaim(["two"])
        assert boxes.lease("inbox", "one", NOW, until) == 4


def test_a_mailbox_that_was_read_before_there_were_leases_can_be_leased(store: Store) -> None:
    with store.write() as unit:
        unit.mailboxes.mark_read("inbox", NOW, 7)
        assert unit.mailboxes.lease("inbox", "one", NOW, NOW + SHORT) == 1
        assert unit.mailboxes.read_at(["inbox"]) == {"inbox": NOW}


def test_nodes_are_seen_leave_and_are_forgotten(store: Store) -> None:
    with store.write() as unit:
        for name, at in (("a", NOW), ("b", NOW), ("c", NOW - timedelta(days=2)), ("a", NOW + SHORT)):
            unit.nodes.seen(name, "1", NOW, at)
        unit.nodes.left(["b"])
        unit.nodes.sweep(NOW - timedelta(days=1))
        (node,) = unit.nodes.listed()
    assert (node.name, node.seen_at, node.started_at) == ("a", NOW + SHORT, NOW)


def test_leases_of_a_dead_holder_are_taken_back(store: Store) -> None:
    _mail(store)
    with store.write() as unit:
        unit.outbox.lease("dead", NOW, timedelta(hours=1), 10)
        assert unit.outbox.lease_holders() == {"dead"}
        assert unit.outbox.reclaim(["dead"]) == 1
        assert len(unit.outbox.lease("alive", NOW, timedelta(hours=1), 10)) == 1


def test_only_what_never_began_to_leave_is_taken_back(store: Store) -> None:
    held, begun = _mail(store), _mail(store, message_id="<2@d>")
    with store.write() as unit:
        unit.outbox.lease("one", NOW, timedelta(hours=1), 1)
        assert unit.outbox.take_back([held, begun]) == 1


def test_the_same_mail_to_the_same_address_cannot_be_queued_twice(store: Store) -> None:
    _mail(store)
    with pytest.raises(Conflict):
        _mail(store)


def test_T43_what_a_person_was_written_is_told_by_case_only_where_somebody_asks_for_that_case(store: Store) -> None:
    here, other, third = (new_case(store) for _ in range(3))
    to_ann = {"automatic": True, "recipient": "ann+a@b.test", "event": "reply"}
    for number, case in enumerate((here, here, other, third, None)):
        _mail(store, message_id=f"<{number}@d>", case_number=case, **to_ann)
    _mail(store, message_id="<receipt@d>", case_number=other, **(to_ann | {"event": "receipt"}))
    _mail(store, message_id="<words@d>", case_number=here, **(to_ann | {"automatic": False}))
    with store.read() as unit:
        since = NOW - timedelta(minutes=1)
        some = unit.outbox.automatic_to(["Ann@b.test"], [here], since)
        assert some == {("ann@b.test", here, "reply"): 2, ("ann@b.test", None, "reply"): 3,
                        ("ann@b.test", None, "receipt"): 1}  # fmt: skip
        assert unit.outbox.automatic_to(["ann@b.test"], [], since) == {
            ("ann@b.test", None, "reply"): 5, ("ann@b.test", None, "receipt"): 1
        }  # fmt: skip
        assert unit.outbox.automatic_to(["ann@b.test"], [here], NOW) == {}


def test_T43_what_people_were_written_is_counted_along_as_it_would_be_counted_anew(store: Store) -> None:
    here, other = (new_case(store) for _ in range(2))
    since, ids = NOW - timedelta(minutes=1), count()

    def write(unit: Unit, recipient: str, case: int | None, automatic: bool = True, at: datetime = NOW) -> int:
        return unit.outbox.add(
            case_number=case, entry_id=None, event="reply", automatic=automatic, recipient=recipient,
            envelope_from="", message_id=f"<{next(ids)}@d>", content=b"x", next_at=at, created_at=at,
        )  # fmt: skip

    def agree(unit: Unit) -> list[int]:
        asked = (["a+x@b.test"], [here]), (["a@b.test", "c@b.test"], [here, other]), (["c@b.test"], [])
        found = [unit.outbox.automatic_to(*one, since) for one in asked]
        assert found == [unit.outbox._automatic_to(*one, since) for one in ((["a@b.test"], [here]), *asked[1:])]
        return [sum(one.values()) for one in found]

    with store.write() as unit:
        write(unit, "a@b.test", here)
        unit.outbox.count_ahead(["a@b.test", "C@b.test"], [here, other], since)
        assert agree(unit) == [1, 1, 0]
        write(unit, "a+tag@b.test", other)
        gone = write(unit, "c@b.test", None)
        write(unit, "c@b.test", here, automatic=False)
        write(unit, "c@b.test", here, at=since)
        write(unit, "d@b.test", here)
        assert agree(unit) == [2, 3, 1]
        assert len(unit.outbox.automatic_to(["d@b.test"], [here], since)) == 1, "it was not counted ahead"
        assert unit.outbox.automatic_to(["a@b.test"], [here], NOW) == {}, "since another time"
        assert unit.outbox.take_back([gone]) == 1
        assert agree(unit) == [2, 2, 0]
        unit.outbox.count_ahead(["a@b.test", "c@b.test"], [here, other], since)
        with pytest.raises(KeyError), unit.savepoint():
            write(unit, "c@b.test", here)
            raise KeyError
        assert agree(unit) == [2, 2, 0]


def test_event_numbers_only_grow_also_when_several_write(store: Store) -> None:
    number = new_case(store)
    seen: list[int] = []

    def draw() -> None:
        for _ in range(20):
            with store.write() as unit:
                unit.cases.lock(number)
                seen.append(unit.cases.next_event(number, NOW))

    threads = [threading.Thread(target=draw) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(seen) == list(range(1, 81))


def test_case_numbers_are_never_given_twice(store: Store) -> None:
    first = new_case(store)
    with pytest.raises(KeyError), store.write() as unit:
        unit.cases.open(
            queue="q", subject="s", status="New", severity="m", kind="k", level="L1", requester="a",
            requester_name="", language="en", created_at=NOW, updated_at=NOW, events=0,
        )  # fmt: skip
        raise KeyError
    assert new_case(store) > first


def test_cases_are_listed_by_state_and_queue(store: Store) -> None:
    first, second = new_case(store), new_case(store)
    with store.write() as unit:
        unit.cases.set(second, status=Status.CLOSED.value)
    with store.read() as unit:
        assert [case.number for case in unit.cases.listed([Status.NEW])] == [first]
        assert len(list(unit.cases.listed(queue="support"))) == 2
        assert list(unit.cases.listed(queue="other")) == []


def test_sqlite_syncs_and_checks_and_lets_one_write_at_a_time(tmp_path: Path) -> None:
    store = open_store(f"sqlite:///{tmp_path}/maild.db")
    with store._database.write() as connection:
        pragma = {
            name: connection.exec_driver_sql(f"PRAGMA {name}").scalar()
            for name in ("journal_mode", "synchronous", "foreign_keys")
        }
    store.close()
    assert pragma == {"journal_mode": "wal", "synchronous": 2, "foreign_keys": 1}


def test_two_processes_wait_for_each_other(tmp_path: Path) -> None:
    import subprocess
    import sys

    url = f"sqlite:///{tmp_path}/maild.db"
    store = open_store(url)
    number = new_case(store)
    program = (
        "import sys; from datetime import datetime, UTC; from store import open_store\n"
        "store = open_store(sys.argv[1])\n"
        "for _ in range(50):\n"
        "    with store.write() as unit:\n"
        "        case = unit.cases.lock(int(sys.argv[2]))\n"
        "        unit.cases.set(case.number, subject=str(int(case.subject) + 1))\n"
        "store.close()\n"
    )
    with store.write() as unit:
        unit.cases.set(number, subject="0")
    others = [subprocess.Popen([sys.executable, "-c", program, url, str(number)]) for _ in range(3)]
    assert [other.wait(timeout=60) for other in others] == [0, 0, 0]
    with store.read() as unit:
        assert unit.cases.get(number).subject == "150"  # type: ignore[union-attr]
    store.close()


def test_a_letter_is_put_off_by_a_turn_for_every_twenty_of_its_domain_that_wait(store: Store) -> None:
    with store.write() as unit:
        for n in range(45):
            unit.letters.store("inbox", "support", b"x%d" % n, NOW, None, f"p{n}@crowd.test")
        unit.letters.store("inbox", "support", b"y", NOW, None, "one@other.test")
        connection = unit.letters._connection
        turns = connection.execute(text("select turn from letters order by id")).scalars().all()
    assert turns == [0] * 20 + [1] * 20 + [2] * 5 + [0]


@pytest.mark.parametrize("origin", [None, "ann@customer.test"])
@pytest.mark.parametrize("size", [10, 3 << 20])
def test_a_letters_bytes_are_kept_with_it(store: Store, origin: str | None, size: int) -> None:
    raw = bytes(range(256)) * (size // 256) + b"end"
    with store.write() as unit:
        letter = unit.letters.store("inbox", None, raw, NOW, Place("INBOX", 7, 3), origin)
        other = unit.letters.store("inject", "support", raw, NOW, None, origin)
    with store.read() as unit:
        assert unit.letters.raw(letter) == unit.letters.raw(other) == raw
        found = unit.letters.get(letter)
        assert found is not None
        assert (found.mailbox, found.queue, found.received_at) == ("inbox", None, NOW)
        assert unit.letters.known("inbox", "INBOX", 7, [3]) == {3}


def test_letters_of_one_content_are_found_by_queue(store: Store) -> None:
    with store.write() as unit:
        for queue, digest in (("a", "x"), ("b", "x"), ("a", "y"), ("a", None)):
            letter = unit.letters.store("inject", queue, b"x", NOW, None)
            unit.letters.settle(letter, LetterState.ROUTED, queue=queue, digest=digest, case_number=None)
        assert set(unit.letters.originals(["x"])) == {("a", "x"), ("b", "x")}
        assert unit.letters.originals([]) == {}
        assert set(unit.letters.originals(["x", "y", "z"])) == {("a", "x"), ("b", "x"), ("a", "y")}
