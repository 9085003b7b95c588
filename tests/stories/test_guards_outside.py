"""Answers that would tell somebody outside what is not for them, or that nothing at all should leave."""

from datetime import timedelta
from email import message_from_bytes, policy
from pathlib import Path

import pytest

from maild.demo.people import Mail, Person
from maild.desk.canaries import canary
from maild.desk.effects import Reply
from maild.render.stationery import Leak
from store.records import Participant
from tests.servers.sink import SinkServer
from tests.stories.desk import ANN, BEA, CARL, DESK, EVE, StoryDesk, story_desk

SECRET = "She has threatened her lawyer twice already, so promise her nothing about the refund."


@pytest.fixture
def notice(desk: StoryDesk) -> Mail:
    """Ann asked; the notice that Bea got."""
    desk.mail(ANN.writes(DESK, "Where is my parcel?", "It is two weeks late.", desk.now))
    return desk.newest(BEA)


@pytest.fixture
def told(desk: StoryDesk, notice: Mail) -> Mail:
    """Carl wrote a note on Bea's case; the notice of it that she got."""
    desk.mail(BEA.replies(notice, "/take", desk.now))
    desk.mail(CARL.replies(desk.inbox(CARL)[0], f"/note\n\n{SECRET}", desk.now))
    return desk.newest(BEA)


def _anns(desk: StoryDesk) -> list[Mail]:
    """What Ann got beside the acknowledgement, once all has left."""
    desk.answers_leave()
    return desk.inbox(ANN)[1:]


def _with(raw: bytes, header: str, value: str) -> bytes:
    return raw.replace(b"Subject:", f"{header}: {value}\r\nSubject:".encode(), 1)


def test_answer_that_also_went_to_a_stranger_is_held_and_send_sends_it_without_them(
    desk: StoryDesk, notice: Mail
) -> None:
    desk.mail(_with(BEA.replies(notice, "On its way.", desk.now), "Cc", EVE.address))
    assert _anns(desk) == []
    held = desk.newest(BEA)
    assert "your mail went to eve@elsewhere.test as well" in held.text
    desk.mail(BEA.replies(held, "/send", desk.now))

    assert len(_anns(desk)) == 1
    assert desk.inbox(EVE) == []


def test_cc_beside_send_lets_them_take_part(desk: StoryDesk, notice: Mail) -> None:
    desk.mail(_with(BEA.replies(notice, "On its way.", desk.now), "Cc", EVE.address))
    desk.mail(BEA.replies(desk.newest(BEA), f"/send\n/cc {EVE.address}", desk.now))
    desk.mail(BEA.replies(desk.newest(BEA), "yes", desk.now))  # she is asked back, as always with /cc

    assert len(_anns(desk)) == 1
    assert "On its way." in desk.newest(EVE).text


def test_cc_in_the_mail_itself_says_that_they_are_meant(desk: StoryDesk, notice: Mail) -> None:
    desk.mail(_with(BEA.replies(notice, f"/cc {EVE.address}\n\nOn its way.", desk.now), "Cc", EVE.address))
    (asked,) = [mail for mail in desk.inbox(BEA) if "Do you mean this" in mail.subject]
    desk.mail(BEA.replies(asked, "yes", desk.now))

    assert len(_anns(desk)) == 1
    assert "On its way." in desk.newest(EVE).text


def test_T13_answer_that_the_customer_also_got_directly_is_not_held(desk: StoryDesk, notice: Mail) -> None:
    desk.mail(_with(BEA.replies(notice, "On its way.", desk.now), "Cc", ANN.address))

    assert len(_anns(desk)) == 1


def test_colleague_on_copy_holds_nothing(desk: StoryDesk, notice: Mail) -> None:
    desk.mail(_with(BEA.replies(notice, "On its way.", desk.now), "Cc", CARL.address))

    assert len(_anns(desk)) == 1


def test_T12_answer_that_repeats_a_colleagues_note_is_held_and_shows_where(desk: StoryDesk, told: Mail) -> None:
    desk.mail(BEA.replies(told, f"/public\n\nDear Ann,\n\nhe says {SECRET}\n\nBea", desk.now))
    assert _anns(desk) == []
    held = desk.newest(BEA)
    assert "It repeats what Carl wrote inside, 02 Mar 2026: “She has threatened her lawyer twice already" in held.text
    desk.mail(BEA.replies(held, "/send", desk.now))

    assert SECRET in " ".join(_anns(desk)[0].text.split())


