"""What agents ask to be shown: lists, a whole case, a search, a summary. Here is what they may ask, and how the
answer is put in lines; whoever finds it looks at the store (`maild.pipeline.views`). Pure.
"""

from __future__ import annotations

import difflib
import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta, tzinfo

from maild.desk.lines import cut, in_short
from maild.desk.orders.orders import Orders, Refusal, Verb, joined
from maild.desk.orders.times import in_words
from maild.desk.reports.reports import age_in_words
from maild.desk.settings import Agent, Desk
from maild.desk.situation import Arrived, Situation
from maild.desk.words import own_words
from store.planned import Worked
from store.records import Case, Direction, Entry, Participant

VIEWS = {
    "mine": "my open cases",
    "open": "all open cases",
    "unowned": "open cases that nobody owns",
    "waiting": "open cases that wait for somebody",
    "stale": "open cases on which nothing has happened for long",
    "violated": "open cases of which a target was missed",
    "due": "open cases with a due date, the next one first",
    "created": "open cases for which somebody of us stands",
}
"""What `/list` can show, of the queues that the agent serves."""
MOST_LISTED = 50
_MOST_WORDS, _LONGEST_WORD = 5, 80
_WORD = re.compile(r'"([^"]+)"|(\S+)')
_NUMBER = re.compile(r"(?:\[[^\]\[]{0,40})?#?([0-9]{1,12})\]?")
_ARROWS = dict(zip(Direction, "←→·☎☎✎·", strict=True))
_MOST_ENTRIES, _LONGEST_ENTRY, _MOST_TEXT, _BRIEF = 100, 20_000, 100_000, 160


@dataclass(frozen=True, slots=True, kw_only=True)
class Listing:
    """Which cases are to be listed."""

    view: str
    queue: str | None = None


def read_list(argument: str, desk: Desk) -> Listing:
    """What stands behind `/list`. Raises Refusal."""
    words = argument.lower().split() or ["mine"]
    if words[0] == "queue" and len(words) > 1:
        words = ["open", *words[1:]]
    names = {queue.name.lower(): queue.name for queue in desk.queues}
    rest = [word for word in words[1:] if word not in ("in", "queue")]
    if words[0] in VIEWS and len(rest) <= 1 and all(word in names for word in rest):
        return Listing(view=words[0], queue=names[rest[0]] if rest else None)
    raise Refusal(f"which? Say /list and one of: {', '.join(VIEWS)}, queue NAME ({', '.join(names.values())})")


def read_number(verb: str, argument: str, here: Case | None) -> int:
    """Which case is meant; with nothing behind the verb, this one. Raises Refusal."""
    if not argument and here is not None:
        return here.number
    found = _NUMBER.fullmatch(argument.strip())
    if found is None:
        raise Refusal(f"which case? Say {verb} 1042")
    return int(found[1])


def read_words(argument: str) -> tuple[str, ...]:
    """What is searched for: words, or several in quotes as one. Raises Refusal."""
    found = ["".join(c for c in a or b if c.isprintable()).strip() for a, b in _WORD.findall(argument)]
    found = [word[:_LONGEST_WORD] for word in found if any(c.isalnum() for c in word)]
    words = tuple(dict.fromkeys(found))[:_MOST_WORDS]
    if sum(len(word) for word in words) < 2 and not (words and words[0].isdigit()):
        raise Refusal('for what? Say /search invoice, /search ann@example.com, or /search "paid twice"')
    return words


def no_such_case(number: int) -> Refusal:
    """Also where there is one, of a queue that the agent does not serve (threats T31)."""
    return Refusal(f"there is no case {number}")


def case_line(case: Case, desk: Desk, now: datetime) -> str:
    """“[Case #7] Open, High, carl, opened 3 days ago, ann@example.com: Where is my parcel?”"""
    owner = (case.owner or "nobody").partition("@")[0]
    due = f", due {_minute(case.due_at, desk.zone)}" if case.due_at else ""
    age = age_in_words(now - case.created_at)
    state = f"{case.status.value}, {case.severity}, {owner}, opened {age} ago{due}"
    return f"[{desk.tag} #{case.number}] {state}, {case.requester}: {cut(case.subject, 80)}"


def listed(cases: Sequence[Case], desk: Desk, now: datetime, title: str) -> tuple[str, ...]:
    """The title with how many, and a line for each."""
    lines = [case_line(case, desk, now) for case in cases[:MOST_LISTED]]
    if len(cases) > MOST_LISTED:
        lines.append(f"… and {len(cases) - MOST_LISTED} more")
    return (f"{title}: {len(cases) or 'none'}", *lines)


@dataclass(frozen=True, slots=True, kw_only=True)
class Dossier:
    """All that is on record of one case, for a person to read."""

    case: Case
    participants: Sequence[Participant]
    entries: Sequence[Entry]
    worked: Sequence[Worked]
    clocks: Sequence[str]
    """The headlines of what was promised."""
    related: Sequence[str]
    reminders: Sequence[str] = ()
    waiting: frozenset[int] = frozenset()
    """The entries that have not left yet."""


