"""Who speaks: the sender verdict of a message (threats 1a and 5).

An agent is believed only with their own token for this very case and one strictly valid From that is theirs, or,
where the configuration says so, with an aligned pass in the results of a trusted server. Reply-To never counts.
"""

from __future__ import annotations

from collections.abc import Sequence
from fnmatch import fnmatchcase
from functools import partial

from publicsuffixlist import PublicSuffixList

from maild.desk.settings import Agent, Desk
from maild.desk.situation import Sender, Speaker
from maild.desk.tokens import STANDING, Proof, TokenKind
from parsers.message import AuthResult, Automatic, ParsedMessage
from store.records import fold_address

_suffixes: list[PublicSuffixList] = []
M365 = "m365"
"""Stands for Microsoft 365, which writes its results without a name (threats T94)."""
_HOSTS = {"mx.google.com": ("mx.google.com", "2002:*"), M365: ("*.outlook.com", "*.exchangelabs.com")}
"""Whose Received stand above the results of these."""


def registered_agent(message: ParsedMessage, desk: Desk) -> Agent | None:
    """The agent whose address stands in a strictly valid From, believed or not."""
    return desk.agent(message.sender.address) if message.sender_is_strict else None


def is_vouched_agent(message: ParsedMessage, desk: Desk) -> bool:
    """Whether the configuration lets a trusted server's word stand for an agent's token, and it was given."""
    return (
        desk.accept_results
        and registered_agent(message, desk) is not None
        and aligned_verdict(message, desk) == "pass"
    )


def who_speaks(
    message: ParsedMessage,
    proofs: Sequence[Proof],
    case: int | None,
    is_participant: bool,
    desk: Desk,
    *,
    is_vendor: bool = False,
    stale: Sequence[Proof] = (),
    returned: bool = False,
) -> Sender:
    """The verdict on a message that was matched to `case` (None: to no case). A vendor of the case is no
    participant in this sense. `stale`: what once was a proof. `returned`: it bears the id of a mail of ours."""

    verdict = partial(Sender, address=message.sender.address, name=message.sender.name)
    if returned or desk.is_own(message.sender.address) or desk.instance in message.loop_ids:
        return verdict(speaker=Speaker.OURSELVES, why="the mail is one of our own coming back")
    agent = registered_agent(message, desk)
    aligned = aligned_verdict(message, desk)
    mine = [proof for proof in proofs if proof.case == (STANDING if case is None else case)]
    if message.automatic is not None and message.automatic is not Automatic.LOOP:
        why = f"a machine wrote it ({message.automatic_sign or message.automatic})"
        # A notice of theirs came back answered: whoever wrote the answer has their mailbox.
        theirs = (
            agent is not None and aligned != "fail" and any(p.kind in (TokenKind.AGENT, TokenKind.NOTE) for p in mine)
        )
        return verdict(speaker=Speaker.MACHINE, why=why, agent=agent, proven=theirs)
    if message.sender_is_strict and fold_address(message.sender.address) in desk.leavers:
        return verdict(speaker=Speaker.CLAIMS_AGENT, why="they are an agent no more")
    if agent is not None:
        kinds = {proof.kind for proof in mine} & {TokenKind.AGENT, TokenKind.NOTE}
        if aligned == "fail":
            return verdict(speaker=Speaker.CLAIMS_AGENT, why="a trusted server says that From is forged", agent=agent)
        if kinds:
            note = TokenKind.NOTE in kinds
            return verdict(
                speaker=Speaker.AGENT, why="their own token for this case, and their From", agent=agent, note=note
            )
        if case is not None and is_vouched_agent(message, desk):
            return verdict(speaker=Speaker.AGENT, why="a trusted server's aligned pass for their From", agent=agent)
        lacks = "is good no more" if any(p.case == (case or STANDING) for p in stale) else "is missing"
        why = f"From is an agent's, but their token for this case {lacks}"
        return verdict(speaker=Speaker.CLAIMS_AGENT, why=why, agent=agent)
    if aligned == "fail":
        return verdict(speaker=Speaker.STRANGER, why="a trusted server says that From is forged", forged=True)
    answered = any(proof.kind is TokenKind.THREAD for proof in mine)
    proven = message.sender_is_strict and (answered or aligned == "pass")
    if is_participant and message.sender_is_strict:
        return verdict(speaker=Speaker.PARTICIPANT, why="From is a participant of the case", proven=proven)
    named = any(proof.kind is TokenKind.VENDOR for proof in mine)
    if is_vendor and message.sender_is_strict:
        return verdict(
            speaker=Speaker.VENDOR,
            why="From is a vendor's who was asked in this case",
            proven=named or aligned == "pass",
        )
    if named:
        return verdict(speaker=Speaker.VENDOR, why="it answers a mail to a vendor, from another address")
    why = "From is nobody we know" if message.sender_is_strict else "From is not one valid address"
    return verdict(speaker=Speaker.STRANGER, why=why, proven=proven)


