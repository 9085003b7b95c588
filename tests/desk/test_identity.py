"""Authentication-Results: only a trusted last server counts, only an aligned verdict (threats 1e)."""

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
