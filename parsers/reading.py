"""One mail read from end to end: the order in which the readers of this package are asked.

`parse` never raises. The outer net is for what nobody foresaw: it keeps what the simplest reading gives, so that even
such a mail becomes an entry a person can open; the defect `reader failed` makes the caller look at it.
"""

from __future__ import annotations

from collections.abc import Set
from typing import Any

from parsers import (
    absence,
    addresses,
    authres,
    automatic,
    autotext,
    body,
    bounce,
    charset,
    contents,
    dates,
    forward,
    html,
    language,
    references,
    reply,
    second,
)
from parsers.fields import Fields, Limits, read_head
from parsers.message import Address, Automatic, Bounce, ParsedMessage
from parsers.mime import Part, Reader

_NOBODY = Address("", "")


def parse(
    raw: bytes, limits: Limits | None = None, tag: str = "Case", own_lists: Set[str] = frozenset()
) -> ParsedMessage:
    """What the mail says. `tag` is the word in the desk's subject tags; `own_lists` are the List-Ids, in lower case,
    of groups through which all of the desk's mail comes."""
    try:
        return _parse(raw, limits or Limits(), tag, own_lists)
    except (ValueError, LookupError, ArithmeticError, TypeError, AttributeError, RecursionError) as problem:
        return _least(raw, f"reader failed: {type(problem).__name__}")


def _parse(raw: bytes, limits: Limits, tag: str, own_lists: Set[str]) -> ParsedMessage:
    defects: list[str] = []
    if len(raw) > limits.size:
        defects.append("limit: mail too big")
        raw = raw[: limits.size]
    if b"\n" not in raw and b"\r" in raw:
        defects.append("mime: line ends are CR only")
        raw = raw.replace(b"\r", b"\n")
    root = Reader(limits, defects).message(raw)
    fields = root.fields
    words = body.read(root, limits, defects)
    subject = fields.text("subject")
    text = reply.unmarked(words.text)
    to, cc, reply_to = (addresses.read_list(fields.all(name), limits.addresses) for name in ("to", "cc", "reply-to"))
    date = dates.read(fields)
    other = second.read(fields, *_unread(fields, {"to": to, "cc": cc, "reply-to": reply_to, "date": date}))
    defects.extend(other.defects)
    sender, strict = _sender(fields, other, defects)
    report = bounce.read(fields, root, sender, subject, text)
    in_reply_to = references.ids(fields, "in-reply-to")
    answered = references.ids(fields, "references")
    is_forward = references.is_forward_subject(subject, tag)
    answers = references.is_reply_subject(subject, tag)
    new = _new_text(words, is_forward, bool(in_reply_to) or answers, limits)
    kind = _automatic(fields, root, sender, subject, new, report, is_forward or answers, own_lists)
    return ParsedMessage(
        message_id=references.message_id(fields),
        in_reply_to=in_reply_to[0] if in_reply_to else None,
        references=answered,
        subject=subject,
        base_subject=references.base_subject(subject, tag),
        case_number=references.find_tag(subject, tag),
        sender=sender,
        sender_is_strict=strict,
        to=to if _found(to) else other.to[: limits.addresses] or to,
        cc=cc if _found(cc) else other.cc[: limits.addresses] or cc,
        reply_to=reply_to if _found(reply_to) else other.reply_to[: limits.addresses] or reply_to,
        delivered_to=_delivered_to(fields, limits),
        date=date or dates.shown(other.date),
        text=text,
        reply_text=new,
        html="\n<hr>\n".join(html.sanitise(one, limits.text) for one in words.html) or None,
        attachments=tuple(words.files),
        automatic=kind[0] if kind else None,
        automatic_sign=kind[1] if kind else None,
        bounce=report,
        forwarded=None if report else forward.read(root, text, is_forward=is_forward),
        marks=references.marks(
            fields, references.newest_first(in_reply_to[0] if in_reply_to else None, answered), text
        ),
        auth_results=authres.read(fields),
        loop_ids=automatic.loop_ids(fields),
        importance=automatic.importance(fields),
        language=language.detect(new or text),
        defects=tuple(dict.fromkeys(defects))[:50],
        digest=contents.of(fields, *_body_of(raw, root)),
        from_html=bool(words.some_html),
        absent_until=absence.until(new, date) if kind and kind[0] is Automatic.AUTO_REPLY else None,
        headers=tuple(fields.items),
    )


