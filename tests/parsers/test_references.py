"""Tags, subjects, ids and our own marks."""

from __future__ import annotations

import pytest

from parsers import parse
from parsers.references import base_subject, find_tag, newest_first, strip_tag

TOKEN = "abcdefghijklmn27"


@pytest.mark.parametrize(
    ("subject", "number"),
    [
        ("[Case #1042] Printer", 1042),
        ("Re: [case#1042] Printer", 1042),
        ("AW: [Case 1042] Drucker", 1042),
        ("Re:［Case ＃1042］プリンター", 1042),
        ("【CASE #1042】打印机", 1042),
        ("Re: [Case #1042", None),
        ("[Suitcase #1042]", None),
        ("Case #1042", None),
        ("[Ticket #1042]", None),
    ],
)
def test_tag_is_found_in_every_form_it_comes_back_in(subject: str, number: int | None) -> None:
    assert find_tag(subject) == number


def test_tag_word_is_the_callers() -> None:
    assert find_tag("[Fall #7] x", "Fall") == 7
    assert strip_tag("Re: [Fall #7]  x", "Fall") == "Re: x"


@pytest.mark.parametrize(
    "subject",
    [
        "Re: Printer on fire",
        "RE: AW: WG: SV: Printer on fire",
        "Odp: FW: [Case #12] Re[2]: Printer on fire",
        "[Case #12] Re: Printer on fire",
        "回复：转发: Printer on fire",
        "Antw: Vs: Printer on fire",
    ],
)
def test_base_subject_has_no_stacked_prefixes(subject: str) -> None:
    assert base_subject(subject) == "Printer on fire"


def test_base_subject_keeps_what_only_looks_like_a_prefix() -> None:
    assert base_subject("Printer: on fire") == "Printer: on fire"
    assert base_subject("Reset: how?") == "Reset: how?"


def test_newest_reference_first() -> None:
    assert newest_first("<c@x>", ("<a@x>", "<b@x>", "<c@x>")) == ("<c@x>", "<b@x>", "<a@x>")


def test_marks_are_found_in_addresses_ids_and_footers() -> None:
    raw = (
        f"From: a@b.example\nTo: Support <support+c1042.{TOKEN.upper()}@desk.example>\n"
        f"Delivered-To: support+c7.{TOKEN}@desk.example\n"
        f"In-Reply-To: <c1042.e7.{TOKEN}@desk.example>\nReferences: <x@y> <c1042.e3.{TOKEN}@desk.example>\n"
        f"\nHello\n\n> Bye\n> Ref: c9.{TOKEN}\n"
    ).encode()
    marks = {(m.case, m.event, m.token, m.place) for m in parse(raw).marks}
    assert marks == {
        (1042, None, TOKEN, "address"),
        (7, None, TOKEN, "address"),
        (1042, 7, TOKEN, "message-id"),
        (1042, 3, TOKEN, "message-id"),
        (9, None, TOKEN, "footer"),
    }


@pytest.mark.parametrize("bad", ["c1042.abc", f"c1042.{TOKEN}x", f"c1042.{TOKEN[:-1]}1", f"1042.{TOKEN}"])
def test_what_is_no_token_is_no_mark(bad: str) -> None:
    raw = f"From: a@b.example\nTo: support+{bad}@desk.example\n\nRef: {bad}\n".encode()
    assert parse(raw).marks == ()
