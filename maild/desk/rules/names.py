"""The names that a rule may use, and what each may be: one table, from which docs/rules.md is made too.

Every name always has a value of its type: what a mail or a case does not have is an empty text. So no condition
can fail because something is missing. `facts.py` finds the values.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from maild.desk.situation import Speaker
from parsers.message import Automatic
from store.records import StateType, Status

SEVERITIES = ("Immediate", "High", "Medium", "Low")
KINDS = (
    "incident", "question", "bug", "data request", "change request", "feature request", "callback", "problem",
)  # fmt: skip
LEVELS = ("L1", "L2", "L3", "vendor")
WEEKDAYS = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")
SETTABLE_STATUSES = tuple(status.value for status in Status if status is not Status.MERGED)

SPEAKERS = {
    Speaker.AGENT: "agent",
    Speaker.PARTICIPANT: "participant",
    Speaker.STRANGER: "stranger",
    Speaker.MACHINE: "machine",
}
"""Whose mails reach the rules; mail of our own and mail in an agent's name without proof do not."""


MESSAGE, CHANGE, TIMER = "message", "change", "timer"
OCCASIONS = (MESSAGE, CHANGE, TIMER)
"""What rules are looked at on: a mail, an agent's or a clock's change of a case, a time."""

SINCE = ("opened", "customer wrote", "answered", "status")
"""From when the time of a rule is counted."""

CHANGES = ("status", "owner", "queue", "level", "severity", "kind")
"""The fields of a case whose change rules look at."""


class Type(StrEnum):
    TEXT = "text"
    NUMBER = "number"
    YES_OR_NO = "yes or no"
    LIST = "list"


@dataclass(frozen=True, slots=True)
class Name:
    """What one name means. `values`: all that it can be, where that is a closed list; "" is "none"."""

    doc: str
    type: Type = Type.TEXT
    values: tuple[str, ...] | None = None


NAMES: dict[str, Name] = {
    "message.subject": Name("The subject, as far as it can be read; tags and “Re:” included."),
    "message.text": Name("The whole text of the mail, quotations included; the first 64 KiB."),
    "message.new_text": Name("Only what the sender newly wrote; the first 64 KiB."),
    "message.language": Name("The language of the text, such as `de`; empty where it is not clear."),
    "message.importance": Name(
        "The sender's own wish (Importance, X-Priority, Priority).", values=("high", "normal", "low")
    ),
    "message.automatic": Name(
        "Which kind of machine wrote it; empty: a person.", values=("", *(one.value for one in Automatic))
    ),
    "message.to": Name("The addresses in To, one a line, in lower case."),
    "message.cc": Name("The addresses in Cc, one a line, in lower case."),
    "message.files": Name("The names of the files that come with it, one a line."),
    "message.file_types": Name("Their types, such as `application/pdf`, one a line."),
    "message.file_count": Name("How many files come with it.", Type.NUMBER),
    "message.forwarded": Name("Whether somebody passes on another's mail.", Type.YES_OR_NO),
    "sender.address": Name("The address in From, in lower case."),
    "sender.name": Name("The name in From."),
    "sender.domain": Name("What stands behind the @."),
    "sender.organisation": Name("The domain that was registered: `example.co.uk` of `mail.example.co.uk`."),
    "sender.who": Name("Who speaks, as far as it is proven.", values=tuple(SPEAKERS.values())),
    "sender.proven": Name(
        "Whether the address is shown to be theirs: by a trusted server, or by answering our mail.", Type.YES_OR_NO
    ),
    "sender.mails_today": Name(
        "How many mails came from that address since midnight in `desk.timezone`, this one among them.", Type.NUMBER
    ),
    "sender.open_cases": Name("How many cases of theirs are not done, before this mail.", Type.NUMBER),
    "sender.customer": Name("The name of the [[customer]] that the address belongs to."),
    "sender.plan": Name("The plan that an admin has noted of them (`maild contact`), else that of their customer."),
    "case.new": Name("Whether the mail opens a case.", Type.YES_OR_NO),
    "case.continued": Name("Whether it continues a case closed long ago.", Type.YES_OR_NO),
    "case.status": Name(
        "Where the case stood before this mail; `New` for a new one.", values=tuple(one.value for one in Status)
    ),
    "case.state": Name("What that status means.", values=tuple(one.value for one in StateType)),
    "case.severity": Name("As it is so far: rules before this one may have set it.", values=SEVERITIES),
    "case.kind": Name("As it is so far.", values=KINDS),
    "case.queue": Name("The queue, as it is so far; one of [[queue]]."),
    "case.level": Name("As it is so far.", values=LEVELS),
    "case.owner": Name("The owner's address, as it is so far; empty: nobody."),
    "case.requester": Name("The address of whom the case is for."),
    "case.age_hours": Name("How long ago it was opened, in hours.", Type.NUMBER),
    "case.target_used": Name(
        "How much of the target that is used most is used, in percent; 100 and more: violated. A new case: 0.",
        Type.NUMBER,
    ),
    "now.working": Name("Whether it is working time, on the calendar of the case's queue.", Type.YES_OR_NO),
    "case.subject": Name("The subject of the mail that opened it, without “Re:” and tag."),
    "case.customer": Name("The name of the [[customer]] that the requester belongs to."),
    "case.plan": Name("The plan of that customer."),
    "case.tags": Name('Its tags, as they are so far: `"vip" in case.tags`.', Type.LIST),
    "change.field": Name("Which field of the case was changed.", values=CHANGES),
    "change.from": Name("What it was before; empty: nothing."),
    "change.to": Name("What it is now; empty: nothing."),
    "change.by": Name("The address of the agent who changed it; of a clock its name, such as `silence-close`."),
    "change.who": Name("Who that is.", values=("agent", "clock")),
    "now.hour": Name("0 to 23, in `desk.timezone`.", Type.NUMBER),
    "now.minute": Name("0 to 59.", Type.NUMBER),
    "now.weekday": Name("In `desk.timezone`.", values=WEEKDAYS),
    "now.date": Name("Such as `2026-12-24`, in `desk.timezone`."),
}

_ONLY_ON = {"message": MESSAGE, "sender": MESSAGE, "change": CHANGE}
"""Groups of names that are known on one occasion only; `case` and `now` always are."""


def names_on(occasion: str) -> dict[str, Name]:
    """The names that a rule on this occasion may use."""
    return {name: one for name, one in NAMES.items() if occasion_of(name) in (None, occasion)}


def occasion_of(name: str) -> str | None:
    """The one occasion on which this name has a meaning; None: on any."""
    return _ONLY_ON.get(name.partition(".")[0])


FUNCTIONS = {"header": '`header("X-Spam-Flag")`: the first field of that name as one line; empty: there is none.'}


def reference() -> str:
    """The tables of docs/rules.md."""
    rows = "".join(f"| `{name}` | {one.type} | {one.doc}{_listed(one)} |\n" for name, one in NAMES.items())
    functions = "".join(f"| `{name}` | text | {doc} |\n" for name, doc in FUNCTIONS.items())
    return f"| name | type | meaning |\n|---|---|---|\n{rows}{functions}"


def _listed(name: Name) -> str:
    if name.values is None:
        return ""
    return " One of " + ", ".join(f"`{value}`" if value else "empty" for value in name.values) + "."
