"""Rules on changes and on time, and their answers, at a desk at work: once each, and never to a machine."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

from maild.desk.rules.rules import RuleSet
from maild.pipeline.simulate import Tally, simulate
from tests.servers.sink import SinkServer
from tests.stories.desk import ANN, BEA, BEN, CARL, DESK, StoryDesk, story_desk

DORA = "dora@desk.test"
LEVELS = f'[[agent]]\naddress = "{DORA}"\nname = "Dora"\nlevel = "L2"\nqueues = ["support"]\n'


@contextmanager
def _desk(folder: Path, sink: SinkServer, rules: str, store_url: str = "sqlite:///maild.db") -> Iterator[StoryDesk]:
    with story_desk(folder, sink, store_url, rules) as desk:
        yield desk


def _why(desk: StoryDesk, number: int, event: str) -> list[str]:
    with desk.office.store.read() as unit:
        return [line.why for line in unit.journal.of_case(number) if line.event == event]


CHASE = f"""
{LEVELS}
[[rule]]
name = "nobody took it"
on = "timer"
after = "30m"
when = 'case.status == "New"'
unless = 'case.owner != ""'
escalate = true
add_tags = ["late"]
"""


def test_case_that_nobody_took_goes_up_after_half_an_hour_once(
    tmp_path: Path, sink: SinkServer, store_url: str
) -> None:
    with _desk(tmp_path, sink, CHASE, store_url) as desk:
        desk.mail(ANN.writes(DESK, "Hello", "Where is it?", desk.now))
        desk.mail(BEN.writes(DESK, "Hello", "Where is mine?", desk.now))
        assert "rule:nobody took it" in desk.timers(1, every=True)
        desk.mail(BEA.replies(desk.inbox(BEA)[1], "/take", desk.now))
        desk.later(minutes=31)

        assert (desk.case(1).level, desk.case(1).tags) == ("L2", ("late",))
        assert (desk.case(2).level, desk.case(2).tags) == ("L1", ())
        (mail,) = [mail for mail in desk.sink.to(DORA) if b"X-Maild-Event: escalated" in mail]
        assert b"Where is it?" in mail, "she sees what was asked"
        assert _why(desk, 1, "case.escalated")[0].startswith("L1 → L2: rule “nobody took it”")
        assert _why(desk, 2, "rule-not-applied") == ['rule “nobody took it”: case.status == "New" does not hold']
        desk.later(hours=2)
        assert desk.case(1).level == "L2"


def test_promise_5_rule_on_time_waits_until_its_mailbox_was_read(tmp_path: Path, sink: SinkServer) -> None:
    box = '[[mailbox]]\nname = "main"\nhost = "localhost"\nuser = "u"\n'
    with _desk(tmp_path, sink, CHASE + box) as desk:
        desk.mail(ANN.writes(DESK, "Hello", "Where is it?", desk.now))
        desk.later(hours=5)
        assert desk.case(1).level == "L1"
        with desk.office.store.write() as unit:
            unit.mailboxes.mark_read("main", desk.now, None)
        desk.later(seconds=1)
        assert desk.case(1).level == "L2"


def test_F35_clock_of_a_rule_that_was_taken_away_ends_quietly(tmp_path: Path, sink: SinkServer) -> None:
    with _desk(tmp_path, sink, CHASE) as desk:
        desk.mail(ANN.writes(DESK, "Hello", "Where is it?", desk.now))
        bare = replace(desk.office.desk, rules=RuleSet.of([], desk.office.desk.rules.zone))
        desk.office = replace(desk.office, desk=bare)
        desk.later(hours=1)
        assert desk.case(1).level == "L1"
        assert [name for name in desk.timers(1, every=True) if name.startswith("rule:")] == []
        assert _why(desk, 1, "rule-gone") == ["there is no rule “nobody took it” any more; its clock ends"]


def test_rule_on_change_hears_of_an_agents_command(tmp_path: Path, sink: SinkServer, store_url: str) -> None:
    rule = (
        '[[rule]]\nname = "vendor"\non = "change"\n'
        'when = \'change.to == "Waiting on Vendor" and change.by == "bea@desk.test"\'\n'
        'set = { level = "vendor" }\nnotify = ["bea@desk.test", "carl@desk.test"]\nreply = "still-working"\n'
    )
    with _desk(tmp_path, sink, rule, store_url) as desk:
        desk.mail(ANN.writes(DESK, "Hello", "Where is it?", desk.now))
        before = len(desk.inbox(BEA))
        desk.mail(BEA.replies(desk.inbox(BEA)[0], "/wait vendor", desk.now))
        assert (desk.case(1).level, desk.case(1).status.value) == ("vendor", "Waiting on Vendor")
        assert "because of the rule “vendor”" in desk.newest(CARL).text
        assert [mail.header("X-Maild-Event") for mail in desk.inbox(BEA)[before:]] == ["receipt"], "her own doing"
        assert "have not forgotten case 1" in desk.newest(ANN).text
        assert desk.newest(ANN).header("Auto-Submitted") == "auto-generated"


ASK = """
[[rule]]
name = "too short"
when = 'case.new and message.text !~~ ".{20}"'
ask = "ask-details"
"""


def test_rule_asks_for_details_instead_of_the_acknowledgement_and_the_case_waits(
    tmp_path: Path, sink: SinkServer, store_url: str
) -> None:
    with _desk(tmp_path, sink, ASK, store_url) as desk:
        desk.mail(ANN.writes(DESK, "It is broken", "Help!", desk.now))
        (mail,) = desk.inbox(ANN)
        assert "What did you do" in mail.text
        assert (mail.header("Auto-Submitted"), "broken" in mail.subject) == ("auto-replied", False)
        assert desk.case(1).status.value == "Waiting on Customer"
        assert "the answer of a rule goes instead" in _why(desk, 1, "not-acknowledged")
        assert "Help!" in desk.inbox(BEA)[0].text, "the notice shows the customer's mail, not our question"
        desk.mail(ANN.replies(mail, "I pressed the red button and nothing happened.", desk.now))
        assert desk.case(1).status.value == "Open"


def test_T29_rule_never_answers_a_machine_and_no_more_often_than_the_limiter_allows(
    tmp_path: Path, sink: SinkServer
) -> None:
    with _desk(tmp_path, sink, ASK) as desk:
        desk.mail(b"Auto-Submitted: auto-generated\r\n" + BEN.writes(DESK, "Alarm", "Disk!", desk.now))
        assert desk.inbox(BEN) == []
        assert desk.case(1).status.value == "New", "nobody was asked"
        for number in range(8):
            desk.mail(ANN.writes(DESK, f"Broken {number}", "Help!", desk.now))
        assert len(desk.inbox(ANN)) == 5
        assert [case.status.value for case in desk.cases()][-1] == "New"
        assert "the limit of 5 acknowledgements an hour" in _why(desk, 9, "not-replied")[0]


def test_agent_asks_why_and_reads_who_decided_what(tmp_path: Path, sink: SinkServer, store_url: str) -> None:
    rule = (
        '[[rule]]\nname = "money"\nwhen = \'message.subject =~~ "refund"\'\n'
        'set = { severity = "High" }\n'
        '[[rule]]\nname = "calm"\nwhen = \'message.subject =~~ "please"\'\nset = { severity = "Low" }\n'
    )
    with _desk(tmp_path, sink, rule + CHASE, store_url) as desk:
        desk.mail(ANN.writes(DESK, "A refund, please", "Now.", desk.now))
        desk.mail(BEA.replies(desk.inbox(BEA)[0], "/take\n/why", desk.now))
        said = " ".join(desk.newest(BEA).text.split())
        assert "✔ /why:" in said
        assert "status New: From is nobody we know" not in said
        assert "severity Low: rule “calm”: message.subject =~~" in said
        assert "rule “money” applied to the newest mail" in said
        assert "it lost severity=High to “calm”" in said
        assert "clock rule:nobody took it: due" in said
        assert "told: new-case to bea@desk.test: a new case in their queue" in said


def test_rule_knows_the_third_mail_of_a_day_and_the_plan_of_a_customer(
    tmp_path: Path, sink: SinkServer, store_url: str
) -> None:
    rules = """
