"""What of a plan is too much automatic mail; and which mails say the same as others."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime

import pytest

from maild.desk.effects import HoldMail, Notify, Reply, StopTimer, Withhold
from maild.desk.limiter import readers, within_limits
from maild.desk.loops import alike, repeated
from maild.desk.settings import Agent, Desk, Policy, Queue
from maild.desk.situation import Due, Passed, Situation
from store.records import CC, REQUESTER, Case, Direction, Entry, Participant, Status, Timer

NOW = datetime(2026, 3, 2, 9, tzinfo=UTC)
BEA = Agent(address="bea@desk.test", name="Bea")
DESK = Desk(
    name="Desk",
    address="support@desk.test",
    instance="i",
    agents=(BEA,),
    queues=(Queue(name="support", address="support@desk.test"),),
    policy=Policy(notices_per_hour=2, receipts_per_hour=2),
)
CASE = Case(
    number=7,
    queue="support",
    subject="x",
    status=Status.OPEN,
    severity="Medium",
    kind="question",
    level="L1",
    owner=None,
    requester="ann@customer.test",
    requester_name="",
    creator=None,
    language="en",
    created_at=NOW,
    updated_at=NOW,
    events=3,
    root_message_id=None,
)
ANN = Participant(case=7, address="ann@customer.test", name="", role=REQUESTER)
BEN = Participant(case=7, address="ben@customer.test", name="", role=CC)
CLOCK = Timer(id=1, case=7, name="silence-warning", queue="support", due_at=NOW, armed_at=NOW)
SITUATION = Situation(
    desk=DESK, occasion=Due(timer=CLOCK), case=CASE, participants=(ANN, BEN), timers=(replace(CLOCK, id=2),)
)
REPLY = Reply(why="a rule", event="still-working")


def _told(number: int) -> Notify:
    return Notify(why="x", event="reply", to="bea@desk.test", lines=(str(number),))


def test_T43_the_fourth_automatic_mail_about_one_case_is_withheld_and_all_that_follow_are_held() -> None:
    mails = {("ann@customer.test", 7, "acknowledgement"): 1, ("ann@customer.test", 7, "still-working"): 2}
    plan = within_limits(SITUATION, [REPLY], mails)
    assert [type(effect) for effect in plan] == [Withhold, HoldMail, StopTimer, Notify]
    assert plan[0] == Withhold(
        why="they had 3 automatic mails about this case within an hour", event="still-working", to="ann@customer.test"
    )
    assert within_limits(SITUATION, [REPLY], {("ann@customer.test", 7, "acknowledgement"): 2}) == [REPLY]


def test_T43_mails_about_other_cases_do_not_count_for_this_one() -> None:
    assert within_limits(SITUATION, [REPLY], {("ann@customer.test", 8, "still-working"): 9}) == [REPLY]


def test_T43_a_plan_of_many_mails_is_cut_in_its_middle() -> None:
    plan = within_limits(SITUATION, [REPLY] * 5, {("ann@customer.test", 7, "closed"): 1})
    assert [effect for effect in plan if isinstance(effect, Reply)] == [REPLY, REPLY]


def test_what_goes_to_several_leaves_without_the_one_who_had_enough() -> None:
    everyone = replace(REPLY, everyone=True)
    plan = within_limits(SITUATION, [everyone], {("ben@customer.test", 7, "update"): 3})
    assert plan[0] == replace(everyone, without=frozenset({"ben@customer.test"}))


def test_held_mail_is_withheld_without_a_second_word_and_goes_again_with_the_agents_answer() -> None:
    held = replace(SITUATION, participants=(replace(ANN, held=True),))
    assert [type(effect) for effect in within_limits(held, [REPLY], {})] == [Withhold]
    freed = HoldMail(why="Bea wrote", address=ANN.address, held=False)
    assert within_limits(held, [freed, REPLY], {}) == [freed, REPLY]


def test_what_an_agent_or_another_case_sets_off_is_counted_and_never_withheld() -> None:
    passed = replace(SITUATION, occasion=Passed(by="bea@desk.test"))
    assert within_limits(passed, [REPLY], {("ann@customer.test", 7, "update"): 9}) == [REPLY]


def test_a_persons_mail_is_never_withheld() -> None:
    answer = replace(REPLY, automatic=False, event="answer")
    assert readers(SITUATION, [answer]) == set()
    assert within_limits(SITUATION, [answer], {("ann@customer.test", 7, "update"): 9}) == [answer]


def test_notices_beyond_their_number_are_collected_and_receipts_withheld() -> None:
    plan = within_limits(SITUATION, [_told(1), _told(2), _told(3)], {})
    assert [one.collected for one in plan if isinstance(one, Notify)] == [False, False, True]
    receipt = Notify(why="x", event="receipt", to="bea@desk.test")
    had = {("bea@desk.test", 7, "receipt"): 1, ("bea@desk.test", None, "orders"): 1}
    (withheld,) = within_limits(SITUATION, [receipt], had)
    assert isinstance(withheld, Withhold)
    assert "2 receipts an hour" in withheld.why


LONG = "Thank you for your message number {}. We opened case {} for it, and a person will read it. Ref: c{}.abcdef7"


@pytest.mark.parametrize(
    ("one", "other", "same"),
    [
        (LONG.format(1, 1, 1), LONG.format(27, 93, 93), True),
        (LONG.format(1, 1, 1), LONG.format(1, 1, 1).upper(), True),
        (
            LONG.format(1, 1, 1),
            "My lamp does not work any more since you have sent me the new bulb on Monday.",
            False,
        ),
        ("Hello?", "Hello?", False),
        ("", "", False),
    ],
)
def test_T43_mails_are_alike_by_their_words_without_numbers(one: str, other: str, same: bool) -> None:
    assert alike(one, other) is same
    assert alike(other, one) is same


def test_T43_one_repeats_what_most_of_those_before_said() -> None:
    def entry(number: int, text: str) -> Entry:
        return Entry(
            id=number,
            case=number,
            event=1,
            direction=Direction.IN,
            public=True,
            automatic=False,
            sender="a@b.test",
            sender_name="",
            to=(),
            message_id=None,
            at=NOW,
            text=text,
        )

    said, human = LONG.format(3, 3, 3), "A person's own words, which nobody has ever said like that before or after."
    assert repeated(said, [entry(3, said), entry(2, said), entry(1, human)], 3) == entry(3, said)
    assert repeated(said, [entry(3, said), entry(2, human), entry(1, human)], 3) is None
    assert repeated(human, [entry(3, said), entry(2, said), entry(1, said)], 3) is None


def test_T43_looking_for_likeness_takes_time_that_grows_with_the_text_only() -> None:
    assert alike("a " * 200_000 + LONG, "b " * 200_000 + LONG) is False
