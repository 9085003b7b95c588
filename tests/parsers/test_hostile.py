"""What a stranger may send (T03 to T06, T32, T33, T60 to T80): it ends as data, never as an exception or a right."""

from __future__ import annotations

import json
import time

import pytest

from parsers import Limits, ParsedMessage, parse, to_json
from parsers.commands import split_commands
from tests.parsers.hostile import (
    BIG,
    BOMBS,
    CHARSETS,
    CONTROLS,
    DATES,
    HEAD,
    IDS,
    NAMES,
    SMUGGLED,
    SOURCES,
    UNITS,
    WORDS,
    nested,
)


def _from(*lines: bytes) -> ParsedMessage:
    return parse(b"".join(b"From: " + line + b"\n" for line in lines) + b"Subject: x\n\nHello\n")


def _quick(raw: bytes, seconds: float = 5.0) -> ParsedMessage:
    """Parsed, shown as JSON, and within its time."""
    began = time.process_time()
    message = parse(raw)
    json.dumps(to_json(message))
    assert time.process_time() - began < seconds
    return message


# --- identity ----------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "value",
    [
        b"agent@corp.example",
        b"<agent@corp.example>",
        b"Agent Smith <agent@corp.example>",
        b'"Smith, Agent" <agent@corp.example>',
        "Jürgen Müller <agent@corp.example>".encode(),
        b"=?utf-8?q?J=C3=BCrgen?= <agent@corp.example>",
        b"Agent <agent@CORP.example>",
    ],
)
def test_one_plain_from_is_believed(value: bytes) -> None:
    message = _from(value)
    assert message.sender_is_strict
    assert message.sender.address == "agent@corp.example"


@pytest.mark.parametrize(
    "value",
    [
        b"agent@corp.example <eve@evil.example>",
        b'"agent@corp.example" <eve@evil.example>',
        b"=?utf-8?q?agent=40corp=2Eexample?= <eve@evil.example>",
        b"<agent@corp.example> <eve@evil.example>",
        b"eve@evil.example (agent@corp.example)",
    ],
)
def test_T03_address_in_the_name_is_not_believed(value: bytes) -> None:
    message = _from(value)
    assert not message.sender_is_strict
    assert "agent@corp.example" not in message.sender.name


@pytest.mark.parametrize(
    "head",
    [
        b"From: agent@corp.example\nFrom: eve@evil.example\n",
        b"From: agents: agent@corp.example;\n",
        b"From: agent@corp.example, eve@evil.example\n",
        b"From : agent@corp.example\n",
        b"\xef\xbb\xbfFrom: agent@corp.example\n",
        b"From:\n",
        b"From: <>\n",
        b"From: agent\n",
        b"Sender: agent@corp.example\n",
        b"From: agent@corp.example\n eve@evil.example\n",
        b" From: agent@corp.example\n",
        b"From: undisclosed-recipients:;\n",
        b'From: "agent\\"@corp.example" <eve@evil.example\n',
        b"From: @relay.example:agent@corp.example\n",
        b"From: agent@[127.0.0.1]\n",
        b"From: agent@corp..example\n",
        b"From: .agent@corp.example\n",
    ],
)
def test_T04_anything_but_one_plain_from_is_kept_without_rights(head: bytes) -> None:
    message = parse(head + b"Subject: x\n\nHello\n")
    assert not message.sender_is_strict
    assert message.text == "Hello"


@pytest.mark.parametrize("raw", CONTROLS)
def test_T05_T61_controls_in_the_header_give_nobody_rights(raw: bytes) -> None:
    message = parse(raw)
    assert not message.sender_is_strict
    assert any(defect.startswith("header:") for defect in message.defects)


@pytest.mark.parametrize("value", [b"=?utf-8?q?agent?=@corp.example", b"<=?utf-8?q?agent=40corp.example?=>"])
def test_T06_encoded_word_in_an_address_is_no_address(value: bytes) -> None:
    message = _from(value)
    assert not message.sender_is_strict
    assert message.sender.address != "agent@corp.example"


@pytest.mark.parametrize(
    ("value", "address"),
    [
        (b"A@CORP.Example", "A@corp.example"),
        (b"a+b@corp.example", "a+b@corp.example"),
        (b"a.b@corp.example", "a.b@corp.example"),
    ],
)
def test_T32_only_the_domain_is_folded(value: bytes, address: str) -> None:
    assert _from(value).sender.address == address


@pytest.mark.parametrize(
    "value", ["\u0430gent@corp.example", "agent@c\u043erp.example", "agent@corp.example\u200b", "agent@corp.example."]
)
def test_T32_what_only_looks_like_the_address_is_not_believed(value: str) -> None:
    assert not _from(value.encode()).sender_is_strict


def test_T33_name_has_no_direction_tricks() -> None:
    message = _from('"Support \u202e(tnega)" <eve@evil.example>'.encode())
    assert message.sender.name == "Support (tnega)"
    assert message.sender.address == "eve@evil.example"