def test_T12_unmarked_quotation_of_a_note_is_held_by_its_mark_and_send_blots_it_out(
    desk: StoryDesk, notice: Mail
) -> None:
    desk.mail(BEA.replies(notice, "/take", desk.now))
    desk.mail(CARL.replies(desk.inbox(CARL)[0], "/note\n\nUnfriendly.", desk.now))
    told = desk.newest(BEA)
    mark = told.text[told.text.index("inside-") :].partition(")")[0]
    words = f"/public\n\nHello Ann!\n\n02 Mar, Carl, note ({mark}): Unfriendly."
    desk.mail(BEA.replies(told, words, desk.now, quote=False))
    assert _anns(desk) == []
    assert "It holds a mark that stands beside what is internal" in desk.newest(BEA).text
    desk.mail(BEA.replies(desk.newest(BEA), "/send", desk.now))

    (answer,) = _anns(desk)
    assert "Hello Ann!" in answer.text
    assert "inside-" not in answer.whole


def test_T12_the_mark_stands_only_where_something_is_internal(desk: StoryDesk, told: Mail) -> None:
    assert "inside-" in told.text
    assert "inside-" not in desk.inbox(BEA)[0].text
    assert all("inside-" not in mail.whole for mail in desk.inbox(ANN))


def test_T12_file_with_a_mark_of_internal_text_is_not_passed_on(desk: StoryDesk, told: Mail) -> None:
    mail = message_from_bytes(BEA.replies(told, "/public\n\nSee the log.", desk.now), policy=policy.SMTP)
    mail.add_attachment(told.text, filename="log.txt")
    desk.mail(mail.as_bytes())

    (answer,) = _anns(desk)
    assert b"log.txt" not in answer.raw
    assert "✖ log.txt was not passed on" in desk.newest(BEA).text


def test_what_one_wrote_inside_oneself_may_be_said_outside(desk: StoryDesk, notice: Mail) -> None:
    plan = "The carrier promised to look for it in Berlin until Thursday at noon."
    desk.mail(BEA.replies(notice, f"/note\n\n{plan}", desk.now))
    desk.mail(BEA.replies(notice, f"Good news: {plan}", desk.now))

    assert len(_anns(desk)) == 1


@pytest.mark.usefixtures("notice")
def test_T12_the_renderer_refuses_a_mark_in_a_mail_to_somebody_outside(desk: StoryDesk) -> None:
    stationery = desk.office.stationery
    mark = canary(stationery.letterhead.keys.current, 1)
    people = [Participant(case=1, address=ANN.address, name="Ann", role="requester")]
    for text in (f"Hello ({mark})", "Hello c1.e2.abcdefghijklmnop"):
        answer = Reply(why="", event="answer", text=text, automatic=False)
        with pytest.raises(Leak):
            stationery.reply(answer, desk.case(1), 9, people, [], desk.now)


def test_guards_of_what_leaves_can_be_switched_off(tmp_path: Path, sink: SinkServer, store_url: str) -> None:
    more = "[guards]\ncopies = false\ninternal = false\n"
    with story_desk(tmp_path, sink, store_url, more=more) as desk:
        desk.mail(ANN.writes(DESK, "Where is my parcel?", "It is two weeks late.", desk.now))
        notice = desk.newest(BEA)
        desk.mail(CARL.replies(desk.inbox(CARL)[0], f"/note\n\n{SECRET}", desk.now))
        desk.mail(_with(BEA.replies(notice, SECRET, desk.now), "Cc", EVE.address))

        assert len(_anns(desk)) == 1


def test_two_reasons_are_told_in_one_mail(desk: StoryDesk, notice: Mail) -> None:
    desk.mail(ANN.replies(desk.inbox(ANN)[0], "Anything new?", desk.now))
    before = len(desk.inbox(BEA))
    desk.mail(_with(BEA.replies(notice, "On its way.", desk.now), "Cc", EVE.address))

    held = [mail for mail in desk.inbox(BEA)[before:] if "is held" in mail.text]
    assert len(held) == 1
    assert "since the notice that you answered" in held[0].text
    assert EVE.address in held[0].text


# --- mails that answer nothing


_SIGNATURES = [
    "",
    "Best regards\nBea Agent\nExample Inc.",
    "Mit freundlichen Grüßen,\nBea",
    "   \n\t\n",
    "-- \nBea Agent\nExample Inc.",
    "\u200b\u200c\n\ufeff",
    "\u00a0\n\u2060",
]


@pytest.mark.parametrize("text", _SIGNATURES)
def test_blank_mail_sends_nothing(desk: StoryDesk, notice: Mail, text: str) -> None:
    desk.mail(BEA.replies(notice, text, desk.now))

    assert _anns(desk) == []
    assert "Nothing was sent" in desk.newest(BEA).text


