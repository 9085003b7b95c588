"""HTML to text: the writer behind `parsers.html.to_text`. Tags steer plain counters; nothing recurses."""

from __future__ import annotations

import re
from html import unescape

from parsers import charset
from parsers.html_sight import VOID, is_hidden
from parsers.html_tokens import Tag, attribute, attributes_of, tokens

_CUT, _BEGIN, _END = "\ue0c7", "\ue0c8", "\ue0c9"
_BLOCK = frozenset(
    """address article aside body center dd details dir div dl dt fieldset figure footer form h1 h2 h3 h4 h5 h6 header
    li main menu nav ol pre section table tbody tfoot thead tr ul caption o:p""".split()
)
_SKIP = frozenset("script style title template noscript xml object svg math textarea select iframe".split())
_QUOTE_CLASS = (
    "gmail_quote",
    "gmail_attr",
    "moz-cite-prefix",
    "yahoo_quoted",
    "protonmail_quote",
    "tutanota_quote",
    "zmail_extra",
    "mail_quote",
    "quoted_msg",
    "wm_quote",
    "qtmsg",
)
_CUT_CLASS = ("outlookmessageheader", "ms-outlook-mobile-reference-message")
_CUT_ID = (
    "divrplyfwdmsg",
    "divtaskfwd",
    "olk_src_body_section",
    "mail-editor-reference-message-container",
    "yahoo_quoted",
    "stopspelling",
    "replyforwardmessage",
    "reply-intro",
    "isforwardcontent",
    "mailbirdquote",
    "appendonsend",
    "lavabit_quote",
    "isreplycontent",
    "zmreply",
)
_MAX_QUOTE = 20
_BLANKS = re.compile("[ \t\n\r\f]+")


