"""One statement says whether anything waits, and is right on both engines about what a node could take in hand."""

from datetime import UTC, datetime, timedelta

from store import Look, Store
from store.facts import HELD

NOW = datetime.now(UTC)  # leases are counted by PostgreSQL's own clock
SHORT = timedelta(hours=1)
NOTHING = Look(letters=False, tried=False, mails=False)


def test_letters_wait_until_another_node_has_them_in_hand_and_again_when_it_died(store: Store) -> None:
    assert store.look("me", NOW) == NOTHING
    with store.write() as unit:
        letter = unit.letters.store("inbox", None, b"x", NOW, None)
    assert store.look("me", NOW) == Look(letters=True, tried=False, mails=False)

    with store.write() as unit:
        (taken,) = unit.waiting.take([letter], "other", NOW, NOW + SHORT)
    assert store.look("me", NOW) == NOTHING
    assert store.look("other", NOW).tried
    with store.write() as unit:
        unit.waiting.keep([taken], "other", NOW - SHORT)
    assert store.look("me", NOW) == Look(letters=False, tried=True, mails=False)


def test_mails_wait_when_they_are_due_and_not_while_all_are_held_or_in_hand(store: Store) -> None:
    with store.write() as unit:
        unit.outbox.add(
            case_number=None, entry_id=None, event="answer", automatic=False, recipient="a@b.test",
            envelope_from="", message_id="<1@d>", content=b"x", next_at=NOW, created_at=NOW,
        )  # fmt: skip
    assert store.look("me", NOW - SHORT) == NOTHING
    assert store.look("me", NOW) == Look(letters=False, tried=False, mails=True)

    with store.write() as unit:
        unit.facts.put(HELD, "a copy was restored")
    assert store.look("me", NOW) == NOTHING
    with store.write() as unit:
        unit.facts.remove(HELD)
        assert unit.outbox.lease("other", NOW, SHORT, 1)
    assert store.look("me", NOW) == NOTHING
    with store.write() as unit:
        unit.outbox.lease_anew(NOW - SHORT)
    assert store.look("me", NOW).mails
