"""Words and files of a mail: MIME as it is written, uuencode, TNEF, what HTML looks like as text."""

from __future__ import annotations

import struct

import pytest

from parsers import ParsedMessage, parse

HEAD = b"From: a@b.example\nSubject: x\nMIME-Version: 1.0\n"


def _multipart(kind: str, *parts: bytes) -> ParsedMessage:
    body = b"".join(b"--b\n" + part + b"\n" for part in parts)
    return parse(HEAD + f'Content-Type: multipart/{kind}; boundary="b"\n\n'.encode() + body + b"--b--\n")


def _tnef(name: str, content: bytes, body: str) -> bytes:
    """A small winmail.dat (MS-OXTNEF section 2.1.3)."""

    def attribute(level: int, ident: int, data: bytes) -> bytes:
        return struct.pack("<BII", level, ident, len(data)) + data + struct.pack("<H", sum(data) & 0xFFFF)

    return (
        struct.pack("<IH", 0x223E9F78, 1)
        + attribute(1, 0x00089006, struct.pack("<I", 0x00010000))
        + attribute(1, 0x00069007, struct.pack("<II", 1252, 0))
        + attribute(1, 0x0002800C, body.encode("cp1252") + b"\x00")
        + attribute(2, 0x00069002, b"\x01\x00" + b"\x00" * 12)
        + attribute(2, 0x00018010, name.encode("cp1252") + b"\x00")
        + attribute(2, 0x0006800F, content)
    )


def test_winmail_dat_is_unpacked() -> None:
    pack = _tnef("plan.pdf", b"%PDF-1", "Words inside")
    message = _multipart("mixed", b"\nHello", b"Content-Type: application/ms-tnef; name=winmail.dat\n\n" + pack)
    assert [(a.filename, a.content, a.content_type) for a in message.attachments] == [
        ("plan.pdf", b"%PDF-1", "application/pdf")
    ]
    assert message.text == "Hello"


def test_words_only_in_winmail_dat_are_not_lost() -> None:
    pack = _tnef("plan.pdf", b"%PDF-1", "Words inside")
    message = parse(HEAD + b"Content-Type: application/ms-tnef; name=winmail.dat\n\n" + pack)
    assert message.text == "Words inside"


def test_winmail_dat_that_cannot_be_read_stays_a_file() -> None:
    message = _multipart("mixed", b"\nHello", b"Content-Type: application/ms-tnef; name=winmail.dat\n\nnonsense")
    assert [a.filename for a in message.attachments] == ["winmail.dat"]


def test_uuencoded_file_in_the_text_is_a_file() -> None:
    message = parse(HEAD + b"\nSee below\nbegin 644 a.bin\n#0V%T\n`\nend\nthanks\n")
    assert [(a.filename, a.content) for a in message.attachments] == [("a.bin", b"Cat")]
    assert message.text == "See below\nthanks"


def test_begin_in_prose_is_prose() -> None:
    assert parse(HEAD + b"\nbegin 644 things\nand never end\n").text == "begin 644 things\nand never end"


def test_of_two_forms_the_plain_one_is_the_text_unless_it_is_empty() -> None:
    html = b"Content-Type: text/html\n\n<p>Rich</p>"
    assert _multipart("alternative", b"\nPlain", html).text == "Plain"
    assert _multipart("alternative", b"\n \n", html).text == "Rich"
    assert _multipart("alternative", html).html == "<p>Rich</p>"


def test_text_after_an_attachment_is_kept() -> None:
    message = _multipart(
        "mixed", b"\nBefore", b"Content-Type: image/png; name=a.png\n\nx", b"Content-Type: text/plain\n\nAfter"
    )
    assert message.text == "Before\n\nAfter"
    assert [a.filename for a in message.attachments] == ["a.png"]


def test_attached_mail_is_a_file_and_not_our_text() -> None:
    message = _multipart("mixed", b"\nHello", b"Content-Type: message/rfc822\n\nSubject: Old\n\nold words")
    assert message.text == "Hello"
    assert [(a.filename, a.content_type) for a in message.attachments] == [("Old.eml", "message/rfc822")]


@pytest.mark.parametrize(
    ("kind", "name"),
    [
        ("application/pkcs7-mime; name=smime.p7m", "smime.p7m"),
        ("application/pgp-encrypted", ""),
        ("application/pgp-signature; name=signature.asc", "signature.asc"),
        ("text/calendar; method=REQUEST; name=invite.ics", "invite.ics"),
    ],
)
def test_signed_encrypted_and_calendar_parts_are_kept(kind: str, name: str) -> None:
    message = _multipart("mixed", b"\nHello", f"Content-Type: {kind}\n\nxyz".encode())
    assert [(a.filename, a.content_type, a.content) for a in message.attachments] == [
        (name, kind.split(";", maxsplit=1)[0], b"xyz")
    ]


