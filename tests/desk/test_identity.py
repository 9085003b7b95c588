"""Authentication-Results: only a trusted last server counts, only an aligned verdict (threats 1e)."""

from dataclasses import replace

import pytest

from maild.desk.identity import aligned_verdict
from maild.desk.settings import Desk
from parsers import parse

DESK = Desk(
    name="d", address="s@desk.test", instance="i", trusted_authserv_ids=("mx.desk.test",), accept_results=True
)
GOOD = "mx.desk.test; dmarc=pass header.from=desk.test"


def _verdict(*fields: str) -> str | None:
    head = "".join(f"{field}\r\n" for field in fields)
    return aligned_verdict(parse(f"{head}From: bea@desk.test\r\n\r\nx".encode()), DESK)


def test_an_aligned_pass_of_a_trusted_server_counts() -> None:
    assert _verdict(f"Authentication-Results: {GOOD}") == "pass"
    assert _verdict("Authentication-Results: mx.desk.test; dkim=pass header.d=mail.desk.test") == "pass"
    assert _verdict("Authentication-Results: mx.desk.test; dmarc=fail header.from=desk.test") == "fail"


@pytest.mark.parametrize(
    "fields",
    [
        ["Received: by mx.desk.test", f"Authentication-Results: {GOOD}"],  # T90: below a Received
        ["Authentication-Results: mx.evil.test; dmarc=pass header.from=desk.test"],  # T91
        ["Authentication-Results: mx.desk.test; none"],
        ["Authentication-Results: (mx.desk.test) other; dmarc=pass header.from=desk.test"],
        ["Authentication-Results: mx.desk.test; dmarc=pass header.from=evil.test"],  # T92
        ["Authentication-Results: mx.desk.test; spf=pass smtp.mailfrom=desk.test"],  # T93
        ["Authentication-Results: mx.desk.test; dkim=pass header.d=evil.test"],
        [],
    ],
)
def test_T90_to_T93_anything_else_is_no_verdict(fields: list[str]) -> None:
    assert _verdict(*fields) is None


@pytest.mark.parametrize("outcome", ["temperror", "permerror", "none", "neutral", "policy"])
def test_F42_a_check_that_the_server_could_not_make_is_no_verdict(outcome: str) -> None:
    said = f"dkim={outcome} header.d=desk.test; dmarc={outcome} header.from=desk.test"
    assert _verdict(f"Authentication-Results: mx.desk.test; {said}") is None
    assert _verdict(f"Authentication-Results: mx.desk.test; dkim={outcome} header.d=desk.test") is None


_GMAIL = replace(DESK, trusted_authserv_ids=("mx.google.com",))
_M365 = replace(DESK, trusted_authserv_ids=("m365",))
_TO_GMAIL = [
    "Received: by 2002:a05:6a10:1:b0:1 with SMTP id x; Mon, 2 Mar 2026 09:00:00 -0800 (PST)",
    "Received: from mail.desk.test (mail.desk.test [192.0.2.1]) by mx.google.com with ESMTPS id y",
]
_OURS = "Authentication-Results: mx.google.com; dkim=pass header.i=@desk.test; dmarc=pass header.from=desk.test"


def _of(desk: Desk, *fields: str) -> str | None:
    head = "".join(f"{field}\r\n" for field in fields)
    return aligned_verdict(parse(f"{head}From: bea@desk.test\r\n\r\nx".encode()), desk)


def test_T90_results_stand_below_what_their_own_servers_received_and_above_all_else() -> None:
    assert _of(_GMAIL, *_TO_GMAIL, _OURS) == "pass"
    assert _of(_GMAIL, *_TO_GMAIL, "Received: by mail.desk.test", _OURS) is None
    assert _of(_GMAIL, *_TO_GMAIL, "Received: from x by mx.google.com.evil.test", _OURS) is None
    assert _of(_GMAIL, *_TO_GMAIL, "Received: no host", _OURS) is None
    fail = _OURS.replace("pass", "fail")
    assert _of(_GMAIL, *_TO_GMAIL, fail, "Received: by evil.test", _OURS) == "fail"
    assert _of(_GMAIL, *_TO_GMAIL, fail, _OURS) == "fail"


def test_T90_received_by_says_which_other_hosts_are_ours() -> None:
    inner = "Received: from mx.desk.test by store3.mail.desk.test with LMTP"
    good = f"Authentication-Results: {GOOD}"
    assert _of(DESK, inner, good) is None
    assert _of(replace(DESK, received_by=("*.mail.desk.test",)), inner, good) == "pass"


def test_T94_microsoft_365_writes_no_name_and_only_its_first_field_counts() -> None:
    received = "Received: from x by DM6NAM11FT004.mail.protection.outlook.com (10.1.1.1) with Microsoft SMTP Server"
    said = (
        "Authentication-Results: spf=pass (sender IP is 192.0.2.1) smtp.mailfrom=desk.test; dkim=pass (signature was"
    )
    said += " verified) header.d=desk.test;dmarc=pass action=none header.from=desk.test;compauth=pass reason=100"
    assert _of(_M365, received, said) == "pass"
    assert _of(_M365, said) == "pass"
    assert _of(_M365, received, said.replace("=pass", "=fail"), said) == "fail"
    assert _of(_M365, received, "Received: by evil.test", said) is None
    assert _of(_M365, received, f"Authentication-Results: {GOOD}") is None
    assert _of(_M365, received, "Authentication-Results: two words; dmarc=pass header.from=desk.test") is None
    assert _of(DESK, said) is None


def test_T96_a_signature_that_no_server_has_judged_is_no_verdict() -> None:
    signature = "DKIM-Signature: v=1; a=rsa-sha256; d=desk.test; s=s; h=from; l=1; bh=x; b=y"
    assert _of(DESK, signature) is None
    assert _of(DESK, signature, "Authentication-Results: mx.desk.test; none") is None
