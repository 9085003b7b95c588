"""From settings to what the house works with: the desk's facts, the doors, the key, the paths. No duty of its own."""

from __future__ import annotations

import hashlib
import os
import zoneinfo
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import timedelta
from pathlib import Path
from typing import Any, cast

from maild.desk.clocks.clocks import DEFAULTS, Goal, Target
from maild.desk.clocks.schedules import parse_schedule
from maild.desk.learning.learning import Learning
from maild.desk.reports.reports import Scheduled
from maild.desk.rules.rules import RuleSet
from maild.desk.settings import Agent, Customer, Desk, Guards, Policy, Queue, Vendor
from maild.desk.tokens import Keys
from maild.errors import UserError
from maild.render.letterhead import Letterhead
from maild.render.stationery import Stationery
from maild.render.templates import Templates
from maild.settings.calendars import calendars
from maild.settings.keys import keys_of
from maild.settings.learning_model import LearningSettings
from maild.settings.model import MailboxSettings, QueueSettings, Settings
from maild.settings.process_model import TargetSettings
from maild.settings.report_model import ReportSettings
from maild.settings.safety_model import LimitsSettings
from maild.settings.secrets import password_of, token_of
from maild.settings.spans import parse_span, parse_term
from maild.transport.imap import ImapAccess
from maild.transport.lmtp_access import MAILBOX as LMTP_MAILBOX
from maild.transport.lmtp_access import LmtpAccess, parse_listen
from maild.transport.smtp import SmtpAccess
from maild.transport.wire import Tls
from parsers import Limits
from store.records import fold_address, without_plus


@dataclass(frozen=True, slots=True, kw_only=True)
class Lmtp:
    """The LMTP door: where it is, and whose mail comes in by it."""

    access: LmtpAccess
    queues: Mapping[str, str]
    """Folded address → its queue."""

    otherwise: str | None
    """The queue of all other addresses; None: they are refused."""

    settle: timedelta

    def queue_of(self, recipient: str) -> str | None:
        """Whatever stands behind a plus."""
        address = fold_address(recipient)
        return self.queues.get(address) or self.queues.get(without_plus(address), self.otherwise)


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """Everything the configuration says, ready to be used."""

    settings: Settings
    config: Path
    config_dir: Path
    state_dir: Path
    desk: Desk
    store_url: str
    reading: Limits
    """What the parsers take of one mail."""

    @property
    def key_file(self) -> Path:
        return self.state_dir / self.settings.desk.key_file

    def keys(self) -> Keys:
        """What signs tokens; made at the first use."""
        return keys_of(self.key_file)

    def templates(self) -> Templates:
        """All compiled and tried, where an admin has some of their own; ours as they came are tried by our tests, and
        compiled when first used. Raises UserError naming the template at fault."""
        templates = self._templates()
        if self.settings.templates.dir:
            templates.check()
        else:
            templates.hold()
        return templates

    def _templates(self) -> Templates:
        own = self.settings.templates.dir
        return Templates(self.config_dir / own if own else None, self.settings.desk.languages[0])

    def stationery(self) -> Stationery:
        letterhead = Letterhead(
            desk=self.desk,
            keys=self.keys(),
            plus_addresses=self.settings.desk.plus_addresses,
            envelope_from=self.settings.smtp.envelope_from or None,
            sender=self.settings.smtp.from_,
        )
        zone = zoneinfo.ZoneInfo(self.settings.desk.timezone)
        return Stationery(letterhead, self.templates(), zone, self.settings.limits.attach_to_notices)

    def rules(self, instead: Sequence[Path] | None = None) -> RuleSet:
        """Read, checked and ready; `instead`: of these files. Raises UserError naming file and line."""
        # Here, because the language of rules takes a while to import, and most commands decide nothing.
        from maild.settings import rules

        found = rules.sources(self.settings, self.config, instead)
        zone = zoneinfo.ZoneInfo(self.settings.desk.timezone)
        return rules.compiled(found, self.desk, zone, self._templates().of_rules())

    def mailboxes(self) -> list[ImapAccess]:
        return [self.mailbox(one) for one in self.settings.mailbox]

    def mailbox(self, one: MailboxSettings) -> ImapAccess:
        """How to reach one mailbox. Raises UserError."""
        where = f"[[mailbox]] {one.name}"
        password = password_of(one, where, self.config_dir)
        token = token_of(one.oauth2, where, self.config_dir)
        if password is None and token is None:
            raise UserError(f"{where}: give password_file, password_command, password or oauth2")
        return ImapAccess(
            name=one.name,
            host=one.host,
            port=one.port or (993 if one.tls == "implicit" else 143),
            tls=cast(Tls, one.tls),
            user=one.user,
            password=password or _no_password,
            ca_file=_path(one.ca_file, self.config_dir, f"{where}.ca_file"),
            oauth2_token=token,
            folder=one.folder,
            done_folder=one.done_folder,
            idle=one.idle,
            allow_plaintext=one.allow_plaintext,
            largest=self.settings.limits.message_size,
        )

    def feeds(self) -> dict[str, str | None]:
        """Whatever brings mail → its queue; None: each mail's own recipients decide."""
        feeds = {one.name: one.queue or None for one in self.settings.mailbox}
        return feeds | {LMTP_MAILBOX: None} if self.settings.lmtp.listen else feeds

    def lmtp(self) -> Lmtp | None:
        """The LMTP door, if there is one."""
        said = self.settings.lmtp
        if not said.listen:
            return None
        first = self.desk.queues[0].name
        # Our own addresses that belong to no queue: mail to them is an answer or a bounce, and finds its case.
        others = (self.desk.address, self.settings.smtp.from_, self.settings.smtp.envelope_from)
        queues = {fold_address(address): said.queue or first for address in others if address}
        queues |= {fold_address(queue.address): queue.name for queue in reversed(self.desk.queues)}
        return Lmtp(
            access=LmtpAccess(listen=parse_listen(said.listen), largest=self.settings.limits.message_size),
            queues=queues,
            otherwise=said.queue or None,
            settle=said.settle,
        )

    def relay(self) -> SmtpAccess:
        smtp = self.settings.smtp
        secret: Callable[[], str] | None = password_of(smtp, "[smtp]", self.config_dir)
        token = token_of(smtp.oauth2, "[smtp]", self.config_dir)
        if smtp.user and secret is None and token is None:
            raise UserError("[smtp] user: give password_file, password_command, password or oauth2 as well")
        return SmtpAccess(
            host=smtp.host,
            port=smtp.port or {"implicit": 465, "starttls": 587}.get(smtp.tls, 25),
            tls=cast(Tls, smtp.tls),
            ca_file=_path(smtp.ca_file, self.config_dir, "[smtp] ca_file"),
            user=smtp.user or None,
            password=secret,
            oauth2_token=token,
            timeout=min(60.0, smtp.last_reply.total_seconds()),
            last_reply_timeout=smtp.last_reply.total_seconds(),
            allow_plaintext=smtp.allow_plaintext,
        )


