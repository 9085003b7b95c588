"""Orders that are asked back by a one-time code: for many cases at once, and those of a mail that has HTML alone."""

from __future__ import annotations

import re
from email import message_from_bytes, policy
from pathlib import Path

import pytest

from maild.demo.people import Mail, Person
from tests.servers.sink import SinkServer
from tests.stories.desk import ANN, BEA, BEN, CARL, DESK, EVE, StoryDesk, story_desk

FEW = "[auth]\ncases_at_once = 3\n"
VENDOR = '[[vendor]]\nname = "Acme"\naddress = "help@acme.test"\n'
ROOT = Person("Root", "root@desk.test")
ADMIN = '[[agent]]\naddress = "root@desk.test"\nname = "Root"\nrole = "admin"\n'


def _meant(desk: StoryDesk, who: Person = BEA) -> list[Mail]:
    return [mail for mail in desk.inbox(who) if "Do you mean this?" in mail.subject]


def _asked(desk: StoryDesk, cases: int = 1) -> Mail:
    for number in range(cases):
        desk.mail(ANN.writes(DESK, f"Question {number}", f"Where is parcel {number}?", desk.now))
    return desk.newest(BEA)


def _html(notice: Mail, source: str, desk: StoryDesk, who: Person = BEA) -> bytes:
    """A reply as Outlook on the web sends it: HTML and nothing else."""
    mail = message_from_bytes(who.replies(notice, "", desk.now, quote=False), policy=policy.SMTP)
    mail.set_content(
        '<html><head><style type="text/css" style="display:none;"> P {margin-top:0;margin-bottom:0;} </style></head>'
        f'<body dir="ltr">{source}<div id="appendonsend"></div><hr><div id="divRplyFwdMsg" dir="ltr">'
        f"<b>From:</b> Example Support<br><b>Sent:</b> Monday<br><b>To:</b> Bea<br><b>Subject:</b> x</div>"
        f"<div>{notice.text.replace(chr(10), '<br>')}</div></body></html>",
        subtype="html",
    )
    return mail.as_bytes()


def _div(line: str) -> str:
    return f'<div style="font-family:Calibri;font-size:12pt;color:rgb(0,0,0)">{line}</div>'


# --- many cases at once


def test_orders_for_more_cases_than_may_be_wait_for_a_code_and_then_are_all_carried_out(
    tmp_path: Path, sink: SinkServer, store_url: str
) -> None:
    with story_desk(tmp_path, sink, store_url, FEW) as desk:
        notice = _asked(desk, 5)
        text = "\n".join(f"/case {number}\n/close" for number in range(1, 5))
        desk.mail(BEA.replies(notice, text, desk.now))
        assert {case.status.value for case in desk.cases()} == {"New"}
        assert desk.quarantined() == ["needs-confirmation"]
        (asked,) = _meant(desk)
        assert "orders for 4 cases or letters; more than 3" in " ".join(asked.text.split())

        desk.mail(BEA.replies(asked, "yes", desk.now))
        assert [desk.case(n).status.value for n in range(1, 6)] == ["Closed"] * 4 + ["New"]


def test_orders_for_no_more_cases_than_may_be_are_not_asked_back_nor_is_looking(
    tmp_path: Path, sink: SinkServer
) -> None:
    with story_desk(tmp_path, sink, more=FEW) as desk:
        notice = _asked(desk, 5)
        text = "/take\n/case 1\n/close\n/case 2\n/close\n" + "".join(f"/case {n}\n/summary\n" for n in (3, 4))
        desk.mail(BEA.replies(notice, text, desk.now))

        assert not _meant(desk)
        assert [desk.case(n).status.value for n in (1, 2)] == ["Closed"] * 2


def test_orders_for_many_cases_in_a_mail_that_means_none_are_asked_back_as_well(
    tmp_path: Path, sink: SinkServer
) -> None:
    with story_desk(tmp_path, sink, more=FEW) as desk:
        notice = _asked(desk, 4)
        desk.mail(BEA.replies(notice, "/help", desk.now))
        (own,) = set(re.findall(r"support\+c0\.[a-z2-7]{16}@desk\.test", desk.newest(BEA).whole))
        text = "".join(f"/case {n}\n/close\n" for n in range(1, 5))
        desk.mail(BEA.writes(own, "Spring clean", text, desk.now))
        assert {case.status.value for case in desk.cases()} == {"New"}
        desk.mail(BEA.replies(_meant(desk)[-1], "yes", desk.now))

        assert {case.status.value for case in desk.cases()} == {"Closed"}


def test_resolving_many_incidents_at_once_is_asked_back(tmp_path: Path, sink: SinkServer) -> None:
    with story_desk(tmp_path, sink, more=FEW) as desk:
        notice = _asked(desk, 5)
        desk.mail(BEA.replies(notice, "\n".join(f"/case {n}\n/link 5" for n in (1, 2)), desk.now))
        for mail in [m for m in desk.inbox(BEA) if m.header("X-Maild-Event") == "new-case"][:4]:
            desk.mail(BEA.replies(mail, "/problem 5", desk.now))
        desk.mail(BEA.replies(notice, "/resolve-incidents\n\nAll is well again.", desk.now))

        assert len(_meant(desk)) == 1
        assert {desk.case(n).status.value for n in range(1, 5)} == {"New"}


