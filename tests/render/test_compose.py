"""Outgoing bytes: nothing from outside can leave its line, and any mail reader reads back what was meant."""

from email import message_from_bytes, policy
from email.message import EmailMessage

import pytest
from hypothesis import given
from hypothesis import strategies as st

from maild.render.compose import Header, address_header, compose, ids_header, text_header
from parsers import parse
from parsers.message import Attachment

_TEXT = st.text(st.characters(exclude_categories=("Cs",)), max_size=300)


def _read(raw: bytes) -> EmailMessage:
    return message_from_bytes(raw, policy=policy.default)


@given(_TEXT)
def test_T60_no_subject_forges_a_header(subject: str) -> None:
    raw = compose([text_header("Subject", subject), Header("X-End", "1")], "body", None)

    head = raw.split(b"\r\n\r\n")[0]
    names = [line.split(b":")[0] for line in head.split(b"\r\n") if not line.startswith(b" ")]
    assert names == [b"Subject", b"X-End", b"MIME-Version", b"Content-Type", b"Content-Transfer-Encoding"]
    assert all(len(line) <= 998 for line in head.split(b"\r\n"))


@given(_TEXT)
def test_a_subject_is_read_back_as_it_was_meant(subject: str) -> None:
    meant = " ".join("".join(c if c.isprintable() else " " for c in subject).split())
    read = parse(compose([text_header("Subject", subject)], "body", None)).subject

    assert "".join(read.split()) == "".join(meant.split())


def test_T60_an_encoded_line_break_in_a_subject_stays_text() -> None:
    raw = compose([text_header("Subject", "Re: =?utf-8?q?hi=0D=0ABcc:_evil=40x.test?=")], "", None)

    assert _read(raw)["Bcc"] is None
    assert _read(raw)["Subject"] == "Re: =?utf-8?q?hi=0D=0ABcc:_evil=40x.test?="


def test_the_tag_stays_readable_before_any_script() -> None:
    assert text_header("Subject", "[Case #1042] Re: Żółć").value.startswith("[Case #1042] Re: =?utf-8?b?")


def test_names_with_tricks_stay_names() -> None:
    header = address_header(
        "To", [('Bob "x" <evil@x.test>, Eve\r\nBcc: e@x.test', "bob@b.test"), ("Ömer", "o@b.test")]
    )

    to = _read(compose([header], "", None))["To"]
    assert [address.addr_spec for address in to.addresses] == ["bob@b.test", "o@b.test"]
    assert to.addresses[1].display_name == "Ömer"


@pytest.mark.parametrize("address", ["", "a", "a@b c", "a@b\r\nBcc: e@x.test", "a@b,c@d", "<a@b>"])
def test_what_is_no_address_is_refused(address: str) -> None:
    with pytest.raises(ValueError, match="address"):
        address_header("To", [("", address)])


def test_a_header_that_would_break_out_is_refused() -> None:
    with pytest.raises(ValueError, match="other fields"):
        compose([Header("X", "a\r\nBcc: evil@x.test")], "", None)


@given(_TEXT)
def test_text_and_html_are_read_back(text: str) -> None:
    raw = compose([text_header("Subject", "x")], text, "<p>x</p>")
    body = _read(raw).get_body(("plain",))

    assert body is not None
    meant = text.replace("\r\n", "\n").replace("\r", "\n").replace("\0", "\ufffd")
    assert str(body.get_content()).replace("\r\n", "\n").rstrip("\n") == meant.rstrip("\n")
    assert b"\n" not in raw.replace(b"\r\n", b"")
    assert b"\r" not in raw.replace(b"\r\n", b"")
    assert all(len(line) <= 998 for line in raw.split(b"\r\n"))


def test_files_go_along_byte_for_byte_under_a_safe_name() -> None:
    content = bytes(range(256))
    files = [
        Attachment('é "x"\r\nX: y.pdf', "application/pdf", content, "", False, None),
        Attachment("mail.eml", "message/rfc822", b"From: x\r\n\r\n", "", False, "<id>\r\nX: y"),
        Attachment("", "text/html\r\nX: y", b"<b>", "", True, "cid@x"),
    ]
    read = _read(compose([text_header("Subject", "x")], "hello", "<p>hello</p>", files))

    parts = list(read.iter_attachments())
    assert parts[0].get_content() == content
    assert parts[0].get_filename() == 'é "x" X: y.pdf'
    kinds = [part.get_content_type() for part in parts]
    assert kinds == ["application/pdf", "application/octet-stream", "application/octet-stream"]
    assert all(part["X"] is None for part in parts)


def test_long_chains_of_ids_are_folded() -> None:
    ids = [f"<{'x' * 60}.{n}@d.test>" for n in range(10)]
    raw = compose([ids_header("References", ids)], "", None)

    assert _read(raw)["References"].split() == ids
    assert max(len(line) for line in raw.split(b"\r\n")) <= 100
