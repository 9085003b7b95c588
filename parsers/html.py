"""HTML of strangers: a sanitised form to show (nh3), and a form to read as text.

Sanitised: no script, style, form, frame or remote load; images only by `cid:` (T64). The cleaner is quadratic in
nesting depth, in references of one text and in what stands astray in a table, and cannot be interrupted: behind a
guard, a document with too much of them loses its tags first.

As text: paragraphs, lists, tables and links the way a person would type them. Where a mail client marked the
quotation in the tags (Gmail, Outlook, Yahoo, Apple, Thunderbird …), a line `CUT` stands before it, and blockquotes
carry `> `, so that the reader of replies sees the quotation whatever its language. One pass, no recursion, no
backtracking (T70, T71).
"""

from __future__ import annotations

import html as stdlib_html
import re
from functools import lru_cache

import nh3

CUT = "\ue0c7"
"""A line of only this, in `to_text(…, mark=True)`: here begins a quotation that goes on to the end."""
BEGIN, END = "\ue0c8", "\ue0c9"
"""The same for a quotation whose end the program marked too."""

_MAX_DEPTH = 200
_MAX_TAGS = 60_000
_MAX_REFERENCES = 100_000
_TAG = re.compile(r"<(/?)([a-zA-Z][a-zA-Z0-9:]{0,30})")
_VOID = frozenset("area base br col embed hr img input link meta param source track wbr".split())
_ENDS_ITSELF = frozenset("p li dt dd td th tr tbody thead tfoot option".split())
"""The next one ends it; only another tag between them lets it nest."""
_TAGS = frozenset(
    """a abbr acronym address article aside b bdi bdo big blockquote br caption center cite code col colgroup dd del
    details dfn div dl dt em figcaption figure font footer h1 h2 h3 h4 h5 h6 header hr i img ins kbd li main mark nav
    ol p pre q rp rt ruby s samp section small span strike strong sub summary sup table tbody td tfoot th thead time
    tr tt u ul var wbr""".split()
)
_ATTRIBUTES = {
    "*": {"dir", "lang", "title", "align", "valign", "class"},
    "a": {"href"},
    "img": {"src", "alt", "width", "height"},
    "td": {"colspan", "rowspan", "width"},
    "th": {"colspan", "rowspan", "width"},
    "table": {"border", "cellpadding", "cellspacing", "width"},
    "ol": {"start", "type"},
    "font": {"color", "size"},
    "blockquote": {"type"},
}


@lru_cache(maxsize=1)
def _cleaner() -> nh3.Cleaner:
    return nh3.Cleaner(
        tags=set(_TAGS),
        attributes={key: set(value) for key, value in _ATTRIBUTES.items()},
        attribute_filter=_filter,
        url_schemes={"http", "https", "mailto", "tel", "cid"},
        link_rel="noopener noreferrer nofollow",
        strip_comments=True,
    )


def _filter(tag: str, name: str, value: str) -> str | None:
    if name == "src" and tag == "img" and value[:4].lower() != "cid:":
        return None
    return value


def sanitise(source: str, limit: int) -> str:
    """Safe to show as it is. Never loads anything."""
    source = source[:limit]
    if _is_bomb(source):
        # More than in any person's mail: the words stay, the structure goes.
        return "<pre>" + stdlib_html.escape(to_text(source)) + "</pre>"
    return _cleaner().clean(source)


def _is_bomb(source: str) -> bool:
    tags = source.count("<")
    if tags > _MAX_TAGS or source.count("&") > _MAX_REFERENCES:
        return True
    return tags > _MAX_DEPTH and _depth(source) > _MAX_DEPTH


def _depth(source: str) -> int:
    """The deepest nesting, at most: a tag ends with one of its own name only, however the two are crossed."""
    depth = deepest = 0
    open_: dict[str, int] = {}
    for closing, name in _TAG.findall(source):
        name = name.lower()
        if name in _VOID or name in _ENDS_ITSELF:
            continue
        if not closing:
            open_[name] = open_.get(name, 0) + 1
            depth += 1
            deepest = max(deepest, depth)
        elif open_.get(name):
            open_[name] -= 1
            depth -= 1
    return deepest


def to_text(source: str, *, mark: bool = False, limit: int = 2 * 1024 * 1024) -> str:
    """The document as text; `mark`: with `CUT` lines before quotations."""
    from parsers.html_text import Writer  # only mails in HTML need it

    writer = Writer(mark)
    writer.feed(source[:limit])
    return writer.text()