class Writer:
    """Takes a document, gives its text."""

    def __init__(self, mark: bool) -> None:
        self._mark = mark
        self._out: list[str] = []
        self._line: list[str] = []
        self._quote = 0
        self._quotes: list[int] = []
        self._lists: list[int] = []
        self._pre = 0
        self._skip = ""
        self._hidden: list[str] = []
        self._link: tuple[str, int] | None = None
        self._blank_before = 0
        self._cell = False
        self._divs = 0
        self._begun: list[int] = []

    def feed(self, source: str) -> None:
        """Read the whole source."""
        for token in tokens(source):
            if isinstance(token, str):
                self._data(token)
            else:
                self._tag(token)

    # --- tags ------------------------------------------------------------------------------------------

    def _tag(self, tag: Tag) -> None:
        name, inner, closing = tag
        if self._skip:
            if closing and name == self._skip:
                self._skip = ""
            return
        if name in _SKIP and not inner.endswith("/"):
            if not closing:
                self._skip = name
            return
        if self._hidden:
            self._in_hidden(name, inner, closing)
            return
        attributes = "" if closing or "=" not in inner else inner
        if not closing and inner and name not in VOID and not inner.endswith("/") and is_hidden(inner):
            self._hidden.append(name)
            return
        if attributes and self._mark and ("class" in attributes or "id" in attributes or "CLASS" in attributes):
            self._quotation(attributes, name)
        if name == "div":
            self._div(closing)
        if closing:
            self._close(name)
        else:
            self._open(name, attributes)

    def _div(self, closing: bool) -> None:
        """Count open ones: a marked quotation ends with its own."""
        if not closing:
            self._divs += 1
            return
        self._divs -= 1
        if self._begun and self._divs < self._begun[-1]:
            self._begun.pop()
            self._break(1)
            self._out.append(_END)

    def _in_hidden(self, name: str, inner: str, closing: bool) -> None:
        """What its writer did not see is not seen by ours (T09)."""
        if name == "p" and self._hidden == ["p"] and not closing:  # the next one ends it
            self._hidden.clear()
            self._tag(Tag(name, inner, closing))
        elif closing and name == self._hidden[0]:
            self._hidden.pop()
        elif not closing and name == self._hidden[0] and not inner.endswith("/") and len(self._hidden) < 500:
            self._hidden.append(name)

    def _quotation(self, attributes: str, name: str) -> None:
        found = attributes_of(attributes)
        classes, ident = found.get("class", ""), found.get("id", "")
        if any(word in classes for word in _CUT_CLASS) or any(word in ident for word in _CUT_ID):
            self._break(1)
            self._out.append(_CUT)
        elif name == "div" and any(word in classes for word in _QUOTE_CLASS):
            self._break(1)
            self._out.append(_BEGIN)
            self._begun.append(self._divs + 1)

    def _open(self, name: str, attributes: str) -> None:
        if name == "br":
            self._newline()
        elif name == "p":
            self._break(2)
        elif name == "blockquote":
            self._break(1)
            # Gmail's indentation carries the class of its quotation, outside of one.
            self._quotes.append(0 if "gmail_quote" in attributes and not self._begun else 1)
            self._quote = min(sum(self._quotes[:_MAX_QUOTE]), _MAX_QUOTE)
        elif name in ("td", "th"):
            if self._cell:
                self._line.append(" \t ")
            self._cell = True
        elif name == "hr":
            self._break(1)
            self._line.append("-" * 30)
            self._break(1)
        elif name == "img":
            self._image(attributes)
        elif name == "a":
            self._link = (attribute(attributes, "href"), len(self._line)) if attributes else None
        elif name in _BLOCK:
            self._open_block(name)

    def _open_block(self, name: str) -> None:
        self._break(2 if name[0] == "h" and name[1:].isdigit() else 1)
        if name in ("ul", "ol", "menu", "dir"):
            self._lists.append(0 if name == "ol" else -1)
        elif name == "li":
            indent = "  " * max(min(len(self._lists), 10) - 1, 0)
            if self._lists and self._lists[-1] >= 0:
                self._lists[-1] += 1
                self._line.append(f"{indent}{self._lists[-1]}. ")
            else:
                self._line.append(indent + "- ")
        elif name == "tr":
            self._cell = False
        elif name == "pre":
            self._pre += 1

    def _close(self, name: str) -> None:
        if name == "p":
            self._break(2)
        elif name == "blockquote":
            self._break(1)
            if self._quotes:
                self._quotes.pop()
                self._quote = min(sum(self._quotes[:_MAX_QUOTE]), _MAX_QUOTE)
        elif name == "a":
            self._close_link()
        elif name in _BLOCK:
            self._break(2 if name[0] == "h" and name[1:].isdigit() else 1)
            if name in ("ul", "ol", "menu", "dir") and self._lists:
                self._lists.pop()
            elif name == "pre":
                self._pre = max(self._pre - 1, 0)
            elif name in ("tr", "table"):
                self._cell = False

    def _image(self, attributes: str) -> None:
        """An image's words: only those a writer gave it, not the alternate text of a tracking pixel."""
        alt = attribute(attributes, "alt")
        if alt.strip():
            if alt.strip()[0] in "/#!":  # no line of a writer's (T09)
                alt = f"[{alt.strip()}]"
            self._data(alt if len(alt) < 200 else alt[:200])

    def _close_link(self) -> None:
        """`text <target>`, unless the text says it already."""
        link, self._link = self._link, None
        if link is None:
            return
        target, start = link
        shown = "".join(self._line[start:]).strip()
        if not target.lower().startswith(("http:", "https:", "ftp:", "mailto:")) or not shown:
            return
        bare = target[7:] if target.lower().startswith("mailto:") else target
        if _same(bare, shown):
            return
        self._line.append(f" <{bare}>")

    # --- text ------------------------------------------------------------------------------------------

    def _data(self, text: str) -> None:
        if not text or self._skip or self._hidden:
            return
        if "&" in text:
            text = charset.tidy(unescape(text))
        if self._pre:
            first, *others = text.replace("\r\n", "\n").split("\n")
            self._line.append(first)
            for other in others:
                self._newline()
                self._line.append(other)
            return
        text = _BLANKS.sub(" ", text)
        if text == " " and (not self._line or self._line[-1].endswith(" ")):
            return
        if text.startswith(" ") and (not self._line or self._line[-1].endswith(" ")):
            text = text[1:]
        self._line.append(text)

    def _newline(self) -> None:
        self._flush()
        self._blank_before = 0

    def _break(self, lines: int) -> None:
        """End the line; with 2, leave one blank line before what follows."""
        if self._line and "".join(self._line).strip():
            self._flush()
        else:
            self._line.clear()
        if self._out and lines > 1 and self._out[-1].strip("> "):
            self._blank_before = 1

    def _flush(self) -> None:
        line = "".join(self._line).rstrip()
        self._line.clear()
        prefix = "> " * self._quote
        if line and self._blank_before:
            self._out.append(prefix.rstrip())
        self._blank_before = 0
        self._out.append((prefix + line).rstrip())
        if self._link is not None:
            self._link = (self._link[0], 0)

    def text(self) -> str:
        """All of it, runs of blank lines made one or two."""
        if self._line:
            self._flush()
        out: list[str] = []
        blank = 0
        for line in self._out:
            blank = 0 if line.strip("> \u00a0") else blank + 1
            if blank < 3:
                out.append(line)
        return "\n".join(out).replace("\u00a0", " ").strip("\n")


def _same(target: str, shown: str) -> bool:
    """Does the link's text already give its target?"""
    bare = target.split("://", 1)[-1].removeprefix("www.").rstrip("/").lower()
    said = shown.split("://", 1)[-1].removeprefix("www.").rstrip("/").lower()
    return bare == said or (said.startswith(bare) and len(bare) > 3)
