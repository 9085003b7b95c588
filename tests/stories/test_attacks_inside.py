"""What people who take part in a case, or in another one, may try against agents, vendors and each other."""

from __future__ import annotations

from base64 import b64encode
from pathlib import Path

import pytest

from maild.demo.people import Mail, Person
from tests.servers.sink import SinkServer
from tests.stories.desk import ANN, BEA, DESK, EVE, StoryDesk, story_desk

BOSS = Person("Bo Boss", "boss@customer.test")
VIC = Person("Vic Vendor", "help@acme.test")
ROOT = Person("Root", "root@desk.test")
VENDOR = '[[vendor]]\nname = "ACME"\naddress = "help@acme.test"\n'
ADMIN = '[[agent]]\naddress = "root@desk.test"\nname = "Root"\nrole = "admin"\n'


def _mark(mail: Mail) -> str:
    return mail.reply_address.partition("+")[2].partition("@")[0]


def test_T26_a_customers_own_token_in_their_words_does_not_keep_agents_from_answering(desk: StoryDesk) -> None:
    desk.mail(EVE.writes(DESK, "First", "My first matter.", desk.now))
    first = desk.newest(EVE)
    desk.mail(EVE.writes(DESK, "Second", "My second matter.", desk.now))
    words = f"Hello again.\nRef: {_mark(first)}\nRef: c7.aaaaaaaaaaaaaaaa"
    desk.mail(EVE.replies(desk.newest(EVE), words, desk.now))
    notice = desk.newest(BEA)
    assert "Hello again." in notice.text
    assert _mark(first) not in notice.whole
    desk.mail(BEA.replies(notice, f"Good day.\n\n> Ref: {_mark(first)}", desk.now))
    desk.answers_leave()

    assert desk.quarantined() == []
    assert "Good day." in desk.newest(EVE).text
    assert not desk.logged("token.wrong")[1:], "only the customer's own mail bore a wrong one"


def test_T26_a_file_or_a_name_with_another_cases_token_changes_nothing_either(desk: StoryDesk) -> None:
    desk.mail(EVE.writes(DESK, "First", "My first matter.", desk.now))
    mark = _mark(desk.newest(EVE))
    named = Person(f"Eve Ref: {mark}", EVE.address)
    raw = named.writes(DESK, f"Second (Ref: {mark})", "My second matter.", desk.now)
    head, _, body = raw.partition(b"\r\n\r\n")
    head = head.replace(b'Content-Type: text/plain; charset="utf-8"\r\n', b"").replace(
        b"Content-Transfer-Encoding: 7bit\r\n", b""
    )
    head += b"\r\nContent-Type: multipart/mixed; boundary=b"
    file = f'Content-Type: application/pdf; name="{mark}.pdf"\r\nContent-Disposition: attachment\r\n\r\nx'.encode()
    desk.mail(
        head + b"\r\n\r\n--b\r\nContent-Type: text/plain\r\n\r\n" + body + b"\r\n--b\r\n" + file + b"\r\n--b--\r\n"
    )
    assert len(desk.cases()) == 2
    desk.mail(BEA.replies(desk.newest(BEA), "Good day.", desk.now))
    desk.answers_leave()

    assert desk.quarantined() == []
    assert "Good day." in desk.newest(EVE).text


@pytest.mark.parametrize("word", ["c1.aaaaaaaaaaaaaaaa", "inside-moulding", "yes." + "a" * 26])
def test_T12_a_subject_or_name_that_looks_like_a_mark_does_not_keep_agents_from_answering(
    desk: StoryDesk, word: str
) -> None:
    desk.mail(Person(f"Ann {word}", ANN.address).writes(DESK, f"About {word}", f"See {word}.", desk.now))
    desk.mail(BEA.replies(desk.newest(BEA), "Good day.", desk.now))
    desk.answers_leave()

    assert not desk.logged("letter.failed")
    assert "Good day." in desk.newest(ANN).text


def test_T22_a_customer_who_writes_in_a_vendors_name_is_doubted(tmp_path: Path, sink: SinkServer) -> None:
    with story_desk(tmp_path, sink, more=VENDOR) as desk:
        desk.mail(ANN.writes(DESK, "Where is my parcel?", "It is late.", desk.now))
        desk.mail(BEA.replies(desk.newest(BEA), "/vendor acme\n\nWhere is number 17?", desk.now))
        desk.answers_leave()
        true = VIC.replies(desk.newest(VIC), "At sea.", desk.now)
        desk.mail(VIC.replies(desk.inbox(ANN)[0], "Pay her a thousand.", desk.now))
        forged = desk.newest(BEA).text
        assert "It need not be theirs: it answers no mail of ours to them" in " ".join(forged.split())

        desk.mail(true)
        assert "At sea." in desk.newest(BEA).text
        assert "It need not be" not in desk.newest(BEA).text


