"""Machines and people told apart: by headers, and by words alone in the languages of our customers (T40 to T44)."""

from __future__ import annotations

from pathlib import Path

import pytest

from parsers import Automatic, ParsedMessage, parse

GOLDEN = Path(__file__).parent / "golden"


def _mails(name: str) -> list[tuple[str, str, str, str]]:
    found = []
    for block in (GOLDEN / name).read_text(encoding="utf-8").split("\n=== ")[1:]:
        head, _, text = block.partition("\n")
        language, header, subject = (piece.strip() for piece in head.split(" | ", 2))
        found.append((language, header, subject, text))
    return found


def _parse(header: str, subject: str, text: str) -> ParsedMessage:
    extra = "" if header == "-" else header + "\n"
    return parse(
        f"From: Ann Field <ann@firm.example>\nTo: support@desk.example\nSubject: {subject}\n{extra}"
        f"Content-Type: text/plain; charset=utf-8\n\n{text}".encode()
    )


@pytest.mark.parametrize(("language", "header", "subject", "text"), _mails("automatic.txt"))
def test_automatic_answer_is_told(language: str, header: str, subject: str, text: str) -> None:
    assert _parse(header, subject, text).automatic is Automatic.AUTO_REPLY, language


@pytest.mark.parametrize(("language", "header", "subject", "text"), _mails("human.txt"))
def test_person_who_sounds_like_a_machine_stays_a_person(language: str, header: str, subject: str, text: str) -> None:
    message = _parse(header, subject, text)
    assert message.automatic is None, (language, message.automatic_sign)
    assert message.bounce is None


def test_there_are_enough_of_both_and_half_have_no_telling_header() -> None:
    machines, people = _mails("automatic.txt"), _mails("human.txt")
    assert len(machines) >= 60
    assert len(people) >= 60
    assert sum(1 for _, header, _, _ in machines if header == "-") * 2 >= len(machines)
    assert {m[0] for m in machines} == {m[0] for m in people}


@pytest.mark.parametrize(
    ("header", "kind"),
    [
        ("Auto-Submitted: auto-replied", Automatic.AUTO_REPLY),
        ("AUTO-SUBMITTED: Auto-Replied (vacation)", Automatic.AUTO_REPLY),
        ("Auto-Submitted: auto-generated", Automatic.BULK),
        ("Auto-Submitted: x-whatever", Automatic.BULK),
        ("Auto-Submitted: no", None),
        ("X-Autorespond: yes", Automatic.AUTO_REPLY),
        ("Precedence: auto_reply", Automatic.AUTO_REPLY),
        ("Precedence: bulk", Automatic.BULK),
        ("X-Precedence: junk", Automatic.BULK),
        ("Precedence: list", Automatic.LIST),
        ("List-Id: <users.lists.example>", Automatic.LIST),
        ("List-Unsubscribe: <mailto:out@corp.example>", None),
        ("X-Auto-Response-Suppress: OOF", None),
        ("X-Maild-Loop: desk-1", Automatic.LOOP),
        ("Importance: high", None),
    ],
)
def test_T40_headers_of_machines(header: str, kind: Automatic | None) -> None:
    assert _parse(header, "Printer", "The printer is on fire, can you help?").automatic is kind


@pytest.mark.parametrize(
    ("headers", "kind"),
    [
        ("List-Id: Support <Support.Desk.Example>\nPrecedence: list\nMailing-list: list support@desk.example", None),
        ("List-Id: <support.desk.example>\nPrecedence: bulk\nList-Unsubscribe-Post: x", None),
        ("List-Id: <other.desk.example>\nPrecedence: list", Automatic.LIST),
        ("Precedence: list", Automatic.LIST),
        ("List-Id: <support.desk.example>\nAuto-Submitted: auto-replied", Automatic.AUTO_REPLY),
        ("List-Id: <support.desk.example>\nX-Loop: robot", Automatic.BULK),
    ],
)
def test_T47c_marks_of_our_own_group_say_nothing_of_the_sender(headers: str, kind: Automatic | None) -> None:
    raw = f"From: Ann <ann@firm.example>\nTo: support@desk.example\nSubject: Printer\n{headers}\n\nIt burns."
    assert parse(raw.encode(), own_lists={"support.desk.example"}).automatic is kind


def test_T42_the_desks_a_mail_came_through_are_read() -> None:
    assert _parse("X-Maild-Loop: desk-1\nX-Maild-Loop: desk-2", "x", "y").loop_ids == ("desk-1", "desk-2")


def test_report_of_reading_is_a_receipt() -> None:
    message = parse(
        b"From: a@b.example\nSubject: Read: Printer\n"
        b'Content-Type: multipart/report; report-type=disposition-notification; boundary="x"\n\n'
        b"--x\n\nIt was read.\n--x\nContent-Type: message/disposition-notification\n\n"
        b"Final-Recipient: rfc822; a@b.example\nDisposition: manual-action/MDN-sent-manually; displayed\n--x--\n"
    )
    assert message.automatic is Automatic.RECEIPT
    assert message.bounce is None
