"""The people who answer: who is given a case, who is away, who joins and who leaves."""

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest

from maild.demo.people import Mail, Person
from maild.pipeline.people import deactivate, hand_on
from store.records import Status
from tests.servers.sink import SinkServer
from tests.stories.desk import ANN, BEA, BEN, CARL, DESK, StoryDesk, story_desk

DORA = Person("Dora Agent", "dora@desk.test")
MORE = """
[[agent]]
address = "dora@desk.test"
name = "Dora"
level = "L2"
[[queue]]
name = "support"
assign = "round-robin"
[[queue]]
name = "second"
level = "L2"
assign = "least-loaded"
[[rule]]
name = "to the second level"
when = 'message.new_text =~ ".*does not compile.*"'
set = { queue = "second", level = "L2" }
"""


@pytest.fixture
def team(tmp_path: Path, sink: SinkServer, store_url: str) -> Iterator[StoryDesk]:
    with story_desk(tmp_path, sink, store_url, MORE) as made:
        yield made


def _asks(desk: StoryDesk, text: str = "It is two weeks late.", person: Person = ANN) -> None:
    desk.mail(person.writes(DESK, f"Where is my parcel {len(desk.cases())}?", text, desk.now))


def _out_of_office(desk: StoryDesk, person: Person, notice: Mail, text: str) -> None:
    raw = person.replies(notice, text, desk.now)
    desk.mail(raw.replace(b"Subject:", b"Auto-Submitted: auto-replied\r\nSubject:"))


def _why(desk: StoryDesk, number: int, event: str) -> str:
    with desk.office.store.read() as unit:
        return next(line.why for line in unit.journal.of_case(number) if line.event == event)


def test_new_cases_go_round_and_only_the_owner_is_told(team: StoryDesk) -> None:
    for _ in range(4):
        _asks(team)

    assert [case.owner for case in team.cases()] == [BEA.address, CARL.address] * 2
    assert [case.creator for case in team.cases()] == [BEA.address, CARL.address] * 2
    assert len(team.inbox(BEA)) == len(team.inbox(CARL)) == 2
    assert not team.inbox(DORA)
    why = _why(team, 1, "case.assigned")
    assert "round-robin of support" in why
    assert "dora@desk.test: works at L2, not L1" in why


def test_a_case_that_moves_to_another_level_gets_an_owner_there(team: StoryDesk) -> None:
    _asks(team)
    assert team.case(1).owner == BEA.address
    team.mail(ANN.replies(team.inbox(ANN)[0], "By the way, it does not compile.", team.now))

    assert team.case(1).owner == DORA.address
    assert "does not compile" in team.newest(DORA).text
    assert team.case(1).creator == BEA.address  # the single contact stays


def test_an_owner_whom_a_rule_names_is_left_alone(tmp_path: Path, sink: SinkServer) -> None:
    rule = '[[rule]]\nname = "hers"\nwhen = \'message.subject =~ ".*parcel.*"\'\nset = { owner = "dora@desk.test" }\n'
    with story_desk(tmp_path, sink, more=MORE + rule) as desk:
        _asks(desk)
        assert desk.case(1).owner == DORA.address


def test_T11_an_agents_out_of_office_answers_nobody_and_keeps_new_cases_away_until_its_day(team: StoryDesk) -> None:
    _asks(team)
    notice = team.newest(BEA)
    until = team.now + timedelta(days=4)
    _out_of_office(team, BEA, notice, f"I am out of office until {until:%Y-%m-%d}.")
    for _ in range(3):
        _asks(team)

    assert [case.owner for case in team.cases()] == [BEA.address, *[CARL.address] * 3]
    assert len(team.inbox(ANN)) == 4  # the acknowledgements
    assert "bea@desk.test: away until" in _why(team, 2, "case.assigned")
    assert team.logged("agent.away")[0]["agent"] == BEA.address
    team.later(days=5)
    _asks(team)
    assert team.case(5).owner == BEA.address


def test_an_out_of_office_that_names_no_day_counts_for_a_few_days(team: StoryDesk) -> None:
    _asks(team)
    _out_of_office(team, BEA, team.newest(BEA), "I am out of office.")
    team.later(days=2)
    _asks(team)
    _asks(team)
    assert [case.owner for case in team.cases()[1:]] == [CARL.address] * 2
    team.later(days=1, hours=1)
    _asks(team)
    assert team.case(4).owner == BEA.address


def test_T01_a_forged_out_of_office_marks_nobody_as_away(team: StoryDesk) -> None:
    _asks(team)
    acknowledgement = team.inbox(ANN)[0]
    raw = BEA.replies(acknowledgement, "I am out of office.", team.now)  # a customer's token, with her From
    team.mail(raw.replace(b"Subject:", b"Auto-Submitted: auto-replied\r\nSubject:"))

    assert not team.logged("agent.away")


