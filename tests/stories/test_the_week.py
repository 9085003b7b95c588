"""A whole week of a desk, worked by mail alone: customers, agents and a vendor by way of Postfix and Dovecot.

Bea works once as any mail client would send it, and once in mutt, by keys.
"""

import re
import time
from collections.abc import Iterator
from contextlib import ExitStack
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Protocol
from urllib.parse import parse_qs, unquote, urlsplit

import pytest

from maild.demo.people import Mail, Person
from tests.servers.dovecot import Dovecot
from tests.servers.mutt import Mutt
from tests.servers.postfix import Postfix
from tests.servers.process import wait_for
from tests.stories.real import RealDesk, real_desk

ANN = Person("Ann Customer", "ann@customer.test")
DAVE = Person("Dave Customer", "dave@customer.test")
VIC = Person("Vic Vendor", "erin@customer.test")
BEA = Person("Bea", "bea@desk.test")
CARL = Person("Carl", "carl@desk.test")
DESK = "support@desk.test"
MONDAY = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)
PEOPLE = (ANN, DAVE, VIC, BEA, CARL)
MORE = """
[[vendor]]
name = "ACME"
address = "erin@customer.test"
[[report]]
name = "created"
to = ["bea@desk.test"]
at = "thu 08:00"
"""


class Client(Protocol):
    """How an agent's mail leaves."""

    def reply(self, mail: Mail, text: str) -> None: ...
    def write(self, to: str, subject: str, text: str) -> None: ...
    def tap(self, link: str) -> None: ...


class Any:
    """Any mail client of a person: what it sends is made here."""

    def __init__(self, desk: RealDesk, person: Person) -> None:
        self._desk, self._person = desk, person

    def reply(self, mail: Mail, text: str) -> None:
        self._send(self._person.replies(mail, text, self._desk.now()), mail.reply_address)

    def write(self, to: str, subject: str, text: str) -> None:
        self._send(self._person.writes(to, subject, text, self._desk.now()), to)

    def tap(self, link: str) -> None:
        filled = parse_qs(urlsplit(link).query)
        self.write(unquote(urlsplit(link).path), filled["subject"][0], filled["body"][0])

    def _send(self, raw: bytes, to: str) -> None:
        self._desk.post(raw, self._person.address, to)


class InMutt:
    """The same in mutt."""

    def __init__(self, desk: RealDesk, mutt: Mutt) -> None:
        self._desk, self._mutt = desk, mutt

    def reply(self, mail: Mail, text: str) -> None:
        self._mutt.reply(mail.message_id, text)
        self._desk.came()

    def write(self, to: str, subject: str, text: str) -> None:
        self._mutt.write(to, subject, text)
        self._desk.came()

    def tap(self, link: str) -> None:
        self._mutt.tap(link)
        self._desk.came()


class Week:
    """The desk, and who works at it."""

    def __init__(self, desk: RealDesk, bea: Client) -> None:
        self.desk = desk
        self.bea = bea
        self.carl = Any(desk, CARL)
        self.ann, self.dave, self.vic = (Any(desk, person) for person in (ANN, DAVE, VIC))

    def got(self, person: Person, words: str, event: str = "") -> Mail:
        """The last mail of somebody that says this, as soon as there is one; of an agent, a notice of this event."""
        found: list[Mail] = []

        def is_there() -> bool:
            mails = [Mail(raw) for raw in self.desk.inbox(person.address)]
            mails = [mail for mail in mails if event in ("", mail.header("X-Maild-Event"))]
            found[:] = [mail for mail in mails if words in mail.text or words in mail.subject]
            return bool(found)

        wait_for(is_there, 60.0, f"a mail to {person.address} that says “{words}”")
        return found[-1]

    def count(self, person: Person) -> int:
        """How many mails somebody has, when none is on its way any more."""
        self.desk.quiet()
        time.sleep(2)
        return len(self.desk.inbox(person.address))

    def link(self, mail: Mail, name: str) -> str:
        """The link of a notice that opens this command."""
        links = re.findall(r'href="(mailto:[^"]+)"', mail.whole)
        return next(one.replace("&amp;", "&") for one in links if f"body=%2F{name}" in one or f"body=/{name}" in one)

    def hours(self, number: float) -> None:
        self.desk.later(timedelta(hours=number))


@pytest.fixture
def servers(dovecot: Dovecot, postfix: Postfix) -> Iterator[tuple[Dovecot, Postfix]]:
    users = [DESK, *(person.address for person in PEOPLE)]
    dovecot.empty(*users)
    yield dovecot, postfix
    dovecot.empty(*users)


