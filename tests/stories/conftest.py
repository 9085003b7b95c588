from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.servers.sink import SinkServer
from tests.stories.desk import StoryDesk, story_desk


@pytest.fixture(params=["sqlite", "postgres"])
def store_url(request: pytest.FixtureRequest) -> str:
    """Every story is told on both stores."""
    return "sqlite:///maild.db" if request.param == "sqlite" else str(request.getfixturevalue("ready_pg_url"))


@pytest.fixture
def desk(tmp_path: Path, sink: SinkServer, store_url: str) -> Iterator[StoryDesk]:
    with story_desk(tmp_path, sink, store_url) as made:
        yield made
