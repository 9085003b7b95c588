"""What the decisions need to know of the configuration: frozen facts, made once at the start.

Read from the configuration file by `maild.settings`; nothing here knows of files.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta, tzinfo
from zoneinfo import ZoneInfo

from maild.desk.clocks.calendar import Calendar, Hours, Term, Unit
from maild.desk.clocks.clocks import DEFAULTS, Target
from maild.desk.clocks.schedules import EVERY_MORNING, Schedule
from maild.desk.learning.learning import Learning
from maild.desk.reports.reports import Scheduled
from maild.desk.rules.rules import NO_RULES, RuleSet
from store.records import Case, fold_address


@dataclass(frozen=True, slots=True, kw_only=True)
class Agent:
    """One of our staff. Looked up at every use, so that a leaver loses every right at once (threats T14)."""

    address: str
    name: str
    level: str = "L1"
    role: str = "agent"
    queues: tuple[str, ...] = ()
    skills: tuple[str, ...] = ()
    calendar: Calendar | None = None
    """When they are at work; None: whenever."""
    away_until: datetime | None = None
    away_why: str = ""
    digest: bool = False
    """Whether their notices are collected for one mail a day."""
    key: str = field(init=False, repr=False, compare=False)
    """The address, folded: by which they are looked up."""

    def __post_init__(self) -> None:
        object.__setattr__(self, "key", fold_address(self.address))

    def is_away(self, now: datetime) -> bool:
        return self.away_until is not None and self.away_until > now

    def serves(self, queue: str) -> bool:
        """An agent who names no queues serves all of them."""
        return not self.queues or queue in self.queues

    def may_act_on(self, case: Case) -> bool:
        """Managers and admins on every case; others on those of the queues they serve, and on their own, wherever
        these went (threats T31)."""
        mine = self.key in (fold_address(case.owner or ""), fold_address(case.creator or ""))
        return mine or self.role in ("manager", "admin") or self.serves(case.queue)


NINE_TO_FIVE: tuple[Hours, ...] = (*[((9 * 3600, 17 * 3600),)] * 5, (), ())
"""Monday to Friday, 9 to 17."""

ORDINARY = Calendar("", ZoneInfo("UTC"), NINE_TO_FIVE)


@dataclass(frozen=True, slots=True, kw_only=True)
class Vendor:
    """Somebody outside whom agents ask for help with a case, behind the customer's back."""

    name: str
    address: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Queue:
    """A routing pool with an address of its own."""

    name: str
    address: str
    level: str = "L1"
    calendar: Calendar = ORDINARY
    policy: Policy | None = None
    """The spans of its cases, where they are not those of the desk."""
    assign: str = "none"
    """How its new cases find an owner (`maild.desk.people.assignment`)."""


A_WEEK_AND_MORE = Term(timedelta(days=7), Unit.WORKING_DAYS)


@dataclass(frozen=True, slots=True, kw_only=True)
class Policy:
    """The spans and limits of the case process (docs/configuration.md)."""

    warn_after: timedelta = timedelta(hours=24)
    close_after: timedelta = timedelta(hours=48)
    confirmed_after: timedelta = timedelta(hours=24)
    stale_after: Term = A_WEEK_AND_MORE
    no_response_after: timedelta = timedelta(days=21)
    no_response_attempts: int = 2
    reopen_within: timedelta = timedelta(days=14)
    undo_window: timedelta = timedelta(seconds=60)
    away_for: timedelta = timedelta(days=3)
    acknowledgements_per_hour: int = 5
    acknowledgements_per_day: int = 20
    acknowledgements_in_all: int = 1000
    automatic_per_case: int = 3
    receipts_per_hour: int = 60
    notices_per_hour: int = 300
    flood_per_sender: int = 200
    flood_per_domain: int = 1000
    flood_in_all: int = 5000
    reopenings_per_day: int = 10
    challenges_per_hour: int = 1
    participants: int = 20
    most_closes: int = 20
    most_closes_percent: int = 5
    severity: str = "Medium"
    kind: str = "question"