@pytest.mark.servers
@pytest.mark.slow
@pytest.mark.parametrize(("store", "client"), [("sqlite", "any"), ("postgres", "any"), ("sqlite", "mutt")])
def test_a_week_of_a_desk_is_worked_by_mail_alone(
    tmp_path: Path,
    request: pytest.FixtureRequest,
    servers: tuple[Dovecot, Postfix],
    store: str,
    client: str,
) -> None:
    url = "sqlite:///maild.db" if store == "sqlite" else request.getfixturevalue("pg_url")
    with ExitStack() as stack:
        desk = stack.enter_context(real_desk(tmp_path, *servers, url, MORE, began=MONDAY))
        bea: Client = Any(desk, BEA)
        if client == "mutt":
            bea = InMutt(desk, stack.enter_context(Mutt(*servers, BEA.address, BEA.name)))
        week = Week(desk, bea)
        _monday(week)
        _tuesday(week)
        _wednesday(week)
        _thursday(week)
        _friday(week)


def _monday(week: Week) -> None:
    """A case is opened, taken by one tap, and asked about."""
    week.ann.write(DESK, "Printer smokes", "Since this morning.")
    assert "[Case #1]" in week.got(ANN, "[Case #1]").subject
    week.bea.tap(week.link(week.got(BEA, "Since this morning", "new-case"), "take"))
    assert week.desk.facts(1)["owner"] == BEA.address
    week.got(BEA, "✔ /take")

    week.bea.reply(week.got(BEA, "Since this morning", "new-case"), "Which model is it?")
    week.hours(0.1)
    asked = week.got(ANN, "Which model")
    assert week.desk.facts(1)["status"] == "Waiting on Customer"
    week.ann.reply(asked, "Model 7.")
    assert week.desk.facts(1)["status"] == "Open"
    week.hours(23)


def _tuesday(week: Week) -> None:
    """A colleague is asked, then the vendor; no customer sees any of it."""
    before = week.count(ANN)
    week.bea.reply(week.got(BEA, "Model 7", "reply"), "/note\n/assign carl\n\nHad model 7 the old fuse?")
    assert week.desk.facts(1)["owner"] == CARL.address
    week.carl.reply(week.got(CARL, "old fuse"), "/assign bea\n\nIt had. ACME has the new one.")
    assert week.desk.facts(1)["owner"] == BEA.address

    week.bea.reply(week.got(BEA, "ACME has the new one"), "/vendor acme\n\nPlease send us a fuse for model 7.")
    week.hours(0.1)
    asked = week.got(VIC, "a fuse for model 7")
    assert week.desk.facts(1)["status"] == "Waiting on Vendor"
    week.vic.reply(asked, "It left today.")
    week.got(BEA, "It left today")
    assert week.desk.facts(1)["status"] == "Open"
    assert week.count(ANN) == before
    week.hours(23)


def _wednesday(week: Week) -> None:
    """Ann writes anew of the same matter, and it is merged; an answer is taken back, another resolves."""
    week.ann.write(DESK, "Smoke again", "It smokes again!")
    week.bea.reply(week.got(BEA, "It smokes again", "new-case"), "/merge 1")
    assert week.desk.facts(2)["status"] == "Merged"
    before = week.count(ANN)
    week.bea.reply(week.got(BEA, "It left today"), "/public\n\nBuy a new one.")
    week.bea.reply(week.got(BEA, "It left today"), "/undo")
    week.got(BEA, "✔ /undo")
    week.hours(0.1)
    assert week.count(ANN) == before

    week.bea.reply(week.got(BEA, "It left today"), "/public\n/resolve\n\nThe new fuse is on its way.")
    week.hours(0.1)
    week.got(ANN, "on its way")
    assert week.desk.facts(1)["status"] == "Resolved"
    week.hours(16)


def _thursday(week: Week) -> None:
    """The report of the morning; a call, written down; what there is to do."""
    week.hours(9)
    week.got(BEA, "created")
    found = re.search(r"support\+c0\.[a-z0-9]+@desk\.test", week.got(BEA, "/new for ADDRESS").text)
    assert found is not None
    own = found[0]
    week.bea.write(own, "A call", f"/new for {DAVE.address}\n/called\n/take\n\nA fuse costs three.")
    assert week.desk.facts(3) == {"status": "Waiting on Customer", "owner": BEA.address}
    week.dave.reply(week.got(DAVE, "[Case #3]"), "I take two.")
    week.got(BEA, "I take two")
    week.bea.write(own, "What is there", "list mine")
    assert "[Case #3]" in week.got(BEA, "list mine").text


def _friday(week: Week) -> None:
    """Ann is content, and the case closes; nothing that was said inside ever reached her."""
    week.ann.reply(week.got(ANN, "on its way"), "Thank you!")
    week.hours(25)
    assert week.desk.facts(1)["status"] == "Closed"
    theirs = "\n".join(Mail(raw).whole for raw in week.desk.inbox(ANN.address))
    for inside in ("old fuse", "ACME", "Buy a new one", BEA.address, CARL.address, VIC.address, DAVE.address):
        assert inside not in theirs
    assert not week.desk.inbox(DESK)
