"""Which parts of a mail are its words, and which are files (RFC 2046, RFC 2183, and what mailers make of them).

The words: in `multipart/alternative` the plain form, unless it is empty; otherwise every shown text, in order. The
files: all else that carries content, also those inside the text (uuencode) and inside winmail.dat. A message that
is attached stays one file; its words are not this sender's. Reports' machine parts are no files.
"""

from __future__ import annotations

import hashlib
import mimetypes
import os.path
from dataclasses import dataclass, field

from parsers import charset, filenames, html, mime, tnef
from parsers.fields import Limits
from parsers.html_sight import may_hide
from parsers.message import MAY_HIDE, Attachment
from parsers.mime import Part

_NO_FILES = frozenset(
    {
        "message/delivery-status",
        "text/rfc822-headers",
        "message/disposition-notification",
        "message/feedback-report",
        "message/global-delivery-status",
        "message/global-headers",
    }
)
_ALTERNATIVE = "multipart/alternative"
_TNEF = frozenset({"application/ms-tnef", "application/vnd.ms-tnef"})


@dataclass(slots=True)
class Body:
    """The words in both forms, the plain form's source, and the files."""

    plain: list[str] = field(default_factory=list)
    html: list[str] = field(default_factory=list)
    files: list[Attachment] = field(default_factory=list)
    from_html: bool = False
    """All of the words were made of HTML."""
    some_html: list[str] = field(default_factory=list)
    """The documents of which some of the words were made."""

    @property
    def text(self) -> str:
        """The whole body as text."""
        return "\n\n".join(piece.strip("\n") for piece in self.plain if piece.strip())


def read(root: Part, limits: Limits, defects: list[str]) -> Body:
    """The body of the tree's outermost message."""
    return _Reading(limits, defects).run(root)


class _Reading:
    def __init__(self, limits: Limits, defects: list[str]) -> None:
        self._limits = limits
        self._defects = defects
        self._body = Body()
        self._left = {True: limits.text, False: limits.text}
        """How much may still be read, of HTML and of other text."""

    def run(self, root: Part) -> Body:
        self._part(root, "")
        body = self._body
        if not body.text and body.html:
            body.from_html = True
            body.some_html = body.html
            body.plain = [html.to_text(source, mark=True, limit=self._limits.text) for source in body.html]
        if any(may_hide(source[: self._limits.text]) for source in body.some_html):
            self._defects.append(MAY_HIDE)
        return body

    def _part(self, part: Part, within: str) -> None:
        kind = part.content_type
        if kind == "message/rfc822":
            self._message(part)
        elif part.children:
            if kind == _ALTERNATIVE:
                self._alternative(part)
            else:
                for child in part.children:
                    self._part(child, within or kind)
        elif kind in _NO_FILES:
            pass
        elif kind.startswith("multipart/"):
            self._broken_multipart(part, within)
        elif self._is_text(part, within):
            self._text(part, within)
        else:
            self._file(part)

    def _is_text(self, part: Part, within: str) -> bool:
        if part.content_type not in ("text/plain", "text/html", "text/enriched", "text/richtext"):
            return part.content_type == "text" or (not part.content_type)
        if part.disposition == "attachment":
            return False
        # A mail that is one text with a name is still a letter.
        return not part.filename or not within

    def _alternative(self, part: Part) -> None:
        """One body in several forms: each form is read, and the plain one gives the text."""
        before = len(self._body.plain)
        rendered: list[str] = []
        for child in part.children:
            held = self._body.html[:]
            self._part(child, _ALTERNATIVE)
            rendered.extend(self._body.html[len(held) :])
        said = "".join(self._body.plain[before:]).strip()
        if not said and rendered and (before or self._has_siblings()):
            del self._body.plain[before:]
            self._body.some_html.extend(rendered)
            self._body.plain.extend(html.to_text(source, limit=self._limits.text) for source in rendered)

    def _has_siblings(self) -> bool:
        return any(piece.strip() for piece in self._body.plain)

    def _text(self, part: Part, within: str) -> None:
        text = self._decoded(part)
        if part.content_type == "text/html":
            self._body.html.append(text)
            if within != _ALTERNATIVE and self._has_siblings():
                self._later_html(text)
            return
        text, files = self._uuencoded(text)
        self._body.plain.append(text)
        self._body.files.extend(files)

    def _later_html(self, source: str) -> None:
        """HTML after text, not as its alternative: more words, unless it only says the same again."""
        more = html.to_text(source, limit=self._limits.text)
        have = "".join("".join(self._body.plain).split())
        said = "".join(more.split())
        if said and said not in have and have not in said:
            self._body.plain.append(more)
            self._body.some_html.append(source)

    def _decoded(self, part: Part) -> str:
        data = self._within_limit(mime.decoded(part), is_html=part.content_type == "text/html")
        text, wrong = charset.decode(data, part.charset or _html_charset(part, data))
        if wrong:
            self._defects.append(wrong)
        if part.parameters.get("format", "").lower() == "flowed":
            text = flowed(charset.tidy(text), part.parameters.get("delsp", "").lower() == "yes")
        return charset.tidy(text)

    def _within_limit(self, data: bytes, *, is_html: bool) -> bytes:
        if len(data) > self._left[is_html]:
            self._defects.append("limit: text too long")
            data = data[: self._left[is_html]]
        self._left[is_html] -= len(data)
        return data

    def _broken_multipart(self, part: Part, within: str) -> None:
        """A multipart that could not be cut is shown as the text it is, unless there is other text."""
        if within and self._has_siblings():
            return
        text, _ = charset.decode(self._within_limit(mime.decoded(part), is_html=False), part.charset)
        if text.strip():
            self._body.plain.append(charset.tidy(text))

    def _message(self, part: Part) -> None:
        name = part.filename
        if not name and part.children:
            subject = part.children[0].fields.text("subject")
            name = f"{subject[:80]}.eml" if subject else ""
        self._add(name or "message.eml", "message/rfc822", part.body, part)

    def _file(self, part: Part) -> None:
        data = mime.decoded(part)
        if part.content_type in _TNEF or part.filename.lower() == "winmail.dat":
            pack = tnef.read(data, self._limits.attachments)
            if pack is not None:
                self._unpack(pack, part)
                return
        self._add(part.filename, part.content_type, data, part)

    def _unpack(self, pack: tnef.Packed, part: Part) -> None:
        for name, content in pack.files:
            # The table itself: guess_type() would read the system's files.
            kind = mimetypes.types_map.get(os.path.splitext(name)[1].lower(), "application/octet-stream")
            self._add(name, kind, content, part)
        if not self._has_siblings() and not self._body.html:
            if pack.text.strip():
                self._body.plain.append(pack.text)
            elif pack.html.strip():
                self._body.html.append(charset.tidy(pack.html))

    def _add(self, name: str, kind: str, data: bytes, part: Part) -> None:
        if len(self._body.files) >= self._limits.attachments:
            self._defects.append("limit: too many attachments")
            return
        content_id = part.fields.text("content-id").strip("<> ") or None
        inline = part.disposition == "inline" or (part.disposition != "attachment" and content_id is not None)
        self._body.files.append(attachment(name, kind, data, inline=inline, content_id=content_id))

    def _uuencoded(self, text: str) -> tuple[str, list[Attachment]]:
        if "\nbegin " not in text and not text.startswith("begin "):
            return text, []
        out: list[str] = []
        files: list[Attachment] = []
        lines = text.split("\n")
        at = 0
        endless = 0
        while at < len(lines):
            name = _uu_name(lines[at]) if at >= endless else ""
            if name:
                rest = (lines[i].encode("latin-1", "replace") for i in range(at + 1, len(lines)))
                data, used, ended = mime.uu_lines(rest)
                if ended:
                    files.append(attachment(name, "application/octet-stream", data, inline=False, content_id=None))
                    at += used + 1
                    continue
                # What was read without an end has none: no line of it is tried again.
                endless = at + 1 + used
            out.append(lines[at])
            at += 1
        return "\n".join(out), files