@pytest.mark.parametrize(
    ("field", "name"),
    [
        (b'Content-Disposition: attachment; filename="a b.txt"', "a b.txt"),
        (b"Content-Disposition: attachment; filename=a b.txt", "a b.txt"),
        (b"Content-Disposition: attachment; filename*=utf-8''%C3%BC.txt", "ü.txt"),
        (b'Content-Disposition: attachment; filename*0="long "; filename*1=name.txt', "long name.txt"),
        (b"Content-Disposition: attachment; filename*0*=utf-8''%C3; filename*1*=%BC.txt", "ü.txt"),
        (b'Content-Disposition: attachment; filename="=?utf-8?b?w7wudHh0?="', "ü.txt"),
        (b'Content-Disposition: attachment; filename="\xc3\xbc.txt"', "ü.txt"),
        (b'Content-Disposition: attachment; filename="\xfc.txt"', "ü.txt"),
        (b'Content-Disposition: attachment; filename="open.txt', "open.txt"),
        (b'Content-Disposition: attachment;\n filename="folded.txt"', "folded.txt"),
        (b'Content-Type: application/x; name="from-type.txt"', "from-type.txt"),
        (b'Content-Disposition: attachment; filename="first.txt"; filename="second.txt"', "first.txt"),
    ],
)
def test_names_of_files_in_all_broken_forms(field: bytes, name: str) -> None:
    message = _multipart("mixed", b"\nHello", field + b"\nContent-Transfer-Encoding: base64\n\neA==")
    assert [(a.filename, a.content) for a in message.attachments] == [(name, b"x")]


@pytest.mark.parametrize(
    ("value", "subject"),
    [
        (b"=?utf-8?q?Gr=C3=BC=C3=9Fe?=", "Grüße"),
        (b"=?UTF-8?B?R3LDvMOf?= =?UTF-8?B?ZQ==?=", "Grüße"),
        (b"=?utf-8?b?R3LD?= =?utf-8?b?vMOfZQ==?=", "Grüße"),
        (b"=?utf-8?q?Gr=C3=BC=C3=9Fe?=und mehr", "Grüßeund mehr"),
        (b"=?utf-8*de?q?Gr=C3=BC=C3=9Fe?=", "Grüße"),
        (b"=?utf-8?q?a b?=", "a b"),
        (b"=?iso-2022-jp?B?GyRCRnxLXBsoQg==?=", "日本"),
        (b"=?utf-8?b?R3LDvMOfZQ?=", "Grüße"),
        (b"=?x-none?q?Gr=C3=BC=C3=9Fe?=", "Grüße"),
        (b"Gr\xc3\xbc\xc3\x9fe", "Grüße"),
        (b"Gr\xfc\xdfe", "Grüße"),
        (b"=?utf-8?q?broken", "=?utf-8?q?broken"),
        ("=?utf-8?q?=F0=9F=96=A8?= 🖨".encode(), "🖨 🖨"),
        (b"a\n\tfolded\n  line", "a folded line"),
    ],
)
def test_subjects_in_all_broken_forms(value: bytes, subject: str) -> None:
    assert parse(b"Subject: " + value + b"\nFrom: a@b.example\n\nx").subject == subject


def test_html_reads_as_a_person_would_type_it() -> None:
    source = (
        "<h1>Title</h1><p>One<br>two</p><ul><li>a<li>b</ul><ol><li>x</li><li>y</li></ol>"
        "<table><tr><th>Name</th><th>Price</th></tr><tr><td>Ink</td><td>3 €</td></tr></table>"
        "<p>See <a href='https://x.example/y'>here</a> or <a href='https://x.example'>x.example</a>.</p>"
        "<script>no()</script><style>p{}</style><p hidden style='display: none'>never</p><pre>a\n  b</pre>"
    )
    text = parse(HEAD + b"Content-Type: text/html; charset=utf-8\n\n" + source.encode()).text
    assert text == (
        "Title\n\nOne\ntwo\n\n- a\n- b\n1. x\n2. y\nName \t Price\nInk \t 3 €\n\n"
        "See here <https://x.example/y> or x.example.\n\na\n  b"
    )


def test_less_than_sign_that_is_no_tag_stays() -> None:
    assert parse(HEAD + b"Content-Type: text/html\n\n<p>if a < b and c <= d</p>").text == "if a < b and c <= d"


def test_flowed_text_is_joined() -> None:
    raw = HEAD + b"Content-Type: text/plain; format=flowed\n\nOne long \nline.\n> quoted \n> line\n-- \nAnn\n"
    assert parse(raw).text == "One long line.\n> quoted line\n-- \nAnn"


def test_multipart_that_does_not_name_its_boundary_is_cut_all_the_same() -> None:
    parts = b"--x\nContent-Type: text/plain\n\nHello\n--x\nContent-Type: a/b; name=c\n\nd\n--x--\n"
    raw = HEAD + b"Content-Type: multipart/mixed\n\n" + parts
    assert parse(raw).text == "Hello"
    assert [a.filename for a in parse(raw).attachments] == ["c"]


def test_multipart_without_any_boundary_is_its_text() -> None:
    assert parse(HEAD + b"Content-Type: multipart/mixed\n\nHello\n").text == "Hello"