@dataclass(frozen=True, slots=True, kw_only=True)
class Customer:
    """Somebody whom we serve under a plan."""

    name: str
    plan: str = ""
    super_users: tuple[str, ...] = ()
    """Folded; they may list the cases of all who are this customer's."""


NOBODY = Customer(name="")


@dataclass(frozen=True, slots=True, kw_only=True)
class Guards:
    """Which answers of agents are held until they have looked once more."""

    stale: bool = True
    copies: bool = True
    internal: bool = True
    html: bool = True
    """Orders of a mail in HTML alone that are not harmless."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Desk:
    """The whole desk as the configuration describes it."""

    name: str
    address: str
    instance: str
    """Names this installation in X-Maild-Loop."""
    tag: str = "Case"
    language: str = "en"
    agents: tuple[Agent, ...] = ()
    queues: tuple[Queue, ...] = ()
    vendors: tuple[Vendor, ...] = ()
    own_addresses: frozenset[str] = frozenset()
    """Folded; every address whose mail comes to us: a mail from one of them is a loop."""
    own_lists: tuple[str, ...] = ()
    """List-Ids of groups through which all mail comes, in lower case."""
    trusted_authserv_ids: tuple[str, ...] = ()
    received_by: tuple[str, ...] = ()
    """Hosts of ours whose Received may stand above those results; `*` stands for anything."""
    accept_results: bool = False
    """Whether an aligned pass of a trusted server proves an agent as well as a token does."""
    token_life: timedelta = timedelta(days=14)
    """How long an agent's token for a case is good after the last one was given out."""
    cases_at_once: int = 10
    """Orders for more of them in one mail are asked back; 0: however many."""
    marks_returns: bool = True
    """Whether the return path of a mail names whose copy it is of, so that a report on it can be believed."""
    policy: Policy = Policy()
    guards: Guards = Guards()
    targets: tuple[Target, ...] = DEFAULTS
    """What is promised: of those with one goal the first that is for a case holds."""
    rules: RuleSet = NO_RULES
    customers: Mapping[str, Customer] = field(default_factory=dict)
    """By folded address, or by `@` and a domain."""
    zone: tzinfo = UTC
    """Where the desk is: the days of people's absence are days there."""
    leavers: frozenset[str] = frozenset()
    """Folded; who was an agent, and is none any more."""
    learning: Learning | None = None
    reports: tuple[Scheduled, ...] = ()
    digest_at: Schedule = EVERY_MORNING
    quarantine_at: Schedule | None = EVERY_MORNING

    def agent(self, address: str) -> Agent | None:
        """The agent registered under exactly this address (case of ASCII letters aside)."""
        key = fold_address(address)
        return next((agent for agent in self.agents if agent.key == key), None)

    def queue(self, name: str) -> Queue:
        """The queue of that name; the first one where the name is not (any more) configured."""
        for queue in self.queues:
            if queue.name == name:
                return queue
        return self.queues[0]

    def admins(self) -> list[Agent]:
        return [agent for agent in self.agents if agent.role == "admin"]

    def team(self, queue: str) -> list[Agent]:
        """Everybody who serves it."""
        return [agent for agent in self.agents if agent.serves(queue)]

    def policy_of(self, queue: str) -> Policy:
        """The spans that hold for cases of a queue."""
        return self.queue(queue).policy or self.policy

    def customer(self, address: str) -> Customer:
        """Whose address this is: by itself, by its domain, or by one above that."""
        key = fold_address(address)
        if not self.customers or key in self.customers:
            return self.customers.get(key, NOBODY)
        domain = key.rpartition("@")[2]
        while domain:
            if (found := self.customers.get(f"@{domain}")) is not None:
                return found
            domain = domain.partition(".")[2]
        return NOBODY

    def is_own(self, address: str) -> bool:
        """Whether mail to this address, plus-part aside, comes to us."""
        local, _, domain = fold_address(address).rpartition("@")
        return f"{local.partition('+')[0]}@{domain}" in self.own_addresses