def _uu_name(line: str) -> str:
    """The name in `begin 644 name`; '' when the line is none."""
    words = line.split(" ", 2)
    is_begin = len(words) == 3 and words[0] == "begin" and words[1].isdigit() and len(words[1]) in (3, 4)
    return words[2] if is_begin else ""


def attachment(name: str, kind: str, data: bytes, *, inline: bool, content_id: str | None) -> Attachment:
    """One file, its name made safe and its content measured."""
    return Attachment(filenames.safe(name), kind, data, hashlib.sha256(data).hexdigest(), inline, content_id)


def flowed(text: str, delete_space: bool) -> str:
    """Format=flowed (RFC 3676): soft line ends joined again, at equal depth of quoting, never into a signature."""
    out: list[str] = []
    joining = False
    last_depth = 0
    for line in text.split("\n"):
        body = line.lstrip(">")
        depth = len(line) - len(body)
        if body.startswith(" "):
            body = body[1:]
        if joining and depth == last_depth and body != "-- ":
            out[-1] += body
        else:
            out.append((">" * depth + " " + body) if depth else body)
        joining = body.endswith(" ") and body != "-- "
        if joining and delete_space:
            out[-1] = out[-1][:-1]
        last_depth = depth
    return "\n".join(out)


def _html_charset(part: Part, data: bytes) -> str | None:
    """What an HTML document says of itself, when its part says nothing."""
    if part.content_type != "text/html":
        return None
    head = data[:2048].lower()
    at = head.find(b"charset=")
    if at < 0:
        return None
    word = head[at + 8 : at + 60].lstrip(b"\"' ")
    end = next((i for i, b in enumerate(word) if not (b in b"-_." or 48 <= b <= 57 or 97 <= b <= 122)), len(word))
    return word[:end].decode("ascii") or None