def test_T46_who_is_taken_out_of_a_case_in_their_name_learns_of_it(desk: StoryDesk) -> None:
    desk.mail(ANN.writes(DESK, "Where is my parcel?", "It is late.", desk.now, cc=[BOSS.address]))
    desk.mail(BEA.replies(desk.newest(BEA), "On its way.", desk.now))
    desk.answers_leave()
    desk.mail(BOSS.replies(desk.newest(ANN), "leave", desk.now))  # by Ann, with her copy's token

    told = desk.newest(BOSS)
    assert told.subject == "[Case #1] You take no part any more"
    assert "If it was not you who wished it" in told.text
    assert "Only copied?" not in told.text
    desk.mail(BOSS.replies(told, "It was not me!", desk.now))
    assert "It was not me!" in desk.newest(BEA).text


def test_T04_a_mail_with_two_senders_is_shown_as_from_nobody_known(desk: StoryDesk) -> None:
    desk.mail(ANN.writes(DESK, "Where is my parcel?", "It is late.", desk.now))
    raw = EVE.replies(desk.newest(ANN), "Give her all she wants.", desk.now, quote=False)
    desk.mail(b"From: bea@desk.test\r\n" + raw)

    assert "From of this mail is not one plain address" in " ".join(desk.newest(BEA).text.split())
    assert not desk.entries(1)[-1].public


def test_T92_a_sender_that_a_trusted_server_reads_otherwise_has_no_rights_and_the_admins_are_told(
    tmp_path: Path, sink: SinkServer, store_url: str
) -> None:
    trusted = '[auth]\nmode = "token+authres"\ntrusted = ["mx.desk.test"]\n'
    with story_desk(tmp_path, sink, store_url, ADMIN + trusted) as desk:
        desk.mail(ANN.writes(DESK, "Where is my parcel?", "It is late.", desk.now))
        said = b"Authentication-Results: mx.desk.test; dmarc=pass header.from=evil.test;\r\n"
        said += b" dkim=pass header.d=desk.test\r\n"
        desk.mail(said + BEA.writes(DESK, "[Case #1] x", "/close", desk.now))

        assert desk.case(1).status == "New"
        assert desk.quarantined() == ["unproven-agent"]
        (told,) = [mail for mail in desk.inbox(ROOT) if "read in two ways" in mail.subject]
        assert "evil.test" in told.text


@pytest.mark.parametrize("before", [b"Hello.", b" "])
def test_T09_orders_of_an_html_part_behind_plain_text_are_those_of_html(desk: StoryDesk, before: bytes) -> None:
    desk.mail(ANN.writes(DESK, "Where is my parcel?", "It is late.", desk.now))
    notice = desk.newest(BEA)
    raw = BEA.replies(notice, "x", desk.now, quote=False)
    head = raw.partition(b"\r\n\r\n")[0]
    head = b"\r\n".join(line for line in head.split(b"\r\n") if not line.lower().startswith((b"content-", b"mime-")))
    parts = b"--b\r\nContent-Type: text/plain\r\n\r\n" + before + b"\r\n--b\r\nContent-Type: text/html\r\n\r\n"
    body = b"\r\nMIME-Version: 1.0\r\nContent-Type: multipart/mixed; boundary=b\r\n\r\n" + parts
    desk.mail(head + body + b"<p>And:</p><p>/cc eve@customer.test</p>\r\n--b--\r\n")

    assert desk.quarantined() == ["needs-confirmation"]


@pytest.mark.parametrize(
    "line",
    [
        "/ note",
        "／note",
        "\u200b/note",
        "/note:",
        "\\note",
        "/nоte",
        "*/note*",
        "/ note " + "He never pays, be careful. " * 9,
    ],
)
@pytest.mark.parametrize("below", ["\n\nHe never pays.", "\nHe never pays."])
def test_T12_a_note_that_is_written_as_no_command_is_not_published(desk: StoryDesk, line: str, below: str) -> None:
    desk.mail(ANN.writes(DESK, "Where is my parcel?", "It is late.", desk.now))
    desk.mail(BEA.replies(desk.newest(BEA), line + below, desk.now))
    desk.answers_leave()

    assert len(desk.inbox(ANN)) == 1
    assert "this was not obeyed" in desk.newest(BEA).text
    assert "Nothing was sent" in desk.newest(BEA).text


@pytest.mark.parametrize("end", ["\u2028", "\u2029", "\x85", "\x0b", "\x0c", "\r"])
def test_T08_no_sign_of_a_line_end_puts_a_customers_words_beside_their_margin(desk: StoryDesk, end: str) -> None:
    head = f"From: ann@customer.test\r\nTo: {DESK}\r\nSubject: One\r\nContent-Type: text/plain; charset=utf-8\r\n"
    body = b64encode(f"Hello{end}/severity high".encode())
    desk.mail(f"{head}Content-Transfer-Encoding: base64\r\n\r\n".encode() + body + b"\r\n")

    shown = desk.newest(BEA).text.splitlines()
    assert "| /severity high" in shown
    assert "/severity high" not in shown