def test_a_customers_mail_to_an_owner_who_is_away_reaches_the_others_too(team: StoryDesk) -> None:
    _asks(team)
    day = f"{team.now + timedelta(days=90):%Y-%m-%d}"
    team.mail(BEA.replies(team.newest(BEA), f"/away until {day}", team.now))
    receipt = " ".join(team.newest(BEA).text.split())
    assert f"✔ /away until {day}: you get no new cases up to and including" in receipt
    team.mail(ANN.replies(team.inbox(ANN)[0], "And?", team.now))
    assert "The owner, Bea, is away" in team.newest(CARL).text
    assert "And?" in team.newest(BEA).text

    team.mail(BEA.replies(team.inbox(BEA)[0], "/away off", team.now))
    _asks(team)
    assert [case.owner for case in team.cases()] == [BEA.address, CARL.address]
    _asks(team)
    assert team.case(3).owner == BEA.address


def test_away_without_a_day_is_refused(team: StoryDesk) -> None:
    _asks(team)
    team.mail(BEA.replies(team.newest(BEA), "/away for a while", team.now))
    assert "✖ /away for a while: until which day?" in " ".join(team.newest(BEA).text.split())
    assert not team.logged("agent.away")


def test_T14_a_leavers_mail_is_held_from_the_next_one_on_and_their_cases_go_on(team: StoryDesk) -> None:
    _asks(team)
    _asks(team, person=BEN)
    notice = team.inbox(BEA)[0]
    deactivate(team.office, BEA.address, team.now)
    handed = hand_on(team.office, BEA.address, None, team.now)
    team.work()

    assert handed == {1: CARL.address}
    assert "two weeks late" in team.newest(CARL).text
    assert "bea@desk.test" not in str([case.owner for case in team.cases()])
    team.mail(BEA.replies(notice, "/close", team.now))
    team.mail(BEA.writes(DESK, "A word", "Hello", team.now))
    assert team.quarantined() == ["former-agent", "former-agent"]
    assert team.case(1).status is Status.NEW
    assert not [mail for mail in team.inbox(BEA) if "in your name" in mail.text]


def test_what_was_to_leave_for_somebody_who_left_stays_here(team: StoryDesk) -> None:
    from maild.pipeline.intake import hand_in
    from maild.pipeline.route import route_waiting

    hand_in(team.office, "inject", ANN.writes(DESK, "Where?", "Hello", team.now), team.now)
    route_waiting(team.office, team.clock)
    assert deactivate(team.office, BEA.address, team.now) == 1
    team.work()

    assert not team.inbox(BEA)


def test_a_case_whose_owner_left_and_for_which_nobody_is_found_is_told_to_its_queue(desk: StoryDesk) -> None:
    _asks(desk)
    desk.mail(BEA.replies(desk.newest(BEA), "/take", desk.now))
    deactivate(desk.office, BEA.address, desk.now)
    assert hand_on(desk.office, BEA.address, None, desk.now) == {1: None}
    desk.work()

    told = " ".join(desk.newest(CARL).text.split())
    assert "bea@desk.test has left, and the case has no owner now. /take makes it yours." in told
    assert desk.case(1).owner is None


def test_somebody_who_joins_is_told_and_may_answer_without_a_restart(desk: StoryDesk) -> None:
    with desk.office.store.write() as unit:
        unit.agents.put("emil@desk.test", desk.now, added=True, active=True, name="Emil")
    emil = Person("Emil", "emil@desk.test")
    _asks(desk)
    desk.mail(emil.replies(desk.newest(emil), "On its way.", desk.now))
    desk.answers_leave()

    assert "On its way." in desk.newest(ANN).text
    assert desk.case(1).owner == "emil@desk.test"


def test_a_case_that_is_late_goes_up_a_level_and_to_somebody_there(team: StoryDesk) -> None:
    _asks(team)
    team.mail(BEA.replies(team.newest(BEA), "/severity Immediate", team.now))
    team.later(hours=2, minutes=1)

    assert (team.case(1).level, team.case(1).owner, team.case(1).creator) == ("L2", DORA.address, BEA.address)
    assert len(team.inbox(DORA)) == 1
    assert "least-loaded" not in _why(team, 1, "case.assigned")


def test_a_case_that_an_agent_moves_to_another_queue_finds_an_owner_there(team: StoryDesk) -> None:
    with team.office.store.write() as unit:
        unit.agents.put(BEA.address, team.now, queues=["support"])
        unit.agents.put(CARL.address, team.now, queues=["support"])
    _asks(team)
    team.mail(BEA.replies(team.newest(BEA), "/queue second", team.now))

    assert (team.case(1).queue, team.case(1).owner) == ("second", DORA.address)
    assert "two weeks late" in team.newest(DORA).text
