"""A watched folder on Dovecot and on pymap: windows, exact bytes, filing away."""

from __future__ import annotations

import os
from datetime import UTC, datetime, timedelta

import pytest

from maild.errors import Permanent, UserError
from maild.transport.imap import Mailbox, probe
from tests.servers.dovecot import Dovecot
from tests.transport.places import Place, mail, on_dovecot, on_pymap

pytestmark = pytest.mark.servers


@pytest.fixture(params=["dovecot", "pymap"])
def place(request: pytest.FixtureRequest) -> Place:
    server = request.getfixturevalue(request.param)
    return on_dovecot(server) if request.param == "dovecot" else on_pymap(server)


def test_mails_come_oldest_first_with_their_exact_bytes_and_time(place: Place) -> None:
    mails = [mail(n, body) for n, body in enumerate((b"plain\r\n", b".\r\n..\r\n", b"\xff\x00\xfe no line end", b""))]
    if place.access().tls == "implicit":
        mails[2] = mail(2, b"\xff\xfe no line end")  # Dovecot stores no NUL
    place.append(*mails)
    with Mailbox(place.access()) as mailbox:
        fetched = list(mailbox.fetch(mailbox.waiting(0, 100)))
    assert [f.raw for f in fetched] == mails
    assert all(f.internal_date.utcoffset() == timedelta(0) for f in fetched)
    assert all(abs(datetime.now(UTC) - f.internal_date) < timedelta(minutes=5) for f in fetched)


def test_ten_megabytes_come_byte_for_byte(place: Place) -> None:
    raw = mail(1, b"".join(os.urandom(38).hex().encode() + b"\r\n" for _ in range(135_000)))
    assert len(raw) > 10_000_000
    place.append(raw)
    with Mailbox(place.access()) as mailbox:
        (uid,) = mailbox.waiting(0, 10)
        assert mailbox.sizes([uid]) == {uid: len(raw)}
        (fetched,) = mailbox.fetch([uid])
    assert fetched.raw == raw


def test_F14_what_is_past_the_end_is_no_new_mail(place: Place) -> None:
    place.append(mail(1), mail(2))
    with Mailbox(place.access()) as mailbox:
        last = mailbox.waiting(0, 10)[-1]
        assert mailbox.waiting(2, 10) == []  # where `UID FETCH 3:*` would give the last mail again
        assert mailbox.sizes([last + 1]) == {}
        assert list(mailbox.fetch([last + 1])) == []
        assert mailbox.waiting(0, 10)[-1] == last


def test_F15_a_window_gives_its_part_of_the_folder_only(place: Place) -> None:
    place.append(*(mail(n) for n in range(7)))
    with Mailbox(place.access()) as mailbox:
        every = mailbox.waiting(0, 100)
        assert every == sorted(every)
        assert len(every) == 7
        assert mailbox.waiting(0, 3) == every[:3]
        assert mailbox.waiting(3, 3) == every[3:6]
        assert mailbox.waiting(6, 3) == every[6:]
        assert mailbox.waiting(7, 3) == []
        assert mailbox.waiting(99, 3) == []


def test_windows_move_up_when_mails_are_filed_away(place: Place) -> None:
    place.append(*(mail(n) for n in range(5)))
    with Mailbox(place.access()) as mailbox:
        every = mailbox.waiting(0, 5)
        assert mailbox.file_away(every[:2]) == every[:2]
        assert mailbox.waiting(0, 2) == every[2:4]
    assert place.mailbox("Processed") == [mail(0), mail(1)]
    assert place.mailbox() == [mail(2), mail(3), mail(4)]


def test_a_mail_that_arrives_between_two_looks_is_seen(place: Place) -> None:
    with Mailbox(place.access()) as mailbox:
        assert mailbox.waiting(0, 10) == []
        place.append(mail(1))
        assert len(mailbox.waiting(0, 10)) == 1


def test_F12_a_vanished_mail_is_not_yielded_and_counts_as_gone(place: Place) -> None:
    place.append(mail(1), mail(2), mail(3))
    with Mailbox(place.access()) as mailbox, Mailbox(place.access(done_folder="Elsewhere")) as person:
        first, second, third = mailbox.waiting(0, 10)
        person.file_away([second])
        assert [f.uid for f in mailbox.fetch([first, second, third])] == [first, third]
        assert second not in mailbox.sizes([first, second])
        assert mailbox.file_away([first, second, third]) == [first, second, third]
    assert place.mailbox("Processed") == [mail(1), mail(3)]


def test_fetching_more_than_a_batch_of_mails_or_bytes_misses_none(place: Place) -> None:
    mails = [mail(n) for n in range(60)] + [mail(n, (b"x" * 76 + b"\r\n") * 40_000) for n in range(60, 63)]
    place.append(*mails)
    with Mailbox(place.access()) as mailbox:
        uids = mailbox.waiting(0, 100)
        assert [f.raw for f in mailbox.fetch(uids)] == mails


