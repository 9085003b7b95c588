"""`Key: value` lines: what is a command, what is doubtful and held back, what is prose."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from maild.desk.orders.reading import read
from maild.desk.settings import Agent, Desk, Queue

DESK = Desk(
    name="Desk",
    address="support@desk.test",
    instance="x",
    agents=(Agent(address="carl@desk.test", name="Carl Van Dyke"),),
    queues=(Queue(name="support", address="support@desk.test"), Queue(name="billing", address="billing@desk.test")),
)


def _read(text: str) -> tuple[list[tuple[str, str, bool]], str]:
    commands, rest = read(text, DESK)
    return [(one.verb, one.argument, one.doubtful) for one in commands], rest


@pytest.mark.parametrize(
    ("line", "verb", "argument"),
    [
        ("Status: open", "status", "open"),
        ("status: Waiting on Customer", "status", "Waiting on Customer"),
        ("Owner: carl", "assign", "carl"),
        ("Owner: Carl van Dyke", "assign", "Carl van Dyke"),
        ("Severity: high", "severity", "high"),
        ("Priority: urgent", "severity", "urgent"),
        ("Queue: billing", "queue", "billing"),
        ("Kind: bug", "kind", "bug"),
        ("Type: change request", "kind", "change request"),
        ("Level: L2", "level", "L2"),
        ("Cc: ann@x.test", "cc", "ann@x.test"),
        ("Due: 2026-12-01", "due", "2026-12-01"),
        ("Time worked: 15m", "spend", "15m"),
    ],
)
def test_known_key_in_a_paragraph_of_its_own_is_a_command(line: str, verb: str, argument: str) -> None:
    assert _read(f"{line}\n\nDear Ann.") == ([(verb, argument, False)], "Dear Ann.")
    assert _read(f"Dear Ann.\n\n{line}") == ([(verb, argument, False)], "Dear Ann.")
    assert _read(f"/take\n{line}\n\nDear Ann.") == ([("take", "", False), (verb, argument, False)], "Dear Ann.")


@pytest.mark.parametrize("text", ["Status: opne", "Ownr: carl", "Queue: nonsense", "Severity: very high"])
def test_what_looks_like_a_slip_is_a_command_that_will_be_refused(text: str) -> None:
    commands, rest = _read(f"{text}\n\nDear Ann.")
    assert (len(commands), rest) == (1, "Dear Ann.")


@pytest.mark.parametrize(
    "text",
    [
        "Status: it still fails",
        "Status: we are looking into it right now",
        "Note: we are closed on Friday",
        "Update: the part was sent",
        "Dear Ann,\n\nStatus: open\n\nis what you see there.",
        "Owner: whoever sits next to the printer",
        "http://example.com/status: no",
        "> Status: closed\n> Owner: carl",
    ],
)
def test_prose_stays_prose(text: str) -> None:
    assert _read(text) == ([], text)


@pytest.mark.parametrize(
    "text",
    ["Status: closed\nWe replaced the part.", "Dear Ann,\nit is done.\nStatus: closed", "/take\nOwner: carl\nHi"],
)
def test_a_key_in_one_paragraph_with_text_is_doubtful(text: str) -> None:
    commands, _ = _read(text)
    assert commands[-1][2], "it may be prose: it is refused, and nothing leaves"
    assert not any(doubtful for verb, _, doubtful in commands if verb == "take")


_PROSE = st.sampled_from(
    ["Dear Ann,", "it is on its way.", "Regards", "see /etc/passwd", "and #1042", "so: yes, it is"]
)
_ORDERS = st.sampled_from(["/close", "#note", "!assign carl", "Status: closed", "Owner: carl", "Queue: billing"])


@settings(max_examples=300, deadline=None)
@given(
    above=st.lists(_PROSE, min_size=1),
    orders=st.lists(_ORDERS, min_size=1, max_size=4),
    below=st.lists(_PROSE, min_size=1),
    blank=st.booleans(),
)
def test_T08_orders_in_the_middle_of_prose_are_never_commands(
    above: list[str], orders: list[str], below: list[str], blank: bool
) -> None:
    between = "\n\n" if blank else "\n"
    text = between.join(["\n".join(above), "\n".join(orders), "\n".join(below)])
    assert read(text, DESK) == ((), text)


@settings(max_examples=300, deadline=None)
@given(text=st.lists(_PROSE | _ORDERS | st.just(""), max_size=8), orders=st.lists(_ORDERS, min_size=1, max_size=4))
def test_T08_quoted_orders_and_those_below_a_signature_are_never_commands(text: list[str], orders: list[str]) -> None:
    own = "\n".join(["Dear Ann,", *text, "Regards."])
    quoted = "\n".join(f"> {line}" for line in orders)
    signature = "\n".join(["-- ", "Bea", *orders])
    assert read(own, DESK)[0] == ()
    for more in (quoted, signature):
        assert read(f"{own}\n\n{more}", DESK)[0] == ()
        assert read(f"{quoted}\n\n{own}\n{signature}", DESK)[0] == ()


@settings(max_examples=300, deadline=None)
@given(
    lines=st.lists(
        _PROSE | _ORDERS | st.sampled_from(["", "  ", "-- ", "thanks", "Status: it still fails"]), max_size=12
    )
)
def test_every_line_is_a_command_or_text_and_none_is_lost(lines: list[str]) -> None:
    commands, rest = read("\n".join(lines), DESK)
    kept = [line for line in rest.split("\n") if line.strip()]
    said = [line for line in lines if line.strip() and line.strip() != "thanks"]
    assert sorted([one.line for one in commands] + [line for line in kept if line != "thanks"]) == sorted(said)