def build(settings: Settings, config: Path) -> Plan:
    """The plan of a desk configured in this file. Makes the state directory."""
    folder = config.resolve().parent
    named = settings.desk.state_dir or os.environ.get("STATE_DIRECTORY", "").split(":")[0]
    state_dir = folder / named if named else folder
    try:
        state_dir.mkdir(mode=0o700, parents=True, exist_ok=True)
    except OSError as error:
        raise UserError(f"desk.state_dir: {state_dir}: {error.strerror}") from error
    return Plan(
        settings=settings,
        config=config.resolve(),
        config_dir=folder,
        state_dir=state_dir,
        desk=_desk(settings, folder),
        store_url=_store_url(settings.store.url, state_dir),
        reading=_reading(settings.limits),
    )


def _desk(settings: Settings, folder: Path) -> Desk:
    said, work, policy = settings.desk, calendars(settings, folder), _policy(settings)
    queues = tuple(
        Queue(
            name=q.name,
            address=q.address or said.address,
            level=q.level,
            calendar=work[q.calendar],
            assign=q.assign,
            policy=_policy_of(q, policy),
        )
        for q in settings.queue
    ) or (Queue(name="support", address=said.address, calendar=work[""]),)
    agents = tuple(
        Agent(
            address=a.address,
            name=a.name,
            level=a.level,
            role=a.role,
            queues=a.queues,
            skills=a.skills,
            calendar=work[a.calendar] if a.calendar else None,
        )
        for a in settings.agent
    )
    own = frozenset(fold_address(address) for address in (said.address, *(queue.address for queue in queues)))
    return Desk(
        name=said.name,
        address=said.address,
        instance=hashlib.sha256(fold_address(said.address).encode()).hexdigest()[:12],
        tag=said.tag,
        language=said.languages[0],
        agents=agents,
        vendors=tuple(Vendor(name=one.name, address=one.address) for one in settings.vendor),
        customers=_customers(settings),
        queues=queues,
        own_addresses=own,
        own_lists=tuple(one.strip("<> ").lower() for one in said.own_lists),
        token_life=settings.auth.agent_tokens_last,
        cases_at_once=settings.auth.cases_at_once,
        trusted_authserv_ids=settings.auth.trusted,
        received_by=tuple(host.lower() for host in settings.auth.received_by),
        accept_results=settings.auth.mode == "token+authres",
        policy=policy,
        guards=Guards(**{name: getattr(settings.guards, name) for name in Guards.__slots__}),
        zone=zoneinfo.ZoneInfo(said.timezone),
        learning=_learning(settings.learning),
        targets=(*map(_target, settings.target), *DEFAULTS),
        marks_returns=said.plus_addresses and not settings.smtp.envelope_from,
        digest_at=parse_schedule(said.digest_at),
        quarantine_at=parse_schedule(said.quarantine_at) if said.quarantine_at else None,
        reports=tuple(_report(one, queues, zoneinfo.ZoneInfo(said.timezone)) for one in settings.report),
    )