def test_a_mail_over_the_limit_is_measured_but_not_fetched(place: Place) -> None:
    place.append(mail(1), mail(2, (b"x" * 70 + b"\r\n") * 100), mail(3))
    with Mailbox(place.access(largest=5_000)) as mailbox:
        small, large, last = mailbox.waiting(0, 10)
        assert mailbox.sizes([large])[large] > 5_000
        assert [f.uid for f in mailbox.fetch([small, large, last])] == [small, last]


def test_folders_with_names_outside_ascii_work(place: Place) -> None:
    place.append(mail(1), folder="Zgłoszenia & 質問")
    with Mailbox(place.access(folder="Zgłoszenia & 質問", done_folder="Erledigt äöü")) as mailbox:
        uids = mailbox.waiting(0, 10)
        assert mailbox.file_away(uids) == uids
    assert place.mailbox("Erledigt äöü") == [mail(1)]
    assert place.mailbox("Zgłoszenia & 質問") == []


def test_a_done_folder_below_another_is_made(place: Place) -> None:
    place.append(mail(1))
    with Mailbox(place.access(done_folder="Archive/maild/done")) as mailbox:
        mailbox.file_away(mailbox.waiting(0, 10))
    assert place.mailbox("Archive/maild/done") == [mail(1)]


def test_an_unknown_watched_folder_is_a_permanent_error_that_names_it(place: Place) -> None:
    with pytest.raises(Permanent, match="no folder Suport"), Mailbox(place.access(folder="Suport")):
        pass


def test_watching_the_done_folder_is_refused(place: Place) -> None:
    with pytest.raises(UserError, match="done_folder"), Mailbox(place.access(done_folder="inbox")):
        pass


def test_the_probe_says_what_the_server_can_do_and_makes_the_done_folder(place: Place) -> None:
    place.append(mail(1))
    assert "1 in INBOX, done folder Processed; IDLE yes, MOVE yes, UIDPLUS yes" in probe(place.access())


# -- Dovecot only


def test_F13_flags_of_people_stay_as_they_are(dovecot: Dovecot) -> None:
    user = dovecot.new_user()
    dovecot.append(user, mail(1), mail(2))
    with dovecot.client(user) as person:
        person.select()
        person.store("2", "+FLAGS", r"(\Seen \Flagged)")
    with Mailbox(dovecot.access(user)) as mailbox:
        uids = mailbox.waiting(0, 10)
        assert len(list(mailbox.fetch(uids))) == 2  # read mails are taken in as well
        assert dovecot.flags(user) == [set(), {"\\Seen", "\\Flagged"}]
        mailbox.file_away(uids)
    assert dovecot.flags(user, "Processed") == [set(), {"\\Seen", "\\Flagged"}]


def test_F15_two_thousand_mails_are_worked_off_in_windows(dovecot: Dovecot) -> None:
    user = dovecot.new_user()
    dovecot.append(user, *(mail(n) for n in range(2_000)))
    taken: list[bytes] = []
    with Mailbox(dovecot.access(user)) as mailbox:
        while uids := mailbox.waiting(0, 300):
            taken += [f.raw for f in mailbox.fetch(uids)]
            assert mailbox.file_away(uids) == uids
    assert taken == [mail(n) for n in range(2_000)]
    assert dovecot.mailbox(user, "Processed") == taken


def test_F17_a_done_folder_removed_by_a_person_is_made_again(dovecot: Dovecot) -> None:
    user = dovecot.new_user()
    dovecot.append(user, mail(1), mail(2))
    with Mailbox(dovecot.access(user)) as mailbox:
        first, second = mailbox.waiting(0, 10)
        mailbox.file_away([first])
        with dovecot.client(user) as person:
            person.delete("Processed")
        assert mailbox.file_away([second]) == [second]
    assert dovecot.mailbox(user, "Processed") == [mail(2)]


def test_F11_a_rebuilt_folder_shows_another_uidvalidity(dovecot: Dovecot) -> None:
    user = dovecot.new_user()
    dovecot.append(user, mail(1))
    with Mailbox(dovecot.access(user)) as mailbox:
        before = mailbox.uidvalidity
        assert before > 0
    dovecot.renumber(user)
    with Mailbox(dovecot.access(user)) as mailbox:
        (uid,) = mailbox.waiting(0, 10)
        assert mailbox.uidvalidity > before
        assert [f.raw for f in mailbox.fetch([uid])] == [mail(1)]


def test_mails_filed_by_hand_are_not_touched_again(dovecot: Dovecot) -> None:
    """A container without mails (\\Noselect) is not taken for the done folder itself."""
    user = dovecot.new_user()
    dovecot.append(user, mail(9), folder="Processed/2024")
    dovecot.append(user, mail(1))
    with Mailbox(dovecot.access(user)) as mailbox:
        uids = mailbox.waiting(0, 10)
        assert mailbox.file_away(uids) == uids
    assert dovecot.mailbox(user, "Processed") == [mail(1)]
    assert dovecot.mailbox(user, "Processed/2024") == [mail(9)]