[[customer]]
name = "Customers Ltd"
plan = "gold"
domains = ["customer.test"]
[[customer]]
name = "Ben himself"
addresses = ["ben@customer.test"]
[[rule]]
name = "third today"
when = "sender.mails_today >= 3 and sender.open_cases == 2"
add_tags = ["third"]
[[rule]]
name = "known"
when = 'sender.customer == "Customers Ltd" and case.plan == "gold"'
add_tags = ["gold"]
"""
    with _desk(tmp_path, sink, rules, store_url) as desk:
        for number in range(3):
            desk.mail(ANN.writes(DESK, f"Hello {number}", "Where is it?", desk.now))
        desk.mail(BEN.writes(DESK, "Hello", "Where is it?", desk.now))
        assert [case.tags for case in desk.cases()] == [("gold",), ("gold",), ("gold", "third"), ()]
        assert [case.severity for case in desk.cases()] == ["High", "High", "High", "Medium"], "by our own rule"
        desk.later(days=1)
        desk.mail(ANN.writes(DESK, "Hello again", "Where is it?", desk.now))
        assert desk.cases()[-1].tags == ("gold",)


def test_mail_of_another_participant_is_not_answered_by_a_rule(tmp_path: Path, sink: SinkServer) -> None:
    rule = '[[rule]]\nname = "thanks"\nwhen = "not case.new"\nreply = "still-working"\n'
    with _desk(tmp_path, sink, rule) as desk:
        desk.mail(ANN.writes(DESK, "Hello", "Where is it?", desk.now))
        desk.mail(BEN.replies(desk.inbox(ANN)[0], "What is this?", desk.now))
        assert len(desk.inbox(ANN)) == 1
        assert desk.inbox(BEN) == []
        desk.mail(ANN.replies(desk.inbox(ANN)[0], "Well?", desk.now))
        assert "have not forgotten" in desk.newest(ANN).text


def test_rehearsal_says_which_clocks_would_come_to_act(tmp_path: Path, sink: SinkServer) -> None:
    with _desk(tmp_path, sink, LEVELS) as desk:
        desk.mail(ANN.writes(DESK, "Hello", "Where is it?", desk.now))
        desk.mail(BEN.writes(DESK, "Hello", "Where is mine?", desk.now))
        desk.clock.move(timedelta(minutes=5))
        desk.mail(BEA.replies(desk.inbox(BEA)[0], "It left today.", desk.now))
        (tmp_path / "new.toml").write_text(
            '[[rule]]\nname = "chase"\non = "timer"\nafter = "1h"\nsince = "customer wrote"\nescalate = true\n'
            "when = 'case.severity == \"Medium\"'\nunless = 'case.owner != \"\"'\n"
        )
        rules = desk.plan.rules([tmp_path / "new.toml"])
        found = list(simulate(desk.office, rules, desk.now - timedelta(days=1), desk.now, Tally()))
        assert [one.more[0].partition(": ")[2] for one in found] == [
            "rule “chase” does not come to act: an agent answered before",
            "rule “chase” applies",
        ]
        assert "rule:chase" not in desk.timers(2, every=True), "nothing was written"


def test_rehearsal_says_which_promises_would_have_been_broken(tmp_path: Path, sink: SinkServer) -> None:
    with _desk(tmp_path, sink, LEVELS) as desk:
        desk.mail(ANN.writes(DESK, "Refund", "Where is it?", desk.now))
        desk.mail(BEN.writes(DESK, "Refund", "Where is mine?", desk.now))
        desk.clock.move(timedelta(hours=3))
        desk.mail(BEA.replies(desk.inbox(BEA)[0], "/resolve\n\nIt is on its way.", desk.now))
        desk.clock.move(timedelta(hours=3))
        (tmp_path / "new.toml").write_text('[[rule]]\nname = "r"\nwhen = "case.new"\nset = { severity = "High" }\n')
        rules = desk.plan.rules([tmp_path / "new.toml"])
        first, second = simulate(desk.office, rules, desk.now - timedelta(days=1), desk.now, Tally())
        assert first.changed == second.changed == {"severity": ("Medium", "High")}
        late = "late: resolve, promised within 4 hours"
        assert (late in first.more, late in second.more) == (False, True), (first, second)


def test_rules_on_time_that_would_end_a_mass_are_held(tmp_path: Path, sink: SinkServer, store_url: str) -> None:
    rule = (
        "[timers]\nmost_closes = 2\n"
        '[[rule]]\nname = "away with it"\non = "timer"\nafter = "1h"\nset = { status = "Closed" }\n'
        '[[agent]]\naddress = "ada@desk.test"\nname = "Ada"\nrole = "admin"\n'
    )
    with _desk(tmp_path, sink, rule, store_url) as desk:
        for number in range(5):
            desk.mail(ANN.writes(DESK, f"Hello {number}", "Where is it?", desk.now))
        desk.later(hours=1, minutes=1)
        assert [case.status.value for case in desk.cases()].count("Closed") == 2
        assert len(desk.logged("timers.held")) == 1
        desk.later(minutes=1)
        assert [case.status.value for case in desk.cases()].count("Closed") == 2
        with desk.office.store.write() as unit:
            assert unit.facts.release_timers(desk.now)
        desk.later(minutes=1)
        assert [case.status.value for case in desk.cases()].count("Closed") == 5