def test_an_admin_who_lets_many_held_letters_go_is_asked_back(tmp_path: Path, sink: SinkServer) -> None:
    with story_desk(tmp_path, sink, more=ADMIN + FEW) as desk:
        _asked(desk)
        for number in range(4):
            desk.mail(CARL.writes(DESK, f"Hello {number}", "/close", desk.now))
        assert len(desk.quarantined()) == 4
        notice = desk.inbox(ROOT)[0]
        desk.mail(ROOT.replies(notice, "\n".join(f"/release {number}" for number in range(2, 6)), desk.now))

        assert len(desk.quarantined()) == 5
        assert len(_meant(desk, ROOT)) == 1


# --- HTML alone (T09)


def test_T09_a_days_work_in_html_alone_needs_no_asking(desk: StoryDesk) -> None:
    notice = _asked(desk)
    lines = ("/take", "/severity high", "/wait us", "", "It is on its way.")
    desk.mail(_html(notice, "".join(_div(line or "<br>") for line in lines), desk))
    desk.answers_leave()
    assert not _meant(desk)
    assert "It is on its way." in desk.newest(ANN).text
    assert (desk.case(1).owner, desk.case(1).severity) == (BEA.address, "High")

    desk.mail(_html(desk.newest(BEA), _div("/resolve"), desk))
    assert desk.case(1).status == "Resolved"


@pytest.mark.parametrize("order", ["/cc boss@customer.test", "/vendor acme", "/split", "/merge 2"])
def test_T09_an_order_in_html_alone_that_reaches_further_waits_for_a_code(
    tmp_path: Path, sink: SinkServer, order: str
) -> None:
    with story_desk(tmp_path, sink, more=VENDOR) as desk:
        notice = _asked(desk)
        desk.mail(BEN.writes(DESK, "Another", "Another thing.", desk.now))
        desk.mail(_html(notice, _div(order) + _div("<br>") + _div("What is this?"), desk))
        desk.answers_leave()
        assert desk.quarantined() == ["needs-confirmation"]
        assert f"{order}: your mail has HTML alone" in " ".join(_meant(desk)[-1].text.split())
        assert not desk.sink.to("help@acme.test")

        desk.mail(_html(_meant(desk)[-1], _div("yes"), desk))
        assert desk.quarantined() == []


def test_T09_in_html_that_may_hide_text_no_order_is_obeyed_unasked(desk: StoryDesk) -> None:
    notice = _asked(desk)
    desk.mail(_html(notice, _div("Pardon?") + '<p style="color:#ffffff;font-size:1px">/close</p>', desk))
    desk.answers_leave()

    assert desk.case(1).status == "New"
    (asked,) = _meant(desk)
    assert "/close: your mail has HTML alone, and some of its text may be hidden" in " ".join(asked.text.split())
    desk.mail(BEA.replies(asked, "no", desk.now))
    assert desk.case(1).status == "New"
    assert len(desk.inbox(ANN)) == 1


def test_T09_what_html_quotes_or_hides_for_certain_is_never_an_order(desk: StoryDesk) -> None:
    notice = _asked(desk)
    desk.mail(
        _html(
            notice,
            '<div style="visibility:hidden">/assign carl</div>'
            + _div("Pardon?")
            + "<!-- /close --><blockquote>/close</blockquote><p hidden>/close</p>",
            desk,
        )
    )
    desk.answers_leave()

    assert not _meant(desk)
    assert desk.case(1).status == "Waiting on Customer"
    assert desk.case(1).owner == BEA.address
    assert "/assign" not in desk.newest(ANN).whole


def test_T09_html_orders_can_be_let_pass_unasked_by_the_configuration(tmp_path: Path, sink: SinkServer) -> None:
    with story_desk(tmp_path, sink, more="[guards]\nhtml = false\n") as desk:
        notice = _asked(desk)
        desk.mail(_html(notice, _div("/cc boss@customer.test"), desk))

        assert not _meant(desk)
        assert not desk.quarantined()


def test_T09_a_mail_with_plain_text_beside_its_html_is_not_asked_back(desk: StoryDesk) -> None:
    notice = _asked(desk)
    mail = message_from_bytes(
        BEA.replies(notice, "/cc boss@customer.test", desk.now, quote=False), policy=policy.SMTP
    )
    mail.add_alternative('<p style="color:white">/cc eve@elsewhere.test</p>', subtype="html")
    desk.mail(mail.as_bytes())

    assert not _meant(desk)
    desk.mail(BEA.replies(desk.newest(BEA), "/public\n\nHello.", desk.now))
    desk.answers_leave()
    assert not desk.inbox(EVE)
    assert desk.inbox(Person("Bo", "boss@customer.test"))
