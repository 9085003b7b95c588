"""Filing away without MOVE or UIDPLUS, and with folders under a prefix, on a real Dovecot that hides them."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from maild.transport.imap import Mailbox, probe
from tests.servers.certs import Certs
from tests.servers.dovecot import Dovecot
from tests.transport.places import mail

pytestmark = pytest.mark.servers


@pytest.fixture(scope="module")
def without_move(certs: Certs) -> Iterator[Dovecot]:
    with Dovecot(certs, capability="IMAP4rev1 LITERAL+ IDLE UIDPLUS NAMESPACE") as server:
        yield server


@pytest.fixture(scope="module")
def bare(certs: Certs) -> Iterator[Dovecot]:
    with Dovecot(certs, capability="IMAP4rev1") as server:
        yield server


@pytest.fixture(scope="module")
def prefixed(certs: Certs) -> Iterator[Dovecot]:
    with Dovecot(certs, namespace=("INBOX.", ".")) as server:
        yield server


def flag_deleted(server: Dovecot, user: str, *numbers: int) -> None:
    with server.client(user) as person:
        person.select()
        for number in numbers:
            person.store(str(number), "+FLAGS", r"(\Deleted)")


def test_F17_without_move_mails_are_copied_and_only_they_are_expunged(without_move: Dovecot) -> None:
    user = without_move.new_user()
    without_move.append(user, mail(1), mail(2), mail(3))
    flag_deleted(without_move, user, 3)  # by a person who may yet undo it
    with Mailbox(without_move.access(user)) as mailbox:
        uids = mailbox.waiting(0, 10)
        assert mailbox.file_away(uids[:2]) == uids[:2]
    assert without_move.mailbox(user, "Processed") == [mail(1), mail(2)]
    assert without_move.mailbox(user) == [mail(3)]


def test_F17_without_uidplus_mails_are_expunged_when_nobody_else_flagged_one(bare: Dovecot) -> None:
    user = bare.new_user()
    bare.append(user, mail(1), mail(2))
    with Mailbox(bare.access(user)) as mailbox:
        first, _ = mailbox.waiting(0, 10)
        assert mailbox.file_away([first]) == [first]
    assert bare.mailbox(user, "Processed") == [mail(1)]
    assert bare.mailbox(user) == [mail(2)]


def test_F17_without_uidplus_a_mail_deleted_by_a_person_is_never_expunged_and_ours_never_copied_twice(
    bare: Dovecot,
) -> None:
    user = bare.new_user()
    bare.append(user, mail(1), mail(2))
    flag_deleted(bare, user, 2)
    with Mailbox(bare.access(user)) as mailbox:
        first, second = mailbox.waiting(0, 10)
        for _ in range(3):
            assert mailbox.file_away([first]) == []
        assert mailbox.waiting(0, 10) == [first, second]
    assert bare.mailbox(user) == [mail(1), mail(2)]
    assert bare.mailbox(user, "Processed") == [mail(1)]
    with bare.client(user) as person:  # the person changes their mind
        person.select()
        person.store("2", "-FLAGS", r"(\Deleted)")
    with Mailbox(bare.access(user)) as mailbox:
        assert mailbox.file_away([first]) == [first]
    assert bare.mailbox(user) == [mail(2)]
    assert bare.mailbox(user, "Processed") == [mail(1)]


def test_F18_a_crash_between_copy_and_expunge_ends_with_the_mail_filed(bare: Dovecot) -> None:
    user = bare.new_user()
    bare.append(user, mail(1))
    with bare.client(user) as we:
        we.create("Processed")
        we.select()
        we.copy("1", "Processed")
        we.store("1", "+FLAGS", r"(\Deleted)")
    with Mailbox(bare.access(user)) as mailbox:
        uids = mailbox.waiting(0, 10)
        assert mailbox.file_away(uids) == uids
    assert bare.mailbox(user) == []
    assert bare.mailbox(user, "Processed") == [mail(1)]


def test_folders_under_a_prefix_are_found_by_their_plain_names(prefixed: Dovecot) -> None:
    user = prefixed.new_user()
    prefixed.append(user, mail(1), folder="INBOX.Support.New")
    access = prefixed.access(user, folder="Support/New", done_folder="Archive/Done")
    with Mailbox(access) as mailbox:
        uids = mailbox.waiting(0, 10)
        assert mailbox.file_away(uids) == uids
    assert prefixed.mailbox(user, "INBOX.Archive.Done") == [mail(1)]
    with Mailbox(access) as again:  # finds what it made
        again.waiting(0, 10)
    assert "done folder INBOX.Processed;" in probe(prefixed.access(user))