@pytest.mark.parametrize("word", WORDS)
def test_T60_encoded_line_end_makes_no_header(word: bytes) -> None:
    message = parse(b"From: " + word + b" <eve@evil.example>\nSubject: " + word + b"\n\nHello\n")
    for shown in (message.subject, message.sender.name, message.base_subject):
        assert "\n" not in shown
        assert "\r" not in shown
    assert message.to == ()


# --- content -----------------------------------------------------------------------------------------


def test_T08_T09_quoted_hidden_or_attached_orders_are_not_the_agents() -> None:
    for body in (
        b"Content-Type: text/plain\n\nHello\n\n> /close\n",
        b"Content-Type: text/plain\n\nHello\n\nOn 5 Jan 2026 at 10:00, Ann <ann@x.example> wrote:\n\n/close\n",
        b"Content-Type: text/plain\n\nFrom: Ann <ann@x.example>\nSent: 5 Jan 2026 10:00\nTo: us\n\n/close\n",
        b"Content-Type: text/html\n\n<p>Hello</p><p style='display:none'>/close</p>\n",
        b"Content-Type: text/html\n\n<p>Hello</p><blockquote>/close</blockquote>\n",
        b'Content-Type: multipart/mixed; boundary="b"\n\n--b\n\nHello\n--b\nContent-Type: message/rfc822\n\n'
        b"Subject: x\n\n/close\n--b--\n",
        b'Content-Type: multipart/mixed; boundary="b"\n\n--b\n\nHello\n--b\nContent-Type: text/plain; name=a.txt\n\n'
        b"/close\n--b--\n",
    ):
        assert split_commands(parse(HEAD + body).reply_text)[0] == ()


def test_T63_template_signs_are_text() -> None:
    text = "{{7*7}} {% x %} ${x} %(x)s {0.__class__}"
    assert parse(HEAD + f"\n{text}\n".encode()).text == text


@pytest.mark.parametrize("source", SOURCES)
def test_T64_sanitised_html_runs_and_loads_nothing(source: str) -> None:
    shown = parse(HEAD + b"Content-Type: text/html\n\n" + f"<p>Words</p>{source}".encode()).html or ""
    assert "Words" in shown
    for bad in (
        "script",
        "onclick",
        "javascript",
        "http://",
        "//track",
        "style",
        "refresh",
        "<form",
        "<base",
        "<iframe",
        "srcset",
    ):
        assert bad not in shown.lower()


