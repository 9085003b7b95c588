"""Finds the values of the names that rules use (`names.py`): each only when it is asked for, and once."""

from __future__ import annotations

from datetime import datetime
from functools import cached_property
from zoneinfo import ZoneInfo

from maild.desk.changes import Change
from maild.desk.clocks.calendar import Calendar
from maild.desk.clocks.clocks import History, most_used
from maild.desk.foresight import clocks
from maild.desk.identity import organisation
from maild.desk.process import first_level
from maild.desk.rules.names import SPEAKERS, WEEKDAYS
from maild.desk.settings import Desk
from maild.desk.situation import Arrived, Sender, Situation, Speaker
from parsers import header_text
from parsers.message import Address, ParsedMessage
from store.records import Case, Status, fold_address

_MOST_TEXT = 65_536
"""Octets of a text that patterns look at (threats T70)."""


def has_rules(speaker: Speaker) -> bool:
    """Whether mail of this speaker is a matter for rules at all."""
    return speaker in SPEAKERS


class Facts:
    """What a rule may ask about one mail. `case` changes as rules set its fields."""

    def __init__(self, situation: Situation, arrived: Arrived, now: datetime, zone: ZoneInfo) -> None:
        self.message = MessageFacts(arrived.message)
        self.sender = SenderFacts(situation, arrived.sender)
        self.case = CaseFacts.of_mail(situation, arrived, now)
        self._now = now
        self._zone = zone

    @cached_property
    def now(self) -> NowFacts:
        return NowFacts(self._now, self._zone, self.case)

    def header(self, name: str) -> str:
        return header_text(self.message.parsed, name)


class QuietFacts:
    """What a rule may ask at a time, or of a change, where no mail is at hand."""

    def __init__(
        self, situation: Situation, case: Case, now: datetime, zone: ZoneInfo, change: Change | None = None
    ) -> None:
        self.case = CaseFacts(situation.desk, case, now, situation.history)
        self.now = NowFacts(now, zone, self.case)
        self.change = ChangeFacts(change) if change is not None else None


class MessageFacts:
    def __init__(self, message: ParsedMessage) -> None:
        self.parsed = message
        self.subject = message.subject
        self.language = message.language or ""
        self.importance = message.importance or "normal"
        self.automatic = message.automatic.value if message.automatic else ""
        self.file_count = len(message.attachments)
        self.forwarded = message.forwarded is not None

    @cached_property
    def text(self) -> str:
        return _cut(self.parsed.text)

    @cached_property
    def new_text(self) -> str:
        return _cut(self.parsed.reply_text or self.parsed.text)

    @cached_property
    def to(self) -> str:
        return _listed(self.parsed.to)

    @cached_property
    def cc(self) -> str:
        return _listed(self.parsed.cc)

    @cached_property
    def files(self) -> str:
        return "\n".join(file.filename for file in self.parsed.attachments)

    @cached_property
    def file_types(self) -> str:
        return "\n".join(file.content_type for file in self.parsed.attachments)


class SenderFacts:
    def __init__(self, situation: Situation, sender: Sender) -> None:
        self._desk = situation.desk
        self._contact = situation.contact(sender.address)
        self.mails_today, self.open_cases = situation.mails_today, situation.open_cases
        self.address = fold_address(sender.address)
        self.name = sender.name
        self.domain = self.address.rpartition("@")[2]
        self.proven = sender.proven or sender.speaker is Speaker.AGENT
        self.who = SPEAKERS.get(sender.speaker, "")

    @cached_property
    def customer(self) -> str:
        return self._desk.customer(self.address).name

    @cached_property
    def plan(self) -> str:
        """What was said of this very person goes before what is configured for their company."""
        return (self._contact.plan if self._contact else None) or self._desk.customer(self.address).plan

    @cached_property
    def organisation(self) -> str:
        return organisation(self.domain)


class CaseFacts:
    """The case as it stands, or the one that the mail opens; rules write to it."""

    def __init__(self, desk: Desk, case: Case | None, now: datetime, history: History | None) -> None:
        self._desk, self._now = desk, now
        self._case = case
        self._history = history
        self.new = case is None
        self.continued = False
        self.status = case.status.value if case else Status.NEW.value
        self.severity = case.severity if case else desk.policy.severity
        self.kind = case.kind if case else desk.policy.kind
        self.queue = case.queue if case else ""
        self.owner = (case.owner or "") if case else ""
        self.requester = case.requester if case else ""
        self.subject = case.subject if case else ""
        self.tags = case.tags if case else ()
        self._level = case.level if case else None

    @staticmethod
    def of_mail(situation: Situation, arrived: Arrived, now: datetime) -> CaseFacts:
        facts = CaseFacts(situation.desk, situation.case, now, situation.history)
        facts.continued = arrived.match.continues is not None
        if situation.case is None:
            facts.queue = arrived.queue
            facts.requester = fold_address(arrived.sender.address)
            facts.subject = arrived.message.base_subject
        return facts

    @property
    def level(self) -> str:
        """A new case begins at the level of its queue, or of its kind."""
        return self._level or first_level(self.kind, self._desk.queue(self.queue).level)

    @level.setter
    def level(self, value: str) -> None:
        self._level = value

    @property
    def calendar(self) -> Calendar:
        return self._desk.queue(self.queue).calendar

    @property
    def target_used(self) -> float:
        """As the case stands in the store: what rules set so far does not count."""
        if self._case is None or self._history is None:
            return 0.0
        return most_used(clocks(self._case, self._history, self._desk, self._now))

    @property
    def customer(self) -> str:
        return self._desk.customer(self.requester).name

    @property
    def plan(self) -> str:
        return self._desk.customer(self.requester).plan

    @property
    def state(self) -> str:
        return Status(self.status).state.value

    @property
    def age_hours(self) -> float:
        return (self._now - self._case.created_at).total_seconds() / 3600 if self._case else 0.0


class ChangeFacts:
    """One change. `from` is a word of Python's, so it is set by name."""

    def __init__(self, change: Change) -> None:
        self.field, self.to, self.by, self.who = change.field, change.to, change.by, change.who
        setattr(self, "from", change.was)


class NowFacts:
    def __init__(self, now: datetime, zone: ZoneInfo, case: CaseFacts) -> None:
        here = now.astimezone(zone)
        self._now, self._case = now, case
        self.hour = here.hour
        self.minute = here.minute
        self.weekday = WEEKDAYS[here.weekday()]
        self.date = here.date().isoformat()

    @property
    def working(self) -> bool:
        """On the calendar of the queue that the case is in so far."""
        return self._case.calendar.is_working(self._now)


def _cut(text: str) -> str:
    if len(text) * 4 <= _MOST_TEXT:
        return text
    return text[:_MOST_TEXT].encode("utf-8", "replace")[:_MOST_TEXT].decode("utf-8", "ignore")


def _listed(people: tuple[Address, ...]) -> str:
    return "\n".join(fold_address(person.address) for person in people)