def _report(said: ReportSettings, queues: Sequence[Queue], zone: zoneinfo.ZoneInfo) -> Scheduled:
    known = {queue.name: queue for queue in queues}
    for name in said.queues:
        if name not in known:
            raise UserError(f"[[report]] {said.name}: there is no queue {name}; there are: {', '.join(known)}")
    return Scheduled(
        name=said.name,
        to=said.to,
        at=parse_schedule(said.at),
        zone=known[said.queues[0]].calendar.zone if len(said.queues) == 1 else zone,
        queues=said.queues,
    )


def _learning(said: LearningSettings) -> Learning | None:
    if not said.on:
        return None
    # 100: not even what is certain is suggested.
    suggest = said.suggest_above / 100 if said.suggest_above < 100 else 2.0
    return Learning(act_above=said.act_above / 100, suggest_above=suggest, fields=said.fields)


def _customers(settings: Settings) -> dict[str, Customer]:
    found: dict[str, Customer] = {}
    for one in settings.customer:
        super_users = tuple(fold_address(address) for address in one.super_users)
        customer = Customer(name=one.name, plan=one.plan, super_users=super_users)
        keys = [fold_address(address) for address in one.addresses]
        for key in (*keys, *("@" + fold_address(domain).strip(".") for domain in one.domains)):
            if found.setdefault(key, customer) is not customer:
                raise UserError(f"[[customer]] “{one.name}”: {key} belongs to “{found[key].name}” already")
    return found


def _policy(settings: Settings) -> Policy:
    limits, timers = settings.limits, settings.timers
    return Policy(
        warn_after=timers.warn_after,
        close_after=timers.auto_close_after,
        confirmed_after=timers.confirmed_close_after,
        stale_after=parse_term(timers.stale_after),
        no_response_after=timers.no_response_after,
        no_response_attempts=timers.no_response_attempts,
        reopen_within=timers.reopen_within,
        undo_window=settings.smtp.undo_window,
        away_for=timers.away_for,
        acknowledgements_per_hour=limits.acknowledgements_per_hour,
        acknowledgements_per_day=limits.acknowledgements_per_day,
        acknowledgements_in_all=limits.acknowledgements_in_all,
        automatic_per_case=limits.automatic_per_case,
        receipts_per_hour=limits.receipts_per_hour,
        notices_per_hour=limits.notices_per_hour,
        flood_per_sender=limits.flood_per_sender,
        flood_per_domain=limits.flood_per_domain,
        flood_in_all=limits.flood_in_all,
        reopenings_per_day=limits.reopenings_per_day,
        participants=limits.participants,
        most_closes=timers.most_closes,
        most_closes_percent=timers.most_closes_percent,
    )


def _policy_of(queue: QueueSettings, policy: Policy) -> Policy | None:
    """The spans of one queue, where it has its own."""
    said = queue.timers
    if said is None:
        return None
    names = {
        "warn_after": said.warn_after,
        "close_after": said.auto_close_after,
        "confirmed_after": said.confirmed_close_after,
        "no_response_after": said.no_response_after,
    }
    spans: dict[str, Any] = {name: parse_span(text) for name, text in names.items() if text}
    if said.stale_after:
        spans["stale_after"] = parse_term(said.stale_after)
    return replace(policy, **spans)


def _target(said: TargetSettings) -> Target:
    return Target(
        goal=Goal(said.goal),
        within=None if said.within == "never" else parse_term(said.within),
        severity=said.severity,
        kind=said.kind,
        queue=said.queue,
        warn_at=said.warn_at,
        escalate_at=said.escalate_at,
    )


def _reading(limits: LimitsSettings) -> Limits:
    return Limits(
        size=limits.message_size,
        header_block=limits.header_size,
        fields=limits.header_fields,
        field_size=limits.header_field_size,
        depth=limits.mime_depth,
        parts=limits.mime_parts,
        attachments=limits.attachments,
        addresses=limits.addresses,
        text=limits.text_size,
    )


def _store_url(url: str, state_dir: Path) -> str:
    """A relative SQLite file lies in the state directory."""
    scheme, found, rest = url.partition(":///")
    if not found or not scheme.startswith("sqlite"):
        if not scheme.startswith("postgresql"):
            raise UserError(
                f"store.url: {scheme.split(':')[0]} is not a store; sqlite:///FILE or postgresql+psycopg://…"
            )
        return "postgresql+psycopg://" + url.split("://", 1)[1]
    return f"{scheme}:///{state_dir / (rest or 'maild.db')}"


def _path(name: str, folder: Path, where: str) -> str | None:
    if not name:
        return None
    path = folder / name
    if not path.is_file():
        raise UserError(f"{where}: there is no file {path}")
    return str(path)


def _no_password() -> str:
    raise UserError("a password was asked for where OAuth2 is configured")
