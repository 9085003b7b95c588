"""What is evaluated in short says what the library says of the same node."""

from __future__ import annotations

from types import SimpleNamespace

import pytest
import rule_engine
from hypothesis import given, settings
from hypothesis import strategies as st

from maild.desk.rules.expressions import _context
from maild.desk.rules.names import names_on
from maild.desk.rules.shortcuts import _short, octets, shortcut

_TESTS = (
    "now.hour >= 3.5", "now.hour == 3", "3 != now.hour", "now.hour > now.minute", "now.minute <= now.hour",
    'sender.domain == "a"', '"b" != sender.domain', "sender.domain == sender.name", 'sender.domain in ["a", "b"]',
    'sender.domain not in ["a"]', "now.hour in [1, 2, 3.5]", '"a" in message.cc', '"a" not in message.cc',
    "sender.domain in message.cc", '"a" in case.tags', "sender.domain in case.tags", "case.new", "not case.new",
    "case.new == true", "case.new != case.continued", 'header("X-A") == "a"', 'header("X-A") in ["a", "b"]',
    "case.age_hours == 0.1", "case.age_hours < 0.1",
)  # fmt: skip
_TEXT = st.sampled_from(["", "a", "b", "ab", "A"])
_NUMBER = st.sampled_from([0, 1, 3, 3.5, 0.1])


@pytest.mark.parametrize("test", _TESTS)
@settings(max_examples=20, deadline=None)
@given(text=_TEXT, other=_TEXT, number=_NUMBER, second=_NUMBER, yes=st.booleans())
def test_short_way_and_long_way_lead_to_the_same(
    test: str, text: str, other: str, number: float, second: float, yes: bool
) -> None:
    node = rule_engine.Rule.parser.parse(test, _context(tuple(names_on("message").items()))).expression
    assert _short(node) is not None, "this test has no short way"
    facts = SimpleNamespace(
        now=SimpleNamespace(hour=number, minute=second),
        sender=SimpleNamespace(domain=text, name=other),
        message=SimpleNamespace(cc=other),
        case=SimpleNamespace(tags=(text, other), new=yes, continued=not yes, age_hours=number),
        header=lambda name: other if name == "X-A" else "?",
    )
    assert bool(shortcut(node)(facts)) is bool(node.evaluate(facts))  # type: ignore[arg-type]


def test_text_that_is_no_unicode_is_looked_at_all_the_same() -> None:
    assert octets("a\udcff") == b"a?"
