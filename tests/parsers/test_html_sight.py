"""What is hidden in HTML: certainly, or perhaps; and that nothing else is lost by it (T09)."""

import pytest

from parsers import parse
from parsers.html import to_text
from parsers.html_sight import may_hide
from parsers.message import MAY_HIDE

HIDDEN = [
    '<div style="display:none">/close</div>',
    '<div style="display:\n none !important">/close</div>',
    '<div style="&#100;isplay:none">/close</div>',
    "<div style='visibility: hidden'>/close</div>",
    '<span style="color:red;opacity:0">/close</span>',
    '<p style="mso-hide:all">/close</p>',
    "<p hidden>/close</p>",
    '<p class="x" HIDDEN="">/close</p>',
    "<template>/close</template>",
    "<!-- \n/close\n -->",
    "<title>/close</title>",
    "<style>\n/close\n</style>",
]
DOUBTFUL = [
    '<p style="color:#FFFFFF">/close</p>',
    '<p style="color: rgb(255, 255, 255)">/close</p>',
    "<font color=white>/close</font>",
    '<p style="font-size:0">/close</p>',
    '<p style="font-size: 1px">/close</p>',
    '<p style="text-indent:-9999px">/close</p>',
    '<p style="position:absolute;left:-5000px">/close</p>',
    '<p style="dis\\70lay:none">/close</p>',
    '<p style="display/**/:none">/close</p>',
    '<p style="max-height:0;overflow:hidden">/close</p>',
    "<style>.x { display: none }</style><p class=x>/close</p>",
]
PLAIN = [
    '<style type="text/css" style="display:none;"> P {margin-top:0;margin-bottom:0;} </style>'
    '<div style="font-family:Calibri;font-size:12pt;color:rgb(0,0,0);background-color:#fff">/close</div>',
    '<p class="MsoNormal"><span style="font-size:11.0pt;mso-fareast-language:EN-US">/close</span></p>',
    '<div dir="ltr">/close<br></div>',
    '<img style="display:none" src="cid:x"><p title="hidden: none">/close</p>',
    '<p style="font-size:100%;opacity:1;line-height:1.2">/close</p>',
]


@pytest.mark.parametrize("source", HIDDEN)
def test_T09_what_is_certainly_hidden_is_no_text_and_what_follows_is(source: str) -> None:
    assert to_text(f"<p>Before</p>{source}<p>After</p>").split() == ["Before", "After"]


@pytest.mark.parametrize("source", DOUBTFUL)
def test_T09_what_may_be_hidden_is_text_and_is_told(source: str) -> None:
    assert may_hide(source)
    assert "/close" in to_text(source)
    message = parse(b"From: a@b.test\nContent-Type: text/html\n\n" + source.encode())
    assert message.from_html
    assert MAY_HIDE in message.defects


@pytest.mark.parametrize("source", PLAIN)
def test_T09_what_mail_clients_write_is_in_no_doubt(source: str) -> None:
    assert not may_hide(source)
    assert to_text(source).strip() == "/close"


@pytest.mark.parametrize("void", ["<img style='display:none' src=x>", "<br style='display:none'>"])
def test_a_hidden_picture_hides_nothing_behind_it(void: str) -> None:
    assert to_text(f"<p>Before</p>{void}<p>After</p>").split() == ["Before", "After"]


def test_a_hidden_paragraph_ends_where_the_next_begins() -> None:
    assert to_text("<p style='display:none'>x<p>After") == "After"


def test_T09_words_of_a_picture_are_no_order() -> None:
    assert to_text("<p>Hello</p><img alt='/close' src=x>").split("\n")[-1] == "[/close]"


def test_T65_of_text_and_html_that_say_different_things_the_text_counts() -> None:
    raw = b"From: a@b.test\nContent-Type: multipart/alternative; boundary=b\n\n--b\n\nI say yes.\n--b\n"
    message = parse(raw + b"Content-Type: text/html\n\n<p>I say no.</p>\n--b--\n")
    assert message.text == message.reply_text == "I say yes."
    assert not message.from_html


def test_T09_a_mail_with_plain_text_is_in_no_doubt_whatever_its_html_hides() -> None:
    raw = b"From: a@b.test\nContent-Type: multipart/alternative; boundary=b\n\n--b\n\nHello\n--b\n"
    message = parse(raw + b"Content-Type: text/html\n\n<p style='color:white'>/close</p>\n--b--\n")
    assert not message.from_html
    assert MAY_HIDE not in message.defects
    assert message.reply_text == "Hello"


@pytest.mark.parametrize(
    "unit", ["<a ", "<p style='", '<p style="color:', "<p hidden ", "&#100;", "<style>display", "<p style=x:;;;"]
)
def test_T71_looking_for_what_is_hidden_is_linear(unit: str) -> None:
    import time

    def spent(times: int) -> float:
        source = unit * times
        began = time.process_time()
        may_hide(source)
        to_text(source)
        return time.process_time() - began

    spent(1000)
    assert spent(80_000) <= 6 * spent(20_000) + 0.1
