"""What rules do to a desk at work: the right people hear of the right cases, and nothing is lost by a bad rule."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from zoneinfo import ZoneInfo

from maild.desk.rules.rules import Rule, RuleSet, Verdict
from maild.pipeline.office import fresh_deadlines
from store.letters import RELEASED
from tests.servers.sink import SinkServer
from tests.stories.desk import ANN, BEA, BEN, CARL, DESK, EVE, StoryDesk, story_desk

QUEUES = """
[[queue]]
name = "support"
[[queue]]
name = "billing"
address = "billing@desk.test"
level = "L2"
"""


@contextmanager
def _desk(folder: Path, sink: SinkServer, rules: str, store_url: str = "sqlite:///maild.db") -> Iterator[StoryDesk]:
    with story_desk(folder, sink, store_url, QUEUES + rules) as desk:
        yield desk


def _why(desk: StoryDesk, number: int) -> list[str]:
    with desk.office.store.read() as unit:
        return [f"{line.event} {line.why}" for line in unit.journal.of_case(number)]


def test_without_a_word_of_configuration_the_subject_says_how_urgent_it_is(desk: StoryDesk) -> None:
    desk.mail(ANN.writes(DESK, "Our shop is slow", "Since noon.", desk.now))
    desk.mail(BEN.writes(DESK, "URGENT: cannot log in", "Help!", desk.now))
    desk.mail(EVE.writes(DESK, "Production is down", "All of it.", desk.now))

    found = [(case.severity, case.kind) for case in desk.cases()]
    assert found == [("Medium", "question"), ("High", "incident"), ("Immediate", "incident")]
    assert "case.classified severity=Immediate: rule “severity: everything stands still”" in "\n".join(_why(desk, 3))


def test_rule_gives_a_case_to_a_queue_and_an_owner_who_alone_is_told(
    tmp_path: Path, sink: SinkServer, store_url: str
) -> None:
    rule = (
        '[[rule]]\nname = "refunds"\nwhen = \'message.subject =~~ "refund"\'\n'
        'set = { queue = "billing", owner = "carl@desk.test", severity = "High" }\n'
    )
    with _desk(tmp_path, sink, rule, store_url) as desk:
        desk.mail(ANN.writes(DESK, "I want a refund", "Now.", desk.now))

        case = desk.case(1)
        assert (case.queue, case.level, case.owner, case.creator) == ("billing", "L2", CARL.address, CARL.address)
        assert [mail.header("X-Maild-Queue") for mail in desk.inbox(CARL)] == ["billing"]
        assert desk.inbox(BEA) == []
        why = 'rule “refunds”: message.subject =~~ "refund"'
        assert f"case.classified queue=billing: {why}" in _why(desk, 1)
        assert f"case.assigned to carl@desk.test: {why}" in _why(desk, 1)

        desk.mail(CARL.replies(desk.inbox(CARL)[0], "It is on its way.", desk.now))
        desk.answers_leave()
        assert "on its way" in desk.newest(ANN).text
        assert desk.newest(ANN).reply_address.startswith("billing+")


def test_rule_moves_a_case_with_its_clock_to_another_queue(tmp_path: Path, sink: SinkServer, store_url: str) -> None:
    rule = (
        '[[rule]]\nname = "money"\nwhen = \'message.new_text =~~ "my invoice"\'\n'
        'set = { queue = "billing", status = "Waiting on Customer" }\n'
    )
    with _desk(tmp_path, sink, rule, store_url) as desk:
        desk.mail(ANN.writes(DESK, "Hello", "Where is it?", desk.now))
        desk.mail(BEA.replies(desk.inbox(BEA)[0], "Where is what?", desk.now))
        desk.answers_leave()
        desk.mail(ANN.replies(desk.newest(ANN), "my invoice", desk.now))

        assert (desk.case(1).queue, desk.case(1).status.value) == ("billing", "Waiting on Customer")
        with desk.office.store.read() as unit:
            assert {timer.queue for timer in unit.timers.of_case(1)} == {"billing"}
        desk.later(hours=25)
        desk.later(hours=25)
        assert desk.case(1).status.value == "Closed", "what a rule lets wait has its clock"


def test_a_machines_mail_that_moves_a_case_takes_its_clock_along(tmp_path: Path, sink: SinkServer) -> None:
    rule = '[[rule]]\nname = "lists"\nwhen = \'sender.who == "machine"\'\nset = { queue = "billing" }\n'
    with _desk(tmp_path, sink, rule) as desk:
        desk.mail(ANN.writes(DESK, "Hello", "Where is it?", desk.now))
        desk.mail(BEA.replies(desk.inbox(BEA)[0], "Where is what?", desk.now))
        desk.answers_leave()
        reply = ANN.replies(desk.newest(ANN), "Digest", desk.now)
        desk.mail(b"Precedence: list\r\nList-Id: <l.customer.test>\r\n" + reply)
        assert desk.case(1).queue == "billing"
        with desk.office.store.read() as unit:
            assert [(timer.name, timer.queue) for timer in unit.timers.of_case(1)] == [("silence-warning", "billing")]


def test_queue_without_an_address_is_filled_by_rules_only(tmp_path: Path, sink: SinkServer) -> None:
    queues = '[[queue]]\nname = "support"\n[[queue]]\nname = "sales"\n'
    rule = '[[rule]]\nname = "offers"\nwhen = \'message.subject =~~ "offer"\'\nset = { queue = "sales" }\n'
    with story_desk(tmp_path, sink, more=queues + rule) as desk:
        desk.mail(ANN.writes(DESK, "Hello", "x", desk.now))
        desk.mail(ANN.writes(DESK, "Your offer", "x", desk.now))
        assert [case.queue for case in desk.cases()] == ["support", "sales"]
        assert len(desk.inbox(ANN)) == 2


def test_timer_waits_for_all_mailboxes_where_rules_move_cases(tmp_path: Path, sink: SinkServer) -> None:
    """The reply may lie in the mailbox of the queue that the case was in (promise 5)."""
    boxes = "".join(
        f'[[mailbox]]\nname = "{queue}"\nqueue = "{queue}"\nhost = "localhost"\nuser = "u"\n'
        for queue in ("support", "billing")
    )
    rule = '[[rule]]\nname = "all"\nset = { queue = "billing" }\n'
    for more, may_act in ((rule, False), ("", True)):
        folder = tmp_path / str(may_act)
        folder.mkdir()
        with _desk(folder, sink, boxes + more) as desk:
            with desk.office.store.write() as unit:
                unit.mailboxes.mark_read("billing", desk.now, None)
            with desk.office.store.read() as unit:
                assert ("billing" in fresh_deadlines(desk.office, unit, desk.now)) is may_act


def test_agents_own_command_goes_before_a_rule(tmp_path: Path, sink: SinkServer) -> None:
    rule = '[[rule]]\nname = "all"\nwhen = \'not case.new\'\nset = { status = "On Hold", owner = "carl@desk.test" }\n'
    with _desk(tmp_path, sink, rule) as desk:
        desk.mail(ANN.writes(DESK, "Hello", "Where is it?", desk.now))
        desk.mail(BEA.replies(desk.inbox(BEA)[0], "/take\n/close", desk.now))
        assert (desk.case(1).status.value, desk.case(1).owner) == ("Closed", BEA.address)


def test_ignored_mail_names_its_rule_and_held_mail_passes_when_it_is_released(
    tmp_path: Path, sink: SinkServer
) -> None:
    rules = (
        '[[rule]]\nname = "spam"\nwhen = \'message.subject =~~ "cheap pills"\'\nignore = true\n'
        '[[rule]]\nname = "programs"\nwhen = \'message.subject =~~ "setup.exe"\'\nquarantine = "may be harmful"\n'
    )
    with _desk(tmp_path, sink, rules) as desk:
        desk.mail(EVE.writes(DESK, "CHEAP PILLS", "Buy", desk.now))
        desk.mail(ANN.writes(DESK, "setup.exe", "Run it", desk.now))
        assert desk.cases() == []
        assert desk.inbox(EVE) == desk.inbox(ANN) == []
        assert [line["rule"] for line in desk.logged("letter.ignored")] == ["rule: spam"]
        assert desk.quarantined() == ["rule: programs"]

        with desk.office.store.write() as unit:
            (held,) = unit.letters.quarantined()
            assert unit.letters.release(held.id, RELEASED)
        desk.work()
        assert desk.case(1).subject == "setup.exe"


def test_rule_lets_somebody_take_part(tmp_path: Path, sink: SinkServer) -> None:
    rule = '[[rule]]\nname = "their boss"\nwhen = \'sender.domain == "customer.test"\'\nadd = ["ben@customer.test"]\n'
    with _desk(tmp_path, sink, rule) as desk:
        desk.mail(ANN.writes(DESK, "Hello", "Where is it?", desk.now))
        desk.mail(BEA.replies(desk.inbox(BEA)[0], "On its way.", desk.now))
        desk.answers_leave()
        assert "On its way." in desk.newest(BEN).text
        added = [line for line in _why(desk, 1) if line.startswith("participant.added ben@")]
        assert added == [
            'participant.added ben@customer.test (cc): rule “their boss”: sender.domain == "customer.test"'
        ]


class _Breaks:
    def decide(self, facts: object) -> Verdict:  # noqa: ARG002
        raise ZeroDivisionError("a fault")


def test_F37_rule_that_raises_costs_no_mail_and_is_said_once(desk: StoryDesk) -> None:
    broken = Rule(name="broken", where="x:1", text="?", condition=_Breaks(), stop=True)
    rules = RuleSet.of([*desk.office.desk.rules.rules, broken], ZoneInfo("UTC"))
    desk.office = replace(desk.office, desk=replace(desk.office.desk, rules=rules))
    for number in range(3):
        desk.mail(ANN.writes(DESK, f"Urgent {number}", "Help!", desk.now))

    assert [case.severity for case in desk.cases()] == ["High"] * 3
    assert len(desk.inbox(ANN)) == 3
    (line,) = desk.logged("rule.failed")
    assert (line["rule"], line["error"]) == ("broken", "ZeroDivisionError: a fault")
    for number in (1, 2, 3):
        assert "rule-failed rule “broken” was skipped: ZeroDivisionError: a fault" in _why(desk, number)


def test_each_decision_is_recorded_with_the_version_of_its_rules(desk: StoryDesk) -> None:
    desk.mail(ANN.writes(DESK, "Urgent", "Help!", desk.now))
    with desk.office.store.read() as unit:
        (letter,) = unit.letters.by_message_id(_first_id(desk))
    assert letter.decision is not None
    rules = letter.decision["rules"]
    assert isinstance(rules, dict)
    assert rules["version"] == desk.office.desk.rules.version != "none"
    assert [one["rule"] for one in rules["applied"]] == ["severity: the sender says it is urgent"]


def _first_id(desk: StoryDesk) -> str:
    found = desk.entries(1)[0].message_id
    assert found is not None
    return found
