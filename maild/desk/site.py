"""What a site does to mail: a trial mail goes out through the relay and comes back to the desk's own mailbox, with
forged results of trusted servers on top (threats T95), and with everything by which a reply can find its case.

Pure: makes the mail, and judges what came back of it. `maild.cli.site` sends and fetches it.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from maild.desk.identity import M365, trusted_result
from maild.desk.settings import Desk
from parsers.message import ParsedMessage

_AUTH_AS = "x-ms-exchange-organization-authas"


@dataclass(frozen=True, slots=True)
class Trial:
    """One trial mail. `word` is sixteen letters of its own, by which it is known again; shaped as a token is."""

    word: str
    to: str
    subject: str
    message_id: str
    answers: str


def trial_of(word: str, to: str, domain: str) -> Trial:
    answers = f"<c0.e0.{word[::-1]}@{domain}>"
    return Trial(word, to, f"maild check {word}", f"<c0.e0.{word}@{domain}>", answers)


def trial_mail(trial: Trial, desk: Desk, sender: str, now: datetime) -> bytes:
    """The bytes. It says that it comes from this desk, so that a daemon that meets it files it away."""
    domain = sender.rpartition("@")[2]
    claim = f"x-maild=pass header.b={trial.word}; dmarc=pass header.from={domain}"
    named = [one for one in desk.trusted_authserv_ids if one != M365]
    lines = [
        *(f"Authentication-Results: {one};\r\n {claim}" for one in named),
        f"Authentication-Results: {claim}",
        f"X-MS-Exchange-Organization-AuthAs: Internal-{trial.word}",
        f"From: <{sender}>",
        f"To: <{trial.to}>",
        f"Subject: {trial.subject}",
        f"Date: {now:%a, %d %b %Y %H:%M:%S} +0000",
        f"Message-ID: {trial.message_id}",
        f"In-Reply-To: {trial.answers}",
        f"References: {trial.answers}",
        "Auto-Submitted: auto-generated",
        f"X-Maild-Loop: {desk.instance}",
        "MIME-Version: 1.0",
        "Content-Type: text/plain; charset=utf-8",
        "",
        "The desk wrote this to itself, to see what becomes of its mail on the way.",
        "",
        f"Ref: c0.{trial.word}",
        "",
    ]
    return "\r\n".join(lines).encode()


def is_trial(message: ParsedMessage) -> bool:
    """Whether a mail of our own is such a one."""
    word = message.subject.removeprefix("maild check ")
    return word != message.subject and (message.message_id or "").startswith(f"<c0.e0.{word}@")


@dataclass(frozen=True, slots=True, kw_only=True)
class Findings:
    """What came back of a trial."""

    plus: bool
    """Whether the one to a plus-address came."""
    message_id: bool
    answers: bool
    footer: bool
    forged: tuple[str, ...]
    """Trusted ids under which a forged result would be believed."""
    auth_as: bool
    writes: tuple[str, ...]
    """Under which names the servers here write results that would be found."""


def judged(trial: Trial, message: ParsedMessage, desk: Desk, *, plus: bool) -> Findings:
    """What a mail that came back says of the way it went."""
    forged = []
    for one in desk.trusted_authserv_ids:
        found = trusted_result(message, desk, (one,))
        claims = [dict(properties) for method, _, properties in found.results if method == "x-maild"] if found else []
        if any(claim.get("header.b") == trial.word for claim in claims):
            forged.append(one)
    own = [r for r in message.auth_results if not any(method == "x-maild" for method, _, _ in r.results)]
    heads = [value for name, value in message.headers if name == _AUTH_AS]
    return Findings(
        plus=plus,
        message_id=message.message_id == trial.message_id,
        answers=message.in_reply_to == trial.answers,
        footer=any(mark.place == "footer" and mark.token == trial.word for mark in message.marks),
        forged=tuple(forged),
        auth_as=any(trial.word.encode() in value for value in heads),
        writes=tuple(dict.fromkeys(r.authserv_id or M365 for r in own)),
    )


def said(found: Findings, desk: Desk) -> list[str]:
    """In words: a line for each thing, and what to write into the configuration."""
    carriers = (
        (
            found.plus,
            "plus-addresses reach the mailbox",
            "plus-addresses do not reach it",
        ),
        (
            found.message_id,
            "the relay keeps Message-ID",
            "the relay writes another Message-ID",
        ),
        (found.answers, "In-Reply-To and References come back", "In-Reply-To is lost on the way"),
        (found.footer, "the line Ref: comes back", "the line Ref: at the foot is lost on the way"),
    )
    lines = [f"✔ {good}" if holds else f"⚠ {bad}" for holds, good, bad in carriers]
    if not (found.plus or found.message_id or found.footer):
        lines.append("✖ nothing carries a token back: agents' mail would always be asked about")
    for one in desk.trusted_authserv_ids:
        bad = f"✖ a forged result of {one} would be believed: take it out of trusted under [auth]"
        lines.append(bad if one in found.forged else f"✔ a forged result of {one} is not believed")
    if found.auth_as:
        lines.append("⚠ X-MS-Exchange-Organization-AuthAs is not taken away; maild believes nothing of it")
    seen = [one for one in found.writes if one not in found.forged]
    lines.append(f"results are written here as: {', '.join(seen)}" if seen else "no server here writes results")
    return [*lines, *_profile(found, desk, seen)]


def _profile(found: Findings, desk: Desk, seen: Sequence[str]) -> list[str]:
    ids = [one for one in desk.trusted_authserv_ids if one not in found.forged and one in seen]
    trusted = ", ".join(f'"{one}"' for one in ids)
    plus = "true" if found.plus else "false"
    mode = "token+authres" if ids and desk.accept_results else "token"
    return [
        "the profile of this site:",
        f"    [desk] plus_addresses = {plus}",
        f'    [auth] mode = "{mode}"',
        f"    [auth] trusted = [{trusted}]",
    ]
