"""Authentication-Results as servers write them (T90 to T94): what is said, by whom, and whether it stands on top."""

from __future__ import annotations

import pytest

from parsers import AuthResult, parse


def _read(*fields: str) -> tuple[AuthResult, ...]:
    return parse("".join(f"{field}\n" for field in fields).encode() + b"From: a@b.example\n\nx\n").auth_results


def _methods(result: AuthResult) -> dict[str, str]:
    return {method: outcome for method, outcome, _ in result.results}


def test_field_is_read_with_its_properties() -> None:
    (result,) = _read(
        "Authentication-Results: MX.desk.example;\n dkim=pass (2048-bit key; unprotected) header.d=b.example"
        " header.i=@b.example;\n spf=pass smtp.mailfrom=a@b.example; dmarc=pass (p=reject) header.from=b.example"
    )
    assert result.authserv_id == "mx.desk.example"
    assert result.topmost
    assert _methods(result) == {"dkim": "pass", "spf": "pass", "dmarc": "pass"}
    assert dict(result.results[0][2]) == {"header.d": "b.example", "header.i": "@b.example"}
    assert dict(result.results[2][2]) == {"header.from": "b.example"}


def test_T90_only_the_field_above_every_received_is_topmost() -> None:
    forged = "Authentication-Results: mx.desk.example; dmarc=pass header.from=b.example"
    real = "Authentication-Results: mx.desk.example; dmarc=fail header.from=b.example"
    results = _read(real, "Received: by mx", forged)
    assert [r.topmost for r in results] == [True, False]
    assert [_methods(r)["dmarc"] for r in results] == ["fail", "pass"]
    assert [r.topmost for r in _read("Received: by mx", forged)] == [False]


@pytest.mark.parametrize(
    ("value", "server", "methods"),
    [
        ("other.example; dmarc=pass", "other.example", {"dmarc": "pass"}),
        ("(mx.desk.example) other.example; dmarc=pass", "other.example", {"dmarc": "pass"}),
        ("mx.desk.example 1; none", "mx.desk.example", {}),
        ("mx.desk.example; none", "mx.desk.example", {}),
        ('"mx.desk.example"; dkim=none', "mx.desk.example", {"dkim": "none"}),
        ("mx.desk.example evil.example; dmarc=pass", "", {"dmarc": "pass"}),
        ("mx.desk.example; (dmarc=pass", "mx.desk.example", {}),
        ("mx.desk.example; x=y; dmarc/1 = pass", "mx.desk.example", {"x": "y", "dmarc": "pass"}),
        ("", "", {}),
    ],
)
def test_T91_ids_comments_and_versions(value: str, server: str, methods: dict[str, str]) -> None:
    (result,) = _read(f"Authentication-Results: {value}")
    assert result.authserv_id == server
    assert _methods(result) == methods


def test_T94_form_of_microsoft_365_without_an_id() -> None:
    (result,) = _read(
        "Authentication-Results: spf=pass (sender IP is 192.0.2.1)\n smtp.mailfrom=b.example;"
        " dkim=pass (signature was verified)\n header.d=b.example;dmarc=pass action=none"
        " header.from=b.example;compauth=pass reason=100"
    )
    assert result.authserv_id == ""
    assert _methods(result) == {"spf": "pass", "dkim": "pass", "dmarc": "pass", "compauth": "pass"}
    assert dict(result.results[2][2])["header.from"] == "b.example"
