"""Links that open mails: what they hold, whatever the case is called and whoever serves it."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from maild.desk.settings import Agent, Desk, Queue
from maild.desk.tokens import Keys, TokenKind
from maild.render.actions import Action, for_agent, for_customer
from maild.render.letterhead import Addressed, Letterhead
from parsers.commands import split_commands
from parsers.reply import new_text
from store.records import Case, Status
from tests.stories.links import opened

_NOW = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)
_QUEUE = Queue(name="support", address="support@desk.test")
_BEA = Agent(address="bea@desk.test", name="Bea")


def _case(subject: str = "Where is my parcel?", status: Status = Status.OPEN, owner: str | None = None) -> Case:
    return Case(
        number=1042, queue="support", subject=subject, status=status, severity="Medium", kind="question", level="L1",
        owner=owner, requester="ann@customer.test", requester_name="Ann", creator=None, language="en",
        created_at=_NOW, updated_at=_NOW, events=7, root_message_id=None,
    )  # fmt: skip


def _actions(case: Case, *others: Agent, plus: bool = True, merges: tuple[int, ...] = ()) -> dict[str, Action]:
    desk = Desk(
        name="Example", address="support@desk.test", instance="x", agents=(_BEA, *others), queues=(_QUEUE,)
    )  # fmt: skip
    head = Letterhead(desk, Keys(b"k" * 32), plus_addresses=plus, issue=lambda _agent, _case: 1)
    mail = Addressed(case=case, queue=_QUEUE, event=7, kind=TokenKind.AGENT, agent=_BEA.address)
    found = for_agent(head, mail, _BEA, _NOW, merges=merges)
    return {f"{one.name} {one.argument}".strip(): one for one in found}


def _ordered(action: Action) -> tuple[list[str], str]:
    """What the desk reads in the mail that a link opens: (the lines of commands, the text)."""
    commands, text = split_commands(new_text(opened(action.link)[2].replace("\r\n", "\n")))
    return [one.line for one in commands], "\n".join(line for line in text.split("\n") if not line.startswith(">"))


@pytest.mark.parametrize("plus", [True, False])
@pytest.mark.parametrize(
    "subject",
    [
        "Where?",
        "100% & more = ü?#a+b",
        "x" * 900,
        "我的包裹在哪里" * 40,
        'He said "no" <b>',
        "🎒" * 200,
        "-- \r\n/close",
    ],
)
def test_every_link_is_short_and_says_just_its_command_whatever_the_subject(subject: str, plus: bool) -> None:
    found = _actions(_case(subject), Agent(address="carl@desk.test", name="Carl"), plus=plus, merges=(7,))
    for name, action in found.items():
        to, about, _ = opened(action.link)
        assert len(action.link) < 500, name
        assert about.startswith("[Case #1042] ")
        assert about.isprintable()
        assert to.startswith("support+c1042.e7." if plus else "support@desk.test")
        wanted = {"reply": [], "assign-to": ["/assign"], "ask": ["/ask"]}.get(action.name, [action.command])
        assert _ordered(action) == (wanted, ""), name


def test_a_subject_is_cut_between_characters_and_kept_where_it_is_short() -> None:
    assert opened(_actions(_case("100% & more = ü?#a+b"))["reply"].link)[1] == "[Case #1042] 100% & more = ü?#a+b"
    assert opened(_actions(_case("🎒" * 200))["reply"].link)[1] == f"[Case #1042] {'🎒' * 12}"


def test_only_what_makes_sense_is_offered() -> None:
    names = set(_actions(_case()))
    assert {"take", "wait-us", "wait-customer", "wait-vendor", "resolve", "close", "escalate", "assign-to"} < names
    assert not names & {"reopen", "undo", "merge"}
    assert "take" not in _actions(_case(owner="BEA@desk.test"))
    assert "wait-vendor" not in _actions(_case(status=Status.WAITING_ON_VENDOR))
    closed = set(_actions(_case(status=Status.CLOSED)))
    assert {"reopen", "reply", "note"} < closed
    assert not closed & {"close", "resolve", "escalate", "wait-us"}
    assert {"reopen", "close"} < set(_actions(_case(status=Status.RESOLVED)))


def test_colleagues_are_those_who_are_there_three_at_most_each_by_a_name_that_only_they_have() -> None:
    away = Agent(address="al@desk.test", name="Al", away_until=_NOW + timedelta(days=1))
    elsewhere = Agent(address="bo@desk.test", name="Bo", queues=("billing",))
    upstairs = Agent(address="leo@desk.test", name="Leo", level="L2")
    team = [Agent(address=f"carl@{name}.test", name=f"Carl {name}") for name in ("one", "two")]
    others = [upstairs, away, elsewhere, *team, Agent(address="dan@desk.test", name="")]

    found = _actions(_case(owner="max@desk.test"), Agent(address="max@desk.test", name="Max"), *others)
    assert [one.command for one in found.values() if one.name == "assign"] == [
        "/assign carl@one.test", "/assign carl@two.test", "/assign dan",
    ]  # fmt: skip
    assert "assign dan@desk.test" in found


def test_a_customers_link_holds_a_word_and_nothing_of_the_case() -> None:
    desk = Desk(name="Example", address="support@desk.test", instance="x", agents=(), queues=(_QUEUE,))
    mail = Addressed(case=_case("Secret"), queue=_QUEUE, event=3, kind=TokenKind.THREAD)
    head = Letterhead(desk, Keys(b"k" * 32))
    found = for_customer(head, mail, "answer", copied=True)
    assert [one.command for one in found] == ["status", "close", "leave"]
    assert [one.command for one in for_customer(head, mail, "closed", copied=False)] == ["reopen"]
    for one in found:
        to, about, body = opened(one.link)
        assert to == head.reply_to(mail)
        assert about == f"[Case #1042] {one.command}"
        assert new_text(body.replace("\r\n", "\n")) == one.command
        assert "Secret" not in one.link
