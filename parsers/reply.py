"""What this sender newly wrote: the text without the quotation below, around or above it.

Order of trust: our own marker line; what the mail program marked in its HTML; introductions and header blocks in any
of our languages; lines marked with `>`. A forward is kept whole: passing it on is what the sender did. Inline answers
keep the quotation they answer. A signature after `-- ` and a line like `Sent from my phone` are folded away; a
name or a greeting stays. Where nothing new would be left of unmarked text, it is kept, marked as quoted.

One pass over the lines; the decisions about single lines are in `parsers.quotes`.
"""

from __future__ import annotations

from dataclasses import dataclass

from parsers import phrases, quoted_header, quotes
from parsers.html import BEGIN, CUT, END

_MAX_SIGNATURE = 15
_MAX_LINES = 20_000
_MARKS = (CUT, BEGIN, END)


@dataclass(slots=True)
class _Line:
    text: str
    quoted: bool = False
    intro: bool = False

    @property
    def blank(self) -> bool:
        return not self.text.strip(" \t\u00a0>") if self.quoted else not self.text.strip()


def new_text(text: str, *, is_forward: bool = False, is_reply: bool = False) -> str:
    """The new text of a mail. `text` may hold the marks of `html.to_text(…, mark=True)`."""
    lines = text.split("\n")
    if len(lines) > _MAX_LINES:
        # No person's letter: what is beyond is kept unread.
        head = new_text("\n".join(lines[:_MAX_LINES]), is_forward=is_forward, is_reply=is_reply)
        return head + "\n" + unmarked("\n".join(lines[_MAX_LINES:]))
    kept, cut = _scan(lines, is_forward)
    if cut is not None and not _said(kept):
        # Nothing above an unmarked quotation: somebody may have answered below it. Keep it, marked.
        return _as_quoted([line for line in lines[cut:] if line not in _MARKS])
    return _finish(kept, is_reply)


def cut_like_html(text: str, marked: str, new_in_html: str) -> str | None:
    """The new text of the plain form, cut where the HTML form marks its quotation; None: the forms do not match.

    For plain forms in which no language's introduction is seen: the program marked the same quotation in its tags.
    """
    if not new_in_html or len(new_in_html) >= len(unmarked(marked)):
        return None
    wanted = [c for c in new_in_html if not c.isspace() and c not in _DECORATION]
    at = 0
    for c in wanted:
        while at < len(text) and (text[at].isspace() or text[at] in _DECORATION):
            at += 1
        if at >= len(text) or text[at] != c:
            return None
        at += 1
    # Only at the end of a line: a cut inside of one would be a coincidence.
    return text[:at].strip("\n") if not text[at:].split("\n", 1)[0].strip(" *_>") else None


_DECORATION = "*_>-•"


def unmarked(text: str) -> str:
    """The text without the marks of `html.to_text`."""
    if CUT not in text and BEGIN not in text:
        return text
    return "\n".join(line for line in text.split("\n") if line not in _MARKS).strip("\n")


def _as_quoted(lines: list[str]) -> str:
    return "\n".join(line if line.startswith(">") else f"> {line}".rstrip() for line in lines).strip("\n")


def _said(kept: list[_Line]) -> bool:
    return any(not line.quoted and not line.intro and not line.blank for line in kept)


def _scan(lines: list[str], is_forward: bool) -> tuple[list[_Line], int | None]:
    """The lines up to the quotation that ends the mail, classified, and where it begins (None: nowhere)."""
    kept: list[_Line] = []
    inside = 0
    at = 0
    while at < len(lines):
        line = lines[at]
        if line in (BEGIN, END):
            inside = max(inside + (1 if line == BEGIN else -1), 0)
            if line == BEGIN and _forward_follows(lines, at):
                return kept + [_Line(one) for one in lines[at:] if one not in _MARKS], None
            at += 1
            continue
        quoted = inside > 0 or line.lstrip(" ").startswith((">", "&gt;", "＞")) or _is_broken_link(lines, at, kept)
        if not quoted:
            stop = _cut(lines, at, is_forward)
            if stop == "cut":
                return kept, at
            if stop == "forward":
                return kept + [_Line(one) for one in lines[at:] if one not in _MARKS], None
            found = quotes.intro(lines, at) if line.strip() else None
            if found is not None:
                if not found.marked and not _mark_follows(lines, found.end):
                    return kept, at
                kept.extend(_Line(one, intro=True) for one in lines[at : found.end])
                at = found.end
                continue
        kept.append(_Line(line, quoted))
        at += 1
    return kept, None


def _cut(lines: list[str], at: int, is_forward: bool) -> str:
    """Does an unmarked quotation ("cut") or a forward ("forward") begin at this line?"""
    line = lines[at]
    if line == CUT:
        return "forward" if is_forward or _forward_follows(lines, at) else "cut"
    if not quotes.may_begin_other(line):
        return ""
    if quotes.is_marker(line):
        return "cut"
    if quotes.is_forward(line):
        return "forward"
    block = quoted_header.header_block(lines, at)
    if block is None and (quotes.is_rule(line) or quotes.is_original(line)):
        after = next((i for i in range(at + 1, min(at + 4, len(lines))) if lines[i].strip()), None)
        block = quoted_header.header_block(lines, after) if after is not None else None
        if block is None and quotes.is_original(line):
            return "forward" if is_forward else "cut"
    if block is None:
        return ""
    return "forward" if is_forward else "cut"


