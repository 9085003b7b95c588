"""How mails look in a browser: on a phone and on a desk, by day and by night."""

import re
import zlib
from dataclasses import replace

import pytest

from maild.demo.people import Mail
from maild.desk.reports.reports import Section
from maild.render.templates import _FULL, EVENTS_FOR_ADMINS, EVENTS_FOR_AGENTS, EVENTS_FOR_CUSTOMERS, Templates
from parsers.html import to_text
from tests.render.mails import mails
from tests.render.pictures import PICTURES, pixels, small
from tests.servers.chromium import Chromium
from tests.stories.links import html_of

_SCREENS = [(width, dark) for width in (360, 1200) for dark in (False, True)]
_FAINT = """
(() => {
  const parts = text => (text.match(/[0-9.]+/g) || []).map(Number);
  const light = text => {
    const [r, g, b] = parts(text).map(v => v / 255).map(v => v <= 0.04045 ? v / 12.92 : ((v + 0.055) / 1.055) ** 2.4);
    return 0.2126 * r + 0.7152 * g + 0.0722 * b;
  };
  const behind = node => {
    for (; node; node = node.parentElement) {
      const colour = getComputedStyle(node).backgroundColor, [, , , opaque] = parts(colour);
      if (opaque === undefined || opaque > 0) return colour;
    }
    return "rgb(255, 255, 255)";
  };
  const faint = [], walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
  let seen = 0;
  while (walker.nextNode()) {
    const node = walker.currentNode.parentElement;
    if (!walker.currentNode.data.trim()) continue;
    const [a, b] = [light(getComputedStyle(node).color), light(behind(node))];
    const ratio = (Math.max(a, b) + 0.05) / (Math.min(a, b) + 0.05);
    seen += 1;
    if (ratio < 4.5) faint.push(ratio.toFixed(2) + " " + walker.currentNode.data.trim());
  }
  return [seen, faint, light(behind(document.body))];
})()
"""
"""How many texts there are, those below the contrast that WCAG 2 asks for (AA), and how light the page is."""
_CELLS = """
(() => {
  const cells = [...document.querySelectorAll("tr:last-child td")], word = document.createRange();
  word.selectNodeContents(cells[1]);
  return [cells.map(cell => cell.getBoundingClientRect().top), word.getBoundingClientRect().height];
})()
"""
_REPORT = replace(
    _FULL,
    columns=("case", "severity", "status", "age", "requester", "subject"),
    sections=(
        Section(
            "Bea (1)",
            (("[Case #1042]", "Immediate", "Waiting on Customer", "3 days", f"{'b' * 60}@customer.test", "x" * 300),),
        ),
    ),
)


@pytest.fixture(scope="module")
def written(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Mail]:
    return mails(tmp_path_factory.mktemp("mails"))


@pytest.mark.parametrize(("width", "dark"), _SCREENS)
def test_every_mail_fits_the_screen_and_can_be_read_and_tapped(
    chromium: Chromium, written: dict[str, Mail], width: int, dark: bool
) -> None:
    for name, mail in written.items():
        _look(chromium, name, html_of(mail), width, dark)
        assert chromium.ask("document.links.length") > 0, name


@pytest.mark.parametrize(("width", "dark"), _SCREENS)
def test_every_template_fits_the_screen_and_can_be_read_and_tapped(
    chromium: Chromium, width: int, dark: bool
) -> None:
    templates = Templates(None)
    for event in (*EVENTS_FOR_CUSTOMERS, *EVENTS_FOR_AGENTS, *EVENTS_FOR_ADMINS, *templates.of_rules()):
        _look(chromium, event, templates.render(event, "en", _FULL).html or "", width, dark)
    _look(chromium, "report", templates.render("report", "en", _REPORT).html or "", width, dark)
    # One below the other on a phone; on a desk beside each other, no short word broken.
    tops, height = chromium.ask(_CELLS)
    assert len(set(tops)) == (6 if width == 360 else 1)
    assert height < 30


def _look(chromium: Chromium, name: str, html: str, width: int, dark: bool) -> None:
    chromium.show(html, width=width, dark=dark)
    assert chromium.ask("document.documentElement.scrollWidth") <= width, name
    texts, faint, brightness = chromium.ask(_FAINT)
    assert texts > 2
    assert faint == [], name
    assert brightness < 0.02 if dark else brightness > 0.9
    heights = chromium.ask("[...document.links].map(link => link.getBoundingClientRect().height)")
    assert min(heights, default=40) >= 40, name


def test_a_mail_that_is_too_wide_and_too_faint_is_seen(chromium: Chromium) -> None:
    """That the measures above can fail."""
    html = '<body style="background:#fff;color:#ccc"><p style="width:400px">Hello</p><a href="#">there</a>'
    chromium.show(html, width=360, dark=True)
    assert chromium.ask("document.documentElement.scrollWidth") > 360
    assert chromium.ask(_FAINT)[1][0] == "1.61 Hello"
    assert chromium.ask("document.links[0].getBoundingClientRect().height") < 40


def test_the_text_part_of_every_mail_has_what_the_html_part_says(written: dict[str, Mail]) -> None:
    for name, mail in written.items():
        html = re.sub(r"<a .*?</a>|<title>.*?</title>", "", html_of(mail), flags=re.DOTALL)
        shown = set(re.findall(r"[\w@.+-]*\w", to_text(html)))
        assert shown <= set(re.findall(r"[\w@.+-]*\w", mail.text)), name


def test_the_text_part_of_every_template_has_what_its_html_says() -> None:
    templates = Templates(None)
    for event in (*EVENTS_FOR_CUSTOMERS, *EVENTS_FOR_AGENTS, *EVENTS_FOR_ADMINS, *templates.of_rules()):
        page = templates.render(event, "en", replace(_FULL, marker="", footer=""))
        html = re.sub(r"<a .*?</a>|<title>.*?</title>", "", page.html or "", flags=re.DOTALL)
        assert set(re.findall(r"\w+", to_text(html))) - set(re.findall(r"\w+", page.text)) == set(), event


def test_the_pictures_in_the_docs_are_there_and_small() -> None:
    page = (PICTURES.parent / "notices.md").read_text(encoding="utf-8")
    named = set(re.findall(r"pictures/([a-z0-9-]+\.png)", page))
    kept = {path.name: path.stat().st_size for path in PICTURES.glob("*.png")}
    assert named == set(kept)
    assert sum(kept.values()) < 1_500_000


def test_a_picture_is_made_small_and_stays_what_it_is(chromium: Chromium) -> None:
    chromium.show("<body style='background:#fff'><b style='color:#00f'>Hello</b>", width=360, dark=False)
    whole = chromium.picture()
    less = small(whole)
    assert len(less) < len(whole)

    width, height, depth, lines = pixels(whole)
    at = {kind: less.index(kind) for kind in (b"PLTE", b"IDAT", b"IEND")}
    palette = less[at[b"PLTE"] + 4 :]
    numbers = zlib.decompress(less[at[b"IDAT"] + 4 : at[b"IEND"] - 8])
    for y, line in enumerate(lines):
        for x in range(width):
            number = numbers[y * (width + 1) + 1 + x]
            kept, was = palette[number * 3 : number * 3 + 3], line[x * depth : x * depth + 3]
            assert max(abs(a - b) for a, b in zip(kept, was, strict=True)) < 16
    assert len(numbers) == height * (width + 1)
