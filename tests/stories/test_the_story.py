"""The story of `maild demo`, told on real servers: customer → Postfix → Dovecot → maild → Postfix → mailboxes."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from maild.daemon.wiring import opened_office
from maild.demo.servers import DemoServers
from maild.demo.stage import USERS, DemoStage, HandClock, plan_in
from maild.demo.story import Story
from maild.log import Log
from tests.servers.dovecot import Dovecot
from tests.servers.postfix import Postfix
from tests.stories.real import Nowhere, real_desk


@pytest.mark.servers
@pytest.mark.slow
@pytest.mark.parametrize(
    ("idle", "store", "restart_at"),
    [(True, "sqlite", 0), (False, "sqlite", 0), (True, "postgres", 0), (True, "sqlite", 3)],
)
def test_the_story_happens_with_dovecot_and_postfix_over_tls(
    tmp_path: Path, request: pytest.FixtureRequest, fresh_people: Any, idle: bool, store: str, restart_at: int
) -> None:
    dovecot, postfix = fresh_people
    store_url = "sqlite:///maild.db" if store == "sqlite" else request.getfixturevalue("pg_url")
    with real_desk(tmp_path, dovecot, postfix, store_url, idle=idle, restart_at=restart_at) as desk:
        Story(desk, print).tell()
    assert not dovecot.mailbox("support@desk.test")


@pytest.fixture
def fresh_people(dovecot: Dovecot, postfix: Postfix) -> Iterator[tuple[Dovecot, Postfix]]:
    """Dovecot and Postfix with empty mailboxes for the people of the story."""
    dovecot.empty(*USERS)
    yield dovecot, postfix
    dovecot.empty(*USERS)


def test_the_story_happens_with_the_poorer_embedded_server(tmp_path: Path) -> None:
    with DemoServers(USERS) as servers:
        plan, clock = plan_in(tmp_path, servers), HandClock()
        with opened_office(plan, Log(Nowhere(), clock=clock)) as office:
            Story(DemoStage(servers, office, plan, clock), print).tell()


def test_the_story_fails_when_a_step_does_not_happen(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from maild.demo.story import StoryBroken
    from maild.features import acknowledge

    monkeypatch.setattr("maild.pipeline.staffing.FEATURES", (acknowledge,))  # nobody tells the agents any more
    with DemoServers(USERS) as servers:
        plan, clock = plan_in(tmp_path, servers), HandClock()
        with (
            opened_office(plan, Log(Nowhere(), clock=clock)) as office,
            pytest.raises(StoryBroken, match="Bea Agent has 1 mails"),
        ):
            Story(DemoStage(servers, office, plan, clock), print).tell()