def _is_broken_link(lines: list[str], at: int, kept: list[_Line]) -> bool:
    """A quoted link that was wrapped out of its quotation: alone on its line, quoted lines right above and below."""
    line = lines[at].strip()
    if "://" not in line or " " in line.rstrip("> ") or not kept or not kept[-1].quoted:
        return False
    return at + 1 < len(lines) and lines[at + 1].startswith(">")


def _forward_follows(lines: list[str], at: int) -> bool:
    seen = 0
    for line in lines[at + 1 : at + 8]:
        if line.strip():
            if quotes.is_forward(line):
                return True
            seen += 1
            if seen > 2:
                break
    return False


def _mark_follows(lines: list[str], at: int) -> bool:
    return any(line in (BEGIN, CUT) for line in lines[at : at + 3])


def _finish(kept: list[_Line], is_reply: bool) -> str:
    """Drop the quotation at the end, or above a bottom-posted answer; then fold the signature."""
    kept = kept[: _signature(kept)]
    end = _without_tail(kept, is_reply)
    first = _bottom_posted(kept, end)
    kept = _without_middle(kept[first:end])
    return _folded([line.text for line in kept])


def _without_tail(kept: list[_Line], is_reply: bool) -> int:
    """Where the quotation at the end begins. A single marked line that nothing introduces may be the writer's."""
    end = len(kept)
    while end and (kept[end - 1].blank or kept[end - 1].quoted or kept[end - 1].intro):
        end -= 1
    dropped = kept[end:]
    strong = any(line.intro for line in dropped) or sum(1 for line in dropped if line.quoted and not line.blank) > 1
    return end if strong or is_reply else len(kept)


def _without_middle(kept: list[_Line]) -> list[_Line]:
    """One whole quotation with only a farewell below it answers nothing inline: it goes, the farewell stays."""
    begin = next((at for at, line in enumerate(kept) if line.intro), None)
    if begin is None or any(line.quoted for line in kept[:begin]):
        return kept
    end = begin
    while end < len(kept) and (kept[end].blank or kept[end].quoted or kept[end].intro):
        end += 1
    rest = [line for line in kept[end:] if not line.blank]
    if len(rest) > 2 or any(line.quoted or len(line.text) > 60 or "?" in line.text for line in rest):
        return kept
    return kept[:begin] + kept[end:]


def _signature(kept: list[_Line]) -> int:
    """Where the signature after `-- `, or a mailing list's foot, begins; it may stand below the quotation too."""
    for at in range(len(kept) - 1, max(len(kept) - _MAX_SIGNATURE - 2, 0), -1):
        line = kept[at]
        if line.quoted or not (line.text.rstrip() == "--" or _is_list_foot(kept, at)):
            continue
        rest = kept[at + 1 :]
        if any(not one.blank for one in kept[:at]) and not any(one.quoted or len(one.text) > 200 for one in rest):
            return at
    return len(kept)


def _is_list_foot(kept: list[_Line], at: int) -> bool:
    """The rule that list managers draw above `… mailing list` and their address."""
    line = kept[at].text.strip()
    if len(line) < 20 or line.strip("_-"):
        return False
    below = " ".join(one.text for one in kept[at + 1 : at + 5]).casefold()
    return "mailing list" in below or "/listinfo/" in below or "unsubscribe" in below


def _bottom_posted(kept: list[_Line], end: int) -> int:
    """Where the answer begins when it stands below one quotation and nothing stands above it."""
    at = 0
    while at < end and (kept[at].blank or kept[at].quoted or kept[at].intro):
        at += 1
    if at == 0 or not any(line.quoted for line in kept[:at]):
        return 0
    return at if not any(line.quoted or line.intro for line in kept[at:end]) else 0


def _folded(lines: list[str]) -> str:
    """Without the signature after `-- ` and the lines that a program put below."""
    lines = lines[: _signature([_Line(line) for line in lines])]
    end = len(lines)
    while end and (not lines[end - 1].strip() or (end > 1 and _is_program_line(lines[end - 1]))):
        end -= 1
    if not any(line.strip() for line in lines[:end]):
        end = len(lines)
    return "\n".join(lines[:end]).strip("\n").rstrip()


def _is_program_line(line: str) -> bool:
    """`Sent from my iPhone`, and not the writer's `Sent from my desk, which is …`: a device is named early."""
    low = line.strip(" \t\u00a0*_-[]()<>").casefold()
    if not 0 < len(low) < 120 or not low.startswith(phrases.MOBILE):
        return False
    words = low.replace("'", " ").replace("’", " ").replace(",", " ,").split()[:7]
    return any(device in word for word in words for device in phrases.DEVICES)
