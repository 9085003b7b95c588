"""Which contacts look like one person."""

from datetime import UTC, datetime

import pytest

from maild.desk.people.duplicates import likely
from store.people import Known

NOW = datetime(2026, 3, 2, tzinfo=UTC)


def _known(address: str, name: str = "", cases: int = 1, same_as: str | None = None) -> Known:
    return Known(
        address=address, name=name, same_as=same_as, undeliverable=False, cases=cases, open_cases=0, last_at=NOW
    )


@pytest.mark.parametrize(
    ("one", "other"),
    [
        (("ann@work.test", "Ann Example"), ("ann1@home.test", "ann EXAMPLE")),
        (("ann@work.test", "Example, Ann"), ("ann1@home.test", "Ann Example")),
        (("zofia@work.test", "Żofia Ósma"), ("zo@home.test", "Zofia Osma")),
        (("ann@home.test", ""), ("ann+shop@home.test", "")),
        (("ann.example@home.test", ""), ("annexample@home.test", "")),
    ],
)
def test_likely_ones_are_named_who_has_more_cases_first(one: tuple[str, str], other: tuple[str, str]) -> None:
    (found,) = likely([_known(*one), _known(*other, cases=2)])
    assert found.addresses == (other[0], one[0])


@pytest.mark.parametrize(
    ("one", "other"),
    [
        (("ann@work.test", "Ann"), ("ann@home.test", "Ann")),
        (("ann@work.test", ""), ("ben@work.test", "")),
        (("a@work.test", "Ann Example"), ("b@work.test", "Ben Example")),
    ],
)
def test_a_first_name_or_a_domain_alone_is_no_sign(one: tuple[str, str], other: tuple[str, str]) -> None:
    assert likely([_known(*one), _known(*other)]) == []


def test_what_was_said_to_be_one_person_is_not_said_again() -> None:
    ann = _known("ann@work.test", "Ann Example")
    assert likely([ann, _known("a@home.test", "Ann Example", same_as=ann.address)]) == []


def test_two_signs_are_one_hint() -> None:
    assert len(likely([_known("ann@home.test", "Ann Example"), _known("ann+x@home.test", "Ann Example")])) == 1
