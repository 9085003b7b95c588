"""Whom a mail seems to be from, at a glance."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from parsers.origin import origin


@pytest.mark.parametrize(
    ("raw", "found"),
    [
        (b"From: Ann <Ann@Customer.test>\r\nTo: b@c.test\r\n\r\nFrom: x@y.test\r\n", "ann@customer.test"),
        (b"To: b@c.test\nfrom: ann@customer.test (Ann)\n\nHi", "ann@customer.test"),
        (b"From: =?utf-8?q?A?=\r\n <ann@customer.test>\r\n\r\n", "ann@customer.test"),
        (b"From: a@b.test <c@d.test>\r\n\r\n", "c@d.test"),
        (b"Subject: x\r\n\r\nFrom: a@b.test", ""),
        (b"From: nobody\r\n\r\n", ""),
        (b"", ""),
        (b"From: " + b"x" * 5000 + b"@y.test\r\n\r\n", "x" * 193 + "@y.test"),
    ],
)
def test_address_of_the_first_from(raw: bytes, found: str) -> None:
    assert origin(raw) == found


@given(st.binary(max_size=300).map(lambda noise: b"From:" + noise))
def test_any_octets_give_a_short_word(raw: bytes) -> None:
    said = origin(raw)
    assert len(said) <= 200
    assert said.isascii()
