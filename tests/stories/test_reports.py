"""Reports by mail: at their time, once, and as a table beside the mail."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta
from email import message_from_bytes, policy
from email.message import EmailMessage
from pathlib import Path

import pytest

from maild import cli
from maild.pipeline.reporting import send_reports
from maild.render.tables import from_csv
from tests.servers.sink import SinkServer
from tests.stories.desk import ANN, BEA, BEN, CARL, DESK, EVE, StoryDesk, story_desk

CREATED = '[[report]]\nname = "created"\nto = ["bea@desk.test", "boss@elsewhere.test"]\nat = "mon,thu 08:00"\n'


@contextmanager
def _desk(folder: Path, sink: SinkServer, store_url: str, more: str = CREATED) -> Iterator[StoryDesk]:
    with story_desk(folder, sink, store_url, more) as desk:
        desk.clock.move(_until(desk.now, "2026-03-08 12:00"))  # a Sunday
        desk.work()
        yield desk


def _until(now: datetime, text: str) -> timedelta:
    return datetime.fromisoformat(text).replace(tzinfo=now.tzinfo) - now


def _at(desk: StoryDesk, text: str) -> None:
    desk.clock.move(_until(desk.now, text))
    desk.work()


def _cases(desk: StoryDesk) -> None:
    """Ann's case is Bea's, Ben's is Carl's, Eve's is nobody's."""
    for who, agent, subject in ((ANN, BEA, "Parcel lost"), (BEN, CARL, "=cmd|' /C calc'!A0"), (EVE, None, "Hello")):
        desk.mail(who.writes(DESK, subject, "Please help.", desk.now))
        if agent is not None:
            desk.mail(agent.replies(desk.newest(agent), "/take", desk.now))


def _reports(desk: StoryDesk, to: str) -> list[EmailMessage]:
    mails = [message_from_bytes(raw, policy=policy.default) for raw in desk.sink.to(to)]
    return [mail for mail in mails if "the team created" in mail["Subject"]]  # type: ignore[misc]


def test_open_cases_that_the_team_created_come_on_monday_and_thursday_by_owner(
    tmp_path: Path, sink: SinkServer, store_url: str
) -> None:
    with _desk(tmp_path, sink, store_url) as desk:
        _cases(desk)
        _at(desk, "2026-03-09 07:59")
        assert _reports(desk, BEA.address) == []
        _at(desk, "2026-03-09 08:01")
        (mail,) = _reports(desk, BEA.address)
        assert len(_reports(desk, "boss@elsewhere.test")) == 1

        assert mail["Subject"] == "[Example Support] Open cases that the team created, by owner: 2"
        assert mail["Auto-Submitted"] == "auto-generated"
        text, html = (mail.get_body((kind,)).get_content() for kind in ("plain", "html"))  # type: ignore[union-attr]
        assert text.index("Bea (1)") < text.index("[Case #1]") < text.index("Carl (1)") < text.index("[Case #2]")
        assert "</span>Parcel lost</td>" in html
        (table,) = mail.iter_attachments()
        assert table.get_filename() == "created-2026-03-09.csv"
        assert table.get_content_type() == "text/csv"
        rows = from_csv(table.get_payload(decode=True))  # type: ignore[arg-type]
        assert [(row[0], row[1], row[-1]) for row in rows[1:]] == [
            ("Bea (1)", "[Case #1]", "Parcel lost"),
            ("Carl (1)", "[Case #2]", "=cmd|' /C calc'!A0"),
        ]
        assert b"\"'=cmd|" in table.get_payload(decode=True), "T82"  # type: ignore[operator]

        for when in ("2026-03-09 08:02", "2026-03-10 08:01", "2026-03-12 07:59"):
            _at(desk, when)
        assert len(_reports(desk, BEA.address)) == 1
        _at(desk, "2026-03-12 08:00")
        assert len(_reports(desk, BEA.address)) == 2
        assert len(desk.logged("report.sent")) == 4


def test_report_is_sent_once_whatever_restarts_and_however_many_nodes_there_are(
    tmp_path: Path, sink: SinkServer, store_url: str
) -> None:
    with _desk(tmp_path, sink, store_url) as desk:
        _cases(desk)
        desk.clock.move(_until(desk.now, "2026-03-09 08:00"))
        assert [send_reports(desk.office, desk.clock) for _ in range(3)] == [1, 0, 0]
        with story_desk(tmp_path, sink, store_url, CREATED) as other:  # the next process, or another node
            assert send_reports(other.office, desk.clock) == 0
        desk.work()
        assert len(_reports(desk, BEA.address)) == 1


def test_what_was_missed_is_sent_late_within_a_day_and_then_no_more(
    tmp_path: Path, sink: SinkServer, store_url: str
) -> None:
    with _desk(tmp_path, sink, store_url) as desk:
        _cases(desk)
        _at(desk, "2026-03-10 07:00")  # nobody was up on Monday
        assert len(_reports(desk, BEA.address)) == 1
        _at(desk, "2026-03-13 09:00")  # nor on Thursday, and for longer
        assert len(_reports(desk, BEA.address)) == 1
        _at(desk, "2026-03-16 08:00")
        assert len(_reports(desk, BEA.address)) == 2


def test_no_report_while_the_outbox_is_held(tmp_path: Path, sink: SinkServer, store_url: str) -> None:
    with _desk(tmp_path, sink, store_url) as desk:
        _cases(desk)
        with desk.office.store.write() as unit:
            unit.facts.hold_outbox("an older copy was put to work")
        _at(desk, "2026-03-09 08:01")
        with desk.office.store.write() as unit:
            assert unit.outbox.counts().get("waiting", 0) == 0
            unit.facts.release_outbox()
        desk.work()
        assert len(_reports(desk, BEA.address)) == 1


def test_one_who_has_left_gets_no_report_any_more(tmp_path: Path, sink: SinkServer, store_url: str) -> None:
    with _desk(tmp_path, sink, store_url) as desk:
        _cases(desk)
        with desk.office.store.write() as unit:
            unit.agents.put(BEA.address, desk.now, active=False)
        _at(desk, "2026-03-09 08:01")
        assert _reports(desk, BEA.address) == []
        assert len(_reports(desk, "boss@elsewhere.test")) == 1


def test_everybody_gets_their_own_cases(tmp_path: Path, sink: SinkServer, store_url: str) -> None:
    mine = '[[report]]\nname = "mine"\nto = ["bea@desk.test", "carl@desk.test"]\nat = "daily 08:00"\n'
    with _desk(tmp_path, sink, store_url, mine) as desk:
        _cases(desk)
        _at(desk, "2026-03-09 08:01")
        assert "[Case #1]" in desk.newest(BEA).text
        assert "[Case #2]" not in desk.newest(BEA).text
        assert desk.newest(CARL).subject == "[Example Support] Open cases of Carl: 1"


def test_time_of_a_report_on_one_queue_is_that_of_its_calendar(tmp_path: Path, sink: SinkServer) -> None:
    more = (
        '[[calendar]]\nname = "ny"\ntimezone = "America/New_York"\n[[queue]]\nname = "support"\ncalendar = "ny"\n'
        + CREATED.replace("at =", 'queues = ["support"]\nat =')
    )
    with _desk(tmp_path, sink, "sqlite:///maild.db", more) as desk:
        _cases(desk)
        _at(desk, "2026-03-09 11:59")
        assert _reports(desk, BEA.address) == []
        _at(desk, "2026-03-09 12:00")
        assert _reports(desk, BEA.address)[0]["Subject"].endswith("by owner (support): 2")


def _said(desk: StoryDesk, capsys: pytest.CaptureFixture[str], *words: str) -> str:
    capsys.readouterr()
    assert cli.main(["report", *words, "--now", desk.now.isoformat(), "-c", str(desk.path)]) == 0
    return capsys.readouterr().out


def test_reports_on_the_command_line(
    tmp_path: Path, sink: SinkServer, store_url: str, capsys: pytest.CaptureFixture[str]
) -> None:
    with _desk(tmp_path, sink, store_url) as desk:
        _cases(desk)
        desk.mail(BEA.replies(desk.inbox(BEA)[0], "Where do you live?", desk.now))
        desk.answers_leave()
        assert "[Case #1]" in _said(desk, capsys, "waiting")
        assert "[Case #1]" not in _said(desk, capsys, "mine", "--for", CARL.address)
        rows = [json.loads(line) for line in _said(desk, capsys, "created", "--json").splitlines()]
        assert [(row["case"], row["owner"]) for row in rows] == [
            ("[Case #1]", BEA.address), ("[Case #2]", CARL.address),
        ]  # fmt: skip
        assert rows[1]["subject"] == "=cmd|' /C calc'!A0", "T82: JSON is as it is"
        assert _said(desk, capsys, "stale").startswith("Open cases in which nothing has happened for long: none")
        assert "3 opened, 0 closed" in _said(desk, capsys, "volume")

        _at(desk, "2026-03-20 12:00")
        _at(desk, "2026-03-21 13:00")
        stale = _said(desk, capsys, "stale")
        assert "[Case #2]" in stale
        assert "[Case #1]" not in stale, "that one was closed meanwhile"
        assert "3 opened, 1 closed" in _said(desk, capsys, "volume")
        assert "[Case #3]" in _said(desk, capsys, "violated")
        assert "missed" in _said(desk, capsys, "sla")
        before = len(desk.sink.to("chief@desk.test"))
        _said(desk, capsys, "violated", "--mail", "--to", "chief@desk.test")
        desk.work()
        assert len(desk.sink.to("chief@desk.test")) == before + 1


def test_target_that_was_kept_counts_in_the_week_in_which_it_would_have_been_due(
    tmp_path: Path, sink: SinkServer, store_url: str, capsys: pytest.CaptureFixture[str]
) -> None:
    more = '[[target]]\ngoal = "answer"\nwithin = "4h"\n[[target]]\ngoal = "comment"\nwithin = "36h"\n'
    with _desk(tmp_path, sink, store_url, more) as desk:
        desk.mail(ANN.writes(DESK, "Parcel lost", "Please help.", desk.now))
        desk.later(hours=1)
        desk.mail(BEA.replies(desk.newest(BEA), "Where do you live?", desk.now))
        _at(desk, "2026-03-10 12:00")
        rows = [json.loads(line) for line in _said(desk, capsys, "sla", "--json").splitlines()]
        found = {row["target"]: (row["week from"], row["due"], row["missed"], row["kept"]) for row in rows}
        assert found["answer"] == ("2026-03-02", "1", "0", "100 %"), "it was a Sunday"
        assert found["comment"] == ("2026-03-09", "1", "0", "100 %")


def test_wrong_report_is_refused_with_the_next_step(desk: StoryDesk, capsys: pytest.CaptureFixture[str]) -> None:
    config = ["-c", str(desk.path)]
    assert cli.main(["report", "created", "--mail", *config]) == 2
    assert "Say --to ADDRESS" in capsys.readouterr().err
    assert cli.main(["report", "created", "--queue", "sales", *config]) == 2
    assert "there is no such queue; there are: support" in capsys.readouterr().err
