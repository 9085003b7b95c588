"""Delivery reports: RFC 3464 with its ill forms, and those of mail systems that only write words (T45 to T47)."""

from __future__ import annotations

from pathlib import Path

import pytest

from parsers import Automatic, ParsedMessage, parse

GOLDEN = Path(__file__).parent / "golden"


def _reports() -> list[tuple[str, str, str, str, str, str, str, str]]:
    found = []
    for block in (GOLDEN / "bounces.txt").read_text(encoding="utf-8").split("\n=== ")[1:]:
        head, _, text = block.partition("\n")
        name, sender, header, subject, recipients, status, action = (piece.strip() for piece in head.split(" | "))
        found.append((name, sender, header, subject, recipients, status, action, text))
    return found


@pytest.mark.parametrize(
    ("name", "sender", "header", "subject", "recipients", "status", "action", "text"), _reports()
)
def test_report_in_words_is_read(
    name: str, sender: str, header: str, subject: str, recipients: str, status: str, action: str, text: str
) -> None:
    extra = "" if header == "-" else header + "\n"
    message = parse(
        f"From: {sender}\nTo: support@desk.example\nSubject: {subject}\n{extra}"
        f"Content-Type: text/plain; charset=utf-8\n\n{text}".encode()
    )
    assert message.automatic is Automatic.BOUNCE, name
    assert message.bounce is not None
    assert " ".join(r.address for r in message.bounce.recipients) == recipients
    assert {r.action for r in message.bounce.recipients} == {action}
    assert {r.status for r in message.bounce.recipients} == {None if status == "-" else status}


def _report(fields: str, *, kind: str = "report; report-type=delivery-status", returned: str = "") -> ParsedMessage:
    return parse(
        f'From: MAILER-DAEMON@mx.example\nSubject: Report\nContent-Type: multipart/{kind}; boundary="b"\n\n'
        f"--b\n\nWords.\n--b\nContent-Type: message/delivery-status\n\nReporting-MTA: dns; mx.example\n\n{fields}\n"
        f"--b\nContent-Type: {returned or 'text/plain'}\n\nMessage-ID: <c1.e2.abcdefghijklmnop@desk.example>\n"
        "Subject: Printer\n\n--b--\n".encode()
    )


ONE = "Final-Recipient: rfc822; ann@firm.example\nAction: {}\nStatus: {}\nDiagnostic-Code: smtp; 550 5.1.1 unknown\n"


def test_T45_permanent_failure() -> None:
    bounce = _report(ONE.format("failed", "5.1.1"), returned="message/rfc822").bounce
    assert bounce is not None
    assert [(r.address, r.action, r.status) for r in bounce.recipients] == [("ann@firm.example", "failed", "5.1.1")]
    assert bounce.recipients[0].diagnostic == "smtp; 550 5.1.1 unknown"
    assert bounce.original_message_id == "<c1.e2.abcdefghijklmnop@desk.example>"


def test_original_id_is_found_in_returned_headers_too() -> None:
    bounce = _report(ONE.format("failed", "5.1.1"), returned="text/rfc822-headers").bounce
    assert bounce is not None
    assert bounce.original_message_id == "<c1.e2.abcdefghijklmnop@desk.example>"


def test_T47_delay_is_told_from_failure() -> None:
    bounce = _report(ONE.format("delayed", "4.4.7")).bounce
    assert bounce is not None
    assert bounce.recipients[0].action == "delayed"


@pytest.mark.parametrize("action", ["delivered", "relayed", "expanded"])
def test_success_is_a_report_and_no_bounce(action: str) -> None:
    message = _report(ONE.format(action, "2.0.0"))
    assert message.bounce is None
    assert message.automatic is Automatic.REPORT


@pytest.mark.parametrize(
    "fields",
    [
        "Final-Recipient: ann@firm.example\nAction: failed\nStatus: 5.1.1\n",
        "Final-Recipient: RFC822; <ann@Firm.example>\nAction: Failed (permanently)\nStatus: 5.1.1 (unknown)\n",
        "Original-Recipient: rfc822;ann@firm.example\nFinal-Recipient: rfc822;b@x.example\nStatus: 5.1.1\n",
        "final-recipient:rfc822;ann@firm.example\nstatus:5.1.1\n",
        "Final-Recipient: rfc822; ann@firm.example\nDiagnostic-Code: smtp; 550 5.1.1 unknown\n",
    ],
)
def test_ill_formed_groups_are_read(fields: str) -> None:
    for kind in ("report; report-type=delivery-status", "report", "mixed"):
        bounce = _report(fields, kind=kind).bounce
        assert bounce is not None
        assert [(r.address, r.action, r.status) for r in bounce.recipients] == [
            ("ann@firm.example", "failed", "5.1.1")
        ]


def test_several_recipients_of_which_one_failed() -> None:
    fields = ONE.format("delivered", "2.0.0") + "\n" + ONE.format("failed", "5.1.1").replace("ann@", "bob@")
    bounce = _report(fields).bounce
    assert bounce is not None
    assert [r.address for r in bounce.recipients] == ["bob@firm.example"]


def test_person_who_passes_a_report_on_is_a_person() -> None:
    inner = _reports()[3]
    message = parse(
        f"From: Ann <ann@firm.example>\nSubject: Fwd: {inner[3]}\n\nHello, what does this mean?\n\n"
        f"---------- Forwarded message ----------\nFrom: {inner[1]}\nDate: 5 Jan 2026 10:00\n"
        f"Subject: {inner[3]}\nTo: ann@firm.example\n\n{inner[7]}".encode()
    )
    assert message.automatic is None
    assert message.forwarded is not None
    assert message.forwarded.from_address == "MAILER-DAEMON@mx.firm.example"
