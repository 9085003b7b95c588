"""What agents say that a case is: its kind, its severity, its queue."""

from __future__ import annotations

from pathlib import Path

from maild.pipeline.office import fresh_deadlines
from tests.servers.sink import SinkServer
from tests.stories.desk import ANN, BEA, CARL, DESK, StoryDesk, story_desk

QUEUES = """
[[agent]]
address = "dora@desk.test"
name = "Dora"
queues = ["billing"]
[[queue]]
name = "support"
[[queue]]
name = "billing"
address = "billing@desk.test"
"""


def test_agent_says_what_a_case_is_and_it_is_on_record(desk: StoryDesk) -> None:
    desk.mail(ANN.writes(DESK, "Hello", "The export button does nothing.", desk.now))
    desk.mail(BEA.replies(desk.inbox(BEA)[0], "/kind data\n/severity high", desk.now))

    case = desk.case(1)
    assert (case.kind, case.severity) == ("data request", "High")
    with desk.office.store.read() as unit:
        lines = [(line.why, line.actor) for line in unit.journal.of_case(1) if line.event == "case.classified"]
    assert lines == [("kind=data request: by command", BEA.address), ("severity=High: by command", BEA.address)]
    assert "✔ /kind data: the kind is data request now" in desk.newest(BEA).text
    assert "the severity is High now" in desk.newest(CARL).text


def test_value_that_could_be_two_changes_nothing(desk: StoryDesk) -> None:
    desk.mail(ANN.writes(DESK, "Hello", "The export button does nothing.", desk.now))
    desk.mail(BEA.replies(desk.inbox(BEA)[0], "/kind c", desk.now))

    assert desk.case(1).kind == "question"
    assert "✖ /kind c: which kind? Say one of: change request, callback" in desk.newest(BEA).text


def test_case_goes_to_another_queue_whose_agents_are_told_and_whose_timers_wait_for_all_mailboxes(
    tmp_path: Path, sink: SinkServer, store_url: str
) -> None:
    boxes = "".join(
        f'[[mailbox]]\nname = "{queue}"\nqueue = "{queue}"\nhost = "localhost"\nuser = "u"\n'
        for queue in ("support", "billing")
    )
    with story_desk(tmp_path, sink, store_url, QUEUES + boxes) as desk:
        with desk.office.store.write() as unit:
            unit.mailboxes.mark_read("billing", desk.now, None)
        desk.mail(ANN.writes(DESK, "Hello", "Where is my refund?", desk.now))
        dora = [mail for mail in desk.sink.to("dora@desk.test")]
        assert dora == []
        with desk.office.store.read() as unit:
            assert "billing" in fresh_deadlines(desk.office, unit, desk.now)

        desk.mail(BEA.replies(desk.inbox(BEA)[0], "/queue billing", desk.now))
        assert desk.case(1).queue == "billing"
        assert len(desk.sink.to("dora@desk.test")) == 1
        with desk.office.store.read() as unit:  # the answer may still come to the other mailbox (promise 5)
            assert fresh_deadlines(desk.office, unit, desk.now) == {}
