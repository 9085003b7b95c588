"""The settings of rules, declared as those of `model.py` are. What they mean together is checked in `rules.py`."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta

from maild.desk.rules.names import KINDS, LEVELS, OCCASIONS, SETTABLE_STATUSES, SEVERITIES, SINCE
from maild.settings.checks import is_address
from maild.settings.declare import Check, one_of, section, setting
from store.records import Status


def _or_nothing(check: Check) -> Check:
    return lambda value: check(value) if value else None


def _tags(value: tuple[str, ...]) -> str | None:
    bad = next(
        (one for one in value if not 0 < len(one) <= 40 or not one.isprintable() or set(one) & set(" ,")), None
    )
    return None if bad is None else f"“{bad}” is no tag: a word of up to 40 characters without blanks"


def _domains(value: tuple[str, ...]) -> str | None:
    bad = next((one for one in value if "@" in one or "." not in one.strip(".") or set(one) & set(" ,*")), None)
    return None if bad is None else f"“{bad}” is no domain, such as customer.example"


def _addresses(value: tuple[str, ...]) -> str | None:
    return next((said for one in value if (said := is_address(one)) is not None), None)


WAITS = {
    "us": Status.OPEN,
    "customer": Status.WAITING_ON_CUSTOMER,
    "vendor": Status.WAITING_ON_VENDOR,
    "hold": Status.ON_HOLD,
}
"""What a case can be made to wait for."""


def _name(value: str) -> str | None:
    return None if 0 < len(value) <= 60 and value.isprintable() else "must be one line of 1 to 60 characters"


@dataclass(frozen=True, slots=True, kw_only=True)
class RulesSettings:
    """Where rules are."""

    files: tuple[str, ...] = setting(
        "More files with [[rule]] and [[example]], behind those of this file; in this order, * by name.",
        (),
        example='["rules/*.toml"]',
    )
    defaults: bool = setting("Begin with the rules that come with maild; yours override them.", True)


@dataclass(frozen=True, slots=True, kw_only=True)
class CustomerSettings:
    """Somebody whom we serve."""

    name: str = setting("What they are called: sender.customer, case.customer.", example='"Example Ltd"', check=_name)
    plan: str = setting("What they have booked, in a word of yours: sender.plan, case.plan.", "", example='"premium"')
    domains: tuple[str, ...] = setting(
        "Whoever writes from these or below them is theirs.",
        (),
        example='["customer.example"]',
        check=_domains,
    )
    addresses: tuple[str, ...] = setting("Single addresses; they go before domains.", (), check=_addresses)
    super_users: tuple[str, ...] = setting(
        "Who of them may see, close, open again and join the cases of all the others by mail (docs/customers.md).",
        (),
        check=_addresses,
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class RuleSetSettings:
    """What a rule sets."""

    severity: str = setting("The severity.", "", check=_or_nothing(one_of(*SEVERITIES)))
    kind: str = setting("The kind.", "", check=_or_nothing(one_of(*KINDS)))
    queue: str = setting("The queue; a new case then begins at its level.", "")
    level: str = setting("The level.", "", check=_or_nothing(one_of(*LEVELS)))
    owner: str = setting("The agent whose case it is to be.", "")
    status: str = setting(
        "The status, instead of what the mail would do to it.", "", check=_or_nothing(one_of(*SETTABLE_STATUSES))
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class RuleSettings:
    """A rule."""

    name: str = setting(
        "What it is called wherever it is named as a reason.", example='"invoices go to billing"', check=_name
    )
    on: str = setting(
        "What it looks at: message; change (an agent or a clock changed a case); timer (a time has passed).",
        "message",
        check=one_of(*OCCASIONS),
    )
    after: timedelta = setting("With timer: how long after `since` it is looked at.", timedelta(0))
    since: str = setting(
        f"With timer: from when the time is counted: {', '.join(SINCE)}. Empty: opened.",
        "",
        check=_or_nothing(one_of(*SINCE)),
    )
    unless: str = setting("With timer: a condition that must not hold then.", "", example="'case.owner != \"\"'")
    when: str = setting("The condition; empty: always.", "", example="'message.subject =~~ \"invoice|refund\"'")
    set: RuleSetSettings | None = setting(
        "What it makes of the case.", None, example='{ queue = "billing", severity = "High" }'
    )
    add: tuple[str, ...] = setting("Addresses outside that are to take part in the case: they read it.", ())
    add_tags: tuple[str, ...] = setting("Tags to put on the case.", (), check=_tags)
    remove_tags: tuple[str, ...] = setting("Tags to take off.", (), check=_tags)
    reply: str = setting("A template for the requester, of your own, or still-working.", "")
    ask: str = setting(
        "As reply, with a question: the case then waits for the customer. Ours is ask-details.",
        "",
        example='"ask-details"',
    )
    wait: str = setting(
        "What the case waits for: us, customer, vendor or hold.", "", check=_or_nothing(one_of(*WAITS))
    )
    escalate: bool = setting("One level up; who works there is told, and managers on the last step.", False)
    notify: tuple[str, ...] = setting("Agents who are told, whosever case it is.", ())
    quarantine: str = setting("Why the mail waits for a person instead. Empty: it does not.", "")
    ignore: bool = setting("Keep the mail, and do nothing about it.", False)
    stop: bool = setting("Look at no rule behind this one.", False)


@dataclass(frozen=True, slots=True, kw_only=True)
class ExpectSettings:
    """What is to come of an example; what is left away may be anything."""

    severity: str = setting("The severity.", "")
    kind: str = setting("The kind.", "")
    queue: str = setting("The queue.", "")
    level: str = setting("The level.", "")
    owner: str = setting("The owner; none: nobody.", "")
    status: str = setting("The status.", "")
    outcome: str = setting(
        "case, ignored or quarantined.", "", check=_or_nothing(one_of("case", "ignored", "quarantined"))
    )
    tags: tuple[str, ...] = setting("Tags that it has, others beside them.", ())
    reply: str = setting("The template that a rule answers with; none: no rule does.", "")
    clocks: tuple[str, ...] = setting("Rules on time whose clocks start, others beside them.", ())
    rules: tuple[str, ...] = setting("Rules that apply, others beside them.", ())
    not_rules: tuple[str, ...] = setting("Rules that do not.", ())


@dataclass(frozen=True, slots=True, kw_only=True)
class ExampleSettings:
    """A mail and what is to come of it."""

    name: str = setting("What it shows.", example='"an invoice"', check=_name)
    mail: str = setting("A file with the mail, beside this file. Or these fields:", "")
    from_: str = setting("Who writes.", "ann@customer.example")
    to: str = setting("To whom. Empty: to the desk.", "")
    subject: str = setting("The subject.", "")
    text: str = setting("The text.", "")
    headers: tuple[str, ...] = setting("More header lines.", (), example='["Importance: high"]')
    at: str = setting("When it comes, in ISO 8601 with offset.", "2026-03-02T10:00:00+00:00")
    expect: ExpectSettings | None = setting("What is to come of it.", None, example='{ queue = "billing" }')


@dataclass(frozen=True, slots=True, kw_only=True)
class RuleFile:
    """A file of `rules.files`."""

    rule: tuple[RuleSettings, ...] = section("A rule.", RuleSettings, many=True)
    example: tuple[ExampleSettings, ...] = section("An example.", ExampleSettings, many=True)