def summary(found: Dossier, desk: Desk, now: datetime) -> tuple[str, ...]:
    """Who, what, how it stands, and each entry in short."""
    case, zone = found.case, desk.zone
    lines = [
        case_line(case, desk, now),
        f"opened {_minute(case.created_at, zone)}, {case.kind}, {case.level}, queue {case.queue}",
        f"takes part: {', '.join(_person(person) for person in found.participants) or 'nobody'}",
    ]
    if case.creator:
        lines.append(f"creator: {case.creator}")
    if found.worked:
        total = timedelta(minutes=sum(one.minutes for one in found.worked))
        each = {one.agent: sum(o.minutes for o in found.worked if o.agent == one.agent) for one in found.worked}
        said = ", ".join(f"{who.partition('@')[0]} {in_words(timedelta(minutes=m))}" for who, m in each.items())
        lines.append(f"time worked: {in_words(total)} ({said})")
    lines += [*found.related, *found.clocks, *(f"reminder: {one}" for one in found.reminders)]
    lines += [_brief(entry, found, zone) for entry in found.entries if not _is_empty(entry)]
    return tuple(lines)


def whole(found: Dossier, desk: Desk, now: datetime) -> tuple[str, ...]:
    """The case with all its texts; of very many the newest."""
    lines = list(summary(replace(found, entries=()), desk, now))
    shown, room = list[Entry](), _MOST_TEXT
    for entry in reversed(found.entries):
        room -= min(len(entry.text), _LONGEST_ENTRY)
        if room < 0 or len(shown) == _MOST_ENTRIES:
            break
        shown.insert(0, entry)
    if len(shown) < len(found.entries):
        lines.append(f"… {len(found.entries) - len(shown)} older entries are left out")
    for entry in shown:
        lines += ["", f"{_arrow(entry)} {_minute(entry.at, desk.zone)} {_who(entry, found)}"]
        text = entry.text if len(entry.text) <= _LONGEST_ENTRY else f"{entry.text[:_LONGEST_ENTRY]} …"
        lines += [f"| {line}".rstrip() for line in text.strip().split("\n")]
    return tuple(lines)


def _brief(entry: Entry, found: Dossier, zone: tzinfo) -> str:
    said = in_short(entry.text, _BRIEF)
    return f"{_arrow(entry)} {_minute(entry.at, zone)} {_who(entry, found)}: {said}"


def _is_empty(entry: Entry) -> bool:
    """Our own automatic words, and what became of commands, say nothing that an agent needs in short."""
    return entry.direction is Direction.ORDERS or (entry.automatic and entry.direction is Direction.OUT)


def _who(entry: Entry, found: Dossier) -> str:
    name = entry.sender_name or entry.sender
    inside = "" if entry.public else " (internal)"
    if entry.direction is Direction.DRAFT or entry.id in found.waiting:
        inside = " (held, not sent yet)"
    several = f" to {', '.join(entry.to)}" if entry.direction is Direction.OUT and len(entry.to) > 1 else ""
    who = name if name == entry.sender else f"{name} <{entry.sender}>"
    return f"{who}{several}{inside}"


def _arrow(entry: Entry) -> str:
    return _ARROWS[entry.direction]


def _person(person: Participant) -> str:
    return f"{person.address} ({person.role}{', gets no mail of ours' if person.undeliverable else ''})"


def _minute(at: datetime, zone: tzinfo) -> str:
    return f"{at.astimezone(zone):%d %b %Y %H:%M}"


_LOOKING = frozenset("list show search summary why sla participants help case".split())
READING = frozenset({"list", "show", "search", "summary", "template"})
"""The verbs that only look; the answer to each was looked up before (`Situation.shown`)."""


def was_before(situation: Situation) -> bool:
    """Whether the mail also changes something, so that what is shown is how it stood before that."""
    arrived = situation.occasion
    if not isinstance(arrived, Arrived):
        return False
    # One that is misspelt does nothing.
    if any(not difflib.get_close_matches(command.verb, _LOOKING, n=1, cutoff=0.7) for command in arrived.commands):
        return True
    orders = {command.line for command in arrived.commands}
    lines = own_words(arrived.message.reply_text, context=False).split("\n")
    return situation.case is not None and any(line.strip() and line.strip() not in orders for line in lines)


def _shown(verb: str) -> Verb:
    def show(orders: Orders, argument: str, situation: Situation, _a: Agent) -> tuple[Orders, str]:
        found = situation.shown.get((verb, argument))
        if found is None:
            raise Refusal("not more than a few such commands in one mail")
        if found.refusal:
            raise Refusal(found.refusal)
        before = ("as it stood before this mail:",) if was_before(situation) else ()
        return orders, "\n".join((*before, *found.lines))

    return show


def _template(orders: Orders, argument: str, situation: Situation, _a: Agent) -> tuple[Orders, str]:
    found = situation.shown.get(("template", argument))
    if found is None:
        raise Refusal("there is no case here that it could be about")
    if found.refusal:
        raise Refusal(found.refusal)
    if not found.text:
        return orders, "\n".join(found.lines)
    return replace(orders, text=joined(orders.text, found.text)), "its text stands in what you wrote"


def _case(_o: Orders, _argument: str, _s: Situation, _a: Agent) -> tuple[Orders, str]:
    raise Refusal("say /case 1042; the commands below it are about that one")


VERBS_ASKING: dict[str, Verb] = {
    **{verb: _shown(verb) for verb in ("list", "show", "search", "summary")},
    "template": _template,
    "case": _case,
}

HELP_ASKING = {
    "list mine": "my open cases; or: " + ", ".join(view for view in VIEWS if view != "mine") + ", queue NAME",
    "show NUMBER": "all of a case; without a number, of this one",
    "summary NUMBER": "a case in short: who, what, how it stands, time worked, each entry in a line",
    "template NAME": "the canned answer of that name, above what I wrote; without a name: which there are",
    "case NUMBER": "the commands below it are about that case; no text leaves without /public above it",
    "search WORDS": "cases in which all these words stand; an address finds all cases of that customer",
}