@pytest.mark.parametrize("text", _SIGNATURES)
def test_mail_of_commands_sends_nothing_to_the_customer(desk: StoryDesk, notice: Mail, text: str) -> None:
    desk.mail(BEA.replies(notice, f"/take\n/wait vendor\n\n{text}", desk.now))
    desk.later(hours=1)

    assert _anns(desk) == []
    assert desk.case(1).owner == BEA.address
    assert desk.case(1).status == "Waiting on Vendor"


def test_signature_of_a_logo_alone_sends_nothing(desk: StoryDesk, notice: Mail) -> None:
    mail = message_from_bytes(BEA.replies(notice, "", desk.now, quote=False), policy=policy.SMTP)
    mail.set_content('<div><br><img src="cid:logo"></div>', subtype="html")
    mail.add_related(b"\x89PNG\r\n\x1a\nlogo", "image", "png", cid="<logo>", filename="logo.png")
    desk.mail(mail.as_bytes())

    assert _anns(desk) == []
    assert "Nothing was sent" in desk.newest(BEA).text


_AUTOMATIC = {
    "RFC 3834": b"Auto-Submitted: auto-replied (vacation)",
    "Exchange": b"X-Auto-Response-Suppress: All\r\nAuto-Submitted: auto-generated",
    "precedence": b"Precedence: auto_reply",
    "old": b"X-Autoreply: yes",
    "null return path": b"Return-Path: <>\r\nAuto-Submitted: auto-generated",
}


@pytest.mark.parametrize("header", _AUTOMATIC.values(), ids=_AUTOMATIC)
@pytest.mark.parametrize("text", ["I am away until Monday.", "/close", "/send\n/close"])
def test_T11_what_an_agents_machine_writes_is_no_answer_and_commands_nothing(
    desk: StoryDesk, notice: Mail, header: bytes, text: str
) -> None:
    desk.mail(BEA.replies(notice, text, desk.now).replace(b"Subject:", header + b"\r\nSubject:"))

    assert _anns(desk) == []
    assert desk.case(1).status == "New"
    assert not desk.entries(1)[-1].public


@pytest.mark.parametrize(
    ("subject", "text"),
    [
        ("Automatic reply: [Case #1] Where is my parcel?", "I am out of the office until 9 March."),
        ("Out of Office: [Case #1]", "I am currently out of the office and will return on Monday."),
        ("Automatische Antwort: [Case #1]", "Ich bin bis zum 9. März nicht im Büro."),
        ("Abwesenheitsnotiz: [Case #1]", "Vielen Dank für Ihre Nachricht. Ich bin derzeit nicht im Haus."),
        ("Réponse automatique : [Case #1]", "Je suis absent du bureau jusqu'au 9 mars."),
        ("Autoodpowiedź: [Case #1]", "Jestem na urlopie do 9 marca."),
        ("Respuesta automática: [Case #1]", "Estoy fuera de la oficina hasta el 9 de marzo."),
    ],
)
def test_T11_an_agents_out_of_office_without_any_header_is_known_by_its_words(
    desk: StoryDesk, notice: Mail, subject: str, text: str
) -> None:
    desk.mail(BEA.replies(notice, text, desk.now, subject=subject, quote=False))

    assert _anns(desk) == []
    assert desk.case(1).status == "New"


def test_T11_read_receipt_of_an_agent_is_no_answer(desk: StoryDesk, notice: Mail) -> None:
    head = BEA.replies(notice, "x", desk.now).partition(b"\r\n\r\n")[0]
    kept = [line for line in head.split(b"\r\n") if not line.lower().startswith((b"content-", b"mime-"))]
    body = (
        b'MIME-Version: 1.0\r\nContent-Type: multipart/report; report-type=disposition-notification; boundary="b"'
        b"\r\n\r\n--b\r\nContent-Type: text/plain\r\n\r\nYour message was read on Monday.\r\n--b\r\n"
        b"Content-Type: message/disposition-notification\r\n\r\nFinal-Recipient: rfc822; bea@desk.test\r\n"
        b"Disposition: manual-action/MDN-sent-manually; displayed\r\n\r\n--b--\r\n"
    )
    desk.mail(b"\r\n".join(kept) + b"\r\n" + body)

    assert _anns(desk) == []
    assert desk.case(1).status == "New"


# --- T08, T09, T10


def test_T08_unmarked_quotation_below_the_marker_commands_nothing(desk: StoryDesk, notice: Mail) -> None:
    desk.mail(BEA.replies(notice, f"Pardon?\n\n{notice.text}\n/close", desk.now, quote=False))

    assert desk.case(1).status == "Waiting on Customer"