def aligned_verdict(message: ParsedMessage, desk: Desk) -> str | None:
    """What the last server, if it is a trusted one, says of From: "pass", "fail" or None (RFC 8601, RFC 7489).

    Only DMARC, or DKIM with a domain of the same organisation, counts as a pass; SPF alone never does (T93).
    """
    domain = message.sender.address.rpartition("@")[2]
    top = trusted_result(message, desk, desk.trusted_authserv_ids)
    if top is None or not domain:
        return None
    if not _read_alike(top, domain):
        return None
    return _dmarc(top) or _dkim(top, domain)


def trusted_result(message: ParsedMessage, desk: Desk, ids: Sequence[str]) -> AuthResult | None:
    """The first results under one of these names. Nothing may stand above them but what our own servers wrote: what a
    stranger's mail brought along is below the Received of the first of ours (threats T90)."""
    if not ids or not message.auth_results:
        return None
    trusted = {one.lower() for one in ids}
    own = [*desk.received_by, *(host for one in trusted for host in _HOSTS.get(one, ()))]
    for result in message.auth_results:
        if not all(any(fnmatchcase(by, host) for host in own) for by in result.above):
            return None
        if result.named and result.authserv_id.lower() in trusted:
            return result
        if not result.named and M365 in trusted and result is message.auth_results[0]:
            return result
    return None


def read_otherwise(message: ParsedMessage, desk: Desk) -> str | None:
    """Which domain a trusted server read in From, where that is not the one that we read (threats T92)."""
    domain = message.sender.address.rpartition("@")[2]
    top = trusted_result(message, desk, desk.trusted_authserv_ids)
    if top is None or not domain or _read_alike(top, domain):
        return None
    found = (dict(properties).get("header.from", domain).lower() for method, _, properties in top.results)
    return next(said for said in found if said != domain)


def _read_alike(result: AuthResult, domain: str) -> bool:
    """Whether the server read the same From as we did, as far as it says which (threats T92)."""
    read = [
        dict(properties).get("header.from", domain) for method, _, properties in result.results if method == "dmarc"
    ]
    return all(said.lower() == domain for said in read)


def _dmarc(result: AuthResult) -> str | None:
    found = (outcome for method, outcome, _ in result.results if method == "dmarc")
    return {"pass": "pass", "fail": "fail"}.get(next(found, ""))


def _dkim(result: AuthResult, domain: str) -> str | None:
    for method, outcome, properties in result.results:
        signer = dict(properties).get("header.d", "").lower()
        if method == "dkim" and outcome == "pass" and signer and organisation(signer) == organisation(domain):
            return "pass"
    return None


def organisation(domain: str) -> str:
    """The registrable domain, by the public suffix list; the domain itself where it has none."""
    if not _suffixes:
        _suffixes.append(PublicSuffixList())  # reading the list costs a tenth of a second: only when needed
    return str(_suffixes[0].privatesuffix(domain.lower()) or domain.lower())
