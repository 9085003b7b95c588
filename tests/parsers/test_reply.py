"""The new text of a reply: nothing of the writer's lost, no quotation left; forwards kept whole (T08, T70)."""

from __future__ import annotations

import textwrap
import time
from pathlib import Path

import pytest

from parsers import MARKER, parse

GOLDEN = Path(__file__).parent / "golden"
NEW = "The blue light blinks.\n\nWhat now?"
OLD = "Please restart the printer.\nThen tell us which light blinks.\n\nBob"


def _text(body: str, subject: str = "Re: Printer", extra: str = "") -> str:
    return _html(body, subject, extra, "text/plain")


def _html(body: str, subject: str = "Re: Printer", extra: str = "", kind: str = "text/html") -> str:
    raw = f"From: a@b.example\nSubject: {subject}\n{extra}Content-Type: {kind}; charset=utf-8\n\n{body}"
    return parse(raw.encode()).reply_text


def _marked(text: str) -> str:
    return "\n".join(f"> {line}".rstrip() for line in text.split("\n"))


def _intros() -> list[tuple[str, str]]:
    lines = (GOLDEN / "intros.txt").read_text(encoding="utf-8").splitlines()
    return [(line.split(" | ")[0], line.split(" | ", 2)[2]) for line in lines if line]


def _blocks() -> list[tuple[str, str]]:
    blocks = (GOLDEN / "blocks.txt").read_text(encoding="utf-8").split("=== ")[1:]
    return [(block.partition("\n")[0], block.partition("\n")[2].strip("\n")) for block in blocks]


@pytest.mark.parametrize(("language", "intro"), _intros())
def test_introduction_in_every_language_begins_the_quotation(language: str, intro: str) -> None:
    wrapped = textwrap.fill(intro, 60, break_on_hyphens=False)
    assert _text(f"{NEW}\n\n{intro}\n\n{_marked(OLD)}\n") == NEW, language
    assert _text(f"{NEW}\n{intro}\n{_marked(OLD)}\n") == NEW, language
    assert _text(f"{NEW}\n\n{intro}\n\n{OLD}\n") == NEW, language
    assert _text(f"{NEW}\n\n{wrapped}\n{_marked(OLD)}\n") == NEW, language


@pytest.mark.parametrize(("language", "intro"), _intros())
def test_answer_below_the_quotation_is_kept(language: str, intro: str) -> None:
    assert _text(f"{intro}\n{_marked(OLD)}\n\n{NEW}\n") == NEW, language


@pytest.mark.parametrize(("language", "block"), _blocks())
def test_header_block_in_every_language_begins_the_quotation(language: str, block: str) -> None:
    assert _text(f"{NEW}\n\n{block}\n\n{OLD}\n") == NEW, language
    assert _text(f"{NEW}\n\n{_bold(block)}\n\n{OLD}\n") == NEW, language


def _bold(block: str) -> str:
    """The labels as some programs turn bold type into text."""
    return "\n".join(
        f"*{line.split(':')[0]}:*{line.partition(':')[2]}" if ":" in line else line for line in block.split("\n")
    )


def test_inline_answers_keep_the_quotation_they_answer() -> None:
    body = (
        "Hello Bob,\n\nOn 05/01/2026 10:00, Bob wrote:\n> Is it plugged in?\n\nYes.\n\n> Which light blinks?\n\n"
        "The blue one.\n\n> Bob\n> Support\n"
    )
    assert _text(body) == body[: body.index("\n\n> Bob\n")]


@pytest.mark.parametrize("form", ["-- Please {} --", "##- Please {} -##", "---- Please {} ----", "-- PLEASE {} --"])
def test_our_marker_comes_before_all_others(form: str) -> None:
    line = form.format(MARKER.upper() if "PLEASE" in form else MARKER)
    assert _text(f"{NEW}\n\n{line}\n\nDear Ann,\nold\n") == NEW
    assert _text(f"{NEW}\n\n> {line}\n> Dear Ann,\n> old\n") == NEW
    assert _html(f"<p>The blue light blinks.</p><p>What now?</p><div>{line}</div><p>Dear Ann</p>") == NEW


@pytest.mark.parametrize(
    "prose",
    [
        "Please change these fields:\nFrom: 12 May\nTo: 13 May\nSubject: holiday\n\nThanks, Ann",
        "On Monday at 10:00 I wrote:\n\nThe printer is broken.\n\nNobody answered.",
        "As I wrote on 12 May 2026 10:30:\nit does not print.",
        "The error says:\nFrom: line 3\nit is wrong",
        "Date: 12 May 2026\nAmount: 30 EUR\n\nis what your invoice says.",
        "I ran\n> make\nand it failed.",
        "He wrote:\nnothing at all",
        "Steps:\n1. On 5 Jan 2026 at 10:00 open the lid\n2. close it",
        "To: the manager\n\nI want my money back.",
        "----\nThe table:\n----\na b c",
        "__________________________________\nI have drawn a line above.",
        "Ann said: no. Bob said: yes.",
        "Sent from my point of view, this is wrong.\n\nAnn",
    ],
)
def test_the_writers_own_words_that_look_like_a_quotation_are_kept(prose: str) -> None:
    assert _text(prose, subject="Printer") == prose
    assert _text(prose) == prose


def test_line_before_an_introduction_is_the_writers() -> None:
    assert _text("See my answer\nOn 05/01/2026 10:00, Ann wrote:\n> old\n") == "See my answer"
    assert _text("On Monday, 4 May we tried it.\nOn 05/05/2026 10:00, Ann <a@b.example> wrote:\n\nold") == (
        "On Monday, 4 May we tried it."
    )