def _in_parts(desk: StoryDesk, notice: Mail, plain: str, kind: str, other: str) -> bytes:
    mail = message_from_bytes(BEA.replies(notice, plain, desk.now, quote=False), policy=policy.SMTP)
    if kind == "alternative":
        mail.add_alternative(other, subtype="html")
    elif kind == "file":
        mail.add_attachment(other, filename="orders.txt")
    elif kind == "mail":
        mail.add_attachment(message_from_bytes(BEA.writes(DESK, other, other, desk.now), policy=policy.SMTP))
    return mail.as_bytes()


@pytest.mark.parametrize(
    ("kind", "other"),
    [
        ("alternative", "<p>/close</p><p>Pardon?</p>"),
        ("alternative", '<p>Pardon?</p><div style="display:none">/close</div>'),
        ("file", "/close\n"),
        ("mail", "/close"),
    ],
)
def test_T09_command_that_stands_only_elsewhere_in_the_mail_is_not_run(
    desk: StoryDesk, notice: Mail, kind: str, other: str
) -> None:
    desk.mail(_in_parts(desk, notice, "Pardon?", kind, other))

    assert desk.case(1).status == "Waiting on Customer"


def test_T09_command_in_the_subject_is_not_run(desk: StoryDesk, notice: Mail) -> None:
    desk.mail(BEA.replies(notice, "Pardon?", desk.now, subject="/close [Case #1] /close"))

    assert desk.case(1).status == "Waiting on Customer"


def test_T09_in_a_mail_of_html_alone_hidden_text_commands_nothing_and_is_not_sent(
    desk: StoryDesk, notice: Mail
) -> None:
    mail = message_from_bytes(BEA.replies(notice, "", desk.now, quote=False), policy=policy.SMTP)
    mail.set_content(
        '<div style="display:none">/close</div><p>Pardon?</p><span style="display:none">/assign carl</span>',
        subtype="html",
    )
    desk.mail(mail.as_bytes())

    (answer,) = _anns(desk)
    assert "Pardon?" in answer.text
    assert "/close" not in answer.whole
    assert desk.case(1).status == "Waiting on Customer"
    assert desk.case(1).owner == BEA.address


_FORGED = """
X-Maild-Case: 1
X-Maild-Event: new-case
X-Maild-Status: Closed
X-Maild-Severity: Immediate
X-Maild-Queue: support
X-Maild-Agent: bea@desk.test
X-Maild-Command: /close
X-Maild-Loop: another-desk
X-RT-Command: Status: closed
Return-Path: <bea@desk.test>
Delivered-To: support@desk.test
X-Original-To: support@desk.test
Envelope-To: support@desk.test
X-Envelope-From: bea@desk.test
Sender: bea@desk.test
Reply-To: bea@desk.test
Resent-From: bea@desk.test
Errors-To: bea@desk.test
X-Sender: bea@desk.test
X-Forwarded-To: support@desk.test
Authentication-Results: desk.test; dmarc=pass header.from=desk.test; dkim=pass header.d=desk.test
ARC-Authentication-Results: i=1; desk.test; dmarc=pass header.from=desk.test
Received-SPF: pass
DKIM-Signature: v=1; d=desk.test
X-MS-Exchange-Organization-AuthAs: Internal
X-Spam-Status: No
X-Spam-Flag: NO
Importance: high
X-Priority: 1
Auto-Submitted: no
References: <c1.e1.aaaaaaaaaaaaaaaa@desk.test>
In-Reply-To: <c1.e3.aaaaaaaaaaaaaaaa@desk.test>
""".strip().split("\n")


@pytest.mark.parametrize("header", _FORGED, ids=lambda line: line.partition(":")[0])
@pytest.mark.parametrize("writer", [EVE, BEA], ids=["a stranger", "in an agent's name"])
def test_T10_no_header_that_anybody_can_write_gives_rights(
    desk: StoryDesk, notice: Mail, writer: Person, header: str
) -> None:
    raw = writer.writes(DESK, "[Case #1] Where is my parcel?", "/close", desk.now)
    desk.mail(header.encode() + b"\r\n" + raw)

    assert desk.case(1).status == "New"
    assert len(desk.entries(1)) == 2
    desk.clock.move(timedelta(hours=1))
    assert _anns(desk) == []


def test_T10_all_of_them_at_once_give_none_either(desk: StoryDesk, notice: Mail) -> None:
    desk.mail("\r\n".join(_FORGED).encode() + b"\r\n" + EVE.writes(DESK, "[Case #1] x", "/close", desk.now))

    assert desk.case(1).status == "New"
    assert len(desk.entries(1)) == 2
