"""Mail passed on: whose it was and what it was about, inline in any language and attached whole."""

from __future__ import annotations

from pathlib import Path

import pytest

from parsers import parse

GOLDEN = Path(__file__).parent / "golden"
LINES = """
en | ---------- Forwarded message ---------
en | Begin forwarded message:
en | -------- Forwarded Message --------
de | ---------- Weitergeleitete Nachricht ---------
de | Anfang der weitergeleiteten Nachricht:
fr | ---------- Message transféré ---------
fr | Début du message transféré :
es | ---------- Mensaje reenviado ---------
es | Inicio del mensaje reenviado:
pt | ---------- Mensagem encaminhada ---------
it | ---------- Messaggio inoltrato ---------
it | Inizio messaggio inoltrato:
nl | ---------- Doorgestuurd bericht ---------
pl | ---------- Wiadomość przekazana dalej ---------
pl | -------- Przekazana wiadomość --------
cs | ---------- Přeposlaná zpráva ---------
ru | ---------- Пересылаемое сообщение ---------
ru | -------- Пересылаемое сообщение --------
uk | ---------- Переслане повідомлення ---------
sv | ---------- Vidarebefordrat meddelande ---------
da | ---------- Videresendt meddelelse ---------
no | ---------- Videresendt melding ---------
fi | ---------- Välitetty viesti ---------
ja | ---------- 転送されたメッセージ ---------
ja | ---------- 転送メッセージ ---------
zh | ---------- 转发的邮件 ---------
zh | -------- 转发的消息 --------
ko | ---------- 전달된 메시지 ---------
tr | ---------- İletilen mesaj ---------
el | ---------- Προωθημένο μήνυμα ---------
hu | ---------- Továbbított üzenet ---------
ro | ---------- Mesaj redirecționat ---------
ar | ---------- رسالة معاد توجيهها ---------
he | ---------- הודעה שהועברה ---------
"""


def _raw(subject: str, body: str) -> bytes:
    return f"From: a@desk.example\nSubject: {subject}\nContent-Type: text/plain; charset=utf-8\n\n{body}".encode()


def _blocks() -> dict[str, str]:
    found = {}
    for block in (GOLDEN / "blocks.txt").read_text(encoding="utf-8").split("=== ")[1:]:
        head, _, body = block.partition("\n")
        if "outlook" in head and "rule" not in head:
            found[head.split(" | ")[0]] = body.strip("\n")
    return found


@pytest.mark.parametrize(("language", "line"), [line.split(" | ") for line in LINES.strip().splitlines()])
def test_inline_forward_in_every_language(language: str, line: str) -> None:
    block = _blocks()[language]
    subject = block.split("\n")[-1].partition(":")[2].strip().removeprefix("RE: ")
    message = parse(_raw("x", f"Please see\n\n{line}\n{block}\n\nIt sparks.\n"))
    assert message.forwarded is not None
    assert (message.forwarded.from_address, message.forwarded.from_name) == ("ann@firm.example", "Ann Field")
    assert message.forwarded.subject == subject
    assert "It sparks." in message.reply_text


@pytest.mark.parametrize("prefix", ["Fwd:", "FW:", "WG:", "TR:", "RV:", "PD:", "VS: FW:", "转发：", "I:"])
def test_header_block_is_a_forward_when_the_subject_says_so(prefix: str) -> None:
    message = parse(_raw(f"{prefix} Printer", f"{_blocks()['en']}\n\nIt sparks.\n"))
    if prefix.startswith("VS"):
        assert message.forwarded is None
        return
    assert message.forwarded is not None
    assert message.forwarded.from_address == "ann@firm.example"
    assert message.reply_text.endswith("It sparks.")


def test_answer_with_its_quotation_is_no_forward() -> None:
    assert (
        parse(f"From: a@b.example\nSubject: Re: x\n\nYes.\n\n{_blocks()['en']}\n\nold\n".encode()).forwarded is None
    )


def test_attached_mail_is_a_forward() -> None:
    message = parse(
        b'From: a@desk.example\nSubject: x\nContent-Type: multipart/mixed; boundary="b"\n\n--b\n\nSee\n--b\n'
        b"Content-Type: message/rfc822\n\nFrom: Ann Field <ann@firm.example>\nSubject: Printer\n\nIt sparks.\n--b--\n"
    )
    assert message.forwarded is not None
    assert (message.forwarded.from_address, message.forwarded.subject) == ("ann@firm.example", "Printer")