def test_signature_and_program_lines_are_folded_and_names_stay() -> None:
    assert _text("Fine.\n\nAnn\n-- \nAnn Field\nFirm Ltd\n") == "Fine.\n\nAnn"
    for line in (
        "Sent from my iPhone",
        "Von meinem iPhone gesendet",
        "Envoyé de mon iPhone",
        "iPhoneから送信",
        "发自我的iPhone",
    ):
        assert _text(f"Fine.\n\nAnn\n\n{line}\n\nOn 05/01/2026 10:00, Bob wrote:\n> old\n") == "Fine.\n\nAnn", line


def test_signature_alone_is_not_folded_to_nothing() -> None:
    assert _text("-- \nAnn Field\n", subject="Hello").strip() != ""


FORWARD = (
    "---------- Forwarded message ----------\nFrom: Eve <eve@c.example>\nDate: 5 Jan 2026\nSubject: Bad cable\n"
    "To: a@b.example\n\nIt sparks."
)


def test_forward_is_kept_whole() -> None:
    assert _text(f"Please handle.\n\n{FORWARD}\n", subject="Fwd: Bad cable") == f"Please handle.\n\n{FORWARD}"


@pytest.mark.parametrize(
    ("source", "new"),
    [
        (
            "<p>New</p><div class='gmail_quote'><div>On Mon, Ann wrote:<br></div><blockquote>old</blockquote></div>",
            "New",
        ),
        ("<p>New</p><div id='divRplyFwdMsg'><b>De&nbsp;tous:</b> x</div><div>old</div>", "New"),
        ("<p>New</p><div class='moz-cite-prefix'>Foo bar:</div><blockquote type='cite'>old</blockquote>", "New"),
        ("<p>New</p><div class='yahoo_quoted'>anything<div>old</div></div>", "New"),
        ("<p>New</p><div class='protonmail_quote'>anything<blockquote>old</blockquote></div>", "New"),
        ("<p>New</p><div id='appendonsend'></div><hr><div>whatever</div>", "New"),
        ("<p>New</p><span id='OLK_SRC_BODY_SECTION'><p>old</p></span>", "New"),
        (
            "<blockquote type='cite'>Q1?</blockquote>Yes<blockquote type='cite'>Q2?</blockquote>No",
            "> Q1?\nYes\n> Q2?\nNo",
        ),
        (
            "<div class='gmail_quote'>On 5 May 2026 10:00 Ann wrote:<blockquote>old</blockquote></div><p>Below</p>",
            "Below",
        ),
        ("New<blockquote class='gmail_quote'>only indented</blockquote>", "New\nonly indented"),
    ],
)
def test_quotation_marked_in_html_is_seen_in_any_language(source: str, new: str) -> None:
    assert _html(source) == new


def test_only_a_quotation_below_nothing_is_kept_as_quoted() -> None:
    assert (
        _text("From: Ann <a@b.example>\nSent: 5 Jan 2026 10:00\nTo: c\nSubject: x\n\n/close\n").splitlines()[-1]
        == "> /close"
    )


@pytest.mark.parametrize(
    "unit",
    [
        "> x\n",
        "On ",
        "On 5 Jan 2026, at 10:00, ",
        "From: a@b.example\n",
        "wrote:\n",
        "- ",
        "<",
        ":\n",
        "\n \n",
        "2026 ",
    ],
)
def test_T70_reading_quotations_is_linear(unit: str) -> None:
    def cost(n: int) -> float:
        body = unit * n
        began = time.process_time()
        _text(body)
        return time.process_time() - began

    cost(1000)
    small, large = cost(5000), cost(40000)
    assert large < 30 * small + 0.5


def test_quotation_that_only_the_html_form_marks_is_seen() -> None:
    raw = (
        'From: a@b.example\nSubject: Re: x\nContent-Type: multipart/alternative; boundary="b"\n\n--b\n\n'
        "New words,\nin two lines\n\nTik 5-1 Ann zegt\n\nold words\n--b\nContent-Type: text/html\n\n"
        "<p>New words,<br>in two lines</p><div id='divRplyFwdMsg'>Tik 5-1 Ann zegt</div><p>old words</p>\n"
        "--b--\n"
    )
    assert parse(raw.encode()).reply_text == "New words,\nin two lines"


def test_html_form_that_says_something_else_cuts_nothing() -> None:
    raw = (
        'From: a@b.example\nSubject: Re: x\nContent-Type: multipart/alternative; boundary="b"\n\n--b\n\n'
        "New words\nand more\n--b\nContent-Type: text/html\n\n<p>Other</p><div id='divRplyFwdMsg'>old</div>\n--b--\n"
    )
    assert parse(raw.encode()).reply_text == "New words\nand more"


@pytest.mark.parametrize(
    "line", ["Sent from my desk, is much easier than my mobile phone.", "Sent via courier, number 5512."]
)
def test_sentence_that_begins_like_a_programs_line_is_the_writers(line: str) -> None:
    assert _text(f"Here it is.\n\n{line}\n") == f"Here it is.\n\n{line}"


def test_foot_of_a_mailing_list_is_folded_even_below_the_quotation() -> None:
    foot = f"{'_' * 47}\nusers mailing list\nusers@lists.example\nhttp://lists.example/mailman/listinfo/users\n"
    assert _text(f"Fine.\n\nAnn\n\n{foot}") == "Fine.\n\nAnn"
    assert _text(f"Fine.\n\nOn 05/01/2026 10:00, Bob wrote:\n> old\n> older\n\n{foot}") == "Fine."
