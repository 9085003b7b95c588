"""Machines that answer our mails and do not say so: they stop after three mails each way, and somebody is told."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

import pytest

from maild.demo.people import Person
from tests.servers.sink import SinkServer
from tests.stories.desk import ANN, BEA, DESK, MONDAY, StoryDesk, story_desk

OTHER = Person("Other Desk", "help@other.test")
ZOE = Person("Zoe Agent", "zoe@other.test")
ADMIN = '[[agent]]\naddress = "root@desk.test"\nname = "Root"\nrole = "admin"\n'
ANSWERS_ALL = '[[rule]]\nname = "busy"\nwhen = \'message.text != ""\'\nreply = "still-working"\n'

Relay = Callable[[bytes, int], bytes]


def _only(raw: bytes, *names: str) -> bytes:
    """The mail with no header but these, and those without which its body cannot be read."""
    head, _, body = raw.partition(b"\r\n\r\n")
    fields = re.split(rb"\r\n(?![ \t])", head)
    wanted = {name.lower().encode() for name in (*names, "content-type", "content-transfer-encoding", "mime-version")}
    kept = [field for field in fields if field.partition(b":")[0].strip().lower() in wanted]
    return b"\r\n".join(kept) + b"\r\n\r\n" + body


def strips(raw: bytes, number: int) -> bytes:
    """A relay that takes away whatever tells a machine."""
    return _only(raw, "From", "To", "Date", "Subject", "Message-ID", "In-Reply-To", "References")


def rewrites(raw: bytes, number: int) -> bytes:
    """… and whatever tells the case: ids are new, and the tag is gone."""
    stripped = _only(raw, "From", "To", "Date", "Subject")
    stripped = re.sub(rb"(?im)^(To|Reply-To):.*$", lambda m: re.sub(rb"\+[^@>]*@", b"@", m[0]), stripped)
    stripped = re.sub(rb"\[\w+ #\d+\] ?", b"", stripped)
    return b"Message-ID: <new%d@relay.test>\r\n" % number + stripped


def _other_config(more: str, port: int, folder: Path) -> str:
    return (
        f'[desk]\naddress = "{OTHER.address}"\nname = "Other Desk"\n[store]\nurl = "sqlite:///{folder}/other.db"\n'
        f'[smtp]\nhost = "127.0.0.1"\nport = {port}\n[[agent]]\naddress = "{ZOE.address}"\n{more}'
    )


@contextmanager
def two_desks(
    folder: Path, sink: SinkServer, store_url: str, more: str = ""
) -> Iterator[tuple[StoryDesk, StoryDesk]]:
    """Two whole desks, each with its store; what they send lands in one sink, from which a relay brings it on."""
    (folder / "other").mkdir()
    with story_desk(folder, sink, store_url, more) as mine, ExitStack() as stack:
        yield mine, StoryDesk(folder / "other", sink, _other_config(more, sink.port, folder / "other"), stack, MONDAY)


def carry(sink: SinkServer, mine: StoryDesk, other: StoryDesk, relay: Relay, most: int = 40) -> tuple[int, int]:
    """Bring on what the desks write to each other until they fall silent: how many mails went each way."""
    seen, there, back = 0, 0, 0
    while seen < len(sink.messages) and there + back < most:
        received = sink.messages[seen]
        seen += 1
        local, _, domain = received.recipient.partition("@")
        desk = {"support@desk.test": mine, OTHER.address: other}.get(f"{local.partition('+')[0]}@{domain}")
        if desk is None:
            continue
        there, back = there + (desk is other), back + (desk is mine)
        for one in (mine, other):
            one.later(seconds=20)
        desk.mail(relay(received.raw, seen))
    return there, back


@pytest.mark.parametrize("relay", [strips, rewrites])
def test_T43_two_desks_whose_relay_strips_all_signs_of_machines_stop_after_three_mails_each_way(
    relay: Relay, tmp_path: Path, sink: SinkServer, store_url: str
) -> None:
    with two_desks(tmp_path, sink, store_url) as (mine, other):
        mine.mail(OTHER.writes(DESK, "Hello", "A mail that somebody wrote in their name.", mine.now))
        there, back = carry(sink, mine, other, relay)

        assert 1 <= there <= 3
        assert 1 <= back <= 3
        assert not mine.logged("letter.failed") + other.logged("letter.failed")
        assert sum(mine.letters().values()) == back + 1, "every mail is kept"
        assert sum(other.letters().values()) == there
        before = [mail.recipient for mail in sink.messages]
        for desk in (mine, other):
            desk.later(hours=3)
        after = [mail.recipient for mail in sink.messages][len(before) :]
        assert not any("+" in to or to in (DESK, OTHER.address) for to in after), "nothing begins again"


def test_T43_two_desks_whose_rules_answer_every_mail_stop_after_three_and_the_owner_is_told_once(
    tmp_path: Path, sink: SinkServer, store_url: str
) -> None:
    with two_desks(tmp_path, sink, store_url, ANSWERS_ALL) as (mine, other):
        mine.mail(OTHER.writes(DESK, "Hello", "A mail that somebody wrote in their name.", mine.now))
        there, back = carry(sink, mine, other, strips)

        assert (there, back) == (3, 3)
        (case,) = mine.cases()
        assert "mail.held" in mine.journal(case.number)
        told = [mail for mail in mine.inbox(BEA) if "No automatic mail about" in mail.text]
        assert len(told) == 1


def test_T43_an_answer_of_an_agent_ends_the_hold(tmp_path: Path, sink: SinkServer, store_url: str) -> None:
    with story_desk(tmp_path, sink, store_url, ANSWERS_ALL) as desk:
        desk.mail(ANN.writes(DESK, "Where is my parcel?", "It is late.", desk.now))
        for number in range(6):
            desk.mail(ANN.replies(desk.newest(ANN), f"And {number}?", desk.now))
            desk.later(minutes=3)
        assert len(desk.inbox(ANN)) == 3
        desk.later(hours=5)
        desk.mail(ANN.replies(desk.newest(ANN), "Anybody there?", desk.now))
        assert len(desk.inbox(ANN)) == 3, "held until somebody has looked, not for an hour"

        desk.mail(BEA.replies(desk.newest(BEA), "Yes.", desk.now))
        desk.answers_leave()
        assert "Yes." in desk.newest(ANN).text
        desk.later(hours=2)
        desk.mail(ANN.replies(desk.newest(ANN), "Thank you, but where is it?", desk.now))
        assert len(desk.inbox(ANN)) == 5
        assert "mail.released" in desk.journal(1)


def test_T43_an_autoresponder_with_a_new_subject_each_time_gets_three_mails(desk: StoryDesk) -> None:
    away = "Thank you for your message. Our office is very busy this week, so please bear with us a little."
    robot = Person("Office", "office@robot.test")
    desk.mail(robot.writes(DESK, "An order", "Forged by somebody who wants to see us talk to each other.", desk.now))
    answered = 0
    while answered < len(desk.inbox(robot)) and answered < 30:
        answered += 1
        desk.later(seconds=30)
        desk.mail(robot.writes(DESK, f"Your mail number {answered}", away, desk.now))

    assert len(desk.inbox(robot)) == 3
    assert len(desk.cases()) == 3
    told = [mail for mail in desk.inbox(BEA) if "nearly the same again" in " ".join(mail.text.split())]
    assert len(told) == 1
    assert not desk.logged("letter.failed")
    for number in range(20):
        desk.mail(robot.writes(DESK, f"Once more {number}", away, desk.now))
    assert len(desk.inbox(robot)) == 3
    assert len(desk.cases()) == 3, "they join the case that is held"
    assert desk.letters() == {"routed": 24}


def test_T49_acknowledgements_to_ever_new_addresses_end_at_the_limit_of_all_and_an_admin_is_told_once_an_hour(
    tmp_path: Path, sink: SinkServer, store_url: str
) -> None:
    root = Person("Root", "root@desk.test")
    with story_desk(tmp_path, sink, store_url, ADMIN + "[limits]\nacknowledgements_in_all = 4\n") as desk:
        people = [Person(f"P{n}", f"p{n}@d{n}.test") for n in range(8)]
        for person in people:
            desk.mail(person.writes(DESK, "Hello", "Is anybody there?", desk.now))
        assert [len(desk.inbox(person)) for person in people] == [1, 1, 1, 1, 0, 0, 0, 0]
        assert "mail.withheld" in desk.journal(5)
        assert len(desk.logged("mail.withheld")) == 4
        alarms = [mail for mail in desk.inbox(root) if "withheld" in mail.subject]
        assert len(alarms) == 1
        desk.later(minutes=61)
        desk.mail(people[0].writes(DESK, "Again", "Is anybody there?", desk.now))
        assert len(desk.inbox(people[0])) == 2


def test_receipts_to_one_agent_end_at_their_limit_and_what_was_ordered_is_done(
    tmp_path: Path, sink: SinkServer, store_url: str
) -> None:
    with story_desk(tmp_path, sink, store_url, "[limits]\nreceipts_per_hour = 2\n") as desk:
        desk.mail(ANN.writes(DESK, "Where is my parcel?", "It is late.", desk.now))
        notice = desk.newest(BEA)
        for severity in ("High", "Low", "Immediate"):
            desk.mail(BEA.replies(notice, f"/severity {severity}", desk.now))
        receipts = [mail for mail in desk.inbox(BEA) if mail.header("X-Maild-Event") == "receipt"]
        assert len(receipts) == 2
        assert desk.case(1).severity == "Immediate"
        assert "mail.withheld" in desk.journal(1)


def test_notices_beyond_their_number_are_told_together(tmp_path: Path, sink: SinkServer, store_url: str) -> None:
    with story_desk(tmp_path, sink, store_url, "[limits]\nnotices_per_hour = 3\n") as desk:
        desk.mail(ANN.writes(DESK, "Where is my parcel?", "It is late.", desk.now))
        for number in range(9):
            desk.mail(ANN.replies(desk.newest(ANN), f"Word number {number}.", desk.now))
            desk.later(minutes=5)
        single = [mail for mail in desk.inbox(BEA) if mail.header("X-Maild-Event") in ("new-case", "reply")]
        assert len(single) == 3
        told = "\n".join(mail.text for mail in desk.inbox(BEA))
        assert all(f"Word number {number}." in told for number in range(9))
