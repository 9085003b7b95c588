"""What of an HTML document its reader does not see: elements that are certainly hidden, and signs that some text may
be. A reader's mail client is not imitated: what is in doubt counts as seen, and is only told (threats T09).
"""

from __future__ import annotations

import re

from parsers.html_tokens import Tag, attribute, tokens

VOID = frozenset("area base br col embed hr img input link meta param source track wbr".split())
"""Elements that hold nothing: with them nothing else is hidden."""

_MAYBE = re.compile(r"none|hid|collapse|opacity|&", re.IGNORECASE)
_CERTAIN = re.compile(
    r"(?:^|;)(?:display:none|mso-hide:all|visibility:(?:hidden|collapse)|opacity:0*(?:\.0+)?(?![.\d]))"
)
# A size of nothing is no certain sign: builders of newsletters put it around parts that have sizes of their own.
_DOUBTFUL = re.compile(
    r"(?:^|;)(?:color:(?:#fff(?:fff)?(?:ff)?(?![0-9a-f])|white(?![a-z])|transparent|rgba?\(255,255,255)"
    r"|font-size:(?:0(?![.\d])|[0-3](?:\.\d+)?(?:px|pt)|0?\.[0-4]\d*r?em|[1-3]?\d%)|opacity:0?\.[0-2]"
    r"|text-indent:-\d|(?:left|top|right|margin-left|margin-top):-\d{3}|clip(?:-path)?:|transform:|line-height:0"
    r"|(?:max-)?(?:height|width):[01](?:px|pt)?(?=;|$|!)|position:(?:absolute|fixed))"
)
_RULE = re.compile(
    r"display\s{0,9}:\s{0,9}none|visibility\s{0,9}:\s{0,9}hidden|(?:font-size|opacity)\s{0,9}:\s{0,9}0"
)
_ESCAPED = re.compile(r"\\|/\*")
_HIDDEN_ATTRIBUTE = re.compile(r"(?:^|\s)hidden(?=\s|=|/|$)", re.IGNORECASE)


def is_hidden(inner: str) -> bool:
    """Whether the element of this tag (all between its angles) is certainly not shown."""
    if _MAYBE.search(inner) is None:
        return False
    if _CERTAIN.search(_style(inner)) is not None:
        return True
    bare = re.sub(r"\"[^\"]*\"|'[^']*'", '""', inner) if "hidden" in inner.lower() else ""
    return bool(bare) and _HIDDEN_ATTRIBUTE.search(bare) is not None


def may_hide(source: str) -> bool:
    """Whether some of the document's text may be one that nobody sees, though it is no hidden element."""
    style = False
    for token in tokens(source):
        if isinstance(token, str):
            if style and _RULE.search(token.lower()):
                return True
            continue
        style = token.name == "style" and not token.closing
        if not token.closing and "=" in token.inner and _is_doubtful(token):
            return True
    return False


def _is_doubtful(tag: Tag) -> bool:
    if tag.name == "font" and attribute(tag.inner, "color").lower() in ("white", "#ffffff", "#fff"):
        return True
    if tag.name in VOID or "style" not in tag.inner.lower():
        return False
    style = _style(tag.inner)
    return _DOUBTFUL.search(style) is not None or _ESCAPED.search(style) is not None


def _style(inner: str) -> str:
    """The style in small letters, without blanks."""
    return "".join(attribute(inner, "style").lower().split())
