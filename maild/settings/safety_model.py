"""The settings of what keeps a desk safe: who is believed, what is held, what is too much. Declared once; reads and
decides nothing."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta

from maild.settings.checks import is_not_negative, is_positive
from maild.settings.declare import one_of, setting


@dataclass(frozen=True, slots=True, kw_only=True)
class AuthSettings:
    """When an agent is believed."""

    mode: str = setting(
        "token: their own token for the case. token+authres: or an aligned pass of a trusted server.",
        "token",
        check=one_of("token", "token+authres"),
    )
    agent_tokens_last: timedelta = setting(
        "How long an agent's token for a case is good after the last notice of that case to them.",
        timedelta(days=14),
        check=is_positive,
    )
    cases_at_once: int = setting(
        "An agent's orders for more cases, or held letters, than this in one mail are asked back by a one-time code. "
        "0: however many.",
        10,
        check=is_not_negative,
    )
    trusted: tuple[str, ...] = setting(
        "authserv-ids whose Authentication-Results are believed: those your own mail server writes.",
        (),
        example='["mx.google.com"]',
    )
    received_by: tuple[str, ...] = setting(
        "Hosts of yours that write Received lines above those results; * stands for anything. Those of Gmail and of "
        "Microsoft 365 (`m365` in `trusted`) are known.",
        (),
        example='["*.mail.example.com"]',
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class GuardsSettings:
    """Which answers of agents are held until they have looked once more (docs/agents-card.md)."""

    stale: bool = setting(
        "Those to a case to which a customer has written, or a colleague has answered, since the notice.", True
    )
    copies: bool = setting(
        "Those that also went to people outside who take no part in the case, or that greet one of several people "
        "whose cases were merged.",
        True,
    )
    internal: bool = setting(
        "Those that repeat eight words in a row of what others said inside, hold a mark of such a part, greet a "
        "colleague, or may be meant as a command.",
        True,
    )
    html: bool = setting(
        "Not an answer, but orders: of a mail that has HTML alone, those that are not harmless are asked back "
        "(docs/identity.md).",
        True,
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class LimitsSettings:
    """What is too much."""

    message_size: int = setting("Bytes; a larger mail stays on the server.", 36_700_160, check=is_positive)
    free_space: int = setting(
        "Bytes to be left free on the disk of an SQLite store and of state_dir; with less, mail stays on the server.",
        67_108_864,
        check=is_not_negative,
    )
    acknowledgements_per_hour: int = setting("To one address.", 5, check=is_not_negative)
    acknowledgements_per_day: int = setting("To one address.", 20, check=is_not_negative)
    acknowledgements_in_all: int = setting("An hour, to whomever.", 1000, check=is_not_negative)
    automatic_per_case: int = setting(
        "Automatic mails an hour to one customer about one case; then none until an agent writes.",
        3,
        check=is_positive,
    )
    receipts_per_hour: int = setting("To one agent.", 60, check=is_positive)
    notices_per_hour: int = setting("To one agent; what is more is told together.", 300, check=is_positive)
    flood_per_sender: int = setting(
        "New cases an hour; more are kept in one case (docs/loops.md). 0: any.", 200, check=is_not_negative
    )
    flood_per_domain: int = setting("The same, of one domain (not gmail.com …).", 1000, check=is_not_negative)
    flood_in_all: int = setting("The same, of everybody.", 5000, check=is_not_negative)
    reopenings_per_day: int = setting(
        "How often a day mail from outside opens one finished case again; then it is kept in it. 0: ever.",
        10,
        check=is_not_negative,
    )
    participants: int = setting("How many of a mail's Cc take part in its case.", 20, check=is_not_negative)
    attach_to_notices: int = setting("Bytes of files that go along with a notice.", 10_000_000, check=is_not_negative)
    parse_time: timedelta = setting("For reading one mail.", timedelta(seconds=10), check=is_positive)
    parse_memory: int = setting("Bytes a parser process may take.", 536_870_912, check=is_positive)
    header_size: int = setting("Bytes of a header that are read.", 131_072, check=is_positive)
    header_fields: int = setting("Fields of a header that are read.", 1000, check=is_positive)
    header_field_size: int = setting("Bytes of one field that are read.", 8192, check=is_positive)
    mime_depth: int = setting("How deep parts may stand in parts.", 20, check=is_positive)
    mime_parts: int = setting("Parts of a mail that are read.", 300, check=is_positive)
    attachments: int = setting("Files of a mail that are kept apart.", 100, check=is_not_negative)
    addresses: int = setting("Addresses of one field that are read.", 200, check=is_positive)
    text_size: int = setting(
        "Bytes of a mail's text that are read; of its HTML as many.", 2_097_152, check=is_positive
    )
