"""Mails of every kind, written by a whole desk on its whole road: to be looked at."""

from __future__ import annotations

from pathlib import Path

from maild.demo.people import Mail, Person
from tests.servers.sink import SinkServer
from tests.stories.desk import ANN, BEA, CARL, DESK, StoryDesk, story_desk

DORA = Person("Dora Customer", "dora@customer.test")
_LONG = "Donaudampfschifffahrtsgesellschaft" * 12
ASKED = """\
Hello,

two weeks ago I ordered a tent, number 4711. Your page says that it was delivered, but nothing came. Could you look
into it, please? I need it on Friday.

Ann"""
ANSWERED = """\
/take

Dear Ann,

I am sorry for the wait. The parcel went to an old address of yours. The carrier brings it to you tomorrow,
before noon.

Kind regards, Bea"""


def mails(folder: Path) -> dict[str, Mail]:
    """Each by the name of its template; `wide` and `wide-answer` hold words that do not fit on a phone."""
    with SinkServer() as sink, story_desk(folder, sink) as desk:
        return {**_one_case(desk), **_late(desk), **_wide(desk), **_silence(desk)}


def _one_case(desk: StoryDesk) -> dict[str, Mail]:
    desk.mail(ANN.writes(DESK, "My tent never came", ASKED, desk.now, cc=[DORA.address]))
    found = {"acknowledgement": desk.newest(ANN), "new-case": desk.newest(BEA)}
    desk.later(minutes=10)
    said = "/note\n\nThe carrier left it at her old address; the label was ours. I have asked them to bring it on."
    desk.mail(CARL.replies(desk.newest(CARL), said, desk.now))
    found["note"] = desk.newest(BEA)
    desk.later(minutes=5)
    desk.mail(BEA.replies(found["new-case"], ANSWERED, desk.now))
    found["receipt"] = desk.newest(BEA)
    desk.answers_leave()
    found["answer"] = desk.newest(ANN)
    desk.later(minutes=25)
    desk.mail(ANN.replies(found["answer"], "Thank you. Before noon, is that sure? I must leave at twelve.", desk.now))
    found["reply"] = desk.newest(BEA)
    desk.mail(BEA.replies(found["reply"], "Yes: they have your number, and call before they come.", desk.now))
    desk.answers_leave()
    return found


def _late(desk: StoryDesk) -> dict[str, Mail]:
    ben = Person("Ben Customer", "ben@customer.test")
    desk.mail(ben.writes(DESK, "Invoice 2026-118", "It names the wrong company. May I have another?", desk.now))
    desk.later(hours=7)
    (warning, *_) = [mail for mail in desk.inbox(BEA) if mail.header("X-Maild-Event") == "target-warning"]
    return {"target-warning": warning}


def _wide(desk: StoryDesk) -> dict[str, Mail]:
    """A person whose every word is long, and who writes twice about one thing."""
    eve = Person(f"{_LONG[:60]} Stranger", f"{'e' * 60}@{'elsewhere' * 6}.test")
    link = f"http://shop.test/{'0123456789' * 12}?q={'x' * 80}"
    desk.mail(eve.writes(DESK, f"{_LONG} is late", "First.", desk.now))
    desk.mail(eve.writes(DESK, f"{_LONG} is late", f"{_LONG}\n{link}\n\n{'我的包裹在哪里' * 30}\n🎒" * 2, desk.now))
    wide = desk.newest(BEA)
    desk.mail(BEA.replies(wide, f"{link}\n{_LONG}", desk.now))
    desk.answers_leave()
    return {"wide": wide, "wide-answer": desk.newest(eve)}


def _silence(desk: StoryDesk) -> dict[str, Mail]:
    desk.later(hours=24)
    soon = desk.newest(ANN)
    desk.later(hours=25)
    return {"closing-soon": soon, "closed": desk.newest(ANN)}
