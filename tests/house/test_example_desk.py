"""The desk of docs/example-desk.md is one, and what the page tells of its mails is what becomes of them.

That its reports are those of the page is checked with the other made pages (`test_docs.py`).
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from maild import cli
from maild.settings.build import build
from maild.settings.load import parse
from store.records import Status
from tests.house import example_desk as page
from tests.stories.desk import StoryDesk


@pytest.fixture(scope="module")
def desk(tmp_path_factory: pytest.TempPathFactory) -> Iterator[StoryDesk]:
    with page.desk_of_the_page(tmp_path_factory.mktemp("desk")) as made:
        yield made


def test_file_of_the_page_passes_check_and_its_examples_come_out(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = tmp_path / "maild.toml"
    path.write_text(page.configuration().replace("/var/lib/maild", str(tmp_path / "state")), encoding="utf-8")
    (tmp_path / "app-password").write_text("abcd efgh ijkl mnop\n", encoding="utf-8")
    assert cli.main(["check", "--offline", "-c", str(path)]) == 0, capsys.readouterr()
    assert cli.main(["rules", "test", "-c", str(path)]) == 0, capsys.readouterr()


def test_it_is_the_desk_that_the_page_promises() -> None:
    plan = build(parse(page.configuration(), "maild.toml"), Path("maild.toml"))
    settings = plan.settings
    assert (len(settings.queue), len(settings.agent), len(settings.calendar), len(settings.vendor)) == (3, 8, 2, 1)
    assert {agent.level for agent in settings.agent} == {"L1", "L2", "L3"}


@pytest.mark.parametrize(
    ("number", "status", "severity", "queue", "level", "owner"),
    [
        (1, Status.CLOSED, "Medium", "support", "L1", page.BEA),
        (2, Status.OPEN, "High", "billing", "L2", page.FAY),
        (3, Status.WAITING_ON_VENDOR, "Medium", "americas", "L3", page.HANA),
        (4, Status.NEW, "Medium", "support", "L1", page.CARL),
        (5, Status.NEW, "Medium", "americas", "L1", page.DORA),
    ],
)
def test_on_monday_each_case_stands_where_the_page_says(
    desk: StoryDesk, number: int, status: Status, severity: str, queue: str, level: str, owner: page.Person
) -> None:
    case = desk.case(number)
    found = (case.status, case.severity, case.queue, case.level, case.owner)
    assert found == (status, severity, queue, level, owner.address)


def test_people_are_told_what_the_page_says(desk: StoryDesk) -> None:
    def told(person: page.Person, number: int) -> list[str]:
        mails = [mail for mail in desk.inbox(person) if f"#{number}]" in mail.subject]
        return [mail.header("X-Maild-Event") for mail in mails]

    assert told(page.BEA, 1) == ["new-case", "changed"]
    assert len(told(page.ANN, 1)) == 4, "acknowledged, answered, warned, closed"
    assert told(page.CARL, 2) == ["new-case", "receipt", "target-warning", "target-violated"]
    assert told(page.FAY, 2) == ["escalated"]
    assert told(page.IVO, 2) == ["target-violated"]
    assert told(page.IVO, 3) == ["changed"]
    assert desk.case(2).creator == page.CARL.address
    (asked,) = desk.inbox(page.ACME)
    assert "empty rows" in asked.text
    assert "99 percent" not in asked.whole
    assert page.EVE.address not in asked.whole
    assert all(len(page.reports_of(desk, one, "Mon, 09 Mar 2026")) == 1 for one in (page.BEA, page.DORA, page.EMIL))


@pytest.mark.parametrize(("number", "due"), [(4, "2026-03-09 11:30"), (5, "2026-03-09 18:00")])
def test_answers_are_due_when_the_page_says(desk: StoryDesk, number: int, due: str) -> None:
    with desk.office.store.read() as unit:
        found = {one.goal: one.due_at for one in unit.targets.of_case(number)}
    assert found["answer"] == page.warsaw(due)
