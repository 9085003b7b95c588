from pathlib import Path

import pytest

from tests.cli.desk import Cli
from tests.servers.sink import SinkServer


@pytest.fixture
def maild(tmp_path: Path, sink: SinkServer) -> Cli:
    return Cli(tmp_path, sink.port)