def test_T64_html_that_the_cleaner_is_slow_on_is_shown_as_its_words() -> None:
    for unit in ("<b></p>", "<em></p>", "<div></b>", "&", "<table><br>", "<div>"):
        message = _quick(HEAD + b"Content-Type: text/html\n\nWords" + (unit * (2_000_000 // len(unit))).encode())
        assert (message.html or "").startswith("<pre>Words")


def test_T64_inline_images_and_links_stay() -> None:
    shown = (
        parse(HEAD + b"Content-Type: text/html\n\n<img src='cid:a@b'><a href='https://x.example/'>x</a>").html or ""
    )
    assert 'src="cid:a@b"' in shown
    assert 'href="https://x.example/"' in shown


@pytest.mark.parametrize("raw", BOMBS)
def test_T66_bombs_of_structure_end_in_time(raw: bytes) -> None:
    _quick(raw)


def test_T67_limits_hold_at_n_and_one_more() -> None:
    def parts(n: int) -> ParsedMessage:
        body = b"".join(b"--b\n\nx%d\n" % i for i in range(n))
        return parse(HEAD + b'Content-Type: multipart/mixed; boundary="b"\n\n' + body + b"--b--\n", Limits(parts=10))

    def files(n: int) -> ParsedMessage:
        body = b"".join(b"--b\nContent-Type: a/b; name=f%d\n\nx\n" % i for i in range(n))
        return parse(
            HEAD + b'Content-Type: multipart/mixed; boundary="b"\n\n' + body + b"--b--\n", Limits(attachments=5)
        )

    def fields(n: int) -> ParsedMessage:
        return parse(b"".join(b"X-%d: y\n" % i for i in range(n)) + b"\nx\n", Limits(fields=7))

    def sized(n: int) -> ParsedMessage:
        return parse(b"X: " + b"y" * n + b"\n\nx\n", Limits(field_size=50))

    def deep(n: int) -> ParsedMessage:
        return parse(nested(n), Limits(depth=4))

    def size(n: int) -> ParsedMessage:
        return parse(b"X: y\n\n" + b"z" * (n - 6), Limits(size=60))

    def text(n: int) -> ParsedMessage:
        halves = b"".join(b"--b\n\n" + b"x" * size + b"\n" for size in (n // 2, n - n // 2))
        return parse(HEAD + b'Content-Type: multipart/mixed; boundary="b"\n\n' + halves + b"--b--\n", Limits(text=30))

    for reading, most in ((parts, 9), (files, 5), (fields, 7), (sized, 49), (deep, 4), (size, 60), (text, 30)):
        within = [d for d in reading(most).defects if d.startswith("limit:")]
        beyond = [d for d in reading(most + 1).defects if d.startswith("limit:")]
        assert within == [], reading.__name__
        assert beyond, reading.__name__


def test_T68_of_a_million_recipients_the_first_are_read() -> None:
    message = _quick(b"From: a@b.example\nTo: " + b"a@b.example, " * 70_000 + b"\n\nx\n")
    assert len(message.to) == Limits().addresses


def test_T69_archives_and_attached_mails_are_kept_not_opened() -> None:
    inner = b"Subject: inner\nContent-Type: text/plain\n\n/close\n"
    message = parse(
        HEAD + b'Content-Type: multipart/mixed; boundary="b"\n\n--b\n\nHello\n'
        b"--b\nContent-Type: application/zip; name=bomb.zip\n\nPK\x03\x04\n"
        b"--b\nContent-Type: message/rfc822\n\n" + inner + b"--b--\n"
    )
    assert [a.content for a in message.attachments] == [b"PK\x03\x04", inner[:-1]]
    assert message.text == "Hello"


@pytest.mark.parametrize("unit", UNITS)
def test_T71_html_to_text_is_linear(unit: str) -> None:
    def cost(n: int) -> float:
        raw = HEAD + b"Content-Type: text/html\n\n" + (unit * n).encode()
        began = time.process_time()
        parse(raw)
        return time.process_time() - began

    cost(1000)
    small, large = cost(4000), cost(32_000)
    assert large < 30 * small + 0.5


@pytest.mark.parametrize(("charset", "data", "text"), CHARSETS)
def test_T72_charsets_as_they_are_meant(charset: str, data: bytes, text: str) -> None:
    label = f'; charset="{charset}"'.encode("latin-1") if charset else b""
    assert parse(HEAD + b"Content-Type: text/plain" + label + b"\n\n" + data).text == text


def test_T72_broken_encodings_give_text() -> None:
    for encoding in (b"base64", b"quoted-printable", b"x-uuencode", b"7bit", b"nonsense"):
        message = parse(HEAD + b"Content-Transfer-Encoding: " + encoding + b"\n\n=ZZ\xff\xfe==!! end\n")
        assert "\ud800" <= "\udfff"
        json.dumps(to_json(message)).encode()
        message.text.encode()


@pytest.mark.parametrize(("name", "shown"), NAMES)
def test_T74_names_of_attachments_are_made_safe(name: str, shown: str) -> None:
    raw = HEAD + b"Content-Type: application/x; name=" + f'"{name}"'.encode() + b"\n\nx"
    assert [a.filename for a in parse(raw).attachments] == [shown]


def test_T74_rfc2231_name_is_made_safe_too() -> None:
    raw = HEAD + b"Content-Disposition: attachment; filename*=utf-8''..%2F..%2Fa%0D%0AX:%20y\n\nx"
    assert [a.filename for a in parse(raw).attachments] == ["a X_ y"]


def test_T75_no_nul_reaches_text() -> None:
    message = parse(b"From: a@b.example\nSubject: a\x00b\n\nc\x00d\n")
    for shown in (message.subject, message.text, message.reply_text):
        assert "\x00" not in shown
    assert message.text == "c\ufffdd"


def test_T76_T77_digest_tells_equal_content_not_equal_ids() -> None:
    raw = b"From: a@b.example\r\nMessage-ID: <1@b>\r\nSubject: x\r\n\r\nHello\r\n"
    travelled = b"Received: by mx\nDelivered-To: q@desk.example\n" + raw.replace(b"\r\n", b"\n")
    assert parse(raw).digest == parse(travelled).digest
    assert parse(raw).digest != parse(raw.replace(b"Hello", b"Other")).digest


@pytest.mark.parametrize(("field", "found"), IDS)
def test_T78_message_ids(field: bytes, found: str | None) -> None:
    assert parse(field + b"From: a@b.example\n\nx\n").message_id == found


def test_T78_endless_message_id_is_capped() -> None:
    assert len(parse(b"Message-ID: <" + b"a" * 10_000 + b"@b>\n\nx\n").message_id or "") <= 1000


@pytest.mark.parametrize(("value", "shown"), DATES)
def test_T79_dates(value: bytes, shown: str | None) -> None:
    assert to_json(parse(b"Date: " + value + b"\nFrom: a@b.example\n\nx\n"))["date"] == shown


@pytest.mark.parametrize("raw", SMUGGLED)
def test_T80_smuggled_second_mail_is_text_of_the_first(raw: bytes) -> None:
    message = parse(raw)
    assert message.sender.address == "eve@evil.example"
    assert "MAIL FROM" in message.text


@pytest.mark.slow
@pytest.mark.parametrize("raw", BIG)
def test_T66_big_mails_end_in_time(raw: bytes) -> None:
    _quick(raw, 10.0)
