"""Every setting, declared once: its name, type, default, check and meaning. Reads and decides nothing.

The sample file, the reference page and the checks are all made from this.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import timedelta

from maild.settings.checks import (
    is_a_second,
    is_address,
    is_address_or_empty,
    is_listen,
    is_not_negative,
    is_port,
    is_positive,
    is_word,
    is_zone,
    names_one,
)
from maild.settings.declare import one_of, section, setting
from maild.settings.learning_model import LearningSettings
from maild.settings.process_model import (
    CalendarSettings,
    QueueTimersSettings,
    TargetSettings,
    TimersSettings,
    VendorSettings,
)
from maild.settings.report_model import ReportSettings, is_schedule
from maild.settings.rule_model import CustomerSettings, ExampleSettings, RuleSettings, RulesSettings
from maild.settings.safety_model import AuthSettings, GuardsSettings, LimitsSettings


@dataclass(frozen=True, slots=True, kw_only=True)
class DeskSettings:
    """The desk itself."""

    address: str = setting("The address customers write to.", example='"support@example.com"', check=is_address)
    name: str = setting("What customers see as the sender.", "Support")
    tag: str = setting("The word in the subject's tag: [Case #1042].", "Case", check=is_word)
    languages: tuple[str, ...] = setting("Languages of the templates, the fallback first.", ("en",), check=names_one)
    timezone: str = setting("The zone in which times are shown.", "UTC", check=is_zone)
    own_lists: tuple[str, ...] = setting(
        "List-Ids of groups through which all mail comes, where the address is that of a group or a mailing list: "
        "their marks do not make a mail an automatic one.",
        (),
        example='["support.example.com"]',
    )
    digest_at: str = setting(
        "When those who want one mail a day (/digest daily) get it; written as in [[report]].",
        "daily 08:00",
        check=is_schedule,
    )
    quarantine_at: str = setting(
        "When the admins are told by mail what is held, if anything is; written as in [[report]]. Empty: never.",
        "daily 08:00",
        check=lambda value: is_schedule(value) if value else None,
    )
    state_dir: str = setting(
        "Where the store, the key and the locks live. Empty: $STATE_DIRECTORY, else beside this file.", ""
    )
    key_file: str = setting(
        "The secret that signs tokens; made at the first start. Nodes share it, and a backup needs it.", "maild.key"
    )
    plus_addresses: bool = setting(
        "Whether mail to support+anything@… reaches the mailbox. It does with most servers; replies find their case "
        "by it even when everything else was deleted.",
        True,
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class StoreSettings:
    """The database."""

    url: str = setting(
        "sqlite:///FILE (relative to state_dir) or postgresql+psycopg://USER@HOST/NAME.", "sqlite:///maild.db"
    )
    lease: timedelta = setting(
        "How long a mailbox, and letters in hand, are left to a node of which nothing is heard (PostgreSQL).",
        timedelta(seconds=30),
        check=is_a_second,
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class Oauth2Settings:
    """Instead of a password: an access token, printed by a command or fetched with a refresh token."""

    token_command: str = setting("A command that prints an access token.", "")
    token_url: str = setting("Where a refresh token is exchanged for an access token (RFC 6749 section 6).", "")
    client_id: str = setting("The application's id.", "")
    client_secret_file: str = setting("A file with the application's secret, where there is one.", "")
    refresh_token_file: str = setting("A file with the refresh token; rewritten when the server changes it.", "")


@dataclass(frozen=True, slots=True, kw_only=True)
class MailboxSettings:
    """A mailbox that is read over IMAP."""

    name: str = setting("A word for it, in the log and for --mailbox.", "inbox", check=is_word)
    host: str = setting("The IMAP server.", example='"imap.example.com"')
    port: int = setting("0: the usual one (993, or 143 with starttls and none).", 0, check=is_port)
    tls: str = setting("implicit, starttls or none.", "implicit", check=one_of("implicit", "starttls", "none"))
    ca_file: str = setting("A CA of your own; empty: the system's.", "")
    user: str = setting("Who logs in.", example='"support@example.com"')
    password: str = setting("The password; better in a file or a command.", "")
    password_file: str = setting("A file whose first line is the password.", "", example='"/run/secrets/imap"')
    password_command: str = setting("A command that prints the password.", "")
    oauth2: Oauth2Settings | None = setting("A table, instead of a password.", None)
    folder: str = setting("The folder that is read.", "INBOX")
    done_folder: str = setting("Where letters go once their bytes are kept. Made when missing.", "Processed")
    poll_every: timedelta = setting(
        "How often it is looked into (with idle: at the latest).", timedelta(seconds=60), check=is_positive
    )
    idle: bool = setting("Let the server announce new mail (RFC 2177).", True)
    queue: str = setting("The queue of all its mail. Empty: the queue whose address the mail was sent to.", "")
    probe_every: timedelta = setting(
        "How often the desk writes a mail to this mailbox, to see that mail gets there. 0s: never.",
        timedelta(0),
        check=is_not_negative,
    )
    probe_address: str = setting(
        "Where that mail goes. Empty: the address of its queue, or the desk's.", "", check=is_address_or_empty
    )
    allow_plaintext: bool = setting("Allow tls = none to a host that is not this one. Passwords go in clear.", False)


@dataclass(frozen=True, slots=True, kw_only=True)
class LmtpSettings:
    """Mail that a server such as Postfix delivers straight to us."""

    listen: str = setting(
        "Where: an IP address and a port, or unix:/a/path. Empty: nowhere.",
        "",
        example='"127.0.0.1:8024"',
        check=is_listen,
    )
    queue: str = setting("The queue of mail to any other address. Empty: such mail is refused.", "")
    settle: timedelta = setting(
        "How long a server may wait before it tries a mail again (Postfix: 4600 s at the latest). So long do timers "
        "wait after a start, and after a mail was put off: a reply may be on its way.",
        timedelta(minutes=80),
        check=is_not_negative,
    )
    allow_remote: bool = setting(
        "Allow listen on an address that other machines can reach: whoever reaches it may deliver, in clear and "
        "without a login.",
        False,
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class WatchSettings:
    """The watch over the mailboxes."""

    tell: str = setting(
        "An address outside the desk that is told by mail when a mailbox is in trouble. Empty: only the log says it.",
        "",
        example='"admin@elsewhere.example"',
        check=is_address_or_empty,
    )
    failing_after: timedelta = setting(
        "How long a mailbox may be out of reach before that is said; a refused login is said at once. 0s: never.",
        timedelta(minutes=15),
        check=is_not_negative,
    )
    silent_after: timedelta = setting(
        "How long a mailbox may bring no mail before that is said. 0s: never.", timedelta(0), check=is_not_negative
    )
    probe_within: timedelta = setting(
        "How long a probe (probe_every of a mailbox) may be under way.", timedelta(minutes=10), check=is_positive
    )
    again_every: timedelta = setting(
        "How often a trouble that lasts is said again.", timedelta(hours=24), check=is_positive
    )
    exit_after: timedelta = setting(
        "How long a mailbox may be out of reach before the daemon ends with exit code 75. 0s: it goes on.",
        timedelta(0),
        check=is_not_negative,
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class SmtpSettings:
    """The server that takes our mail."""

    host: str = setting("The relay.", "localhost")
    port: int = setting("0: the usual one (465 implicit, 587 starttls, 25 none).", 0, check=is_port)
    tls: str = setting("implicit, starttls or none.", "none", check=one_of("implicit", "starttls", "none"))
    ca_file: str = setting("A CA of your own; empty: the system's.", "")
    user: str = setting("Who logs in; empty: nobody does.", "")
    password: str = setting("The password; better in a file or a command.", "")
    password_file: str = setting("A file whose first line is the password.", "")
    password_command: str = setting("A command that prints the password.", "")
    oauth2: Oauth2Settings | None = setting("A table, instead of a password.", None)
    from_: str = setting("Sender of mail that belongs to no queue. Empty: the desk's address.", "")
    envelope_from: str = setting(
        "Return path of mail whose bounce must come back. Empty: a plus-address that names the mail.", ""
    )
    undo_window: timedelta = setting(
        "How long an agent's answer can be taken back with /undo before it leaves; 0s: it leaves at once.",
        timedelta(seconds=60),
        check=is_not_negative,
    )
    last_reply: timedelta = setting(
        "How long the relay is waited for after a mail's last byte (RFC 5321 section 4.5.3.2.6). Giving up sooner "
        "makes second copies. A mail is left to a silent node for one and a half times as long.",
        timedelta(minutes=10),
        check=is_a_second,
    )
    connections: int = setting(
        "How many mails leave at the same time. A process that is killed may send a second copy of so many.",
        2,
        check=is_positive,
    )
    allow_plaintext: bool = setting("Allow a password without TLS to a host that is not this one.", False)


@dataclass(frozen=True, slots=True, kw_only=True)
class AgentSettings:
    """One of the people who answer."""

    address: str = setting("Where their notices go, and whom their mail must be from.", check=is_address)
    name: str = setting("What colleagues and customers read. Empty: nothing below their answers.", "")
    level: str = setting("L1, L2 or L3.", "L1", check=one_of("L1", "L2", "L3"))
    role: str = setting(
        "agent, manager, admin or super-user.", "agent", check=one_of("agent", "manager", "admin", "super-user")
    )
    queues: tuple[str, ...] = setting("The queues they serve. Empty: all.", ())
    skills: tuple[str, ...] = setting(
        "What they are good at: kinds of cases, queues, tags or languages (docs/people.md).",
        (),
        example='["bug", "de"]',
    )
    calendar: str = setting("The [[calendar]] of their working hours. Empty: cases may come at any time.", "")


@dataclass(frozen=True, slots=True, kw_only=True)
class QueueSettings:
    """A pool of cases with an address of its own."""

    name: str = setting("A word for it.", check=is_word)
    address: str = setting(
        "Its address. Empty: the desk's. Of queues with one address the first gets its mail; rules fill the others.",
        "",
        check=is_address_or_empty,
    )
    level: str = setting("The level its cases begin at.", "L1", check=one_of("L1", "L2", "L3"))
    calendar: str = setting(
        "The [[calendar]] by which its working time is counted. Empty: Monday to Friday, 9 to 17, desk.timezone.", ""
    )
    timers: QueueTimersSettings | None = setting("A table: [queue.timers].", None)
    assign: str = setting(
        "Who gets its new cases: none (somebody takes them), least-loaded, round-robin or expertise.",
        "none",
        check=one_of("none", "least-loaded", "round-robin", "expertise"),
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class TemplatesSettings:
    """The texts."""

    dir: str = setting("A folder of your own templates (en/answer.txt …); what is not in it is ours.", "")


@dataclass(frozen=True, slots=True, kw_only=True)
class LogSettings:
    """The log on standard output."""

    format: str = setting("text or json.", "text", check=one_of("text", "json"))
    level: str = setting("info, warning or error.", "info", check=one_of("info", "warning", "error"))


@dataclass(frozen=True, slots=True, kw_only=True)
class BackupSettings:
    """Copies of everything, and the proof that they can be restored."""

    dir: str = setting("Where archives go; another disk is better. Empty: backups in the state directory.", "")
    keep: int = setting("How many are kept.", 14, check=is_positive)
    every: timedelta = setting(
        "How often the daemon takes one; 0s: never, as when cron does.", timedelta(0), check=is_not_negative
    )
    drill_every: timedelta = setting(
        "How often it tries to restore the newest one, where `every` is set; 0s: never.",
        timedelta(days=30),
        check=is_not_negative,
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings:
    """The whole file."""

    desk: DeskSettings = field(metadata={"doc": "The desk itself.", "kind": DeskSettings, "many": False})
    store: StoreSettings = section("The database.", StoreSettings)
    mailbox: tuple[MailboxSettings, ...] = section(
        "A mailbox that is read over IMAP; any number.", MailboxSettings, many=True
    )
    lmtp: LmtpSettings = section("Mail that a server delivers straight to us, by LMTP.", LmtpSettings)
    watch: WatchSettings = section("The watch over the mailboxes.", WatchSettings)
    smtp: SmtpSettings = section("The server that takes our mail.", SmtpSettings)
    agent: tuple[AgentSettings, ...] = section("One of the people who answer; any number.", AgentSettings, many=True)
    queue: tuple[QueueSettings, ...] = section(
        "A pool of cases; without any there is one, “support”.", QueueSettings, many=True
    )
    vendor: tuple[VendorSettings, ...] = section(
        "Somebody outside whom agents ask, with /vendor; any number.", VendorSettings, many=True
    )
    calendar: tuple[CalendarSettings, ...] = section(
        "When a queue is at work; any number (docs/process.md).", CalendarSettings, many=True
    )
    target: tuple[TargetSettings, ...] = section(
        "A promise, and for which cases it is made; any number (docs/process.md).", TargetSettings, many=True
    )
    templates: TemplatesSettings = section("The texts.", TemplatesSettings)
    log: LogSettings = section("The log on standard output.", LogSettings)
    auth: AuthSettings = section("When an agent is believed.", AuthSettings)
    guards: GuardsSettings = section("Which answers of agents are held until /send.", GuardsSettings)
    backup: BackupSettings = section("Copies of everything.", BackupSettings)
    limits: LimitsSettings = section("What is too much.", LimitsSettings)
    timers: TimersSettings = section("The spans of the case process.", TimersSettings)
    learning: LearningSettings = section("What was learnt from former cases (docs/learning.md).", LearningSettings)
    report: tuple[ReportSettings, ...] = section(
        "A report that is mailed by itself (docs/reports.md); any number.", ReportSettings, many=True
    )
    customer: tuple[CustomerSettings, ...] = section(
        "A customer whom rules can tell from others; any number (docs/rules.md).", CustomerSettings, many=True
    )
    rules: RulesSettings = section("The rules (docs/rules.md).", RulesSettings)
    rule: tuple[RuleSettings, ...] = section("A rule; any number, in order.", RuleSettings, many=True)
    example: tuple[ExampleSettings, ...] = section(
        "A mail, and what the rules are to make of it: for `maild rules test`.", ExampleSettings, many=True
    )
