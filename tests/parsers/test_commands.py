"""The command grammar: what is an order, and what only looks like one."""

from __future__ import annotations

import pytest

from parsers import Command
from parsers.commands import split_commands


def test_block_at_the_head_is_taken_and_the_text_stays() -> None:
    commands, rest = split_commands("/close fixed in 2.1\n#note\n\nDear Ann,\n\nit is fixed.")
    assert commands == (
        Command("close", "fixed in 2.1", "/close fixed in 2.1"),
        Command("note", "", "#note"),
    )
    assert rest == "Dear Ann,\n\nit is fixed."


def test_block_at_the_end_is_taken() -> None:
    commands, rest = split_commands("It is fixed.\n\n!assign bob\n/close\n")
    assert [c.verb for c in commands] == ["assign", "close"]
    assert rest == "It is fixed."


def test_command_above_a_signature_is_taken_and_the_signature_stays() -> None:
    commands, rest = split_commands("Fixed.\n/close\n-- \nBob\n/reopen")
    assert [c.verb for c in commands] == ["close"]
    assert rest == "Fixed.\n-- \nBob\n/reopen"


def test_nothing_after_thanks_or_quit_is_an_order() -> None:
    for word in ("thanks", "quit", "Thanks."):
        commands, rest = split_commands(f"/close\n{word}\n/reopen\n")
        assert [c.verb for c in commands] == ["close"], word
        assert rest == "/reopen"


def test_a_sign_off_above_the_commands_is_no_stop() -> None:
    commands, rest = split_commands("It is fixed.\nThanks,\nBob\n\n/close")
    assert [c.verb for c in commands] == ["close"]
    assert rest == "It is fixed.\nThanks,\nBob"


@pytest.mark.parametrize(
    "text",
    [
        "/usr/bin/foo crashed",
        "/etc/passwd",
        "> /close",
        "please /close it",
        "#1042 is the number",
        "Some words\n/close\nand more words",
        "Status: closed",
        "!!! urgent",
        "/",
        "",
    ],
)
def test_prose_and_quotations_are_never_orders(text: str) -> None:
    assert split_commands(text) == ((), text)


def test_key_value_lines_are_orders_only_for_known_keys() -> None:
    commands, rest = split_commands("Status: closed\nOwner: bob\n\nDear: friend\n", lambda key, _: key != "dear")
    assert [(c.verb, c.argument) for c in commands] == [("status", "closed"), ("owner", "bob")]
    assert rest == "Dear: friend"


def test_command_only_mail_leaves_nothing() -> None:
    assert split_commands("\n/close\n\n")[1] == ""


def test_unknown_verb_is_returned_for_did_you_mean() -> None:
    assert split_commands("/colse\n")[0][0].verb == "colse"