def _body_of(raw: bytes, root: Part) -> tuple[bytes, int, int]:
    """The bytes in which the body stands, from where, to where."""
    if root.children:
        return raw, read_head(raw, 0, len(raw), Limits(), [])[1], len(raw)
    return root.source, root.start, root.stop


def _new_text(words: body.Body, is_forward: bool, is_reply: bool, limits: Limits) -> str:
    """What the sender newly wrote; where the plain form shows no quotation, the HTML form is asked."""
    new = reply.new_text(words.text, is_forward=is_forward, is_reply=is_reply)
    if not is_reply or is_forward or words.from_html or not words.html or len(new) + 40 < len(words.text):
        return new
    marked = html.to_text(words.html[0], mark=True, limit=limits.text)
    return reply.cut_like_html(new, marked, reply.new_text(marked, is_reply=True)) or new


def _unread(fields: Fields, found: dict[str, Any]) -> list[str]:
    """The fields that are there and in which our reader found nothing."""
    return [
        name for name, value in found.items() if fields.raw(name) and not (value if name == "date" else _found(value))
    ]


def _found(addresses_read: tuple[Address, ...]) -> bool:
    return any("@" in one.address for one in addresses_read)


def _sender(fields: Fields, other: second.Second, defects: list[str]) -> tuple[Address, bool]:
    """Who it is from, and whether that reading is the only one possible."""
    values = fields.all("from")
    certain = addresses.strict(values)
    clean = not any(d.startswith(("header:", "limit: header", "limit: too many header")) for d in defects)
    if certain is not None and clean and other.agrees(certain):
        return certain, True
    found = addresses.read_list(values, 5) or other.sender or addresses.read_list(fields.all("sender"), 1)
    if len(values) != 1:
        defects.append("from: missing" if not values else "from: several fields")
    elif certain is None:
        defects.append("from: not one plain address")
    best = next((one for one in found if "@" in one.address), found[0] if found else _NOBODY)
    return best, False


def _delivered_to(fields: Fields, limits: Limits) -> tuple[Address, ...]:
    values = [value for name in references.DELIVERY_FIELDS for value in fields.all(name)]
    return tuple(dict.fromkeys(addresses.read_list(values, limits.addresses)))


def _automatic(
    fields: Fields,
    root: Part,
    sender: Address,
    subject: str,
    new: str,
    report: Bounce | None,
    answers: bool,
    own_lists: Set[str],
) -> tuple[Automatic, str] | None:
    """By headers, else by words; words also tell an absence note from other generated mail."""
    if report is not None:
        return Automatic.BOUNCE, "delivery report"
    found = automatic.by_headers(fields, root, own_lists)
    if found is None or found[0] is Automatic.BULK:
        said = autotext.read(subject, new, answers=answers)
        return said or found or automatic.by_sender(sender)
    return found


def _least(raw: bytes, problem: str) -> ParsedMessage:
    """The reading that cannot fail: no structure, the bytes as text."""
    text = charset.tidy(raw[:65536].decode("utf-8", "replace"))
    return ParsedMessage(
        message_id=None,
        in_reply_to=None,
        references=(),
        subject="",
        base_subject="",
        case_number=None,
        sender=_NOBODY,
        sender_is_strict=False,
        to=(),
        cc=(),
        reply_to=(),
        delivered_to=(),
        date=None,
        text=text,
        reply_text=text,
        html=None,
        attachments=(),
        automatic=None,
        automatic_sign=None,
        bounce=None,
        forwarded=None,
        marks=(),
        auth_results=(),
        loop_ids=(),
        importance=None,
        language=None,
        defects=(problem,),
        digest=contents.of(Fields(), raw, 0, len(raw)),
    )
